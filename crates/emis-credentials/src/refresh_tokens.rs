//! Stores of the refresh tokens of users who signed in.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;

/// A store of the refresh token of **one** user's session, sealed or otherwise safe: its holder can
/// act as that user in EMIS. It keeps the latest token of the session.
///
/// The token changes with each use, and the old one is invalid from then on. Let each session be used
/// by one process at a time; if two do, the slower one finds the other's token in the store.
#[async_trait]
pub trait RefreshTokenStore: Debug + Send + Sync {
    /// Returns the token, or `None` if the session was ended or never had one.
    ///
    /// # Errors
    /// If the store can't be read.
    async fn load(&self) -> Result<Option<SecretString>, RefreshTokenStoreError>;

    /// Replaces the token. It must be durable when this returns.
    ///
    /// # Errors
    /// If the store can't be written. The call is repeated before the token is used.
    ///
    /// # Cancel safety
    /// An implementation must keep either the old token or the new one.
    async fn save(&self, token: &SecretString) -> Result<(), RefreshTokenStoreError>;
}

/// The error of a [`RefreshTokenStore`] that could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, thiserror::Error)]
#[error("the store of refresh tokens could not be read or written")]
pub struct RefreshTokenStoreError;

/// A store that ends with the process: users sign in again after a restart.
#[derive(Debug, Default)]
pub struct MemoryRefreshTokenStore(Mutex<Option<SecretString>>);

impl MemoryRefreshTokenStore {
    /// Creates a store without a token.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl RefreshTokenStore for MemoryRefreshTokenStore {
    async fn load(&self) -> Result<Option<SecretString>, RefreshTokenStoreError> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    async fn save(&self, token: &SecretString) -> Result<(), RefreshTokenStoreError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(())
    }
}
