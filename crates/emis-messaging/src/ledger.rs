//! The ledger of messages: types that a store keeps.

use emis_audit::Digest;
use emis_settings::Channel;
use emis_types::OdsCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::contact::Contact;
use crate::kind::MessageKind;
use crate::message::Message;
use crate::reference::MessageReference;
use crate::state::{DeliveryFailure, MessageState};
use crate::topic::MessageTopic;

emis_types::text_newtype! {
    /// The digest of a contact: equal for equal mailboxes. A pseudonym, not anonymous: who has a
    /// list of telephone numbers can find the one that it belongs to.
    pub struct ContactDigest: checked_digest -> ContactDigestError;
}

/// A text that is not a [`ContactDigest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("digest of a contact is 64 hexadecimal digits")]
pub struct ContactDigestError;

fn checked_digest(text: &str) -> Result<String, ContactDigestError> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let fits = text.len() == 64 && text.bytes().all(is_hex);
    fits.then(|| text.to_owned()).ok_or(ContactDigestError)
}

impl ContactDigest {
    /// Returns the digest of a contact.
    pub fn of(contact: &Contact) -> Self {
        let mut text = b"emis-messaging/contact/".to_vec();
        text.extend_from_slice(contact.channel().as_str().as_bytes());
        text.push(b'/');
        text.extend_from_slice(contact.mailbox_key().expose().as_bytes());
        Self(Digest::of(&text).to_string())
    }
}

emis_types::text_newtype! {
    /// The owner of a lease: a worker by a name of its own, 1 to 100 visible ASCII characters.
    pub struct LeaseOwner: checked_owner -> LeaseOwnerError;
}

/// A text that is not a [`LeaseOwner`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("owner of a lease is 1 to 100 visible ASCII characters")]
pub struct LeaseOwnerError;

fn checked_owner(text: &str) -> Result<String, LeaseOwnerError> {
    let fits = (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| text.to_owned()).ok_or(LeaseOwnerError)
}

impl LeaseOwner {
    /// Creates a name that no other worker has.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }
}

/// A message as the ledger is told it: IDs, and neither contact nor text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MessageEntry {
    /// The reference.
    pub reference: MessageReference,
    /// The practice.
    pub practice: OdsCode,
    /// The kind.
    pub kind: MessageKind,
    /// The channel.
    pub channel: Channel,
    /// The digest of the contact; `None` if the sender looks the contact up.
    pub contact: Option<ContactDigest>,
    /// The patients and appointments that it is about.
    pub topics: Vec<MessageTopic>,
    /// The time after which it must not be sent.
    pub not_after: Option<Timestamp>,
}

impl MessageEntry {
    /// Creates an entry. For stores.
    pub const fn new(
        reference: MessageReference,
        practice: OdsCode,
        kind: MessageKind,
        channel: Channel,
    ) -> Self {
        Self {
            reference,
            practice,
            kind,
            channel,
            contact: None,
            topics: Vec::new(),
            not_after: None,
        }
    }
}

impl From<&Message> for MessageEntry {
    fn from(message: &Message) -> Self {
        Self {
            reference: message.reference(),
            practice: message.practice().clone(),
            kind: message.kind(),
            channel: message.channel(),
            contact: message.contact().map(ContactDigest::of),
            topics: message.topics().to_vec(),
            not_after: message.expires_at(),
        }
    }
}

/// A message in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MessageRecord {
    /// The message.
    pub entry: MessageEntry,
    /// The state.
    pub state: MessageState,
    /// The reason, if it [failed](MessageState::Failed).
    pub failure: Option<DeliveryFailure>,
    /// The number of claims so far.
    pub attempts: u32,
    /// The sender's ID of the message.
    pub sender_id: Option<String>,
    /// The lease of the worker that claimed it, while it is [claimed](MessageState::Claimed).
    pub lease: Option<MessageLease>,
    /// The time at which it was first told.
    pub created_at: Timestamp,
    /// The time of the last change.
    pub changed_at: Timestamp,
}

impl MessageRecord {
    /// Creates a record that is queued. For stores.
    pub const fn queued(entry: MessageEntry, at: Timestamp) -> Self {
        Self {
            entry,
            state: MessageState::Queued,
            failure: None,
            attempts: 0,
            sender_id: None,
            lease: None,
            created_at: at,
            changed_at: at,
        }
    }

