//! API users, sealed passwords and token sources for the EMIS Partner API.
//!
//! A practice creates an *API user* for the product in EMIS Web and types its Partner API password
//! into the product once. Then:
//!
//! 1. The password is **sealed** where it was typed, to one or more [`Recipients`], for one practice
//!    ([`SealContext`]). The stored value is a [`SealedApiUser`], which the storing side can't read.
//! 2. The process that fetches tokens opens it with the [`SealingIdentity`], or any of an
//!    [`IdentityRing`] from a [`KeySource`], and passes it to an [`OpenIdTokenSource`], which returns
//!    an [`AccessToken`] to every caller of the API.
//! 3. A password that EMIS refuses is sent **once**: after that the source holds it back
//!    ([`TokenErrorKind::HeldBack`]), so that the practice's account is not locked.
//!
//! # Examples
//! ```
//! use emis_credentials::{ApiUser, ClientCredentials, Grant, OpenIdTokenSource, SealContext};
//! use emis_credentials::SealingIdentity;
//!
//! let identity = SealingIdentity::generate();
//! let practice = SealContext::new("A20047".parse()?, "50002".parse()?);
//!
//! // In the settings form, which has only the recipient:
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
//! A member of staff who is present signs in themselves:
//! [`OpenIdTokenSource::begin_sign_in`].
//!
//! Every failure names the [responsible party](TokenError::responsible_party). Secrets are
//! `secrecy::SecretString`s, wiped from memory when dropped, and so are the copies that sealing,
//! opening and building requests make; the copies in HTTP and TLS are beyond our reach.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod access_token;
mod api_user;
mod connect_step;
mod error;
mod grant;
mod keys;
mod network;
mod openid;
mod password_releases;
mod password_rules;
mod refresh_tokens;
mod refused_passwords;
mod sealing;
mod service_fault;
mod text_encoding;
mod token_claims;
mod token_source;

pub use access_token::AccessToken;
pub use api_user::{ApiUser, ApiUserError, ApiUserMistake};
pub use connect_step::ConnectStep;
pub use emis_types::ResponsibleParty;
pub use error::{TokenError, TokenErrorKind};
pub use grant::{ClientAuthentication, ClientCredentials, Grant};
#[cfg(feature = "keyring")]
pub use keys::KeyringKeySource;
pub use keys::{EnvKeySource, FileKeySource, KeySource, KeySourceError, KeySourceErrorKind};
pub use network::{Network, NetworkError};
#[doc(hidden)]
pub use openid::fuzzing;
pub use openid::telemetry;
pub use openid::{
    KeptSignIn, Launch, OpenIdTokenSource, OpenIdTokenSourceBuilder, PendingSignIn, SignInRequest,
};
pub use password_releases::{PasswordReleases, ReleaseOutcome, copy_refusals, release_password};
pub use password_rules::{PasswordNeed, PasswordRules, WeakPasswordError};
pub use refresh_tokens::{MemoryRefreshTokenStore, RefreshTokenStore, RefreshTokenStoreError};
pub use refused_passwords::{
    MemoryRefusedPasswordStore, PasswordFingerprint, RefusedPasswordStore,
    RefusedPasswordStoreError, claim_counts,
};
pub use sealing::{
    IdentityRing, Recipient, RecipientId, Recipients, SealContext, SealError, SealErrorKind,
    SealedApiUser, SealingIdentity,
};
pub use service_fault::ServiceFault;
pub use token_claims::{TokenClaims, TokenHolder};
pub use token_source::{Discovery, FixedToken, TokenSource};

/// Compiles the README's code.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
