//! Sends messages by the ledger: each once, and doubt settled.

use std::sync::Arc;
use std::time::Duration;

use emis_audit::{Provenance, StoreError};
use emis_types::{Clock, OdsCode};
use jiff::SignedDuration;
use tokio::time::timeout;

use crate::capabilities::RepeatSafety;
use crate::ledger::{
    AttemptOutcome, DeliveryReceipt, LeaseOwner, MessageClaim, MessageEntry, MessageRecord,
    MessageTicket,
};
use crate::message::Message;
use crate::message_store::MessageStore;
use crate::notifier::{Delivery, Notifier};
use crate::notify_error::{NotifyError, NotifyErrorKind};
use crate::reference::MessageReference;
use crate::state::{DeliveryFailure, MessageState};
use crate::task::{PracticeTask, TaskSubject};
use crate::task_kind::TaskKind;
use crate::task_store::TaskStore;

/// Sends messages by the ledger: each once, from any number of workers, even after crashes.
///
/// A message is claimed before it is sent. A worker that was cut off leaves it in doubt, and doubt
/// is settled as the sender allows: by sending again under the same reference, by asking the
/// sender, or by a person, who gets a task.
///
/// # Examples
/// ```
/// use std::sync::Arc;
///
/// use emis_messaging::{
///     Contact, MemoryMessageStore, Message, MessageBody, MessageKind, MessageReference, Messenger,
///     Outbox, SendOutcome,
/// };
/// use emis_types::SystemClock;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let outbox = Arc::new(Outbox::new()); // keeps messages instead of sending them
/// let store = Arc::new(MemoryMessageStore::default()); // use a durable one
/// let tasks = Arc::clone(store.tasks());
/// let messenger = Messenger::new(outbox.clone(), store, tasks, Arc::new(SystemClock));
///
/// let to = Contact::Sms("07700 900123".parse()?);
/// let body = MessageBody::text("Your appointment is on Tuesday 2 June at 9:30am.");
/// let reference = MessageReference::derive(["confirmation", "A20047", "501"]);
/// let kind = MessageKind::BookingConfirmed;
/// let message = Message::new("A20047".parse()?, kind, to, body, reference);
/// assert!(matches!(messenger.send(&message).await?, SendOutcome::Sent(_)));
/// assert!(matches!(messenger.send(&message).await?, SendOutcome::Done(_)));
/// assert_eq!(outbox.messages().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Messenger {
    notifier: Arc<dyn Notifier>,
    store: Arc<dyn MessageStore>,
    tasks: Arc<dyn TaskStore>,
    clock: Arc<dyn Clock>,
    owner: LeaseOwner,
    send_timeout: Duration,
}

/// The outcome of [`Messenger::send`].
#[derive(Debug)]
#[non_exhaustive]
pub enum SendOutcome {
    /// It was handed over now.
    Sent(Delivery),
    /// It was handed over before, or has failed for good.
    Done(MessageState),
    /// Another worker is sending it.
    Held,
    /// It may or may not have been sent. It is settled later.
    InDoubt,
    /// Its time was over; it was not sent.
    Expired,
    /// It was certainly not sent. Whether another call may succeed is in the error.
    NotSent(NotifyError),
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
    /// The default timeout for handing over a message: 30 seconds.
    pub const SEND_TIMEOUT: Duration = Duration::from_secs(30);

    /// The time for which a claim outlasts the timeout: a call that was given up may still be
    /// under way at the sender, and the sender can't be asked before it is over.
    const MARGIN: SignedDuration = SignedDuration::from_mins(5);

