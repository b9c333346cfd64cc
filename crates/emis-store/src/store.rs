//! The stores, open.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use emis_settings::{StoreError, StoreErrorKind};
use emis_types::{Clock, SystemClock};

use crate::sql::{Database, Fault, sqlite};

/// How long a caller waits for another, unless told otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Settings, ledgers, opt-outs and the audit trail in one database: a [`SqliteStore`] or a
/// `PostgresStore` (feature `postgres`).
///
/// Cheap to clone; clones share the connections. What a method reports as done is on the disk,
/// together with the event of it in the audit trail. Dropping a future leaves nothing half done;
/// what it had begun is either done or not, and every operation can be repeated.
///
/// The methods must be called within a Tokio runtime with its timer on.
pub struct Store<D> {
    pub(crate) database: Arc<Database>,
    pub(crate) clock: Arc<dyn Clock>,
    kind: PhantomData<fn() -> D>,
}

/// Says of a [`Store`] that it is a SQLite file.
#[derive(Debug)]
#[non_exhaustive]
pub enum Sqlite {}

/// Everything in one SQLite file, or in memory.
///
/// Several processes, and several stores in one, may have the same file open, on one machine and
/// a local disk: for workers on several machines SQLite is the wrong database.
pub type SqliteStore = Store<Sqlite>;

impl SqliteStore {
    /// Opens the store in a file, and makes the file where there is none (its directory must
    /// exist). A store that an older release made is brought up to date. Blocks for a moment.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) where the file can't be opened or made;
    /// [`ReadOnly`](StoreErrorKind::ReadOnly) where it is to be brought up to date and may not be
    /// written (otherwise such a store opens, and is read); [`Corrupt`](StoreErrorKind::Corrupt) where it is not a store of this crate, is damaged, or
    /// was brought up to date by a newer release. The file is left as it was then.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with_patience(path, PATIENCE)
    }

    /// The same, and a caller waits only so long for others, of this process or of another, before
    /// it is told that the store is [`Busy`](StoreErrorKind::Busy). Ten seconds otherwise.
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
                .build()
                .map_err(|error| Fault::Database(error.into()))?;
            runtime.block_on(sqlite::open(path, patience))
        };
        // On a thread of its own: the caller may be within a runtime already. The connections of
        // the store are made later, in the runtime that they are used in.
        let opened = std::thread::scope(|scope| scope.spawn(open).join());
        match opened {
            Ok(database) => database
                .map(Self::over)
                .map_err(|fault| fault.during(FAILURE)),
            Err(_) => Err(StoreError::new(StoreErrorKind::Unavailable, FAILURE)),
        }
    }

    /// An empty store in memory, gone when the last clone is dropped: for tests and trials.
    ///
    /// # Errors
    /// None today.
    pub fn in_memory() -> Result<Self, StoreError> {
        Ok(Self::over(sqlite::in_memory(PATIENCE)))
    }

    /// Copies the store as it stands into a new file, while others may be using it: a backup. To
    /// restore it, put the file in the place of the store while nobody has that open, and remove
    /// the files beside it that end in `-wal` and `-shm`.
    ///
    /// # Errors
    /// Where there is a file of that name, or it can't be written.
    pub async fn back_up(&self, to: impl AsRef<Path>) -> Result<(), StoreError> {
        const FAILURE: &str = "the store can't be backed up";
        let unavailable = || StoreError::new(StoreErrorKind::Unavailable, FAILURE);
        let to = to.as_ref().to_str().ok_or_else(unavailable)?;
        match self.database.as_ref() {
            Database::Sqlite { writer, .. } => {
                let copied = sqlite::backup(writer, to).await;
                copied.map_err(|fault| fault.during(FAILURE))
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => Err(unavailable()),
        }
    }
}

impl<D> Store<D> {
    pub(crate) fn over(database: Database) -> Self {
        Self {
            database: Arc::new(database),
            clock: Arc::new(SystemClock),
            kind: PhantomData,
        }
    }

    /// Closes every connection, also those of clones, when what they are at is done, and waits for
    /// that: then nothing of this process has the file open. What is asked of the store afterwards is
    /// [`Unavailable`](StoreErrorKind::Unavailable). A store that is dropped instead closes them in
    /// the background.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Goes by another clock than the machine's where the store itself needs the time: for the
    /// events of refused passwords. Everything else is told the time by whoever calls.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

impl<D> Clone for Store<D> {
    fn clone(&self) -> Self {
        Self {
            database: Arc::clone(&self.database),
            clock: Arc::clone(&self.clock),
            kind: PhantomData,
        }
    }
}

/// Says nothing of where it is: a path or an address may name a practice.
impl<D> fmt::Debug for Store<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.database.as_ref() {
            Database::Sqlite { .. } => "SqliteStore",
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => "PostgresStore",
        };
        f.debug_struct(name).finish_non_exhaustive()
    }
}
