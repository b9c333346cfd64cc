//! What was sent, so that nothing is sent twice.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_settings::{Channel, StoreError};
use emis_types::{OdsCode, PatientNumber, SlotId};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What makes a reminder the same reminder.
///
/// A slot may be given to another patient, and an appointment may be moved, so both the patient
/// and the start belong to the name. Holds EMIS's ids only: nothing of a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReminderKey {
    /// The practice.
    pub practice: OdsCode,
    /// The slot.
    pub slot: SlotId,
    /// The patient booked into it.
    pub patient: PatientNumber,
    /// When the appointment starts, UK wall clock.
    pub start: DateTime,
    /// Which of a practice's reminders it is: so many minutes before the start.
    pub minutes_before: u32,
    /// How it is sent.
    pub channel: Channel,
}

impl ReminderKey {
    /// Whether both would remind the same patient of the same appointment, be it at different
    /// times or through different channels.
    pub fn same_appointment(&self, other: &Self) -> bool {
        self.practice == other.practice
            && self.slot == other.slot
            && self.patient == other.patient
            && self.start == other.start
    }
}

/// The answer to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimOutcome {
    /// Nobody has it: send, then [settle](ReminderStore::settle).
    Ours,
    /// It was sent, or one that stands for it, through this channel or another.
    AlreadySent,
    /// It was claimed, or one that stands for it, through this channel or another, and what became of it is not known: the
    /// claimant is still at work, or was cut off before or after sending. It is not sent again;
    /// a person may settle it.
    InDoubt {
        /// Since when.
        since: Timestamp,
    },
    /// This channel refused it for good: it is not tried again. Another channel may be.
    Refused,
}

/// What became of a claimed reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReminderSettlement {
    /// It was handed over for delivery.
    Sent,
    /// It was definitely not sent, and may be claimed again.
    NotSent,
    /// It was definitely not sent, and sending it again through this channel is pointless.
    Refused,
}

impl ReminderSettlement {
    /// A stable word for databases: `sent`, `not_sent` or `refused`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::NotSent => "not_sent",
            Self::Refused => "refused",
        }
    }
}

/// The memory of which reminders were sent, shared by every process that sends for a practice.
///
/// A reminder is claimed, durably, *before* it is sent. A crash in between leaves the claim
/// standing: better one reminder missing, and reported, than one sent twice.
///
/// # What an implementation promises
/// * What stands for a key are the entries of the [same
///   appointment](ReminderKey::same_appointment) that have the same
///   [`minutes_before`](ReminderKey::minutes_before), or were claimed at `since` or later: a
///   practice may change how long before it reminds, and nobody is reminded again for that.
/// * [`claim`](Self::claim) is atomic: of any number of concurrent claims for which each other's
///   entry stands, one at most is answered [`ClaimOutcome::Ours`].
/// * What it answered survives a crash of the process.
/// * Claims are decided in this order: an entry that stands for the key and is `Sent` →
///   [`ClaimOutcome::AlreadySent`]; one that is claimed and not settled → [`ClaimOutcome::InDoubt`] with the
///   moment of that claim, the latest of several; an entry of the very key that is `Refused` →
///   [`ClaimOutcome::Refused`]; otherwise the key is claimed at `now` → [`ClaimOutcome::Ours`].
#[async_trait]
pub trait ReminderStore: Debug + Send + Sync {
    /// What a claim of `key` would be answered now, changing nothing. Spares EMIS the look-ups
    /// for a reminder that was sent long ago.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn peek(&self, key: &ReminderKey, since: Timestamp) -> Result<ClaimOutcome, StoreError>;

    /// Claims `key` at `now`, unless an entry stands for it already: one of the same time before
    /// the start, or one that was claimed at `since` or later.
    ///
    /// # Errors
    /// Where the ledger cannot be written. Then nothing may be sent.
    async fn claim(
        &self,
        key: &ReminderKey,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<ClaimOutcome, StoreError>;

    /// Notes what became of a claimed reminder at `now`, and gives whether it did: a key whose
    /// claim is not open is left as it is. `by` is who found it out: the product itself, or
    /// whoever [settles it by hand](settle_by_hand); a ledger that lasts keeps it beside the
    /// outcome.
    ///
    /// # Errors
    /// Where the ledger cannot be written. Then the reminder stays in doubt.
    async fn settle(
        &self,
        key: &ReminderKey,
        outcome: ReminderSettlement,
        now: Timestamp,
        by: &Provenance,
    ) -> Result<bool, StoreError>;

    /// The practice's claims that are open, oldest first: each in the hands of a sender, or left
    /// behind by one that was cut off.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn in_doubt(&self, practice: &OdsCode) -> Result<Vec<OpenClaim>, StoreError>;
}

/// A reminder that was claimed, and of which it is not known whether it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OpenClaim {
    /// The reminder.
    pub key: ReminderKey,
    /// When it was claimed.
    pub since: Timestamp,
}

