//! The SQLite store.

use std::path::{Path, PathBuf};
use std::time::Duration;

use emis_settings::StoreError;

use super::handle::{PATIENCE, Store};
use crate::sql::{Database, Fault, sqlite};

/// Marks a [`Store`] as one in SQLite.
#[derive(Debug)]
#[non_exhaustive]
pub enum Sqlite {}

/// A store in one SQLite file, or in memory.
///
/// Several processes, and several stores in one process, may have the same file open, on one machine
/// and a local disk. Workers on several machines need PostgreSQL.
pub type SqliteStore = Store<Sqlite>;

impl SqliteStore {
    /// Opens the store in a file. Creates the file if it does not exist (its folder must), readable
    /// by its owner alone, and brings a store of an older release up to date. Blocks for a moment.
    ///
    /// # Errors
    /// - [`Unavailable`](emis_settings::StoreErrorKind::Unavailable) if the file can't be opened or created, or if
    ///   other users of the machine can read or write it.
    /// - [`ReadOnly`](emis_settings::StoreErrorKind::ReadOnly) if it must be brought up to date and can't be
    ///   written. Any other read-only store opens, and can be read.
    /// - [`Corrupt`](emis_settings::StoreErrorKind::Corrupt) if it is empty, damaged, not a store of this crate, or
    ///   was brought up to date by a newer release. The file is left as it was.
    ///
    /// # Examples
    /// ```no_run
    /// let store = emis_store::SqliteStore::open("/var/lib/product/emis.db")?;
    /// # Ok::<(), emis_settings::StoreError>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with_patience(path, PATIENCE)
    }

    /// Opens the store in a file, with a limit on the time that a caller waits for other writers, of
    /// this process or another, before its call fails with [`Busy`](emis_settings::StoreErrorKind::Busy).
    /// [`open`](Self::open) waits ten seconds.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with_patience(
        path: impl AsRef<Path>,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        const FAILURE: &str = "the store can't be opened";
        let path = path.as_ref();
        let open = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()?;
            runtime.block_on(sqlite::open(path, patience))
        };
        // On a thread of its own: the caller may be within a runtime already. The connections of
        // the store are made later, in the runtime that they are used in.
        let opened = std::thread::scope(|scope| scope.spawn(open).join());
        match opened {
            Ok(pools) => pools
                .map(|pools| Self::over(Database::Sqlite(pools)))
                .map_err(|fault| fault.during(FAILURE)),
            Err(_) => Err(Fault::Stopped.during(FAILURE)),
        }
    }

    /// Creates an empty store in memory, for tests and trials. It is dropped with its last clone.
    ///
    /// # Errors
    /// None today.
    pub fn in_memory() -> Result<Self, StoreError> {
        Ok(Self::over(Database::Sqlite(sqlite::in_memory(PATIENCE))))
    }

    /// Copies the store as it stands into a new file, while it is in use: a backup, readable by its
    /// owner alone. The file appears under its name when it is whole.
    ///
    /// To restore it, see `docs/operations.md`.
    ///
    /// # Errors
    /// [`Unavailable`](emis_settings::StoreErrorKind::Unavailable) if there is a file of that name,
    /// [`Full`](emis_settings::StoreErrorKind::Full) or another kind if it can't be written. Nothing of it is left
    /// then.
    ///
    /// # Cancel safety
    /// The copy goes on in a task of its own and is made whole or not at all.
    pub async fn back_up(&self, to: impl Into<PathBuf>) -> Result<(), StoreError> {
        const BACK_UP: (&str, &str) = ("back_up", "the store can't be backed up");
        let (database, to) = (self.database.clone(), to.into());
        let copied = tokio::spawn(async move {
            match database {
                Database::Sqlite(pools) => pools.back_up(&to).await,
                #[cfg(feature = "postgres")]
                Database::Postgres(_) => Err(Fault::Stopped),
            }
        });
        self.run(BACK_UP, "product", async {
            copied.await.unwrap_or(Err(Fault::Stopped))
        })
        .await
    }
}
