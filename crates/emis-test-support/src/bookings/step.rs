//! The steps of a run, and how they are drawn and shrunk.

use proptest::prelude::*;
use proptest::{collection, option, sample};

use super::fault::{CallKind, Fault, ReadFault, WriteFault};

/// A whole run.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) options: RunOptions,
    pub(super) steps: Vec<(Step, u8)>,
}

/// The options of a whole run.
#[derive(Debug, Clone)]
pub(super) struct RunOptions {
    /// The seconds by which the clock of each worker is ahead.
    pub(super) clocks: [i32; WORKERS],
    /// The largest number of future appointments of a patient.
    pub(super) limit: u8,
    /// The largest number of bookings of a patient in one day.
    pub(super) patient_day: u32,
    /// The largest number of bookings of the practice's patients in one day.
    pub(super) practice_day: u32,
    /// `true` if EMIS keeps the notes of bookings to itself.
    pub(super) hides_notes: bool,
    /// `true` if a booking that arrived late is kept, rather than cancelled.
    pub(super) keeps_late: bool,
    /// `true` if a move cancels the earlier appointment first.
    pub(super) cancels_first: bool,
}

/// The number of workers.
pub(super) const WORKERS: usize = 3;
/// The number of patients who book.
pub(super) const PATIENTS: usize = 3;
/// The place of a patient for whom only reception books.
pub(super) const OTHER_PATIENT: usize = 3;
/// The number of slots.
pub(super) const SLOTS: usize = 6;

/// The number that stands for a request is below this: the larger, the later the request.
pub(super) const REQUESTS: usize = 8;

/// The last poll of an activity, if it is to be dropped.
pub(super) type Crash = Option<u8>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A patient books with a new key.
    Book {
        worker: usize,
        patient: usize,
        slot: usize,
        /// `true` if the date of birth is right.
        known: bool,
        crash: Crash,
    },
    /// A request is sent again with its key.
    Again {
        request: usize,
        worker: usize,
        change: Change,
        crash: Crash,
    },
    /// The booking of a request is cancelled.
    Cancel {
        request: usize,
        worker: usize,
        crash: Crash,
    },
    /// The booking of a request is moved to another slot.
    Move {
        request: usize,
        slot: usize,
        worker: usize,
        crash: Crash,
    },
    /// The appointment of a patient in a slot is cancelled, also one that reception made.
    CancelAppointment {
        slot: usize,
        patient: usize,
        worker: usize,
        crash: Crash,
    },
    Reconcile {
        worker: usize,
        crash: Crash,
    },
    /// Notices are read, and some of them acknowledged.
    Deliver {
        worker: usize,
        acknowledge: u8,
    },
    ReceptionBooks {
        slot: usize,
        patient: usize,
    },
    ReceptionCancels {
        slot: usize,
    },
    /// Reception takes the patient out and puts them in again.
    ReceptionRebooks {
        slot: usize,
    },
    ReceptionBlocks {
        slot: usize,
    },
    /// The practice switches self-booking on or off.
    Switch {
        on: bool,
    },
    /// The practice changes its rules.
    Rules {
        limit: u8,
        keeps_late: bool,
        cancels_first: bool,
    },
    Advance {
        seconds: u32,
    },
    /// The store fails once, after so many calls: before or after it did what it was asked.
    BreakStore {
        calls: u8,
        after: bool,
    },
    Break {
        call: CallKind,
        fault: Fault,
    },
}

/// The difference of a repeated request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    Identity,
    Slot,
    Patient,
}

fn worker() -> BoxedStrategy<usize> {
    (0..WORKERS).boxed()
}

fn slot() -> BoxedStrategy<usize> {
    (0..SLOTS).boxed()
}

fn patient() -> BoxedStrategy<usize> {
    (0..PATIENTS).boxed()
}

fn request() -> BoxedStrategy<usize> {
    (0..REQUESTS).boxed()
}

fn crash() -> BoxedStrategy<Crash> {
    option::weighted(0.3, 0..40_u8).boxed()
}

fn status() -> BoxedStrategy<u16> {
    sample::select(
        [
            400, 401, 402, 403, 404, 408, 409, 410, 422, 429, 451, 500, 502, 503, 504,
        ]
        .as_slice(),
    )
    .boxed()
}

/// The seconds after which a late call arrives: most within what bookings are settled by.
fn late() -> BoxedStrategy<u32> {
    prop_oneof![
        4 => 1..400_u32,
        1 => 400..3_600_u32,
        1 => 3_600..70_000_u32,
    ]
    .boxed()
}

fn write_fault() -> BoxedStrategy<Fault> {
    prop_oneof![
        1 => Just(WriteFault::Unreachable),
        2 => Just(WriteFault::LostBefore),
        3 => Just(WriteFault::LostAfter),
        2 => status().prop_map(WriteFault::StatusBefore),
        4 => status().prop_map(WriteFault::StatusAfter),
        1 => (0..5_usize).prop_map(WriteFault::FalseBefore),
        2 => (0..5_usize).prop_map(WriteFault::FalseAfter),
        2 => prop_oneof![Just(200_u16), status()].prop_map(WriteFault::TrueUnder),
        5 => (late(), option::of(status())).prop_map(|(after, status)| WriteFault::Late(after, status)),
        2 => Just(WriteFault::DoubledAtOnce),
        2 => (1..400_u32).prop_map(WriteFault::DoubledLate),
    ]
    .prop_map(Fault::Write)
    .boxed()
}

