//! What was sent, so that nothing is sent twice.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_settings::{Channel, StoreError};
use emis_types::{OdsCode, PatientNumber, SlotId};
use jiff::Timestamp;
use jiff::civil::DateTime;
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
pub enum Claim {
    /// Nobody has it: send, then [settle](ReminderLedger::settle).
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
pub enum Settlement {
    /// It was handed over for delivery.
    Sent,
    /// It was definitely not sent, and may be claimed again.
    NotSent,
    /// It was definitely not sent, and sending it again through this channel is pointless.
    Refused,
}

impl Settlement {
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
///   entry stands, one at most is answered [`Claim::Ours`].
/// * What it answered survives a crash of the process.
/// * Claims are decided in this order: an entry that stands for the key and is `Sent` →
///   [`Claim::AlreadySent`]; one that is claimed and not settled → [`Claim::InDoubt`] with the
///   moment of that claim, the latest of several; an entry of the very key that is `Refused` →
///   [`Claim::Refused`]; otherwise the key is claimed at `now` → [`Claim::Ours`].
#[async_trait]
pub trait ReminderLedger: Debug + Send + Sync {
    /// What a claim of `key` would be answered now, changing nothing. Spares EMIS the look-ups
    /// for a reminder that was sent long ago.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    async fn peek(&self, key: &ReminderKey, since: Timestamp) -> Result<Claim, StoreError>;

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
    ) -> Result<Claim, StoreError>;

    /// Notes what became of a claimed reminder at `now`. A key whose claim is not open is left as
    /// it is.
    ///
    /// # Errors
    /// Where the ledger cannot be written. Then the reminder stays in doubt.
    async fn settle(
        &self,
        key: &ReminderKey,
        outcome: Settlement,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}

/// A ledger that forgets when the process ends: for tests and demonstrations only.
///
/// ```
/// # use emis_reminders::MemoryLedger;
/// let ledger = MemoryLedger::default();
/// assert!(ledger.entries().is_empty());
/// ```
#[derive(Debug, Default)]
pub struct MemoryLedger {
    entries: Mutex<HashMap<ReminderKey, Entry>>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    claimed_at: Timestamp,
    settled: Option<Settlement>,
}

impl MemoryLedger {
    /// Every key that was ever claimed, and what became of it; `None` while in doubt.
    pub fn entries(&self) -> Vec<(ReminderKey, Option<Settlement>)> {
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

fn judge(entries: &HashMap<ReminderKey, Entry>, key: &ReminderKey, since: Timestamp) -> Claim {
    let standing = entries.iter().filter(|(other, entry)| {
        key.same_appointment(other)
            && (key.minutes_before == other.minutes_before || entry.claimed_at >= since)
    });
    let mut in_doubt = None;
    for (_, entry) in standing {
        match entry.settled {
            Some(Settlement::Sent) => return Claim::AlreadySent,
            None => in_doubt = in_doubt.max(Some(entry.claimed_at)),
            Some(Settlement::NotSent | Settlement::Refused) => {}
        }
    }
    match (in_doubt, entries.get(key).and_then(|entry| entry.settled)) {
        (Some(since), _) => Claim::InDoubt { since },
        (None, Some(Settlement::Refused)) => Claim::Refused,
        (None, _) => Claim::Ours,
    }
}

#[async_trait]
impl ReminderLedger for MemoryLedger {
    async fn peek(&self, key: &ReminderKey, since: Timestamp) -> Result<Claim, StoreError> {
        Ok(judge(&self.lock(), key, since))
    }

    async fn claim(
        &self,
        key: &ReminderKey,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Claim, StoreError> {
        let mut entries = self.lock();
        let claim = judge(&entries, key, since);
        if claim == Claim::Ours {
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
        outcome: Settlement,
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        if let Some(entry) = self.lock().get_mut(key)
            && entry.settled.is_none()
        {
            entry.settled = Some(outcome);
        }
        Ok(())
    }
}
