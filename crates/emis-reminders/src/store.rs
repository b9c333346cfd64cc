//! The store of sent reminders, so that nothing is sent twice.

use std::fmt::Debug;

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_messaging::{MessageReference, PracticeTask};
use emis_settings::StoreError;
use emis_types::{OdsCode, PatientNumber, SlotId};
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::appointment::RemindedAppointment;
use crate::claim::{ClaimOutcome, ClaimRequest, OpenClaim, ReminderSettlement};
use crate::entry::ReminderEntry;
use crate::key::ClaimOwner;

/// Keeps which reminders were sent, for every process that sends for a practice.
///
/// A message is claimed, durably, *before* it is sent. A claim is a lease: while it runs, its owner
/// is sending. After a crash it ends, and another owner [takes it over](Self::take_over_expired) and asks
/// the message service what became of it.
///
/// # Contract
/// * [`decide`](crate::decide) answers a claim, from the entries of its appointments and the time
///   of the last message to its contact that was sent or is open. Its answer and the entries that
///   follow from it are one atomic step: of any number of concurrent claims for which each other's
///   entry stands, at most one is answered [`ClaimOutcome::Ours`].
/// * An answer survives a crash of the process.
/// * Leases go by the clock of the store. One that ends later than
///   [`LONGEST_LEASE`](crate::LONGEST_LEASE) from now was written under a wrong clock, and is over.
#[async_trait]
pub trait ReminderStore: Debug + Send + Sync {
    /// Returns the entries of a practice whose appointment starts in a span of UK wall clock.
    ///
    /// # Errors
    /// If the store can't be read.
    async fn reminders(
        &self,
        practice: &OdsCode,
        from: DateTime,
        until: DateTime,
    ) -> Result<Vec<ReminderEntry>, StoreError>;

    /// Claims a message.
    ///
    /// # Errors
    /// If the store can't be written. Nothing may be sent then.
    ///
    /// # Cancel safety
    /// An implementation must leave all of its reminders claimed, or none.
    async fn claim(&self, request: &ClaimRequest) -> Result<ClaimOutcome, StoreError>;

    /// Settles a claimed message at `now`. Returns `false`, and changes nothing, if it has no open
    /// claim of `owner`; `None` settles the claim of any. `author` is the product itself, or the
    /// person who settled it by hand; a durable store keeps it beside the outcome.
    ///
    /// # Errors
    /// If the store can't be written. The claim stays open then.
    ///
    /// # Cancel safety
    /// An implementation must leave the claim either settled or open.
    async fn settle(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
        owner: Option<ClaimOwner>,
        outcome: ReminderSettlement,
        now: Timestamp,
        author: &Provenance,
    ) -> Result<bool, StoreError>;

    /// Takes over the open claims of a practice whose lease is over, and returns them, oldest
    /// first. Of concurrent calls one gets a claim.
    ///
    /// # Errors
    /// If the store can't be written.
    ///
    /// # Cancel safety
    /// An implementation must leave each claim with its owner or with the new one.
    async fn take_over_expired(
        &self,
        practice: &OdsCode,
        owner: ClaimOwner,
        lease: SignedDuration,
        now: Timestamp,
    ) -> Result<Vec<OpenClaim>, StoreError>;

    /// Returns the practice's open claims, oldest first: each is being sent, or was left behind by
    /// a sender that was cut off.
    ///
    /// # Errors
    /// If the store can't be read.
    async fn open_claims(&self, practice: &OdsCode) -> Result<Vec<OpenClaim>, StoreError>;

