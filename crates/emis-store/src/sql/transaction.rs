//! A write transaction of either database.

use super::{Fault, Row, Statement};

/// A write transaction. Its futures must not be dropped: the task that owns it runs them to their
/// ends.
pub(super) enum Transaction {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl Transaction {
    pub(super) async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(it) => super::sqlite::rows(&mut **it, statement).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(it) => super::postgres::rows(&mut **it, statement).await,
        }
    }

    /// Executes statements and returns the number of rows that the last one changed.
    pub(super) async fn execute(&mut self, statements: Vec<Statement>) -> Result<u64, Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(it) => {
                let mut changed = 0;
                for statement in statements {
                    changed = super::sqlite::execute(&mut **it, statement).await?;
                }
                Ok(changed)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(it) => {
                super::postgres::execute(&mut **it, super::postgres::together(statements)).await
            }
        }
    }

    pub(super) async fn commit(self) -> Result<(), Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(it) => it.commit().await?,
            #[cfg(feature = "postgres")]
            Self::Postgres(it) => it.commit().await?,
        }
        Ok(())
    }

    /// Rolls back. If that fails, the connection is of no use and is closed, which rolls back too.
    pub(super) async fn rollback(self) {
        let rolled_back = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(it) => it.rollback().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(it) => it.rollback().await,
        };
        if rolled_back.is_err() {
            tracing::debug!("a write transaction was not rolled back before its connection closed");
        }
    }
}
