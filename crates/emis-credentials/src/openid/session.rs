//! A user's session: a refresh token that changes with each use.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use super::service::Service;
use super::token_request::{Proof, TokenRequest};
use super::token_response::Issued;
use crate::access_token::AccessToken;
use crate::error::{TokenError, TokenErrorKind as Kind};
use crate::refresh_tokens::{RefreshTokenStore, RefreshTokenStoreError};

/// The session of one user who signed in, by a refresh token that the product keeps.
///
/// Each use of a refresh token may end it and begin another, which is saved before the old one is
/// forgotten; if saving fails, it is kept here and saved before the next use.
pub(super) struct Session {
    store: Arc<dyn RefreshTokenStore>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Not saved yet.
    unsaved: Option<SecretString>,
    /// Refused, and not to be sent again.
    refused: Option<SecretString>,
}

impl Session {
    pub(super) fn new(store: Arc<dyn RefreshTokenStore>) -> Self {
        Self {
            store,
            kept: Mutex::default(),
        }
    }

    /// Fetches an access token by the refresh token.
    pub(super) async fn refresh(
        &self,
        service: &Service,
        request: &TokenRequest,
    ) -> Result<AccessToken, TokenError> {
        let token = self.current().await?;
        let mut outcome = service.fetch(request, Proof::Refresh(&token)).await;
        if is_over(&outcome) {
            // Another process may have used it, and saved what it got for it.
            let saved = self.store.load().await?;
            match saved.filter(|saved| !same(saved, &token)) {
                Some(successor) => {
                    outcome = service.fetch(request, Proof::Refresh(&successor)).await;
                    if is_over(&outcome) {
                        self.kept().refused = Some(successor);
                    }
                }
                None => self.kept().refused = Some(token),
            }
        }
        let issued = outcome?;
        self.keep(issued.refresh).await;
        Ok(issued.token)
    }

    /// Saves a refresh token that the service issued; `None` leaves the present one in use.
    pub(super) async fn keep(&self, token: Option<SecretString>) {
        let Some(token) = token else { return };
        self.kept().unsaved = Some(token);
        if let Err(RefreshTokenStoreError) = self.save().await {
            tracing::error!("a refresh token could not be saved; it is kept in memory meanwhile");
        }
    }

    async fn current(&self) -> Result<SecretString, TokenError> {
        let unsaved = self.kept().unsaved.clone();
        let token = match unsaved {
            Some(token) => {
                self.save().await?;
                Some(token)
            }
            None => self.store.load().await?,
        };
        let refused = self.kept().refused.clone();
        token
            .filter(|token| refused.is_none_or(|refused| !same(&refused, token)))
            .ok_or_else(|| TokenError::new(Kind::SignInAgain))
    }

    async fn save(&self) -> Result<(), RefreshTokenStoreError> {
        let unsaved = self.kept().unsaved.clone();
        if let Some(token) = unsaved {
            self.store.save(&token).await?;
            self.kept().unsaved = None;
        }
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_over(outcome: &Result<Issued, TokenError>) -> bool {
    matches!(outcome, Err(error) if error.kind() == Kind::SignInAgain)
}

fn same(a: &SecretString, b: &SecretString) -> bool {
    a.expose_secret() == b.expose_secret()
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl From<RefreshTokenStoreError> for TokenError {
    fn from(_: RefreshTokenStoreError) -> Self {
        Self::with_message(
            Kind::StoreUnavailable,
            "the store of refresh tokens could not be read or written",
        )
    }
}
