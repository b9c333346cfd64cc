//! The appointments that a reply may be about.

use emis_types::OdsCode;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::code::ReplyCode;
use crate::ledger::MessageRecord;
use crate::topic::MessageTopic;

/// The permission of patients to do something with an appointment by a reply.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReplyPermission {
    /// Nothing: every reply is a task.
    Nothing,
    /// To ask: the practice gets a task.
    #[default]
    Ask,
    /// To cancel at once.
    Cancel,
}

/// An appointment that the contact was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyTarget {
    /// The practice.
    pub practice: OdsCode,
    /// The appointment.
    pub topic: MessageTopic,
    /// Its start, UK wall clock.
    pub start: DateTime,
    /// Its code.
    pub code: ReplyCode,
    /// The patient's permission.
    pub permission: ReplyPermission,
}

impl ReplyTarget {
    /// Creates a target; `None` if the topic is no appointment.
    pub fn new(
        practice: OdsCode,
        topic: MessageTopic,
        permission: ReplyPermission,
    ) -> Option<Self> {
        Some(Self {
            code: ReplyCode::of(&practice, &topic)?,
            start: topic.start?,
            practice,
            topic,
            permission,
        })
    }
}

/// Returns the appointments ahead, at `now` by the UK wall clock, that messages to one contact were
/// about, in the order of their starts. Of an appointment that was moved, only the last start
/// counts.
pub fn reply_targets(
    records: &[MessageRecord],
    now: DateTime,
    permission: impl Fn(&OdsCode, &MessageTopic) -> ReplyPermission,
) -> Vec<ReplyTarget> {
    let mut targets: Vec<ReplyTarget> = Vec::new();
    // Oldest first: a later message about the same slot and patient replaces an earlier one.
    for record in records {
        let practice = &record.entry.practice;
        for topic in &record.entry.topics {
            let may = permission(practice, topic);
            let Some(target) = ReplyTarget::new(practice.clone(), *topic, may) else {
                continue;
            };
            targets.retain(|it| {
                let same = it.topic.slot == topic.slot && it.topic.patient == topic.patient;
                !(same && it.practice == *practice)
            });
            if record.entry.kind.leaves_appointment() {
                targets.push(target);
            }
        }
    }
    targets.retain(|target| target.start > now);
    targets.sort_by(|one, other| (one.start, one.code).cmp(&(other.start, other.code)));
    targets
}
