//! The failure of the job engine.

use emis_types::report;

/// A failure of the job engine's database.
#[derive(Debug, thiserror::Error)]
#[error("{}", .kind.message())]
pub struct JobError {
    kind: JobErrorKind,
    #[source]
    source: Option<sqlx::Error>,
}

/// The kinds of [`JobError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobErrorKind {
    /// The address of the database can't be read.
    Address,
    /// The database can't be reached, or can't be opened.
    Unreachable,
    /// The tables can't be created or brought up to date.
    Migration,
    /// A statement failed.
    Statement,
}

impl JobErrorKind {
    const fn message(self) -> &'static str {
        match self {
            Self::Address => "the address of the job database can't be read",
            Self::Unreachable => "the job database can't be opened",
            Self::Migration => "the job tables can't be brought up to date",
            Self::Statement => "the job database failed",
        }
    }
}

impl JobError {
    /// Creates an error without a source: that of an address may hold a password.
    #[cfg(feature = "postgres")]
    pub(super) const fn address() -> Self {
        Self {
            kind: JobErrorKind::Address,
            source: None,
        }
    }

    pub(super) const fn new(kind: JobErrorKind, source: sqlx::Error) -> Self {
        Self {
            kind,
            source: Some(source),
        }
    }

    /// Returns the kind of failure.
    pub const fn kind(&self) -> JobErrorKind {
        self.kind
    }

    /// Returns the error and its sources in one line, safe to log.
    pub fn report(&self) -> String {
        report(self)
    }
}

impl From<sqlx::Error> for JobError {
    fn from(error: sqlx::Error) -> Self {
        Self::new(JobErrorKind::Statement, error)
    }
}