    /// Notes that a message was not delivered: what was [`Sent`](ReminderSettlement::Sent) or
    /// [`Unknown`](ReminderSettlement::Unknown), or is open because the receipt came before the
    /// sender's answer, becomes [`Refused`](ReminderSettlement::Refused), and another contact is
    /// tried. Returns `false` if no such message has this reference.
    ///
    /// # Errors
    /// If the store can't be written.
    ///
    /// # Cancel safety
    /// An implementation must change all of its reminders, or none.
    async fn note_undelivered(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Notes what became of appointments that patients were told of, and opens the tasks that
    /// follow from it. Tasks are opened once by their IDs.
    ///
    /// # Errors
    /// If the store can't be written.
    ///
    /// # Cancel safety
    /// An implementation must note all of it, or nothing.
    async fn note_changes(
        &self,
        practice: &OdsCode,
        changes: &ToldChanges,
        tasks: &[PracticeTask],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Begins a poll of the practice's EMIS. Returns `None` if it may begin, or else the time from
    /// which it may, which is `least` after the last one, whichever process made it. Goes by the
    /// store's clock.
    ///
    /// # Errors
    /// If the store can't be written. EMIS must not be polled then.
    ///
    /// # Cancel safety
    /// An implementation must have noted the poll, or not.
    async fn begin_poll(
        &self,
        practice: &OdsCode,
        poll: PollKind,
        least: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Replaces the planned list of a practice.
    ///
    /// # Errors
    /// If the store can't be written.
    ///
    /// # Cancel safety
    /// An implementation must leave the old list or the new one.
    async fn replace_planned(
        &self,
        practice: &OdsCode,
        planned: &[PlannedReminder],
    ) -> Result<(), StoreError>;

    /// Returns the planned reminders of a practice that are to be sent at `until` or earlier and
    /// whose appointment starts later than `after`, in the order of their times.
    ///
    /// # Errors
    /// If the store can't be read.
    async fn planned(
        &self,
        practice: &OdsCode,
        after: DateTime,
        until: DateTime,
    ) -> Result<Vec<PlannedReminder>, StoreError>;

    /// Adds the counts of a run to those of its day.
    ///
    /// # Errors
    /// If the store can't be written.
    ///
    /// # Cancel safety
    /// An implementation must have added all of them, or none.
    async fn note_run(&self, practice: &OdsCode, counts: &DayCounts) -> Result<(), StoreError>;

    /// Returns the counts of a practice's days from `from` on, in the order of days.
    ///
    /// # Errors
    /// If the store can't be read.
    async fn days(&self, practice: &OdsCode, from: Date) -> Result<Vec<DayCounts>, StoreError>;
}

/// The kinds of polls, which are limited one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PollKind {
    /// The appointments of the next days, to send what is due.
    Sending,
    /// The appointments further ahead, once a day, for the planned list.
    Planning,
}

impl PollKind {
    /// Returns a stable word for databases: `sending` or `planning`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Planning => "planning",
        }
    }
}

/// Changes of appointments that patients were told of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToldChanges {
    /// Those that EMIS does not list any more.
    pub gone: Vec<RemindedAppointment>,
    /// Those that were gone and are listed again, with nothing else told in between.
    pub back: Vec<RemindedAppointment>,
    /// Those that are listed again after the patient was told of another start: their reminders
    /// become [`Superseded`](ReminderSettlement::Superseded).
    pub reopened: Vec<RemindedAppointment>,
}

impl ToldChanges {
    /// Returns whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.back.is_empty() && self.reopened.is_empty()
    }
}

/// A reminder of an appointment further ahead than the window in which runs look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PlannedReminder {
    /// The appointment.
    pub appointment: RemindedAppointment,
    /// The place of the practice's rule that planned it.
    pub rule: u32,
    /// The time before the start in minutes.
    pub minutes_before: u32,
    /// The time at which it is sent, UK wall clock.
    pub send_at: DateTime,
}

/// The counts of a practice's runs on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DayCounts {
    /// The day, UK time.
    pub day: Date,
    /// The runs that read the appointment list.
    pub runs: u32,
    /// The largest number of appointments in one list.
    pub listed: u32,
    /// The reminders that were sent.
    pub sent: u32,
    /// The reminders that failed.
    pub failed: u32,
}

impl DayCounts {
    /// Returns a day without runs.
    pub const fn none(day: Date) -> Self {
        Self {
            day,
            runs: 0,
            listed: 0,
            sent: 0,
            failed: 0,
        }
    }

    /// Adds the counts of a run.
    pub fn add(&mut self, run: &Self) {
        self.runs = self.runs.saturating_add(run.runs);
        self.listed = self.listed.max(run.listed);
        self.sent = self.sent.saturating_add(run.sent);
        self.failed = self.failed.saturating_add(run.failed);
    }
}

/// Orders appointments, for stores and reports.
pub(crate) fn order(appointment: &RemindedAppointment) -> (DateTime, SlotId, PatientNumber) {
    (appointment.start, appointment.slot, appointment.patient)
}
