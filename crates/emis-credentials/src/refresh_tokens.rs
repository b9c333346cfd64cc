//! Where the refresh token of a user who signed in is kept.

use std::fmt::{self, Debug};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;

/// Keeps the refresh token of **one** user's session, sealed or otherwise safe: whoever has it can
/// act as that user in EMIS. Of each session one token is kept, the latest.
///
/// The token changes with each use, and the old one is worthless from then on. Let each session be
/// used by one process at a time; where two do it all the same, the slower one finds the other's
/// token in the store.
#[async_trait]
pub trait RefreshTokenStore: Debug + Send + Sync {
    /// The token; none where the session was ended, or never had one.
    ///
    /// # Errors
    /// Where the store can't be read.
    async fn load(&self) -> Result<Option<SecretString>, RefreshTokenStoreUnavailable>;

    /// Puts a token in the place of the one before. It must be safe when this returns.
    ///
    /// # Errors
    /// Where the store can't be written. It is called again, before the token is used.
    async fn save(&self, token: &SecretString) -> Result<(), RefreshTokenStoreUnavailable>;
}

/// The store of refresh tokens could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RefreshTokenStoreUnavailable;

impl fmt::Display for RefreshTokenStoreUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store of refresh tokens could not be read or written")
    }
}

impl std::error::Error for RefreshTokenStoreUnavailable {}

/// Keeps the token for as long as the process runs; users sign in again after that.
#[derive(Debug, Default)]
pub struct RefreshTokenInMemory(Mutex<Option<SecretString>>);

impl RefreshTokenInMemory {
    /// A store without a token.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl RefreshTokenStore for RefreshTokenInMemory {
    async fn load(&self) -> Result<Option<SecretString>, RefreshTokenStoreUnavailable> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    async fn save(&self, token: &SecretString) -> Result<(), RefreshTokenStoreUnavailable> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(())
    }
}