impl OpenClaim {
    /// A reminder that was claimed at a moment. For ledgers.
    pub const fn new(key: ReminderKey, since: Timestamp) -> Self {
        Self { key, since }
    }
}

/// How long after its claim a reminder can be settled by hand: until then its sender may be at
/// work still, and would undo what anybody found.
pub const REMINDER_SETTLES_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Settles a reminder by hand: as somebody found out with whoever sends the messages. One that
/// was [`NotSent`](ReminderSettlement::NotSent) is sent by the next run that it is due in.
///
/// Gives whether it was settled: not where its claim is not open, nor before [`REMINDER_SETTLES_AFTER`].
///
/// # Errors
/// Where the ledger cannot be read or written.
pub async fn settle_by_hand(
    ledger: &dyn ReminderStore,
    key: &ReminderKey,
    outcome: ReminderSettlement,
    now: Timestamp,
    by: &Provenance,
) -> Result<bool, StoreError> {
    let open = ledger.in_doubt(&key.practice).await?;
    let left_behind = open.iter().any(|claim| {
        claim.key == *key && now.duration_since(claim.since) >= REMINDER_SETTLES_AFTER
    });
    if !left_behind {
        return Ok(false);
    }
    ledger.settle(key, outcome, now, by).await
}

/// A ledger that forgets when the process ends: for tests and demonstrations only.
///
/// ```
/// # use emis_reminders::MemoryReminderStore;
/// let ledger = MemoryReminderStore::default();
/// assert!(ledger.entries().is_empty());
/// ```
#[derive(Debug, Default)]
pub struct MemoryReminderStore {
    entries: Mutex<HashMap<ReminderKey, Entry>>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    claimed_at: Timestamp,
    settled: Option<ReminderSettlement>,
}

impl MemoryReminderStore {
    /// Every key that was ever claimed, and what became of it; `None` while in doubt.
    pub fn entries(&self) -> Vec<(ReminderKey, Option<ReminderSettlement>)> {
        self.lock()
            .iter()
            .map(|(key, entry)| (key.clone(), entry.settled))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ReminderKey, Entry>> {
        // The map is changed in single steps, so a panic elsewhere cannot leave it half done.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn judge(
    entries: &HashMap<ReminderKey, Entry>,
    key: &ReminderKey,
    since: Timestamp,
) -> ClaimOutcome {
    let standing = entries.iter().filter(|(other, entry)| {
        key.same_appointment(other)
            && (key.minutes_before == other.minutes_before || entry.claimed_at >= since)
    });
    let mut in_doubt = None;
    for (_, entry) in standing {
        match entry.settled {
            Some(ReminderSettlement::Sent) => return ClaimOutcome::AlreadySent,
            None => in_doubt = in_doubt.max(Some(entry.claimed_at)),
            Some(ReminderSettlement::NotSent | ReminderSettlement::Refused) => {}
        }
    }
    match (in_doubt, entries.get(key).and_then(|entry| entry.settled)) {
        (Some(since), _) => ClaimOutcome::InDoubt { since },
        (None, Some(ReminderSettlement::Refused)) => ClaimOutcome::Refused,
        (None, _) => ClaimOutcome::Ours,
    }
}

#[async_trait]
impl ReminderStore for MemoryReminderStore {
    async fn peek(&self, key: &ReminderKey, since: Timestamp) -> Result<ClaimOutcome, StoreError> {
        Ok(judge(&self.lock(), key, since))
    }

    async fn claim(
        &self,
        key: &ReminderKey,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<ClaimOutcome, StoreError> {
        let mut entries = self.lock();
        let claim = judge(&entries, key, since);
        if claim == ClaimOutcome::Ours {
            let entry = Entry {
                claimed_at: now,
                settled: None,
            };
            entries.insert(key.clone(), entry);
        }
        Ok(claim)
    }

    async fn settle(
        &self,
        key: &ReminderKey,
        outcome: ReminderSettlement,
        _now: Timestamp,
        _by: &Provenance,
    ) -> Result<bool, StoreError> {
        let mut entries = self.lock();
        let open = entries.get_mut(key).filter(|entry| entry.settled.is_none());
        Ok(open.map(|entry| entry.settled = Some(outcome)).is_some())
    }

    async fn in_doubt(&self, practice: &OdsCode) -> Result<Vec<OpenClaim>, StoreError> {
        let entries = self.lock();
        let mut open: Vec<_> = entries
            .iter()
            .filter(|(key, entry)| key.practice == *practice && entry.settled.is_none())
            .map(|(key, entry)| OpenClaim::new(key.clone(), entry.claimed_at))
            .collect();
        open.sort_by_key(|claim| {
            let key = &claim.key;
            (
                claim.since,
                key.slot,
                key.patient,
                key.start,
                key.minutes_before,
            )
        });
        Ok(open)
    }
}
