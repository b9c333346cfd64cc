//! API users, sealed passwords and token sources for the EMIS Partner API.
//!
//! A practice makes an *API user* for the product in EMIS Web and types its Partner API password
//! into the product once. From there on:
//!
//! 1. The password is **sealed** where it was typed, to one or more [`Recipients`], for one
//!    practice ([`SealContext`]). What is stored is a [`SealedApiUser`], which the storing side
//!    cannot read.
//! 2. Where tokens are fetched it is opened with the [`SealingIdentity`], or any of an
//!    [`IdentityRing`] from a [`KeySource`], and handed to an [`OpenIdTokenSource`], which gives
//!    out an [`AccessToken`] to everyone who calls the API.
//! 3. A password that EMIS refuses is sent **once**: after that the source holds it back
//!    ([`TokenErrorKind::HeldBack`]), so that the practice's account is not locked.
//!
//! ```
//! use emis_credentials::{ApiUser, ClientCredentials, Grant, OpenIdTokenSource, SealContext};
//! use emis_credentials::SealingIdentity;
//!
//! let identity = SealingIdentity::generate();
//! let practice = SealContext::new("A20047".parse()?, "50002".parse()?);
//!
//! // In the settings form, which knows only the recipient:
//! let typed = ApiUser::new("patchs", "correct horse".to_owned().into())?;
//! let stored = identity.recipient().seal(&typed, &practice)?;
//!
//! // In the worker that calls EMIS:
//! let user = identity.open(&stored, &practice)?;
//! let source = OpenIdTokenSource::builder(
//!     "https://identity.example.com/tenant/".parse()?,
//!     ClientCredentials::new("client-id", "client-secret".to_owned().into()),
//!     Grant::Password(user),
//! )
//! .scopes(["papi-appt.read"])
//! .build()?;
//!
//! // Nothing here prints a secret.
//! assert!(!format!("{stored:?} {source:?}").contains("correct horse"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where a member of staff is present, they sign in themselves:
//! [`OpenIdTokenSource::begin_sign_in`].
//!
//! Every failure says [who acts](TokenError::responsible_party). Secrets are `secrecy::SecretString`s, wiped
//! from memory when dropped. So are the copies that sealing, opening and building requests make;
//! those that pass through HTTP and TLS are beyond our reach.

mod api_user;
mod claims;
mod connect_step;
mod error;
mod grant;
mod keys;
mod network;
mod openid;
mod password_releases;
mod password_rules;
mod refresh_tokens;
mod refused;
mod sealing;
mod service_fault;
mod source;
mod token;

pub use api_user::{ApiUser, ApiUserError, ApiUserMistake};
pub use claims::{TokenClaims, TokenHolder};
pub use connect_step::ConnectStep;
pub use emis_types::ResponsibleParty;
pub use error::{TokenError, TokenErrorKind};
pub use grant::{ClientAuthentication, ClientCredentials, Grant};
#[cfg(feature = "keyring")]
pub use keys::KeyInKeyring;
pub use keys::{KeyFile, KeyInEnvironment, KeySource, KeySourceError, KeySourceErrorKind};
pub use network::{Network, NetworkError};
pub use openid::{
    KeptSignIn, Launch, OpenIdTokenSource, OpenIdTokenSourceBuilder, PendingSignIn, SignInRequest,
};
pub use password_releases::{
    PasswordReleases, ReleaseOutcome, copy_refusals, release_password,
};
pub use password_rules::{PasswordNeed, PasswordRules, WeakPassword};
pub use refresh_tokens::{RefreshTokenInMemory, RefreshTokenStore, RefreshTokenStoreUnavailable};
pub use refused::{MemoryUnavailable, PasswordFingerprint, RefusedInMemory, RefusedPasswords};
pub use sealing::{
    IdentityRing, Recipient, RecipientId, Recipients, SealContext, SealError, SealErrorKind,
    SealedApiUser, SealingIdentity,
};
pub use service_fault::ServiceFault;
pub use source::{Discovery, FixedToken, TokenSource};
pub use token::AccessToken;
