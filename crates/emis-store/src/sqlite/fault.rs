//! What goes wrong in here, and how much of it is told.

use emis_settings::{StoreError, StoreErrorKind};
use rusqlite::ffi;

/// A failure of one piece of work.
#[derive(Debug)]
pub(super) enum Fault {
    /// SQLite failed.
    Sqlite(rusqlite::Error),
    /// Something that was stored can't be read as what it was stored for.
    Damaged(&'static str),
    /// Somebody else saved first.
    Conflict,
}

/// The part of a fault that may be told: SQLite's own messages can hold SQL, names and values.
#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error("SQLite: {text} (result code {code})")]
    Sqlite { code: i32, text: &'static str },
    #[error("{0}")]
    Damaged(&'static str),
}

impl Fault {
    /// The error to report; `failure` says what could not be done.
    pub(super) fn during(self, failure: &'static str) -> StoreError {
        use StoreErrorKind::{Conflict, Corrupt, Unavailable};
        let (kind, cause) = match self {
            Self::Conflict => return StoreError::new(Conflict, "somebody else saved first"),
            Self::Damaged(what) => (Corrupt, Cause::Damaged(what)),
            Self::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => {
                let kind = match error.code {
                    ffi::ErrorCode::DatabaseCorrupt | ffi::ErrorCode::NotADatabase => Corrupt,
                    _ => Unavailable,
                };
                let code = error.extended_code;
                let text = ffi::code_to_str(code);
                (kind, Cause::Sqlite { code, text })
            }
            // A column that is missing or of another type: not what this crate wrote.
            Self::Sqlite(_) => (Corrupt, Cause::Damaged("a record can't be read")),
        };
        StoreError::new(kind, failure).with_source(cause)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}
