//! The end of a run: what every party has then.

use std::collections::HashSet;

use emis_booking::{BookingId, BookingMove, BookingRecord};
use emis_messaging::PracticeTask;

use super::calls::EmisCounts;
use super::diary::{MadeBy, ModelDiary};
use super::driver::{Asked, Told};
use super::emis::ModelEmis;
use super::story::Story;

/// Counts of one or more runs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RunCounts {
    pub(super) emis: EmisCounts,
    pub(super) steps: u64,
    pub(super) crashes: u64,
    pub(super) requests: u64,
    pub(super) confirmed: u64,
    pub(super) moved: u64,
    pub(super) reconciled: u64,
}

impl RunCounts {
    pub(super) fn add(&mut self, other: Self) {
        let Self {
            emis,
            steps,
            crashes,
            requests,
            confirmed,
            moved,
            reconciled,
        } = other;
        self.emis.calls += emis.calls;
        self.emis.books += emis.books;
        self.emis.cancels += emis.cancels;
        self.emis.faults += emis.faults;
        self.emis.late += emis.late;
        self.steps += steps;
        self.crashes += crashes;
        self.requests += requests;
        self.confirmed += confirmed;
        self.moved += moved;
        self.reconciled += reconciled;
    }
}

/// The end of a run.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) diary: ModelDiary,
    pub(super) emis: ModelEmis,
    pub(super) requests: Vec<Asked>,
    pub(super) stories: Vec<Story>,
    pub(super) records: Vec<BookingRecord>,
    pub(super) moves: Vec<BookingMove>,
    /// The notices that patients were given, or will be.
    pub(super) told: Vec<Told>,
    /// The tasks that were opened for the practice.
    pub(super) tasks: Vec<PracticeTask>,
    /// The bookings that were concluded not to be made, at any time.
    pub(super) rejected: HashSet<BookingId>,
    /// The bookings that were seen to be gone without a cancellation of ours, at any time.
    pub(super) taken_away: HashSet<BookingId>,
    /// The largest numbers of bookings of one day: of a patient, and of the practice.
    pub(super) limits: (u32, u32),
    /// `true` if EMIS keeps the notes of bookings to itself.
    pub(super) hides_notes: bool,
    pub(super) counts: RunCounts,
}

impl Finished {
    pub(super) fn record(&self, id: &BookingId) -> Option<&BookingRecord> {
        self.records.iter().find(|record| record.id == *id)
    }

    /// Returns `true` if reception took the patient out of the slot of a booking.
    pub(super) fn was_taken_away(&self, record: &BookingRecord) -> bool {
        let change = self.diary.last_change(&record.id.reference().to_string());
        change.is_some_and(|change| !change.booked && change.by == MadeBy::Reception)
    }
}
