//! The trait of token sources.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::access_token::AccessToken;
use crate::error::TokenError;

/// The outcome of reading the identity service's discovery document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Discovery {
    /// The document was read and names a token endpoint.
    Found,
    /// The source needs none: it was given the endpoint, or has its tokens from elsewhere.
    NotUsed,
}

/// A source of access tokens, which caches them while they are valid.
///
/// Call [`token`](Self::token) before every request rather than keeping its result: a source answers
/// from memory, renews early, and sends one request however many callers wait.
#[async_trait]
pub trait TokenSource: Debug + Send + Sync {
    /// Returns a token that is valid now.
    ///
    /// # Errors
    /// If none can be had: [`TokenErrorKind`](crate::TokenErrorKind) says why, and
    /// [`TokenError::responsible_party`] who has to act.
    ///
    /// # Cancel safety
    /// [`OpenIdTokenSource`](crate::OpenIdTokenSource) sends the request in a task of its own: its outcome
    /// is cached even if this future is dropped.
    async fn token(&self) -> Result<AccessToken, TokenError>;

    /// Requests a new token, to check that the credentials still work. If that fails, the cached token
    /// stays in use. A password that was refused is not sent again.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    ///
    /// # Cancel safety
    /// The request runs in a task of its own: its outcome is cached even if this future is dropped.
    async fn fresh_token(&self) -> Result<AccessToken, TokenError> {
        self.token().await
    }

    /// Reads the identity service's discovery document, to check that the service can be reached. No
    /// secret is sent.
    ///
    /// # Errors
    /// If the document can't be read or used: [`TokenError::service_fault`] says why.
    async fn discover(&self) -> Result<Discovery, TokenError> {
        Ok(Discovery::NotUsed)
    }

    /// Discards a token that EMIS refused with a 401. A token that has been replaced since is left
    /// alone.
    fn invalidate(&self, refused: &AccessToken);
}

#[async_trait]
impl<S: TokenSource + ?Sized> TokenSource for Arc<S> {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        (**self).token().await
    }

    async fn fresh_token(&self) -> Result<AccessToken, TokenError> {
        (**self).fresh_token().await
    }

    async fn discover(&self) -> Result<Discovery, TokenError> {
        (**self).discover().await
    }

    fn invalidate(&self, refused: &AccessToken) {
        (**self).invalidate(refused);
    }
}

/// A source that always returns one token: for tests, and for a token that was obtained by other
/// means.
///
/// It returns the token even after a refusal; [`refusals`](Self::refusals) counts those. Clones share
/// the count.
///
/// # Examples
/// ```
/// use emis_credentials::{FixedToken, TokenSource};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let source = FixedToken::new("a-token");
/// assert_eq!(source.token().await?.expose(), "a-token");
/// # Ok::<(), emis_credentials::TokenError>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct FixedToken {
    token: AccessToken,
    refusals: Arc<AtomicUsize>,
}

impl FixedToken {
    /// Creates a source of a bearer that does not expire.
    pub fn new(bearer: impl Into<String>) -> Self {
        AccessToken::new(bearer.into().into(), Timestamp::MAX).into()
    }

    /// Returns the number of times that the token was [invalidated](TokenSource::invalidate).
    pub fn refusals(&self) -> usize {
        self.refusals.load(Ordering::SeqCst)
    }
}

impl From<AccessToken> for FixedToken {
    fn from(token: AccessToken) -> Self {
        Self {
            token,
            refusals: Arc::default(),
        }
    }
}

#[async_trait]
impl TokenSource for FixedToken {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        Ok(self.token.clone())
    }

    fn invalidate(&self, refused: &AccessToken) {
        if self.token.is_same(refused) {
            self.refusals.fetch_add(1, Ordering::SeqCst);
        }
    }
}
