//! The handle of a store.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use emis_settings::StoreError;
use emis_types::{Clock, SystemClock};
use jiff::Timestamp;

use crate::sql::{Database, Fault, Write};
use crate::telemetry::observe;

/// The time that a caller waits for others, unless told otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A store of settings, bookings, reminders, exclusions and the audit log in one database: a
/// `SqliteStore` (feature `sqlite`) or a `PostgresStore` (feature `postgres`).
///
/// Cheap to clone; clones share the connections. What a method reports as done is on the disk,
/// together with its event in the audit log.
///
/// The methods must be called within a Tokio runtime that has its timer enabled.
///
/// # Cancel safety
/// Every method that writes does so in one transaction, in a task of its own. If its future is
/// dropped, the write happened whole or not at all, nothing stays locked, and the call can be
/// repeated.
pub struct Store<D> {
    pub(crate) database: Database,
    pub(crate) clock: Arc<dyn Clock>,
    simulated: Option<Arc<dyn Clock>>,
    kind: PhantomData<fn() -> D>,
}

impl<D> Store<D> {
    pub(crate) fn over(database: Database) -> Self {
        Self {
            database,
            clock: Arc::new(SystemClock),
            simulated: None,
            kind: PhantomData,
        }
    }

    /// Closes every connection, also those of clones, when its work is done, and waits for that: no
    /// file of the store is open in this process afterwards. Later calls fail with
    /// [`Unavailable`](emis_settings::StoreErrorKind::Unavailable).
    ///
    /// A store that is dropped instead closes its connections in the background.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Replaces the clock, which is the machine's by default. It dates the events of refused
    /// passwords; in a SQLite file it also dates bookings and links and ends the leases of messages,
    /// for which PostgreSQL goes by its server's clock. Every other time comes from the caller.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Replaces the clock of the database as well, so that a simulation can advance it.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn with_simulated_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Arc::clone(&clock);
        self.simulated = Some(clock);
        self
    }

    /// Returns the time by the store's clock: the clock of the database server, or that of the
    /// machine on which a SQLite file is.
    pub(crate) async fn present(&self) -> Result<Timestamp, Fault> {
        match &self.simulated {
            Some(clock) => Ok(clock.now()),
            None => self.database.now(self.clock.now()).await,
        }
    }

    /// Returns the time by the store's clock, read within a transaction.
    pub(crate) async fn present_in(&self, write: &mut Write) -> Result<Timestamp, Fault> {
        self.present_beside(write, self.clock.now()).await
    }

    /// Returns the time by the store's clock, read within a transaction. In a SQLite file it is that
    /// of the caller.
    pub(crate) async fn present_beside(
        &self,
        write: &mut Write,
        ours: Timestamp,
    ) -> Result<Timestamp, Fault> {
        match &self.simulated {
            Some(clock) => Ok(clock.now()),
            None => write.now(ours).await,
        }
    }

    /// Runs an operation, named with what an error says of it, for a practice, under telemetry.
    pub(crate) async fn run<T>(
        &self,
        (operation, failure): (&'static str, &'static str),
        practice: &str,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, StoreError> {
        let result = observe(operation, practice, work, |_| None).await;
        result.map_err(|fault| fault.during(failure))
    }

    /// Runs an operation whose result tells the practice.
    pub(crate) async fn run_finding<T>(
        &self,
        (operation, failure): (&'static str, &'static str),
        work: impl Future<Output = Result<T, Fault>>,
        practice_of: impl FnOnce(&T) -> Option<String>,
    ) -> Result<T, StoreError> {
        let result = observe(operation, "unknown", work, practice_of).await;
        result.map_err(|fault| fault.during(failure))
    }
}

impl<D> Clone for Store<D> {
    fn clone(&self) -> Self {
        Self {
            database: self.database.clone(),
            clock: Arc::clone(&self.clock),
            simulated: self.simulated.clone(),
            kind: PhantomData,
        }
    }
}

/// Does not show where the database is: a path or an address may name a practice.
impl<D> fmt::Debug for Store<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.database {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => "SqliteStore",
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => "PostgresStore",
        };
        f.debug_struct(name).finish_non_exhaustive()
    }
}