fn read_fault() -> BoxedStrategy<Fault> {
    prop_oneof![
        2 => Just(ReadFault::Lost),
        2 => status().prop_map(ReadFault::Status),
        1 => (0..5_usize).prop_map(ReadFault::False),
        1 => Just(ReadFault::Spoilt),
    ]
    .prop_map(Fault::Read)
    .boxed()
}

fn fault() -> BoxedStrategy<Step> {
    use CallKind::{Appointments, Book, Cancel, Other, Slots};
    prop_oneof![
        5 => write_fault().prop_map(|fault| Step::Break { call: Book, fault }),
        3 => write_fault().prop_map(|fault| Step::Break { call: Cancel, fault }),
        2 => (sample::select([Slots, Appointments, Other].as_slice()), read_fault())
            .prop_map(|(call, fault)| Step::Break { call, fault }),
    ]
    .boxed()
}

fn seconds() -> BoxedStrategy<u32> {
    prop_oneof![
        4 => 1..60_u32,
        4 => 60..300_u32,
        4 => 300..900_u32,
        2 => 900..7_200_u32,
        1 => 7_200..50_000_u32,
    ]
    .boxed()
}

fn change() -> BoxedStrategy<Change> {
    prop_oneof![
        5 => Just(Change::Nothing),
        1 => Just(Change::Identity),
        1 => Just(Change::Slot),
        1 => Just(Change::Patient),
    ]
    .boxed()
}

fn step() -> BoxedStrategy<Step> {
    let other = prop_oneof![3 => Just(OTHER_PATIENT), 1 => patient()];
    prop_oneof![
        8 => (worker(), patient(), slot(), prop::bool::weighted(0.9), crash()).prop_map(
            |(worker, patient, slot, known, crash)| Step::Book { worker, patient, slot, known, crash }
        ),
        3 => (request(), worker(), change(), crash()).prop_map(
            |(request, worker, change, crash)| Step::Again { request, worker, change, crash }
        ),
        4 => (request(), worker(), crash())
            .prop_map(|(request, worker, crash)| Step::Cancel { request, worker, crash }),
        8 => (request(), slot(), worker(), crash()).prop_map(
            |(request, slot, worker, crash)| Step::Move { request, slot, worker, crash }
        ),
        1 => (slot(), patient(), worker(), crash()).prop_map(
            |(slot, patient, worker, crash)| Step::CancelAppointment { slot, patient, worker, crash }
        ),
        4 => (worker(), crash()).prop_map(|(worker, crash)| Step::Reconcile { worker, crash }),
        1 => (worker(), 0..4_u8)
            .prop_map(|(worker, acknowledge)| Step::Deliver { worker, acknowledge }),
        2 => (slot(), other).prop_map(|(slot, patient)| Step::ReceptionBooks { slot, patient }),
        1 => slot().prop_map(|slot| Step::ReceptionCancels { slot }),
        1 => slot().prop_map(|slot| Step::ReceptionRebooks { slot }),
        1 => slot().prop_map(|slot| Step::ReceptionBlocks { slot }),
        1 => prop::bool::weighted(0.7).prop_map(|on| Step::Switch { on }),
        1 => (1..3_u8, any::<bool>(), any::<bool>()).prop_map(
            |(limit, keeps_late, cancels_first)| Step::Rules { limit, keeps_late, cancels_first }
        ),
        1 => (0..12_u8, any::<bool>())
            .prop_map(|(calls, after)| Step::BreakStore { calls, after }),
        5 => seconds().prop_map(|seconds| Step::Advance { seconds }),
        8 => fault(),
    ]
    .boxed()
}

fn options() -> BoxedStrategy<RunOptions> {
    let clocks = prop::array::uniform3(prop_oneof![2 => Just(0_i32), 1 => -900..900_i32]);
    let rules = (1..3_u8, any::<bool>(), any::<bool>());
    let days = prop_oneof![2 => Just((10_u32, 30_u32)), 1 => (1..4_u32, 2..7_u32)];
    (clocks, prop::bool::weighted(0.15), rules, days)
        .prop_map(
            |(
                clocks,
                hides_notes,
                (limit, keeps_late, cancels_first),
                (patient_day, practice_day),
            )| RunOptions {
                clocks,
                limit,
                patient_day,
                practice_day,
                hides_notes,
                keeps_late,
                cancels_first,
            },
        )
        .boxed()
}

/// Returns how whole runs are drawn: each step with the number of turns that follow it.
pub(super) fn plan() -> BoxedStrategy<Plan> {
    let turns = prop_oneof![2 => Just(0_u8), 3 => 1..12_u8, 2 => 12..60_u8, 1 => Just(u8::MAX)];
    (options(), collection::vec((step(), turns), 4..28))
        .prop_map(|(options, steps)| Plan { options, steps })
        .boxed()
}
