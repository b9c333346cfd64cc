//! Sends messages by the ledger: each once, and doubt settled.

use std::sync::Arc;
use std::time::Duration;

use emis_audit::{Provenance, StoreError};
use emis_types::{Clock, OdsCode};
use jiff::SignedDuration;
use tokio::time::timeout;

use crate::capabilities::RepeatSafety;
use crate::ledger::{
    AttemptOutcome, LeaseOwner, MessageClaim, MessageEntry, MessageLease, MessageTicket,
};
use crate::message::Message;
use crate::message_store::MessageStore;
use crate::notifier::{Delivery, Notifier};
use crate::notify_error::{NotifyError, NotifyErrorKind};
use crate::reference::MessageReference;
use crate::state::{DeliveryFailure, MessageState};
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
    pub(super) notifier: Arc<dyn Notifier>,
    pub(super) store: Arc<dyn MessageStore>,
    pub(super) tasks: Arc<dyn TaskStore>,
    pub(super) clock: Arc<dyn Clock>,
    owner: LeaseOwner,
    send_timeout: Duration,
}

/// The outcome of [`Messenger::send`].
#[derive(Debug)]
#[non_exhaustive]
pub enum SendOutcome {
    /// It was handed over now.
    Sent(Delivery),
    /// It was handed over before, or has failed for good: the state is the ledger's.
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

    /// Returns the ledger.
    pub fn ledger(&self) -> &Arc<dyn MessageStore> {
        &self.store
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
            MessageClaim::Granted(ticket) => self.look_and_attempt(&ticket, message).await,
            MessageClaim::InDoubt => self.resolve(message).await,
            MessageClaim::Done(state) => Ok(SendOutcome::Done(state)),
            _ => Ok(SendOutcome::Held),
        }
    }

    /// Attempts a message that was claimed. One that was attempted before is said not to have been
    /// sent, and a sender that can be searched knows better.
    async fn look_and_attempt(
        &self,
        ticket: &MessageTicket,
        message: &Message,
    ) -> Result<SendOutcome, StoreError> {
        let searchable = self.notifier.capabilities().repeat == RepeatSafety::Searchable;
        if ticket.attempt > 1 && searchable {
            match self.find(&ticket.practice, ticket.reference).await {
                Some(Some(delivery)) => return self.handed_over(ticket, delivery).await,
                Some(None) => {}
                None => {
                    self.settle(ticket, &AttemptOutcome::NotSent).await?;
                    let (kind, text) =
                        (NotifyErrorKind::Temporary, "the sender could not be asked");
                    return Ok(SendOutcome::NotSent(NotifyError::new(kind, text)));
                }
            }
        }
        self.attempt(ticket, message).await
    }

    /// Settles a message that the sender has. A receipt may have come before its answer.
    pub(super) async fn handed_over(
        &self,
        ticket: &MessageTicket,
        delivery: Delivery,
    ) -> Result<SendOutcome, StoreError> {
        let settled = self.settle(ticket, &outcome_of(&delivery)).await?;
        let mut state = delivery.state;
        if !settled {
            let (practice, reference) = (&ticket.practice, ticket.reference);
            let record = self.store.message(practice, reference).await?;
            state = record.map_or(state, |record| record.state);
        }
        Ok(match state {
            MessageState::Failed => SendOutcome::Done(state),
            _ => SendOutcome::Sent(delivery),
        })
    }

    pub(super) async fn attempt(
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
            Ok(Ok(delivery)) => return self.handed_over(ticket, delivery).await,
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

    /// Asks the sender for a message. Returns `None` if it could not be asked.
    pub(super) async fn find(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
    ) -> Option<Option<Delivery>> {
        let found = timeout(self.send_timeout, self.notifier.find(practice, reference));
        found.await.ok()?.ok()
    }

    pub(super) async fn take_over(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
    ) -> Result<Option<MessageTicket>, StoreError> {
        let (lease, now) = (self.lease(), self.clock.now());
        self.store
            .take_over(practice, reference, &self.owner, lease, now)
            .await
    }

    pub(super) async fn settle(
        &self,
        ticket: &MessageTicket,
        outcome: &AttemptOutcome,
    ) -> Result<bool, StoreError> {
        let (by, now) = (Provenance::product(), self.clock.now());
        self.store
            .settle_attempt(ticket, outcome, &[], &by, now)
            .await
    }

    /// Returns the lease of a claim: the time after which a message whose worker was cut off is in
    /// doubt. Six minutes, with the default timeout.
    pub fn lease(&self) -> SignedDuration {
        let longest = SignedDuration::try_from(self.send_timeout).unwrap_or(SignedDuration::MAX);
        // Asked first, and sent then.
        let lease = longest.saturating_add(longest).saturating_add(Self::MARGIN);
        lease.min(MessageLease::LONGEST)
    }
}

/// Returns the outcome of an attempt whose message the sender has.
pub(super) fn outcome_of(delivery: &Delivery) -> AttemptOutcome {
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
