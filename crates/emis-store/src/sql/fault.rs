//! Failures of the database, and how much of them an error may tell.

use emis_settings::{StoreError, StoreErrorKind as Kind};

/// A failure of one piece of work.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The database, or the connection to it, failed.
    Database(sqlx::Error),
    /// No server answers.
    #[cfg(feature = "postgres")]
    Unreachable,
    /// The runtime stopped the task of the transaction.
    Stopped,
    /// The file can't be used, and why.
    File(Kind, &'static str),
    /// A stored value can't be read as what it was stored for.
    Damaged(&'static str),
    /// Another writer saved first.
    Conflict,
    /// The database can't hold the value.
    Unstorable,
}

const UNREACHABLE: &str = "the database can't be reached";

/// The part of a fault that an error may tell: a database's own messages can hold SQL, names and
/// values.
#[derive(Debug, thiserror::Error)]
enum Cause {
    #[cfg(feature = "sqlite")]
    #[error("SQLite: {text} (result code {code})")]
    Sqlite { code: i32, text: &'static str },
    #[cfg(feature = "postgres")]
    #[error("PostgreSQL: SQLSTATE {0}")]
    Postgres(String),
    #[error("{0}")]
    Said(&'static str),
}

impl Fault {
    /// Returns the kind of error that it is reported as.
    pub(crate) fn kind(&self) -> Kind {
        self.judge().0
    }

    /// Returns the error to report; `failure` says what could not be done.
    pub(crate) fn during(self, failure: &'static str) -> StoreError {
        match self.judge() {
            (Kind::Conflict, _) => StoreError::new(Kind::Conflict, "another writer saved first"),
            (kind, cause) => StoreError::new(kind, failure).with_source(cause),
        }
    }

    fn judge(&self) -> (Kind, Cause) {
        match self {
            Self::Conflict => (Kind::Conflict, Cause::Said("another writer saved first")),
            Self::Damaged(what) => (Kind::Corrupt, Cause::Said(what)),
            #[cfg(feature = "postgres")]
            Self::Unreachable => (Kind::Unavailable, Cause::Said(UNREACHABLE)),
            Self::Stopped => (
                Kind::Unavailable,
                Cause::Said("the transaction was stopped"),
            ),
            Self::File(kind, why) => (*kind, Cause::Said(why)),
            Self::Unstorable => (Kind::Unstorable, Cause::Said("the database can't hold it")),
            Self::Database(error) => judge(error),
        }
    }

    /// Returns `true` if the server, or the network, closed the connection.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_lost_connection(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Io(_)) => true,
            Self::Database(sqlx::Error::Database(error)) => {
                // By an administrator, or by a crash of the server.
                matches!(error.code().as_deref(), Some("57P01" | "57P02"))
            }
            _ => false,
        }
    }

    /// Returns `true` if another connection has the SQLite file locked.
    #[cfg(feature = "sqlite")]
    pub(crate) fn is_sqlite_busy(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error))
            if sqlite_code(error.as_ref()).is_some_and(|code| code & 0xff == 5))
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::File(Kind::Full, "the disk is full"),
            std::io::ErrorKind::ReadOnlyFilesystem => {
                Self::File(Kind::ReadOnly, "the file may not be written")
            }
            _ => Self::File(Kind::Unavailable, "the file can't be opened or made"),
        }
    }
}

fn judge(error: &sqlx::Error) -> (Kind, Cause) {
    match error {
        sqlx::Error::Database(error) => {
            #[cfg(feature = "postgres")]
            if let Some(error) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
                return (
                    postgres_kind(error.code()),
                    Cause::Postgres(error.code().to_owned()),
                );
            }
            #[cfg(feature = "sqlite")]
            if let Some(code) = sqlite_code(error.as_ref()) {
                let (kind, text) = sqlite_kind(code);
                return (kind, Cause::Sqlite { code, text });
            }
            let _ = error;
            (Kind::Unavailable, Cause::Said("the statement failed"))
        }
        sqlx::Error::PoolTimedOut => (Kind::Busy, Cause::Said("every connection is in use")),
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::TypeNotFound { .. } => {
            (Kind::Corrupt, Cause::Said("a record can't be read"))
        }
        sqlx::Error::Encode(_) => (Kind::Unstorable, Cause::Said("the database can't hold it")),
        sqlx::Error::Io(_) => (Kind::Unavailable, Cause::Said("the connection broke")),
        sqlx::Error::Tls(_) => (Kind::Unavailable, Cause::Said("TLS could not be set up")),
        _ => (Kind::Unavailable, Cause::Said(UNREACHABLE)),
    }
}

#[cfg(feature = "sqlite")]
fn sqlite_code(error: &dyn sqlx::error::DatabaseError) -> Option<i32> {
    error.try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
    error.code()?.parse().ok()
}

/// Classifies by the primary result code: the low byte.
#[cfg(feature = "sqlite")]
fn sqlite_kind(code: i32) -> (Kind, &'static str) {
    match code & 0xff {
        3 | 23 => (Kind::Unavailable, "access was denied"),
        5 | 6 => (Kind::Busy, "the file is in use"),
        7 => (Kind::Unavailable, "out of memory"),
        8 => (Kind::ReadOnly, "the file may not be written"),
        10 => (Kind::Unavailable, "the disk failed"),
        11 => (Kind::Corrupt, "the file is damaged"),
        13 => (Kind::Full, "the disk is full"),
        14 => (Kind::Unavailable, "the file can't be opened"),
        18 => (Kind::Unstorable, "a value is too long"),
        26 => (Kind::Corrupt, "the file is not a database"),
        _ => (Kind::Unavailable, "the statement failed"),
    }
}

/// Classifies by SQLSTATE, as PostgreSQL's manual lists them in appendix A.
#[cfg(feature = "postgres")]
fn postgres_kind(code: &str) -> Kind {
    match code {
        "53100" => Kind::Full,
        "53300" | "40001" | "40P01" | "55P03" | "57014" => Kind::Busy,
        "25006" | "42501" => Kind::ReadOnly,
        "22021" | "22P05" | "54000" => Kind::Unstorable,
        _ if code.starts_with("XX0") || code.starts_with("42") => Kind::Corrupt,
        _ => Kind::Unavailable,
    }
}
