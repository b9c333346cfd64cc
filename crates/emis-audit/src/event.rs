//! One thing that happened.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Provenance;

/// What kind of event it is: a stable text such as `settings.changed`.
///
/// The constants are those that this library writes; a product that records events of its own
/// names them with [`new`](Self::new).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuditEventKind(Cow<'static, str>);

impl AuditEventKind {
    /// A command changed the settings.
    pub const SETTINGS_CHANGED: Self = Self::new("settings.changed");
    /// A command was refused.
    pub const SETTINGS_REFUSED: Self = Self::new("settings.refused");
    /// The API user's password was refused by EMIS, and is held back.
    pub const CREDENTIALS_REFUSED: Self = Self::new("credentials.refused");
    /// A password that was held back may be tried again.
    pub const CREDENTIALS_RELEASED: Self = Self::new("credentials.released");
    /// A booking was begun.
    pub const BOOKING_BEGUN: Self = Self::new("booking.begun");
    /// A booking, or its cancellation, came to another state.
    pub const BOOKING_SETTLED: Self = Self::new("booking.settled");
    /// A cancellation of an appointment that was booked elsewhere was begun.
    pub const CANCELLATION_BEGUN: Self = Self::new("cancellation.begun");
    /// A message was claimed, to be sent.
    pub const MESSAGE_CLAIMED: Self = Self::new("message.claimed");
    /// What became of a message.
    pub const MESSAGE_SETTLED: Self = Self::new("message.settled");
    /// The connection was diagnosed.
    pub const DIAGNOSIS_MADE: Self = Self::new("diagnosis.made");
    /// A patient opted out, or was put on the exclusion list.
    pub const EXCLUSION_BEGUN: Self = Self::new("exclusion.begun");
    /// An exclusion ended.
    pub const EXCLUSION_ENDED: Self = Self::new("exclusion.ended");
    /// A segment of the chain was sealed.
    pub const AUDIT_SEALED: Self = Self::new("audit.sealed");
    /// Sealed segments were deleted.
    pub const AUDIT_DELETED: Self = Self::new("audit.deleted");
    /// The practice was moved here from another store.
    pub const PRACTICE_MOVED: Self = Self::new("practice.moved");

    /// A kind by its text.
    pub const fn new(kind: &'static str) -> Self {
        Self(Cow::Borrowed(kind))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AuditEventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How it came out: failures are recorded like successes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuditEventOutcome {
    /// It was done.
    Success,
    /// It was not done.
    Failure,
    /// It is not known whether it was done.
    Unknown,
}

/// One thing that happened: what, when, who, how it came out, and the ids that belong to it.
///
/// It must hold ids and no names: nothing that a person is known by, no secret, no message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    kind: AuditEventKind,
    at: Timestamp,
    #[serde(flatten)]
    by: Provenance,
    outcome: AuditEventOutcome,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    details: Map<String, Value>,
}

impl AuditEvent {
    /// Something that was done.
    pub fn new(kind: AuditEventKind, at: Timestamp, by: Provenance) -> Self {
        Self {
            kind,
            at,
            by,
            outcome: AuditEventOutcome::Success,
            details: Map::new(),
        }
    }

    /// The same with another outcome.
    #[must_use]
    pub fn with_outcome(mut self, outcome: AuditEventOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Adds an id, a number or a code.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// What happened.
    pub fn kind(&self) -> &AuditEventKind {
        &self.kind
    }

    /// When, by the clock of the process that did it. The order of events is that of their
    /// numbers: a clock may go backwards.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Who did it.
    pub fn by(&self) -> &Provenance {
        &self.by
    }

    /// How it came out.
    pub fn outcome(&self) -> AuditEventOutcome {
        self.outcome
    }

    /// The ids, numbers and codes that belong to it.
    pub fn details(&self) -> &Map<String, Value> {
        &self.details
    }
}
