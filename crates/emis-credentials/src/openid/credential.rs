//! The credential of a source.

use std::fmt;
use std::sync::Arc;

use super::grant_type::GrantType;
use super::service::Service;
use super::session::Session;
use super::token_request::{Proof, TokenRequest};
use crate::access_token::AccessToken;
use crate::api_user::ApiUser;
use crate::error::TokenError;
use crate::grant::Grant;

/// A [`Grant`], with its state from one request to the next.
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

    pub(super) fn grant_type(&self) -> GrantType {
        match self {
            Self::Client => GrantType::ClientCredentials,
            Self::Password(_) => GrantType::Password,
            Self::Session(_) => GrantType::RefreshToken,
        }
    }

    pub(super) async fn fetch(
        &self,
        service: &Service,
        request: &TokenRequest,
    ) -> Result<AccessToken, TokenError> {
        let proof = match self {
            Self::Client => Proof::Client,
            Self::Password(user) => Proof::Password(user),
            Self::Session(session) => return session.refresh(service, request).await,
        };
        Ok(service.fetch(request, proof).await?.token)
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
