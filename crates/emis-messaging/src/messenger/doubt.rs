//! Settles messages that may or may not have been sent.

use emis_audit::{Provenance, StoreError};
use emis_types::OdsCode;

use super::send::{Messenger, SendOutcome, outcome_of};
use crate::capabilities::RepeatSafety;
use crate::ledger::{AttemptOutcome, MessageEntry, MessageRecord};
use crate::message::Message;
use crate::reference::MessageReference;
use crate::state::{DeliveryFailure, MessageState};
use crate::task::{PracticeTask, TaskSubject};
use crate::task_kind::TaskKind;

/// The fate of a message by the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageFate {
    /// It was certainly not sent, and may be.
    NotSent,
    /// It was handed over, and did not fail since.
    Sent,
    /// It was not delivered, for good.
    Failed(DeliveryFailure),
    /// A worker is sending it.
    InFlight,
    /// It may or may not have been sent, and the sender could not tell.
    InDoubt,
}

/// The report of [`Messenger::settle_doubts`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DoubtReport {
    /// The messages that the sender has.
    pub sent: Vec<MessageReference>,
    /// The messages that the sender does not have, or whose time is over.
    pub not_sent: Vec<MessageReference>,
    /// The messages whose doubt stays: the sender could not be asked, or a person must settle it.
    pub left: Vec<MessageReference>,
}

impl Messenger {
    /// Settles the doubt about a message that the caller has: sends it again where that is safe.
    pub(super) async fn resolve(&self, message: &Message) -> Result<SendOutcome, StoreError> {
        let repeat = self.notifier.capabilities().repeat;
        let (practice, reference) = (message.practice(), message.reference());
        if repeat == RepeatSafety::None {
            self.open_doubt_task(&MessageEntry::from(message)).await?;
            return Ok(SendOutcome::InDoubt);
        }
        let Some(ticket) = self.take_over(practice, reference).await? else {
            return Ok(SendOutcome::Held);
        };
        if repeat == RepeatSafety::Searchable {
            match self.find(practice, reference).await {
                Some(Some(delivery)) => {
                    self.settle(&ticket, &outcome_of(&delivery)).await?;
                    return Ok(SendOutcome::Done(delivery.state));
                }
                Some(None) => {}
                None => return Ok(SendOutcome::InDoubt),
            }
        }
        self.attempt(&ticket, message).await
    }

    /// Settles the doubts about a practice's messages, without their texts: asks a sender that can
    /// be searched, and opens a task where only a person can settle it. What the sender does not
    /// have is sent by its planner, with the next [`send`](Self::send).
    ///
    /// # Errors
    /// [`StoreError`] if the ledger fails.
    ///
    /// # Cancel safety
    /// Safe to drop: each doubt is settled in one step.
    pub async fn settle_doubts(&self, practice: &OdsCode) -> Result<DoubtReport, StoreError> {
        let mut report = DoubtReport::default();
        let open = self.store.open_messages(practice).await?;
        for record in open.into_iter().filter(MessageRecord::is_in_doubt) {
            let reference = record.entry.reference;
            let list = match self.settle_doubt(&record).await? {
                Some(true) => &mut report.sent,
                Some(false) => &mut report.not_sent,
                None => &mut report.left,
            };
            list.push(reference);
        }
        Ok(report)
    }

    /// Returns whether the message was sent, if that was found out.
    async fn settle_doubt(&self, record: &MessageRecord) -> Result<Option<bool>, StoreError> {
        let (practice, reference) = (&record.entry.practice, record.entry.reference);
        let now = self.clock.now();
        let expired = record.entry.not_after.is_some_and(|last| last < now);
        match self.notifier.capabilities().repeat {
            RepeatSafety::None => {
                self.open_doubt_task(&record.entry).await?;
                Ok(None)
            }
            // It is sent again by its planner; a receipt may still come.
            RepeatSafety::Idempotent if !expired => Ok(None),
            RepeatSafety::Idempotent => {
                if let Some(ticket) = self.take_over(practice, reference).await? {
                    let expired = AttemptOutcome::Failed(DeliveryFailure::Expired);
                    self.settle(&ticket, &expired).await?;
                }
                Ok(Some(false))
            }
            RepeatSafety::Searchable => {
                let Some(ticket) = self.take_over(practice, reference).await? else {
                    return Ok(None);
                };
                let Some(found) = self.find(practice, reference).await else {
                    return Ok(None);
                };
                let outcome = match &found {
                    Some(delivery) => outcome_of(delivery),
                    None if expired => AttemptOutcome::Failed(DeliveryFailure::Expired),
                    None => AttemptOutcome::NotSent,
                };
                self.settle(&ticket, &outcome).await?;
                Ok(Some(found.is_some()))
            }
        }
    }

    /// Settles the doubt about a message as a person found out with the sender. Returns `false`,
    /// with nothing changed, if it is not in doubt.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger fails.
    ///
    /// # Cancel safety
    /// Safe to drop: the message is settled or stays in doubt.
    pub async fn settle_by_hand(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
        found: &AttemptOutcome,
        by: &Provenance,
    ) -> Result<bool, StoreError> {
        match self.take_over(practice, reference).await? {
            Some(ticket) => {
                let now = self.clock.now();
                self.store
                    .settle_attempt(&ticket, found, &[], by, now)
                    .await
            }
            None => Ok(false),
        }
    }

    /// Returns the fate of a message by the ledger, after settling the doubt about it as the sender
    /// allows. For planners whose own claim outlived its worker.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger fails.
    ///
    /// # Cancel safety
    /// Safe to drop: the doubt is settled in one step.
    pub async fn fate(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
    ) -> Result<MessageFate, StoreError> {
        let Some(mut record) = self.store.message(practice, reference).await? else {
            return Ok(MessageFate::NotSent);
        };
        if record.is_in_doubt() {
            if self.settle_doubt(&record).await?.is_none() {
                return Ok(MessageFate::InDoubt);
            }
            record = match self.store.message(practice, reference).await? {
                Some(settled) => settled,
                None => return Ok(MessageFate::NotSent),
            };
        }
        Ok(match record.state {
            MessageState::Queued => MessageFate::NotSent,
            MessageState::Claimed => MessageFate::InFlight,
            MessageState::Failed => {
                MessageFate::Failed(record.failure.unwrap_or(DeliveryFailure::Technical))
            }
            _ => MessageFate::Sent,
        })
    }

    async fn open_doubt_task(&self, entry: &MessageEntry) -> Result<(), StoreError> {
        let kind = TaskKind::MessageInDoubt;
        let subject = TaskSubject::of_message(entry);
        let task = PracticeTask::new(entry.practice.clone(), kind, subject, self.clock.now());
        self.tasks.open_tasks(&[task]).await
    }
}
