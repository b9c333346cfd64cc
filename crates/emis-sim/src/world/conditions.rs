//! Settings for the whole simulator: the identity service and the API.

use jiff::SignedDuration;

use crate::operation::Scope;

/// Failed password attempts in a row that lock a user: Azure AD B2C's threshold. EMIS publishes none.
const MOST_FAILED_ATTEMPTS: u32 = 10;

/// The present settings.
#[derive(Debug)]
pub(crate) struct Conditions {
    pub(crate) identity_reachable: bool,
    pub(crate) client_secret_ok: bool,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) clock_skew: SignedDuration,
    pub(crate) most_failed_attempts: Option<u32>,
    pub(crate) api_reachable: bool,
    pub(crate) application_id_ok: bool,
    pub(crate) returns_notes: bool,
}

impl Conditions {
    pub(crate) fn healthy() -> Self {
        Self {
            identity_reachable: true,
            client_secret_ok: true,
            scopes: Scope::HELD.to_vec(),
            clock_skew: SignedDuration::ZERO,
            most_failed_attempts: Some(MOST_FAILED_ATTEMPTS),
            api_reachable: true,
            application_id_ok: true,
            returns_notes: true,
        }
    }
}
