//! The whole state.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use emis_types::{Clock, ManualClock};
use http::HeaderValue;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::application::Application;
use super::conditions::Conditions;
use super::consents::Consents;
use super::ids::Ids;
use super::journal::Journal;
use super::keys::Keys;
use super::practice::PracticeState;
use super::tokens::{Bearer, Tokens};
use crate::fault::FaultInjector;
use crate::operation::Scope;
use crate::sync::lock;

/// A simulated EMIS with its identity service.
pub(crate) struct World {
    pub(crate) clock: Arc<dyn Clock>,
    /// `clock` again, if it can be set.
    pub(crate) manual_clock: Option<ManualClock>,
    pub(crate) issuer: String,
    pub(crate) application: Application,
    pub(crate) practices: Vec<Arc<PracticeState>>,
    pub(crate) keys: Keys,
    pub(crate) consents: Consents,
    /// Redirect addresses of the product, apart from those of this machine.
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) ids: Ids,
    pub(crate) tokens: Tokens,
    pub(crate) faults: FaultInjector,
    pub(crate) journal: Journal,
    pub(crate) conditions: Mutex<Conditions>,
    /// Receptionists of each practice.
    pub(crate) receptionists: u32,
    pub(crate) password_attempts: Mutex<HashMap<String, usize>>,
    pub(crate) late_commits: Mutex<Vec<LateCommit>>,
}

/// A call that is performed at a later time.
pub(crate) struct LateCommit {
    due: Timestamp,
    perform: Box<dyn FnOnce(&World) + Send>,
}

opaque_debug!(World);

impl World {
    /// Returns `true` if no two practices share a code.
    pub(crate) fn has_distinct_codes(&self) -> bool {
        let mut codes = HashSet::new();
        self.practices
            .iter()
            .all(|practice| codes.insert(&practice.cdb) && codes.insert(&practice.ods))
    }

    /// Returns `true` if a request for this path is answered.
    pub(crate) fn reaches(&self, path: &str) -> bool {
        let conditions = lock(&self.conditions);
        let is_api = path == "/partner" || path.starts_with("/partner/");
        if path.starts_with("/identity") {
            conditions.identity_reachable
        } else {
            conditions.api_reachable || !is_api
        }
    }

    /// Returns `true` if this is the application's party key and EMIS accepts it.
    pub(crate) fn knows_application(&self, party_key: &str) -> bool {
        party_key == self.application.id && lock(&self.conditions).application_id_ok
    }

    /// Returns `true` if these are the application's id and secret and the secret is accepted.
    pub(crate) fn knows_client(&self, id: &str, secret: &str) -> bool {
        id == self.application.client_id
            && secret == self.application.client_secret
            && lock(&self.conditions).client_secret_ok
    }

    pub(crate) fn held_scopes(&self) -> Vec<Scope> {
        lock(&self.conditions).scopes.clone()
    }

    /// Returns the time by the identity service's clock.
    pub(crate) fn identity_now(&self) -> Timestamp {
        let skew = lock(&self.conditions).clock_skew;
        let now = self.clock.now();
        now.checked_add(skew).unwrap_or(now)
    }

    /// Returns the `Date` header of an answer.
    pub(crate) fn date(&self, path: &str) -> Option<HeaderValue> {
        let now = if path.starts_with("/identity") {
            self.identity_now()
        } else {
            self.clock.now()
        };
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
        HeaderValue::from_str(&date.ok()?).ok()
    }

    /// Returns the bearer of the token in the value of an `Authorization` header, if it is valid.
    pub(crate) fn bearer(&self, authorization: &str) -> Option<Bearer> {
        let now = self.clock.now().as_second();
        let (bearer, key) = self.tokens.bearer(authorization, now)?;
        self.keys.publishes(&key).then_some(bearer)
    }

    /// Schedules a call for a time of the simulator's clock.
    pub(crate) fn commit_later(
        &self,
        due: Timestamp,
        perform: impl FnOnce(&Self) + Send + 'static,
    ) {
        lock(&self.late_commits).push(LateCommit {
            due,
            perform: Box::new(perform),
        });
    }

    /// Performs the late commits that are due, earliest first.
    pub(crate) fn perform_late_commits(&self) {
        let now = self.clock.now();
        let mut due: Vec<_> = lock(&self.late_commits)
            .extract_if(.., |commit| commit.due <= now)
            .collect();
        due.sort_by_key(|commit| commit.due);
        for commit in due {
            (commit.perform)(self);
        }
    }
}
