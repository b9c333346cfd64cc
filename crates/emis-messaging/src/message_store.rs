//! The store of messages.

use std::fmt::Debug;

use async_trait::async_trait;
use emis_audit::{Provenance, StoreError};
use emis_types::OdsCode;
use jiff::{SignedDuration, Timestamp};

use crate::ledger::{
    AttemptOutcome, ContactDigest, DeliveryReceipt, LeaseOwner, MessageClaim, MessageEntry,
    MessageRecord, MessageTicket,
};
use crate::reference::MessageReference;
use crate::task::PracticeTask;

/// The ledger of messages, for every process that sends for a practice.
///
/// # Contract
/// * A message is claimed, durably, *before* it is sent. Of any number of concurrent claims, one is
///   [granted](MessageClaim::Granted). A claim is a lease: it ends by the store's clock.
/// * A claim is decided in this order: the message was handed over or has failed →
///   [`Done`](MessageClaim::Done); its lease runs → [`Held`](MessageClaim::Held); its lease ended
///   without an outcome → [`InDoubt`](MessageClaim::InDoubt); otherwise it is claimed.
/// * Receipts take a message forward in the order of [`MessageState`](crate::MessageState) and
///   never back; a receipt that was recorded before changes nothing.
/// * Tasks that come with a settlement or a receipt are opened in its transaction, and only if it
///   changes something.
#[async_trait]
pub trait MessageStore: Debug + Send + Sync {
    /// Claims a message for `lease` from now on, which is `at` by the caller's clock.
    ///
    /// # Errors
    /// [`StoreError`] if the store can't be written. Nothing may be sent then.
    ///
    /// # Cancel safety
    /// The message is claimed or not.
    async fn claim_message(
        &self,
        entry: &MessageEntry,
        owner: &LeaseOwner,
        lease: SignedDuration,
        at: Timestamp,
    ) -> Result<MessageClaim, StoreError>;

    /// Takes over a message that is [in doubt](MessageClaim::InDoubt), to settle the doubt. Returns
    /// `None`, with nothing changed, if it is not in doubt.
    ///
    /// # Errors
    /// [`StoreError`] if the store can't be written.
    ///
    /// # Cancel safety
    /// The message is taken over or not.
    async fn take_over(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
        owner: &LeaseOwner,
        lease: SignedDuration,
        at: Timestamp,
    ) -> Result<Option<MessageTicket>, StoreError>;

    /// Settles an attempt. Returns `false`, with nothing changed, if the ticket is not that of the
    /// last claim, or the message was settled before, as by a receipt.
    ///
    /// # Errors
    /// [`StoreError`] if the store can't be written. The message is in doubt when its lease ends.
    ///
    /// # Cancel safety
    /// The attempt is settled, with its tasks, or not.
    async fn settle_attempt(
        &self,
        ticket: &MessageTicket,
        outcome: &AttemptOutcome,
        tasks: &[PracticeTask],
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Records a receipt. Returns `false`, with nothing changed, if no message is known by it or
    /// the message is as far already.
    ///
    /// # Errors
    /// [`StoreError`] if the store can't be written. Let the sender repeat the receipt.
    ///
    /// # Cancel safety
    /// The receipt is recorded, with its tasks, or not.
    async fn record_receipt(
        &self,
        receipt: &DeliveryReceipt,
        tasks: &[PracticeTask],
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Returns the message that a receipt is about: that of its reference, or else of the sender's
    /// ID.
    ///
    /// # Errors
    /// [`StoreError`] if the store can't be read.
    async fn message_of(
        &self,
        receipt: &DeliveryReceipt,
    ) -> Result<Option<MessageRecord>, StoreError>;

    /// Returns a practice's message.
    ///
    /// # Errors
    /// [`StoreError`] if the store can't be read.
    async fn message(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
    ) -> Result<Option<MessageRecord>, StoreError>;

    /// Returns the practice's messages that are [open](crate::MessageState::is_open), oldest first:
    /// queued, claimed or in doubt.
    ///
    /// # Errors
    /// [`StoreError`] if the store can't be read.
    async fn open_messages(&self, practice: &OdsCode) -> Result<Vec<MessageRecord>, StoreError>;

    /// Returns the messages of all practices to a contact since a time, oldest first: a reply is
    /// matched against them.
    ///
    /// # Errors
    /// [`StoreError`] if the store can't be read.
    async fn messages_to(
        &self,
        contact: &ContactDigest,
        since: Timestamp,
    ) -> Result<Vec<MessageRecord>, StoreError>;
}
