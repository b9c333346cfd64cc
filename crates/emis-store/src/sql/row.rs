//! Rows of an answer.

use std::str::FromStr;

use sqlx::Row as _;

use super::{Fault, Value};

const UNREADABLE: Fault = Fault::Damaged("a record can't be read");

/// A row of an answer. Its columns are counted from 0.
pub(crate) enum Row {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::sqlite::SqliteRow),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::postgres::PgRow),
}

macro_rules! column {
    ($name:ident -> $type:ty) => {
        /// Reads a column. Fails if it is missing or holds another type.
        pub(crate) fn $name(&self, column: usize) -> Result<$type, Fault> {
            let value = match self {
                #[cfg(feature = "sqlite")]
                Self::Sqlite(row) => row.try_get::<$type, _>(column),
                #[cfg(feature = "postgres")]
                Self::Postgres(row) => row.try_get::<$type, _>(column),
            };
            value.map_err(|_| UNREADABLE)
        }
    };
}

impl Row {
    column!(int -> i64);
    column!(optional_int -> Option<i64>);
    column!(text -> String);
    column!(optional_text -> Option<String>);
    column!(bytes -> Vec<u8>);

    /// Reads a column of any type.
    pub(crate) fn value(&self, column: usize) -> Result<Value, Fault> {
        if let Ok(number) = self.optional_int(column) {
            return Ok(number.map_or(Value::Text(None), Value::Int));
        }
        match self.text(column) {
            Ok(text) => Ok(Value::Text(Some(text))),
            Err(_) => self.bytes(column).map(Value::Bytes),
        }
    }

    /// Parses a text column.
    pub(crate) fn parsed<T: FromStr>(&self, column: usize) -> Result<T, Fault> {
        self.text(column)?.parse().map_err(|_| UNREADABLE)
    }

    /// Parses a text column that may be null.
    pub(crate) fn optional<T: FromStr>(&self, column: usize) -> Result<Option<T>, Fault> {
        let text = self.optional_text(column)?;
        text.map(|text| text.parse().map_err(|_| UNREADABLE))
            .transpose()
    }

    /// Reads an integer column into a narrower type.
    pub(crate) fn number<T: TryFrom<i64>>(&self, column: usize) -> Result<T, Fault> {
        T::try_from(self.int(column)?).map_err(|_| UNREADABLE)
    }
}
