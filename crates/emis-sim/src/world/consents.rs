//! Authorization codes, and the refresh tokens that follow from them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::ids::Ids;
use super::practice::PracticeState;
use crate::assumptions::WireState;
use crate::operation::Scope;
use crate::sync::lock;

/// Lifetime of a code in seconds: Azure AD B2C's five minutes.
const CODE_LIFETIME: i64 = 300;
/// Lifetime of a refresh token in seconds: Azure AD B2C's fourteen days.
const REFRESH_TOKEN_LIFETIME: i64 = 14 * 24 * 3600;

/// The kind of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientKind {
    /// Authenticated by its secret.
    Confidential,
    /// Not authenticated: it sent its id alone.
    Public,
}

/// The content of a `scope` parameter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RequestedScopes {
    /// In the order of their names.
    pub(crate) scopes: Vec<Scope>,
    /// An ID token is requested.
    pub(crate) openid: bool,
    /// A refresh token is requested.
    pub(crate) offline: bool,
}

impl RequestedScopes {
    /// Parses the parameter. If it names none of the Partner API's scopes, all of `held` are requested.
    pub(crate) fn parse(held: &[Scope], parameter: Option<&str>) -> Result<Self, WireState> {
        let mut requested = Self::default();
        for word in parameter.unwrap_or_default().split_whitespace() {
            if let Some(scope) = held.iter().find(|scope| scope.as_str() == word) {
                requested.scopes.push(*scope);
            } else if word.ends_with("/.default") {
                requested.scopes.extend(held);
            } else if word == "openid" {
                requested.openid = true;
            } else if word == "offline_access" {
                requested.offline = true;
            } else {
                return Err(WireState::ScopeMissing);
            }
        }
        if requested.scopes.is_empty() {
            requested.scopes.extend(held);
        }
        requested.scopes.sort_by_key(|scope| scope.as_str());
        requested.scopes.dedup();
        Ok(requested)
    }
}

/// A person's consent that the product acts for a practice.
#[derive(Debug, Clone)]
pub(crate) struct Consent {
    pub(crate) practice: Arc<PracticeState>,
    pub(crate) requested: RequestedScopes,
    pub(crate) nonce: Option<String>,
    /// Shared by the code and the refresh tokens of one sign-in.
    family: Uuid,
}

impl Consent {
    pub(crate) fn new(
        ids: &Ids,
        practice: Arc<PracticeState>,
        requested: RequestedScopes,
        nonce: Option<String>,
    ) -> Self {
        Self {
            practice,
            requested,
            nonce,
            family: ids.draw(),
        }
    }
}

/// A reason not to redeem a code or a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConsentError {
    /// It was never issued.
    Unknown,
    /// It was used before, or revoked.
    Revoked,
    Expired,
    RedirectMismatch,
    VerifierInvalid,
    VerifierMismatch,
    /// A confidential client's refresh token came without the secret.
    SecretMissing,
}

struct Code {
    consent: Consent,
    redirect_uri: String,
    challenge: String,
    expires: i64,
    used: bool,
}

struct RefreshToken {
    consent: Consent,
    client: ClientKind,
    expires: i64,
    used: bool,
}

/// The codes and refresh tokens that were issued.
pub(crate) struct Consents {
    ids: Ids,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    codes: HashMap<String, Code>,
    refresh_tokens: HashMap<String, RefreshToken>,
    revoked: HashSet<Uuid>,
}

opaque_debug!(Consents);

impl Consents {
    pub(crate) fn new(ids: Ids) -> Self {
        Self {
            ids,
            inner: Mutex::default(),
        }
    }

    /// Issues a code that is redeemed with the verifier of `challenge`.
    pub(crate) fn code(
        &self,
        consent: Consent,
        redirect_uri: &str,
        challenge: &str,
        now: i64,
    ) -> String {
        let code = self.ids.draw().simple().to_string();
        let issued = Code {
            consent,
            redirect_uri: redirect_uri.to_owned(),
            challenge: challenge.to_owned(),
            expires: now.saturating_add(CODE_LIFETIME),
            used: false,
        };
        lock(&self.inner).codes.insert(code.clone(), issued);
        code
    }

    /// Redeems a code. A second attempt revokes the tokens of the first.
    pub(crate) fn redeem(
        &self,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
        now: i64,
    ) -> Result<Consent, ConsentError> {
        let mut inner = lock(&self.inner);
        let issued = inner.codes.get_mut(code).ok_or(ConsentError::Unknown)?;
        if issued.used {
            let family = issued.consent.family;
            inner.revoked.insert(family);
            return Err(ConsentError::Revoked);
        }
        if now >= issued.expires {
            return Err(ConsentError::Expired);
        }
        if redirect_uri != issued.redirect_uri {
            return Err(ConsentError::RedirectMismatch);
        }
        if !is_verifier(verifier) {
            return Err(ConsentError::VerifierInvalid);
        }
        if challenge_of(verifier) != issued.challenge {
            return Err(ConsentError::VerifierMismatch);
        }
        issued.used = true;
        Ok(issued.consent.clone())
    }

    /// Issues a refresh token that can be used once, by a client of the same kind.
    pub(crate) fn refresh_token(&self, consent: Consent, client: ClientKind, now: i64) -> String {
        let token = self.ids.draw().simple().to_string();
        let issued = RefreshToken {
            consent,
            client,
            expires: now.saturating_add(REFRESH_TOKEN_LIFETIME),
            used: false,
        };
        lock(&self.inner)
            .refresh_tokens
            .insert(token.clone(), issued);
        token
    }

    /// Uses a refresh token. Using it a second time revokes all tokens of its family, because it may
    /// be stolen. A token that `check` refuses is not used.
    pub(crate) fn use_refresh_token<E: From<ConsentError>>(
        &self,
        token: &str,
        client: ClientKind,
        now: i64,
        check: impl FnOnce(&mut Consent) -> Result<(), E>,
    ) -> Result<Consent, E> {
        let mut inner = lock(&self.inner);
        let inner = &mut *inner;
        let issued = inner
            .refresh_tokens
            .get_mut(token)
            .ok_or(ConsentError::Unknown)?;
        if issued.client == ClientKind::Confidential && client == ClientKind::Public {
            return Err(ConsentError::SecretMissing.into());
        }
        if issued.used || inner.revoked.contains(&issued.consent.family) {
            inner.revoked.insert(issued.consent.family);
            return Err(ConsentError::Revoked.into());
        }
        if now >= issued.expires {
            return Err(ConsentError::Expired.into());
        }
        let mut consent = issued.consent.clone();
        check(&mut consent)?;
        issued.used = true;
        Ok(consent)
    }

    /// Revokes every code and refresh token.
    pub(crate) fn revoke_all(&self) {
        let mut inner = lock(&self.inner);
        let inner = &mut *inner;
        let families = inner
            .refresh_tokens
            .values()
            .map(|issued| issued.consent.family);
        inner.revoked.extend(families);
        for code in inner.codes.values_mut() {
            code.used = true;
        }
    }
}

/// RFC 7636: 43 to 128 letters, digits and `-._~`.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// Returns the `S256` challenge of a verifier.
fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}
