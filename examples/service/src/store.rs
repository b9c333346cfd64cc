//! The store: one handle for the facade, and the audit log of it for the pages.

use std::sync::Arc;

use emis_partner::audit::AuditStore;
use emis_partner::store::SqliteStore;
#[cfg(feature = "postgres")]
use emis_partner::store::{PostgresOptions, PostgresStore};
use emis_partner::types::Clock;

use crate::config::StorePlace;
use crate::error::StartError;

/// An open store.
#[derive(Debug, Clone)]
pub(crate) enum Store {
    Sqlite(Arc<SqliteStore>),
    #[cfg(feature = "postgres")]
    Postgres(Arc<PostgresStore>),
}

impl Store {
    /// Opens the store. One in memory goes by the given clock; all others by their own.
    pub(crate) async fn open(
        place: &StorePlace,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        match place {
            StorePlace::Memory => {
                let store = SqliteStore::in_memory()?.with_clock(Arc::clone(clock));
                Ok(Self::Sqlite(Arc::new(store)))
            }
            StorePlace::File(path) => Ok(Self::Sqlite(Arc::new(SqliteStore::open(path)?))),
            #[cfg(feature = "postgres")]
            StorePlace::Postgres(url) => {
                let options = PostgresOptions::new(url.clone())?;
                Ok(Self::Postgres(Arc::new(
                    PostgresStore::connect(options).await?,
                )))
            }
            #[cfg(not(feature = "postgres"))]
            StorePlace::Postgres(_) => Err(StartError::new(
                "this program was built without PostgreSQL: build it with --features postgres",
            )),
        }
    }

    pub(crate) fn audit(&self) -> Arc<dyn AuditStore> {
        match self {
            Self::Sqlite(store) => Arc::clone(store) as _,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => Arc::clone(store) as _,
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.close().await,
        }
    }
}
