//! Values that are bound to statements.

use std::borrow::Cow;

use emis_types::OdsCode;
use jiff::Timestamp;
use serde::Serialize;

use super::Fault;

/// A value that is bound to a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Int(i64),
    Text(Option<String>),
    Bytes(Vec<u8>),
}

impl Value {
    /// Serialises a value to be kept as JSON.
    pub(crate) fn json(value: &impl Serialize) -> Result<Self, Fault> {
        let text = serde_json::to_string(value);
        text.map(Self::from)
            .map_err(|_| Fault::Damaged("a value has no JSON form"))
    }
}

/// A statement and its values. `$1` stands for the first of them.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) values: Vec<Value>,
}

impl Statement {
    pub(crate) fn new(sql: impl Into<Cow<'static, str>>, values: Vec<Value>) -> Self {
        let sql = sql.into();
        Self { sql, values }
    }
}

/// Makes the values of a statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::sql::Value::from($value)),*]
    };
}
pub(crate) use values;

macro_rules! from {
    ($($type:ty, $name:ident => $value:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($name: $type) -> Self {
                $value
            }
        }
    )*};
}

from! {
    i64, number => Self::Int(number);
    i32, number => Self::Int(number.into());
    u32, number => Self::Int(number.into());
    &str, text => Self::Text(Some(text.to_owned()));
    String, text => Self::Text(Some(text));
    &String, text => Self::Text(Some(text.clone()));
    Option<&str>, text => Self::Text(text.map(str::to_owned));
    Option<String>, text => Self::Text(text);
    &Option<String>, text => Self::Text(text.clone());
    &OdsCode, practice => Self::Text(Some(practice.as_str().to_owned()));
    Timestamp, at => Self::Text(Some(timestamp(at)));
    Option<Timestamp>, at => Self::Text(at.map(timestamp));
    &[u8; 32], bytes => Self::Bytes(bytes.to_vec());
}

/// Formats a time as RFC 3339 in UTC with nine decimals, so that texts sort in the order of time.
pub(crate) fn timestamp(at: Timestamp) -> String {
    format!("{at:.9}")
}
