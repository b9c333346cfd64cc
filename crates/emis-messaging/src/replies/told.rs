//! A cancellation by reply, told to the patient and the practice.

use jiff::Timestamp;

use super::targets::ReplyTarget;
use super::texts::ReplyTexts;
use crate::kind::MessageKind;
use crate::task::{PracticeTask, TaskSubject};
use crate::task_kind::TaskKind;

/// The result of a cancellation that a patient asked for by a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancellationResult {
    /// The patient was seen to be out of the slot.
    Cancelled,
    /// The appointment stands: it was refused, or too late, or something failed before it was sent.
    Stands,
    /// It was sent, and its outcome is not known.
    InDoubt,
}

/// The message to the patient, and the task for the practice, after a cancellation by reply.
///
/// A cancellation that failed is always told to both: a patient who believes that it worked does
/// not come, and the slot is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CancellationTold {
    /// The kind of the message to the patient.
    pub kind: MessageKind,
    /// The text of the message to the patient.
    pub text: String,
    /// The task for the practice; `None` only if the appointment is cancelled.
    pub task: Option<PracticeTask>,
}

impl CancellationTold {
    /// Returns what is told of a result. `inbound` is the sender's ID of the reply.
    pub fn of(
        result: CancellationResult,
        target: &ReplyTarget,
        inbound: &str,
        texts: ReplyTexts,
        at: Timestamp,
    ) -> Self {
        let start = target.start;
        let (kind, text) = match result {
            CancellationResult::Cancelled => {
                (MessageKind::BookingCancelled, texts.cancelled(start))
            }
            CancellationResult::Stands => {
                (MessageKind::CancellationFailed, texts.not_cancelled(start))
            }
            CancellationResult::InDoubt => (
                MessageKind::CancellationFailed,
                texts.cancellation_in_doubt(start),
            ),
        };
        let failed = result != CancellationResult::Cancelled;
        let kind_of_task = TaskKind::CancellationFailed;
        Self {
            kind,
            text,
            task: failed.then(|| target.task(kind_of_task, inbound, at)),
        }
    }
}

impl ReplyTarget {
    /// Returns a task about the appointment. `inbound` is the sender's ID of the reply.
    pub fn task(&self, kind: TaskKind, inbound: &str, at: Timestamp) -> PracticeTask {
        let subject = TaskSubject {
            patient: Some(self.topic.patient),
            session: self.topic.session,
            slot: self.topic.slot,
            start: Some(self.start),
            inbound: Some(inbound.to_owned()),
            ..TaskSubject::default()
        };
        PracticeTask::new(self.practice.clone(), kind, subject, at)
    }
}
