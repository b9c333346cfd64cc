//! What a person has agreed to at the sign-in page: codes, and the refresh tokens that follow.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::client::{Asked, Client};
use super::refusal::Refusal;
use crate::ids::Ids;
use crate::world::{PracticeState, lock};

/// Seconds that a code can be redeemed in: Azure AD B2C's five minutes.
const CODE_LIVES: i64 = 300;
/// Seconds that a refresh token can be used in: Azure AD B2C's fourteen days.
const REFRESH_LIVES: i64 = 14 * 24 * 3600;

/// Who may act for whom, with what.
#[derive(Debug, Clone)]
pub(super) struct Consent {
    pub(super) practice: Arc<PracticeState>,
    pub(super) asked: Asked,
    pub(super) nonce: Option<String>,
    /// The codes and refresh tokens that come of one sign-in.
    family: Uuid,
}

impl Consent {
    pub(super) fn new(
        ids: &Ids,
        practice: Arc<PracticeState>,
        asked: Asked,
        nonce: Option<String>,
    ) -> Self {
        Self {
            practice,
            asked,
            nonce,
            family: ids.draw(),
        }
    }
}

struct Code {
    consent: Consent,
    redirect_uri: String,
    challenge: String,
    ends: i64,
    used: bool,
}

struct Refresh {
    consent: Consent,
    client: Client,
    ends: i64,
    used: bool,
}

/// Everything that can still be redeemed, and what was.
pub(crate) struct Consents {
    ids: Ids,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    codes: HashMap<String, Code>,
    refresh: HashMap<String, Refresh>,
    revoked: HashSet<Uuid>,
}

impl fmt::Debug for Consents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consents").finish_non_exhaustive()
    }
}

impl Consents {
    pub(crate) fn new(ids: Ids) -> Self {
        Self {
            ids,
            inner: Mutex::default(),
        }
    }

    /// A code for whoever holds the verifier behind `challenge`.
    pub(super) fn code(
        &self,
        consent: Consent,
        redirect_uri: &str,
        challenge: &str,
        now: i64,
    ) -> String {
        let code = self.ids.draw().simple().to_string();
        let kept = Code {
            consent,
            redirect_uri: redirect_uri.to_owned(),
            challenge: challenge.to_owned(),
            ends: now.saturating_add(CODE_LIVES),
            used: false,
        };
        lock(&self.inner).codes.insert(code.clone(), kept);
        code
    }

    /// Redeems a code. A second time it takes back what came of the first.
    pub(super) fn redeem(
        &self,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
        now: i64,
    ) -> Result<Consent, Refusal> {
        let mut inner = lock(&self.inner);
        let kept = inner.codes.get_mut(code).ok_or(Refusal::GrantUnknown)?;
        if kept.used {
            let family = kept.consent.family;
            inner.revoked.insert(family);
            return Err(Refusal::GrantRevoked);
        }
        if now >= kept.ends {
            return Err(Refusal::GrantExpired);
        }
        if redirect_uri != kept.redirect_uri {
            return Err(Refusal::RedirectMismatch);
        }
        if !is_verifier(verifier) {
            return Err(Refusal::VerifierInvalid);
        }
        if challenge_of(verifier) != kept.challenge {
            return Err(Refusal::VerifierMismatch);
        }
        kept.used = true;
        Ok(kept.consent.clone())
    }

    /// A refresh token, to be used once, by a client of the same kind.
    pub(super) fn refresh_token(&self, consent: Consent, client: Client, now: i64) -> String {
        let token = self.ids.draw().simple().to_string();
        let kept = Refresh {
            consent,
            client,
            ends: now.saturating_add(REFRESH_LIVES),
            used: false,
        };
        lock(&self.inner).refresh.insert(token.clone(), kept);
        token
    }

    /// Uses a refresh token. Whoever uses one again may have stolen it: then all of the family
    /// are taken back. What `check` refuses does not count as use.
    pub(super) fn use_refresh_token(
        &self,
        token: &str,
        client: Client,
        now: i64,
        check: impl FnOnce(&mut Consent) -> Result<(), Refusal>,
    ) -> Result<Consent, Refusal> {
        let mut inner = lock(&self.inner);
        let inner = &mut *inner;
        let kept = inner.refresh.get_mut(token).ok_or(Refusal::GrantUnknown)?;
        if kept.client == Client::Confidential && client == Client::Public {
            return Err(Refusal::SecretMissing);
        }
        if kept.used || inner.revoked.contains(&kept.consent.family) {
            inner.revoked.insert(kept.consent.family);
            return Err(Refusal::GrantRevoked);
        }
        if now >= kept.ends {
            return Err(Refusal::GrantExpired);
        }
        let mut consent = kept.consent.clone();
        check(&mut consent)?;
        kept.used = true;
        Ok(consent)
    }

    /// Takes every code and refresh token back.
    pub(crate) fn revoke_all(&self) {
        let mut inner = lock(&self.inner);
        let inner = &mut *inner;
        let families = inner.refresh.values().map(|kept| kept.consent.family);
        inner.revoked.extend(families);
        for code in inner.codes.values_mut() {
            code.used = true;
        }
    }
}

/// RFC 7636: 43 to 128 letters, digits and `-._~`.
pub(super) fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// `S256`.
fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}
