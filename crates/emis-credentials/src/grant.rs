//! The credentials and grants of token requests.

use std::sync::Arc;

use secrecy::SecretString;

use crate::api_user::ApiUser;
use crate::refresh_tokens::RefreshTokenStore;

/// The product's own credentials, issued by EMIS.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
}

impl ClientCredentials {
    /// Creates credentials from a client ID and its secret.
    pub fn new(client_id: impl Into<String>, client_secret: SecretString) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret,
        }
    }
}

/// The grant that a token is requested by.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Grant {
    /// The product on its own behalf: OAuth 2.0's `client_credentials`.
    ClientCredentials,
    /// The product on behalf of a practice's API user: OAuth 2.0's `password`.
    Password(ApiUser),
    /// The product on behalf of a user who [signed in](crate::OpenIdTokenSource::begin_sign_in) and
    /// whose session continues: OAuth 2.0's `refresh_token`.
    Refresh(Arc<dyn RefreshTokenStore>),
}

/// The place of the client ID and secret in a token request. EMIS's discovery document leaves this
/// open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// In the form, as `client_id` and `client_secret`.
    #[default]
    Body,
    /// In the `Authorization` header.
    Basic,
}
