//! The store of sent reminders, so that nothing is sent twice.

use std::fmt::Debug;

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_messaging::MessageReference;
use emis_settings::{Channel, StoreError};
use emis_types::{OdsCode, PatientNumber, SlotId};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The key of a reminder.
///
/// A slot may be given to another patient, and an appointment may be moved, so both the patient
/// and the start belong to the key. It holds EMIS's IDs only, and nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReminderKey {
    /// The practice.
    pub practice: OdsCode,
    /// The slot.
    pub slot: SlotId,
    /// The patient booked into it.
    pub patient: PatientNumber,
    /// The start of the appointment, UK wall clock.
    pub start: DateTime,
    /// The time before the start in minutes: one of the practice's reminders.
    pub minutes_before: u32,
    /// The channel.
    pub channel: Channel,
}

impl ReminderKey {
    /// Returns the reference of the reminder's message. A reminder has the same reference in every
    /// run, so that after a lost answer the sender can be asked for it.
    pub fn reference(&self) -> MessageReference {
        MessageReference::derive([
            self.practice.as_str(),
            &self.slot.to_string(),
            &self.patient.to_string(),
            &self.start.to_string(),
            &self.minutes_before.to_string(),
            self.channel.as_str(),
        ])
    }

    /// Returns whether both remind the same patient of the same appointment, even at different
    /// times or through different channels.
    pub fn same_appointment(&self, other: &Self) -> bool {
        self.practice == other.practice
            && self.slot == other.slot
            && self.patient == other.patient
            && self.start == other.start
    }
}

/// The outcome of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimOutcome {
    /// The claim is granted: send, then [settle](ReminderStore::settle).
    Ours,
    /// It, or one that stands for it, was sent through this channel or another.
    AlreadySent,
    /// It, or one that stands for it, was claimed through this channel or another, and its outcome
    /// is unknown: the claimant is still at work, or was cut off before or after sending. It is
    /// not sent again; a person may settle it.
    InDoubt {
        /// The time of the claim.
        since: Timestamp,
    },
    /// This channel refused it permanently: it is not tried again. Another channel may be.
    Refused,
}

/// The outcome of a claimed reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReminderSettlement {
    /// It was handed over for delivery.
    Sent,
    /// It was certainly not sent, and may be claimed again.
    NotSent,
    /// It was certainly not sent, and sending it again through this channel is pointless.
    Refused,
}

impl ReminderSettlement {
    /// Returns a stable word for databases: `sent`, `not_sent` or `refused`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::NotSent => "not_sent",
            Self::Refused => "refused",
        }
    }
}

/// Keeps which reminders were sent, for every process that sends for a practice.
///
/// A reminder is claimed, durably, *before* it is sent. A crash in between leaves the claim
/// standing: one missing reminder, which is reported, is better than one sent twice.
///
/// # Contract
/// * The entries that stand for a key are those of the [same
///   appointment](ReminderKey::same_appointment) that have the same
///   [`minutes_before`](ReminderKey::minutes_before), or were claimed at `since` or later: a
///   practice may change how long before it reminds, and its patients are not reminded again.
/// * [`claim`](Self::claim) is atomic: of any number of concurrent claims for which each other's
///   entry stands, at most one is answered [`ClaimOutcome::Ours`].
/// * Its answer survives a crash of the process.
/// * Claims are decided in this order: an entry that stands for the key and is `Sent` →
///   [`ClaimOutcome::AlreadySent`]; one that is claimed and not settled → [`ClaimOutcome::InDoubt`] with the
///   moment of that claim, the latest of several; an entry of the very key that is `Refused` →
///   [`ClaimOutcome::Refused`]; otherwise the key is claimed at `now` → [`ClaimOutcome::Ours`].
#[async_trait]
pub trait ReminderStore: Debug + Send + Sync {
    /// Returns the outcome that a claim of `key` would have now, and changes nothing. It saves the
    /// calls of EMIS for a reminder that was sent long ago.
    ///
    /// # Errors
    /// If the store can't be read.
    async fn peek(&self, key: &ReminderKey, since: Timestamp) -> Result<ClaimOutcome, StoreError>;

    /// Claims `key` at `now`, unless an entry stands for it already: one of the same time before
    /// the start, or one that was claimed at `since` or later.
    ///
    /// # Errors
    /// If the store can't be written. Nothing may be sent then.
    ///
    /// # Cancel safety
    /// An implementation must leave the key either claimed or not.
    async fn claim(
        &self,
        key: &ReminderKey,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<ClaimOutcome, StoreError>;

    /// Settles a claimed reminder at `now`. Returns `false`, and changes nothing, if the key has no
    /// open claim. `author` is the product itself, or the person who [settles it by
    /// hand](settle_by_hand); a durable store keeps it beside the outcome.
    ///
    /// # Errors
    /// If the store can't be written. The reminder stays in doubt then.
    ///
    /// # Cancel safety
    /// An implementation must leave the claim either settled or open.
    async fn settle(
        &self,
        key: &ReminderKey,
        outcome: ReminderSettlement,
        now: Timestamp,
        author: &Provenance,
    ) -> Result<bool, StoreError>;

    /// Returns the practice's open claims, oldest first: each is being sent, or was left behind by
    /// a sender that was cut off.
    ///
    /// # Errors
    /// If the store can't be read.
    async fn in_doubt(&self, practice: &OdsCode) -> Result<Vec<OpenClaim>, StoreError>;
}

/// A claimed reminder with an unknown outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OpenClaim {
    /// The reminder.
    pub key: ReminderKey,
    /// The time of the claim.
    pub since: Timestamp,
}

impl OpenClaim {
    /// Creates an open claim. For stores.
    pub const fn new(key: ReminderKey, since: Timestamp) -> Self {
        Self { key, since }
    }
}

/// The time after its claim from which a reminder can be settled by hand: until then its sender
/// may still be at work, and would undo what a person found.
pub const REMINDER_SETTLES_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Settles a reminder as a person found out with the message service. One that was
/// [`NotSent`](ReminderSettlement::NotSent) is sent by the next run in which it is due.
///
/// Returns `false`, and changes nothing, if its claim is not open, and before
/// [`REMINDER_SETTLES_AFTER`].
///
/// # Errors
/// If the store can't be read or written.
///
/// # Examples
/// ```no_run
/// use emis_audit::Provenance;
/// use emis_reminders::{ReminderKey, ReminderSettlement, ReminderStore, settle_by_hand};
/// use emis_settings::StoreError;
/// use emis_types::Clock;
///
/// async fn was_not_sent(
///     store: &dyn ReminderStore,
///     key: &ReminderKey,
///     clock: &dyn Clock,
///     author: &Provenance,
/// ) -> Result<bool, StoreError> {
///     settle_by_hand(store, key, ReminderSettlement::NotSent, clock.now(), author).await
/// }
/// ```
///
/// # Cancel safety
/// Safe to drop: the claim is settled in one step.
pub async fn settle_by_hand(
    store: &dyn ReminderStore,
    key: &ReminderKey,
    outcome: ReminderSettlement,
    now: Timestamp,
    author: &Provenance,
) -> Result<bool, StoreError> {
    let open = store.in_doubt(&key.practice).await?;
    let left_behind = open.iter().any(|claim| {
        claim.key == *key && now.duration_since(claim.since) >= REMINDER_SETTLES_AFTER
    });
    if !left_behind {
        return Ok(false);
    }
    store.settle(key, outcome, now, author).await
}
