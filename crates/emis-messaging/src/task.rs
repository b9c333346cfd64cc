//! Tasks for the practice.

use std::fmt;
use std::str::FromStr;

use emis_audit::Provenance;
use emis_types::{OdsCode, PatientNumber, SessionId, SlotId};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ledger::MessageEntry;
use crate::reference::{MessageReference, derived};
use crate::task_kind::TaskKind;

/// The ID of a task: a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(Uuid);

impl TaskId {
    /// Separates these IDs from every other use of the same text.
    const NAMESPACE: Uuid = Uuid::from_u128(0x0f8e_6c51_9d27_4a33_8b5e_72c4_1d90_ab16);

    /// Derives the ID of the task that the given IDs and times name, so that one occurrence opens
    /// one task, however often it is told.
    pub fn derive<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(derived(&Self::NAMESPACE, parts))
    }

    /// Creates a random ID.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// A text that is not a [`TaskId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("ID of a task is a UUID")]
pub struct TaskIdError;

impl FromStr for TaskId {
    type Err = TaskIdError;

    fn from_str(text: &str) -> Result<Self, TaskIdError> {
        text.parse().map(Self).map_err(|_| TaskIdError)
    }
}

emis_types::serde_as_text!(TaskId);

/// The subject of a task, by IDs. It holds nothing personal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TaskSubject {
    /// The patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientNumber>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// The slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<SlotId>,
    /// The start of the appointment, UK wall clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<DateTime>,
    /// The message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageReference>,
    /// The sender's ID of a text that a patient sent. The text itself is not kept here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbound: Option<String>,
    /// The ID of a booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<String>,
    /// A stable code of the cause, such as that of a suppression reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

impl TaskSubject {
    /// Returns the subject of an appointment.
    pub fn appointment(patient: PatientNumber, slot: SlotId, start: DateTime) -> Self {
        Self {
            patient: Some(patient),
            slot: Some(slot),
            start: Some(start),
            ..Self::default()
        }
    }

    /// Returns the subject of a message, with the first appointment or patient that it is about.
    pub fn of_message(entry: &MessageEntry) -> Self {
        let topic = entry.topics.first();
        Self {
            patient: topic.map(|topic| topic.patient),
            slot: topic.and_then(|topic| topic.slot),
            start: topic.and_then(|topic| topic.start),
            message: Some(entry.reference),
            ..Self::default()
        }
    }

    /// Returns the fields as text, in a fixed order: the name of the subject.
    fn name(&self) -> [String; 8] {
        fn text<T: ToString>(field: &Option<T>) -> String {
            field.as_ref().map(T::to_string).unwrap_or_default()
        }
        [
            text(&self.patient),
            text(&self.session),
            text(&self.slot),
            text(&self.start),
            text(&self.message),
            text(&self.inbound),
            text(&self.booking),
            text(&self.cause),
        ]
    }
}

/// A task that a person at the practice must acknowledge.
///
/// # Examples
/// ```
/// use emis_messaging::{PracticeTask, TaskKind, TaskSubject};
/// use jiff::civil::date;
///
/// let start = date(2026, 6, 2).at(9, 30, 0, 0);
/// let appointment = TaskSubject::appointment("41".parse()?, "501".parse()?, start);
/// let now = "2026-06-01T09:00:00Z".parse()?;
/// let kind = TaskKind::CancellationFailed;
/// let task = PracticeTask::new("A20047".parse()?, kind, appointment.clone(), now);
/// // Told again, it is the same task.
/// let again = PracticeTask::new("A20047".parse()?, kind, appointment, now);
/// assert_eq!(task.id, again.id);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PracticeTask {
    /// The ID.
    pub id: TaskId,
    /// The practice.
    pub practice: OdsCode,
    /// The kind.
    pub kind: TaskKind,
    /// The subject.
    pub subject: TaskSubject,
    /// The time at which it was opened.
    pub opened_at: Timestamp,
    /// The acknowledgement; `None` while the task is open.
    pub acknowledged: Option<TaskAcknowledgement>,
}

/// The acknowledgement of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskAcknowledgement {
    /// The time.
    pub at: Timestamp,
    /// The person.
    pub by: Provenance,
}

impl TaskAcknowledgement {
    /// Creates an acknowledgement. For stores.
    pub const fn new(at: Timestamp, by: Provenance) -> Self {
        Self { at, by }
    }
}

impl PracticeTask {
    /// Creates an open task. Its ID is derived from the practice, the kind and the subject: a
    /// second occurrence needs a subject of its own, such as another message or booking, or an
    /// [`id`](Self::id) of its own.
    pub fn new(
        practice: OdsCode,
        kind: TaskKind,
        subject: TaskSubject,
        opened_at: Timestamp,
    ) -> Self {
        let name = subject.name();
        let head = [practice.as_str(), kind.code()];
        let id = TaskId::derive(head.into_iter().chain(name.iter().map(String::as_str)));
        Self {
            id,
            practice,
            kind,
            subject,
            opened_at,
            acknowledged: None,
        }
    }

    /// Returns `true` until it is acknowledged.
    pub fn is_open(&self) -> bool {
        self.acknowledged.is_none()
    }
}
