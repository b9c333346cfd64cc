//! One SQLite file for settings and ledgers.

mod bookings;
mod connection;
mod fault;
mod migrations;
mod moment;
mod refused;
mod reminders;
mod settings;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use emis_settings::{StoreError, StoreErrorKind};
use rusqlite::Connection;
use tokio::sync::Mutex;

use fault::Fault;

/// Settings and ledgers in one SQLite file, or in memory.
///
/// Cheap to clone; clones share the connection. Several processes, and several stores in one,
/// may have the same file open, on one machine and a local disk: for workers on several machines
/// SQLite is the wrong database. What a method reports as done is on the disk.
///
/// The methods of the traits must be called within a Tokio runtime; the work is done on its
/// threads for blocking work. Dropping a future does not undo what it began: a claim may have
/// been made although nobody heard so, which leaves it in doubt and never makes it twice.
#[derive(Clone)]
pub struct SqliteStore {
    connection: Arc<Mutex<Connection>>,
}

impl SqliteStore {
    /// Opens the store in a file, and makes the file where there is none (its directory must
    /// exist). A store that an older release made is brought up to date. Blocks for a moment.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) where the file can't be opened, made or
    /// written; [`Corrupt`](StoreErrorKind::Corrupt) where it is not a store of this crate, is
    /// damaged, or was brought up to date by a newer release. The file is left as it was then.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::over(connection::open(path.as_ref()))
    }

    /// An empty store in memory, gone when the last clone is dropped: for tests and trials.
    ///
    /// # Errors
    /// Where SQLite has no memory to work with.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::over(connection::in_memory())
    }

    fn over(connection: Result<Connection, Fault>) -> Result<Self, StoreError> {
        let connection = connection.map_err(|fault| fault.during("the store can't be opened"))?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// Does some work with the connection to itself. `failure` says what could not be done.
    async fn run<T: Send + 'static>(
        &self,
        failure: &'static str,
        work: impl FnOnce(&mut Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut connection = Arc::clone(&self.connection).lock_owned().await;
        tokio::task::spawn_blocking(move || work(&mut connection))
            .await
            .map_err(|_| StoreError::new(StoreErrorKind::Unavailable, failure))?
            .map_err(|fault| fault.during(failure))
    }
}

/// Says nothing of the file: its path may name a practice.
impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}
