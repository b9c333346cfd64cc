//! Where tokens come from.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{AccessToken, TokenError};

/// What came of looking for the identity service's discovery document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Discovery {
    /// It was read, and names an address for tokens.
    Found,
    /// The source needs none: it was given the address, or has its tokens from elsewhere.
    NotUsed,
}

/// Something that gives out tokens and keeps them for as long as they are good.
///
/// Call [`token`](Self::token) before every request rather than holding on to what it gave: a
/// source answers from memory, renews in good time, and asks the identity service once however
/// many callers there are.
#[async_trait]
pub trait TokenSource: Debug + Send + Sync {
    /// A token that is good now.
    ///
    /// # Errors
    /// Where there is none to be had: [`TokenErrorKind`](crate::TokenErrorKind) says why, and who
    /// can do something about it.
    async fn token(&self) -> Result<AccessToken, TokenError>;

    /// A token that was asked for just now, to see whether the credentials still work. What is
    /// held stays in use where that fails, and a password that was refused is not sent for it.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    async fn fresh_token(&self) -> Result<AccessToken, TokenError> {
        self.token().await
    }

    /// Looks whether the identity service is there and says where it gives tokens, by reading its
    /// discovery document just now. No secret is sent.
    ///
    /// # Errors
    /// Where it can't be had or used: [`TokenError::service_fault`] says how far that came.
    async fn discover(&self) -> Result<Discovery, TokenError> {
        Ok(Discovery::NotUsed)
    }

    /// Tells the source that EMIS refused this token with a 401, so that it is not given out
    /// again. A token that has been replaced since is left alone.
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

/// A source that always gives out the same token: for tests, and for a token that was got by
/// other means.
///
/// It keeps giving it out after a refusal; [`refusals`](Self::refusals) counts those. Clones
/// share the count.
///
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
    /// A bearer that does not expire.
    pub fn new(bearer: impl Into<String>) -> Self {
        AccessToken::new(bearer.into().into(), Timestamp::MAX).into()
    }

    /// How often the token was [invalidated](TokenSource::invalidate).
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
