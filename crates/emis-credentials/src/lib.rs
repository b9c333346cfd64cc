//! API users, sealed passwords and token sources for the EMIS Partner API.

mod api_user;
mod claims;
mod error;
mod grant;
mod openid;
mod source;
mod token;

pub use api_user::{ApiUser, ApiUserError, ApiUserMistake};
pub use claims::{TokenClaims, TokenHolder};
pub use error::{TokenError, TokenErrorKind};
pub use grant::{ClientAuthentication, ClientCredentials, Grant};
pub use openid::{OpenIdTokenSource, OpenIdTokenSourceBuilder};
pub use source::{FixedToken, TokenSource};
pub use token::AccessToken;
