//! The appointments that a reply may be about.

use emis_types::OdsCode;
use jiff::civil::DateTime;

use super::code::ReplyCode;
use crate::ledger::MessageRecord;
use crate::topic::MessageTopic;

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
}

impl ReplyTarget {
    /// Creates a target; `None` if the topic is no appointment.
    pub fn new(practice: OdsCode, topic: MessageTopic) -> Option<Self> {
        Some(Self {
            code: ReplyCode::of(&practice, &topic)?,
            start: topic.start?,
            practice,
            topic,
        })
    }
}

/// Returns the appointments ahead, at `now` by the UK wall clock, that messages to one contact were
/// about, in the order of their starts. Of an appointment that was moved, only the last start
/// counts.
pub fn reply_targets(records: &[MessageRecord], now: DateTime) -> Vec<ReplyTarget> {
    let mut targets: Vec<ReplyTarget> = Vec::new();
    // Oldest first: a later message about the same slot and patient replaces an earlier one.
    for record in records {
        let practice = &record.entry.practice;
        for topic in &record.entry.topics {
            let Some(target) = ReplyTarget::new(practice.clone(), *topic) else {
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
    targets.sort_by_key(|target| (target.start, target.code));
    targets
}