    /// Creates a messenger under a name that no other worker has.
    pub fn new(
        notifier: Arc<dyn Notifier>,
        store: Arc<dyn MessageStore>,
        tasks: Arc<dyn TaskStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            notifier,
            store,
            tasks,
            clock,
            owner: LeaseOwner::random(),
            send_timeout: Self::SEND_TIMEOUT,
        }
    }

    /// Sets the timeout for handing over a message. After it the message is in doubt.
    #[must_use]
    pub fn send_timeout(mut self, timeout: Duration) -> Self {
        self.send_timeout = timeout;
        self
    }

    /// Returns the sender.
    pub fn notifier(&self) -> &Arc<dyn Notifier> {
        &self.notifier
    }

    /// Sends a message, unless that was done before. Settles doubt about it if the sender allows
    /// that. Needs a Tokio runtime with time.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger fails. The message may be in doubt then.
    ///
    /// # Cancel safety
    /// Safe to drop at any point: the message is in doubt then until its lease ends.
    pub async fn send(&self, message: &Message) -> Result<SendOutcome, StoreError> {
        let (entry, now) = (MessageEntry::from(message), self.clock.now());
        let claim = self
            .store
            .claim_message(&entry, &self.owner, self.lease(), now);
        match claim.await? {
            MessageClaim::Granted(ticket) => self.attempt(&ticket, message).await,
            MessageClaim::InDoubt => self.resolve(message).await,
            MessageClaim::Done(state) => Ok(SendOutcome::Done(state)),
            _ => Ok(SendOutcome::Held),
        }
    }

    async fn attempt(
        &self,
        ticket: &MessageTicket,
        message: &Message,
    ) -> Result<SendOutcome, StoreError> {
        if message.is_expired(self.clock.now()) {
            let expired = AttemptOutcome::Failed(DeliveryFailure::Expired);
            self.settle(ticket, &expired).await?;
            return Ok(SendOutcome::Expired);
        }
        let sent = timeout(self.send_timeout, self.notifier.send(message));
        let error = match sent.await {
            Ok(Ok(delivery)) => {
                self.settle(ticket, &handed_over(&delivery)).await?;
                return Ok(SendOutcome::Sent(delivery));
            }
            Ok(Err(error)) => error,
            Err(_) => return Ok(SendOutcome::InDoubt),
        };
        let outcome = match error.kind() {
            NotifyErrorKind::Unknown => return Ok(SendOutcome::InDoubt),
            NotifyErrorKind::Permanent => AttemptOutcome::Failed(DeliveryFailure::Refused),
            NotifyErrorKind::NoContact => AttemptOutcome::Failed(DeliveryFailure::NoContact),
            // The product's setup is to blame and may be mended before the time is over.
            NotifyErrorKind::Rejected | NotifyErrorKind::Temporary => AttemptOutcome::NotSent,
        };
        self.settle(ticket, &outcome).await?;
        Ok(SendOutcome::NotSent(error))
    }

    /// Settles the doubt about a message that the caller has: sends it again where that is safe.
    async fn resolve(&self, message: &Message) -> Result<SendOutcome, StoreError> {
        let repeat = self.notifier.capabilities().repeat;
        let (practice, reference) = (message.practice(), message.reference());
        if repeat == RepeatSafety::None {
            self.open_doubt_task(practice, reference).await?;
            return Ok(SendOutcome::InDoubt);
        }
        let Some(ticket) = self.take_over(practice, reference).await? else {
            return Ok(SendOutcome::Held);
        };
        if repeat == RepeatSafety::Searchable {
            match self.find(practice, reference).await {
                Some(Some(delivery)) => {
                    self.settle(&ticket, &handed_over(&delivery)).await?;
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
                self.open_doubt_task(practice, reference).await?;
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
                    Some(delivery) => handed_over(delivery),
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

    /// Records a sender's receipt. Returns `false`, with nothing changed, if no message is known by
    /// it or the message is as far already.
    ///
    /// A message that [must arrive](crate::MessageKind::must_arrive) and did not becomes a task for
    /// the practice.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger fails. Let the sender repeat the receipt.
    ///
    /// # Cancel safety
    /// Safe to drop: the receipt is recorded, with its task, or not.
    pub async fn record_receipt(&self, receipt: &DeliveryReceipt) -> Result<bool, StoreError> {
        let Some(record) = self.store.message_of(receipt).await? else {
            return Ok(false);
        };
        let failed = receipt.state == MessageState::Failed && record.entry.kind.must_arrive();
        let task = failed.then(|| self.undelivered(&record));
        let now = self.clock.now();
        self.store
            .record_receipt(receipt, task.as_slice(), now)
            .await
    }

    fn undelivered(&self, record: &MessageRecord) -> PracticeTask {
        let entry = &record.entry;
        let topic = entry.topics.first();
        let subject = TaskSubject {
            patient: topic.map(|topic| topic.patient),
            slot: topic.and_then(|topic| topic.slot),
            start: topic.and_then(|topic| topic.start),
            message: Some(entry.reference),
            cause: Some(entry.kind.code().to_owned()),
            ..TaskSubject::default()
        };
        let kind = TaskKind::MessageUndelivered;
        PracticeTask::new(entry.practice.clone(), kind, subject, self.clock.now())
    }

    async fn open_doubt_task(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
    ) -> Result<(), StoreError> {
        let subject = TaskSubject {
            message: Some(reference),
            ..TaskSubject::default()
        };
        let kind = TaskKind::MessageInDoubt;
        let task = PracticeTask::new(practice.clone(), kind, subject, self.clock.now());
        self.tasks.open_tasks(&[task]).await
    }

    /// Asks the sender for a message. Returns `None` if it could not be asked.
    async fn find(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
    ) -> Option<Option<Delivery>> {
        let found = timeout(self.send_timeout, self.notifier.find(practice, reference));
        found.await.ok()?.ok()
    }

    async fn take_over(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
    ) -> Result<Option<MessageTicket>, StoreError> {
        let (lease, now) = (self.lease(), self.clock.now());
        self.store
            .take_over(practice, reference, &self.owner, lease, now)
            .await
    }

    async fn settle(
        &self,
        ticket: &MessageTicket,
        outcome: &AttemptOutcome,
    ) -> Result<bool, StoreError> {
        let (by, now) = (Provenance::product(), self.clock.now());
        self.store
            .settle_attempt(ticket, outcome, &[], &by, now)
            .await
    }

    fn lease(&self) -> SignedDuration {
        let longest = SignedDuration::try_from(self.send_timeout).unwrap_or(SignedDuration::MAX);
        // Asked first, and sent then.
        longest.saturating_add(longest).saturating_add(Self::MARGIN)
    }
}

fn handed_over(delivery: &Delivery) -> AttemptOutcome {
    match delivery.state {
        MessageState::Failed => {
            AttemptOutcome::Failed(delivery.failure.unwrap_or(DeliveryFailure::Technical))
        }
        state => AttemptOutcome::HandedOver {
            sender_id: delivery.id.clone(),
            // A sender that has the message has at least accepted it.
            state: state.max(MessageState::Accepted),
        },
    }
}
