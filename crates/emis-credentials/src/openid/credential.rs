//! What a source has that entitles it to tokens.

use std::fmt;
use std::sync::Arc;

use super::exchange::{Exchange, Proof};
use super::service::Service;
use super::session::Session;
use crate::{AccessToken, ApiUser, Grant, TokenError};

/// A [`Grant`], with what there is to know about it from one request to the next.
#[derive(Clone)]
pub(super) enum Credential {
    Client,
    Password(ApiUser),
    Session(Arc<Session>),
}

impl Credential {
    pub(super) fn is_password(&self) -> bool {
        matches!(self, Self::Password(_))
    }

    pub(super) async fn fetch(
        &self,
        service: &Service,
        exchange: &Exchange,
    ) -> Result<AccessToken, TokenError> {
        let proof = match self {
            Self::Client => Proof::Client,
            Self::Password(user) => Proof::Password(user),
            Self::Session(session) => return session.refresh(service, exchange).await,
        };
        Ok(service.fetch(exchange, proof).await?.token)
    }
}

impl From<Grant> for Credential {
    fn from(grant: Grant) -> Self {
        match grant {
            Grant::ClientCredentials => Self::Client,
            Grant::Password(user) => Self::Password(user),
            Grant::Refresh(store) => Self::Session(Arc::new(Session::new(store))),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client => f.write_str("ClientCredentials"),
            Self::Password(user) => f.debug_tuple("Password").field(user).finish(),
            Self::Session(_) => f.write_str("Refresh"),
        }
    }
}
