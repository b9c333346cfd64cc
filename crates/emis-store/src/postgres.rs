//! The PostgreSQL store, connected.

use std::fmt;
use std::time::Duration;

use emis_settings::{StoreError, StoreErrorKind};
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;

use crate::sql::postgres;
use crate::store::{PATIENCE, Store};

/// Says of a [`Store`] that it is in PostgreSQL.
#[derive(Debug)]
#[non_exhaustive]
pub enum Postgres {}

/// Everything in one schema of a PostgreSQL database: for workers on several machines.
///
/// What belongs to one practice is written by one transaction at a time; those of different
/// practices run beside each other.
pub type PostgresStore = Store<Postgres>;

/// Where a [`PostgresStore`] is, and how it is used.
///
/// ```
/// use emis_store::PostgresOptions;
///
/// // Over a network, ask for TLS: `?sslmode=verify-full`.
/// let options = PostgresOptions::new("postgres://emis@localhost/emis".into())?
///     .schema("emis_web")?
///     .connections(20);
/// assert_eq!(format!("{options:?}"), "PostgresOptions { .. }");
/// # Ok::<(), emis_settings::StoreError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct PostgresOptions {
    options: PgConnectOptions,
    schema: String,
    connections: u32,
    patience: Duration,
}

impl PostgresOptions {
    /// By a URL such as `postgres://user:password@host/database?sslmode=verify-full`. Its
    /// parameters are those of libpq; a socket is `postgres:///database?host=/directory`.
    ///
    /// # Errors
    /// Where it is no such URL.
    pub fn new(url: SecretString) -> Result<Self, StoreError> {
        let options = url.expose_secret().parse().map_err(|_| {
            let message = "the address of the database can't be read";
            StoreError::new(StoreErrorKind::Unavailable, message)
        })?;
        Ok(Self {
            options,
            schema: "emis".to_owned(),
            connections: 10,
            patience: PATIENCE,
        })
    }

    /// The schema in which the tables are, `emis` by default. It is made where there is none; it
    /// holds nothing else.
    ///
    /// # Errors
    /// Where the name is not 1 to 63 small letters, digits and underscores, beginning with a
    /// letter.
    pub fn schema(mut self, name: &str) -> Result<Self, StoreError> {
        let fits = (1..=63).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !fits {
            let message = "a schema's name must be small letters, digits and underscores";
            return Err(StoreError::new(StoreErrorKind::Unavailable, message));
        }
        name.clone_into(&mut self.schema);
        Ok(self)
    }

    /// The most connections that this process has open at once; 10 by default.
    pub fn connections(mut self, most: u32) -> Self {
        self.connections = most.max(1);
        self
    }

    /// How long a caller waits for a connection, and for whoever has the practice, before it is
    /// told that the store is [`Busy`](StoreErrorKind::Busy); ten seconds by default.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions").finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Connects to the database and makes the tables where they are missing; those that an older
    /// release made are brought up to date. Of several processes that start at once one does it.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) where the database can't be reached;
    /// [`ReadOnly`](StoreErrorKind::ReadOnly) where the tables may not be made;
    /// [`Corrupt`](StoreErrorKind::Corrupt) where the schema is not a store of this crate, or was
    /// brought up to date by a newer release.
    pub async fn connect(options: PostgresOptions) -> Result<Self, StoreError> {
        let PostgresOptions {
            options,
            schema,
            connections,
            patience,
        } = options;
        postgres::connect(options, &schema, connections, patience)
            .await
            .map(Self::over)
            .map_err(|fault| fault.during("the store can't be opened"))
    }
}
