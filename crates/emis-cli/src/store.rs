//! The store that the configuration names: a SQLite file or a PostgreSQL database.

use std::sync::Arc;

use emis_fleet::jobs::JobEngine;
use emis_partner::audit::{AuditStore, Provenance};
use emis_partner::settings::{RetentionStore, SettingsStore};
use emis_partner::store::{MoveReport, RecordCheckReport, SqliteStore};
#[cfg(feature = "postgres")]
use emis_partner::store::{PostgresOptions, PostgresStore};
use emis_partner::types::{Clock, OdsCode, SystemClock};

use crate::error::CliError;

/// An open store.
#[derive(Debug, Clone)]
pub(crate) enum Store {
    Sqlite(Arc<SqliteStore>),
    #[cfg(feature = "postgres")]
    Postgres(Arc<PostgresStore>),
}

/// Calls a function with the store of either kind.
macro_rules! with_store {
    ($store:expr, $name:ident => $call:expr) => {
        match $store {
            $crate::store::Store::Sqlite($name) => $call,
            #[cfg(feature = "postgres")]
            $crate::store::Store::Postgres($name) => $call,
        }
    };
}
pub(crate) use with_store;

impl Store {
    /// Creates an empty store in memory that goes by a clock.
    pub(crate) fn in_memory(clock: Arc<dyn Clock>) -> Result<Self, CliError> {
        let store = SqliteStore::in_memory()?.with_clock(clock);
        Ok(Self::Sqlite(Arc::new(store)))
    }

    /// Opens the SQLite file or connects to the PostgreSQL database, and brings it up to date.
    pub(crate) async fn open(place: &str) -> Result<Self, CliError> {
        if !is_postgres(place) {
            return Ok(Self::Sqlite(Arc::new(SqliteStore::open(place)?)));
        }
        #[cfg(feature = "postgres")]
        {
            let options = PostgresOptions::new(place.into())?;
            let store = PostgresStore::connect(options).await?;
            Ok(Self::Postgres(Arc::new(store)))
        }
        #[cfg(not(feature = "postgres"))]
        Err(CliError::new(
            "this program was built without PostgreSQL: install it with its default features",
        ))
    }

    pub(crate) fn settings(&self) -> &dyn SettingsStore {
        with_store!(self, store => store.as_ref())
    }

    pub(crate) fn audit(&self) -> &dyn AuditStore {
        with_store!(self, store => store.as_ref())
    }

    pub(crate) fn records(&self) -> &dyn RetentionStore {
        with_store!(self, store => store.as_ref())
    }

    /// Compares every record with its digest.
    pub(crate) async fn check_records(&self) -> Result<RecordCheckReport, CliError> {
        Ok(with_store!(self, store => store.check_records().await)?)
    }

    /// Moves a practice with everything to another store.
    pub(crate) async fn move_practice(
        &self,
        other: &Self,
        practice: &OdsCode,
        by: &Provenance,
    ) -> Result<MoveReport, CliError> {
        let now = SystemClock.now();
        let moved = with_store!(self, from => {
            with_store!(other, to => from.move_practice(to.as_ref(), practice, by, now).await)
        });
        Ok(moved?)
    }

    /// Closes the store: its file is not open any more when the command has ended.
    pub(crate) async fn close(&self) {
        with_store!(self, store => store.close().await);
    }
}

/// Opens the jobs in a SQLite file or a PostgreSQL database.
pub(crate) async fn open_jobs(place: &str) -> Result<JobEngine, CliError> {
    if !is_postgres(place) {
        return Ok(JobEngine::sqlite(place).await?);
    }
    #[cfg(feature = "postgres")]
    return Ok(JobEngine::postgres(place.into()).await?);
    #[cfg(not(feature = "postgres"))]
    Err(CliError::new(
        "this program was built without PostgreSQL: install it with --features postgres",
    ))
}

/// Returns whether the text is the URL of a PostgreSQL database, and not the path of a file.
pub(crate) fn is_postgres(place: &str) -> bool {
    place.starts_with("postgres://") || place.starts_with("postgresql://")
}
