//! The PostgreSQL store.

use std::fmt;
use std::time::Duration;

use emis_settings::{StoreError, StoreErrorKind};
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;

use super::handle::{PATIENCE, Store};
use crate::sql::{Database, postgres};

/// Marks a [`Store`] as one in PostgreSQL.
#[derive(Debug)]
#[non_exhaustive]
pub enum Postgres {}

/// A store in one schema of a PostgreSQL database: for workers on several machines.
///
/// One transaction at a time writes the rows of one practice; the transactions of
/// different practices run beside each other. Leases go by the clock of the server.
pub type PostgresStore = Store<Postgres>;

/// The address of a [`PostgresStore`], and how it is used.
///
/// A server on another host is spoken to over TLS only, and its certificate must be valid for its
/// name, even if the `sslmode` of the URL asks for less: see
/// [`allow_unverified_tls`](Self::allow_unverified_tls).
///
/// # Examples
/// ```
/// use emis_store::PostgresOptions;
///
/// let options = PostgresOptions::new("postgres://emis@db.example.org/emis".into())?
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
    verify_tls: bool,
}

impl PostgresOptions {
    /// Creates options from a URL such as `postgres://user:password@host/database`. Its parameters
    /// are those of libpq: `sslrootcert=FILE` trusts a certificate authority of your own; a socket
    /// is `postgres:///database?host=/folder`.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) if it is not such a URL.
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
            verify_tls: true,
        })
    }

    /// Sets the schema of the tables, `emis` by default. It is created if it does not exist, and
    /// holds nothing else.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) if the name is not 1 to 63 small letters, digits
    /// and underscores that begin with a letter.
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

    /// Sets the number of connections that this process has open at most; 10 by default.
    pub fn connections(mut self, most: u32) -> Self {
        self.connections = most.max(1);
        self
    }

    /// Sets the time that a caller waits for a connection, and again for other writers of the same
    /// practice, before its call fails with [`Busy`](StoreErrorKind::Busy); ten seconds by default.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Follows the `sslmode` of the URL for a server on another host as well. Without `verify-full`,
    /// an attacker in the network can read and change everything in the store: only for networks
    /// that are protected by other means.
    pub fn allow_unverified_tls(mut self) -> Self {
        self.verify_tls = false;
        self
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions").finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Connects to the database, creates missing tables, and brings those of an older release up to
    /// date. If several processes start at once, one of them does it.
    ///
    /// # Errors
    /// - [`Unavailable`](StoreErrorKind::Unavailable) if the database can't be reached, or if a
    ///   server on another host has no TLS or no valid certificate.
    /// - [`ReadOnly`](StoreErrorKind::ReadOnly) if the tables may not be created.
    /// - [`Corrupt`](StoreErrorKind::Corrupt) if the schema is not a store of this crate, or was
    ///   brought up to date by a newer release.
    ///
    /// # Examples
    /// ```no_run
    /// # async fn connect() -> Result<(), emis_settings::StoreError> {
    /// use emis_store::{PostgresOptions, PostgresStore};
    ///
    /// let options = PostgresOptions::new("postgres://emis@db.example.org/emis".into())?;
    /// let store = PostgresStore::connect(options).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(options: PostgresOptions) -> Result<Self, StoreError> {
        let address = if options.verify_tls {
            postgres::with_verified_tls(options.options)
        } else {
            options.options
        };
        postgres::connect(
            address,
            &options.schema,
            options.connections,
            options.patience,
        )
        .await
        .map(|pool| Self::over(Database::Postgres(pool)))
        .map_err(|fault| fault.during("the store can't be opened"))
    }
}