    /// Returns `true` if it may or may not have been sent: its worker was cut off.
    pub fn is_in_doubt(&self) -> bool {
        let lapsed = self.lease.as_ref().is_some_and(|lease| lease.lapsed);
        self.state == MessageState::Claimed && lapsed
    }
}

/// The lease of a worker on a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MessageLease {
    /// The worker.
    pub owner: LeaseOwner,
    /// The end, by the store's clock.
    pub until: Timestamp,
    /// True if the end has passed by the store's clock.
    pub lapsed: bool,
}

impl MessageLease {
    /// The longest lease. One that ends later was written under a wrong clock, and is over.
    pub const LONGEST: SignedDuration = SignedDuration::from_hours(1);

    /// Creates a lease as it stands at `now` by the store's clock. For stores.
    pub fn new(owner: LeaseOwner, until: Timestamp, now: Timestamp) -> Self {
        Self {
            owner,
            until,
            lapsed: Self::is_over(until, now),
        }
    }

    /// Returns `true` if a lease until that time is over at `now`. For stores.
    pub fn is_over(until: Timestamp, now: Timestamp) -> bool {
        until <= now || until.duration_since(now) > Self::LONGEST
    }
}

/// A claim that was granted. It is good for one settlement, while no other claim was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageTicket {
    /// The practice.
    pub practice: OdsCode,
    /// The message.
    pub reference: MessageReference,
    /// The number of the attempt.
    pub attempt: u32,
}

impl MessageTicket {
    /// Creates a ticket. For stores.
    pub const fn new(practice: OdsCode, reference: MessageReference, attempt: u32) -> Self {
        Self {
            practice,
            reference,
            attempt,
        }
    }
}

/// The outcome of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageClaim {
    /// Send it, then settle the ticket.
    Granted(MessageTicket),
    /// Another worker is sending it.
    Held,
    /// A worker was cut off while it was sending: [take it over](crate::MessageStore::take_over) to
    /// settle the doubt.
    InDoubt,
    /// It was handed over or has failed for good.
    Done(MessageState),
}

/// The outcome of an attempt to hand a message over, as far as it is known. An unknown outcome is
/// not settled: the lease ends by itself, and the message is in doubt then.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// It was handed over. The state is [`Accepted`](MessageState::Accepted), or a later one that
    /// the sender told.
    HandedOver {
        /// The sender's ID.
        sender_id: Option<String>,
        /// The state.
        state: MessageState,
    },
    /// It was certainly not sent, and may be claimed again.
    NotSent,
    /// It was certainly not sent, and won't be.
    Failed(DeliveryFailure),
}

/// A receipt of a sender: the state of a message as the sender last knew it.
///
/// # Examples
/// ```
/// use emis_messaging::{DeliveryReceipt, MessageState};
///
/// let receipt = DeliveryReceipt::of_sender_id("0d5f", MessageState::Delivered);
/// assert_eq!(receipt.state, MessageState::Delivered);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryReceipt {
    /// The sender's ID of the message.
    pub sender_id: Option<String>,
    /// The product's reference, if the receipt names it.
    pub reference: Option<MessageReference>,
    /// The state.
    pub state: MessageState,
    /// The reason of a failure.
    pub failure: Option<DeliveryFailure>,
}

impl DeliveryReceipt {
    /// Creates the receipt of a message by the sender's ID.
    pub fn of_sender_id(id: impl Into<String>, state: MessageState) -> Self {
        Self {
            sender_id: Some(id.into()),
            reference: None,
            state,
            failure: None,
        }
    }

    /// Creates the receipt of a message by its reference.
    pub const fn of_reference(reference: MessageReference, state: MessageState) -> Self {
        Self {
            sender_id: None,
            reference: Some(reference),
            state,
            failure: None,
        }
    }

    /// Adds the product's reference.
    #[must_use]
    pub const fn with_reference(mut self, reference: MessageReference) -> Self {
        self.reference = Some(reference);
        self
    }

    /// Makes it the receipt of a failure.
    #[must_use]
    pub const fn failed(mut self, failure: DeliveryFailure) -> Self {
        self.state = MessageState::Failed;
        self.failure = Some(failure);
        self
    }
}
