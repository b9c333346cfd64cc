//! Events.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::provenance::Provenance;

/// The kind of an event: a stable text such as `settings.changed`.
///
/// The constants are those that this library writes. A product that records events of its own
/// names them with [`new`](Self::new).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuditEventKind(Cow<'static, str>);

impl AuditEventKind {
    /// A command changed the settings.
    pub const SETTINGS_CHANGED: Self = Self::new("settings.changed");
    /// A command was refused.
    pub const SETTINGS_REFUSED: Self = Self::new("settings.refused");
    /// EMIS refused the API user's password, which is not sent again.
    pub const CREDENTIALS_REFUSED: Self = Self::new("credentials.refused");
    /// A refused password may be sent again.
    pub const CREDENTIALS_RELEASED: Self = Self::new("credentials.released");
    /// A booking was begun.
    pub const BOOKING_BEGUN: Self = Self::new("booking.begun");
    /// A booking or its cancellation changed state.
    pub const BOOKING_SETTLED: Self = Self::new("booking.settled");
    /// The move of an appointment was begun.
    pub const BOOKING_MOVE_BEGUN: Self = Self::new("booking.move_begun");
    /// The move of an appointment ended.
    pub const BOOKING_MOVE_ENDED: Self = Self::new("booking.move_ended");
    /// A patient was told of an outcome of a booking.
    pub const BOOKING_NOTICE_ACKNOWLEDGED: Self = Self::new("booking.notice_acknowledged");
    /// The cancellation of an appointment that was booked elsewhere was begun.
    pub const CANCELLATION_BEGUN: Self = Self::new("cancellation.begun");
    /// Invitations were made, or a link to manage an appointment.
    pub const INVITATION_MADE: Self = Self::new("invitation.made");
    /// An invitation was sent, opened, used, declined or revoked, or has expired.
    pub const INVITATION_CHANGED: Self = Self::new("invitation.changed");
    /// Wrong identities locked a patient or a link.
    pub const IDENTITY_LOCKED: Self = Self::new("identity.locked");
    /// A member of staff lifted such a lock.
    pub const IDENTITY_UNLOCKED: Self = Self::new("identity.unlocked");
    /// A reminder was claimed by a run.
    pub const REMINDER_CLAIMED: Self = Self::new("reminder.claimed");
    /// The claim of a reminder was settled as its message was.
    pub const REMINDER_SETTLED: Self = Self::new("reminder.settled");
    /// A message was claimed by a sender.
    pub const MESSAGE_CLAIMED: Self = Self::new("message.claimed");
    /// A message was sent, or was not, or its outcome is unknown.
    pub const MESSAGE_SETTLED: Self = Self::new("message.settled");
    /// A sender's receipt took a message forward.
    pub const MESSAGE_RECEIPT: Self = Self::new("message.receipt");
    /// A patient's reply was received.
    pub const MESSAGE_RECEIVED: Self = Self::new("message.received");
    /// A person acknowledged a task.
    pub const TASK_ACKNOWLEDGED: Self = Self::new("task.acknowledged");
    /// The connection was diagnosed.
    pub const DIAGNOSIS_MADE: Self = Self::new("diagnosis.made");
    /// A patient opted out or was put on the exclusion list.
    pub const EXCLUSION_BEGUN: Self = Self::new("exclusion.begun");
    /// An exclusion ended.
    pub const EXCLUSION_ENDED: Self = Self::new("exclusion.ended");
    /// A segment of the log was sealed.
    pub const AUDIT_SEALED: Self = Self::new("audit.sealed");
    /// Sealed segments were deleted.
    pub const AUDIT_DELETED: Self = Self::new("audit.deleted");
    /// The bodies of entries were replaced.
    pub const AUDIT_REDACTED: Self = Self::new("audit.redacted");
    /// A patient was erased from the practice's records.
    pub const PATIENT_ERASED: Self = Self::new("patient.erased");
    /// The practice was moved here from another store.
    pub const PRACTICE_MOVED: Self = Self::new("practice.moved");
    /// The practice left the product.
    pub const PRACTICE_OFF_BOARDED: Self = Self::new("practice.off_boarded");
    /// Records past their retention period were deleted.
    pub const RECORDS_EXPIRED: Self = Self::new("records.expired");

    /// Creates a kind from its text.
    pub const fn new(kind: &'static str) -> Self {
        Self(Cow::Borrowed(kind))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AuditEventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The outcome of an action. Failures are recorded like successes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuditEventOutcome {
    /// The action succeeded.
    Success,
    /// The action failed.
    Failure,
    /// The outcome is unknown.
    Unknown,
}

/// One action: its kind, time, provenance, outcome, and the ids that belong to it.
///
/// An event holds ids and no names: nothing that identifies a person by itself, no secret, no text
/// of a message.
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
    /// Creates the event of an action that succeeded.
    pub fn new(kind: AuditEventKind, at: Timestamp, by: Provenance) -> Self {
        Self {
            kind,
            at,
            by,
            outcome: AuditEventOutcome::Success,
            details: Map::new(),
        }
    }

    /// Sets the outcome.
    #[must_use]
    pub fn with_outcome(mut self, outcome: AuditEventOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Adds an id, a number or a code; replaces one of the same name.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> &AuditEventKind {
        &self.kind
    }

    /// Returns the time by the clock of the process that acted. Events are ordered by their
    /// numbers: a clock may go backwards.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Returns the provenance.
    pub fn by(&self) -> &Provenance {
        &self.by
    }

    /// Returns the outcome.
    pub fn outcome(&self) -> AuditEventOutcome {
        self.outcome
    }

    /// Returns the ids, numbers and codes that belong to the event.
    pub fn details(&self) -> &Map<String, Value> {
        &self.details
    }
}
