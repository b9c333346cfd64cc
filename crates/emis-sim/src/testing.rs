//! Helpers for tests that use the simulator. (Feature `testing`.)
//!
//! # Examples
//!
//! ```
//! use emis_sim::testing::{BlockingSim, RecordedCalls, rough_day, standing_at};
//! use emis_sim::SimOperation;
//! use jiff::{SignedDuration, civil::date};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A small practice on a Tuesday morning, without a runtime of the test's own.
//! let (builder, clock) = standing_at(date(2026, 6, 2).at(10, 0, 0, 0));
//! let emis = BlockingSim::start(builder.seed(11))?;
//!
//! // Many calls fail, in the same way in each run.
//! for rule in rough_day() {
//!     emis.sim().faults().rule(rule)?;
//! }
//!
//! // … the code under test books once and reads back …
//! clock.advance(SignedDuration::from_mins(20));
//!
//! // … and must not have booked twice.
//! RecordedCalls::of(emis.sim()).to(SimOperation::BookAppointment).assert_count(0);
//! # Ok(())
//! # }
//! ```

use std::time::Duration;

use emis_types::ManualClock;
use jiff::civil::DateTime;
use tokio::runtime::{Builder, Runtime};

use crate::{
    FalseAnswer, FaultRule, RecordedCall, Sim, SimBuilder, SimFault, SimOperation, StartError,
    StartErrorKind,
};

/// Returns a builder for a practice of 200 patients whose clock stands at a UK wall-clock time, and the
/// clock. Give a clone of the clock to the product under test. For a patient who can book, see
/// [`bookable_patient`](crate::SimPractice::bookable_patient).
pub fn standing_at(now: DateTime) -> (SimBuilder, ManualClock) {
    let clock = ManualClock::at_uk(now);
    let builder = Sim::builder().patients(200).manual_clock(clock.clone());
    (builder, clock)
}

/// Returns rules for frequent faults: answers lost before or after the commit, cut off, slow or replaced
/// by a proxy's page, and `Retry-After`. Most calls succeed.
pub fn rough_day() -> Vec<FaultRule> {
    let later = SimFault::RetryAfter {
        status: 429,
        seconds: 1,
    };
    let slow = SimFault::SlowBody {
        pieces: 3,
        pause: Duration::from_millis(5),
    };
    [
        (SimFault::Status(500), 0.05),
        (SimFault::StatusAfterCommit(500), 0.03),
        (SimFault::DropBeforeCommit, 0.03),
        (SimFault::DropAfterCommit, 0.03),
        (SimFault::TruncatedBody, 0.02),
        (SimFault::Instead(FalseAnswer::HtmlPage), 0.02),
        (later, 0.03),
        (slow, 0.05),
    ]
    .into_iter()
    .map(|(fault, probability)| FaultRule::new(fault).on_the_api().probability(probability))
    .collect()
}

/// A simulator with its own runtime, for tests that have none. Dropping it stops both; it must not be
/// dropped inside another runtime.
#[derive(Debug)]
pub struct BlockingSim {
    sim: Sim,
    // Dropped after the simulator, whose tasks it runs.
    _runtime: Runtime,
}

impl BlockingSim {
    /// Starts a simulator on its own thread.
    ///
    /// # Errors
    ///
    /// If the simulator or the thread cannot start.
    ///
    /// # Panics
    ///
    /// Inside another runtime.
    pub fn start(builder: SimBuilder) -> Result<Self, StartError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| StartError::with_source(StartErrorKind::Runtime, error))?;
        Ok(Self {
            sim: runtime.block_on(builder.start())?,
            _runtime: runtime,
        })
    }

    /// Returns the simulator.
    pub const fn sim(&self) -> &Sim {
        &self.sim
    }
}

/// Calls of the journal, selected step by step, for assertions.
#[derive(Debug, Clone)]
#[must_use]
pub struct RecordedCalls(Vec<RecordedCall>);

impl RecordedCalls {
    /// Returns all calls so far.
    pub fn of(sim: &Sim) -> Self {
        Self(sim.journal())
    }

    /// Selects calls of an operation.
    pub fn to(self, operation: SimOperation) -> Self {
        self.only(|call| call.operation == operation)
    }

    /// Selects calls of operations that write.
    pub fn that_write(self) -> Self {
        self.only(|call| call.operation.is_write())
    }

    /// Selects calls that changed the practice, also those whose answer does not say so.
    pub fn committed(self) -> Self {
        self.only(|call| call.committed)
    }

    /// Selects calls about a slot.
    pub fn about_slot(self, slot: i32) -> Self {
        self.only(|call| call.slot == Some(slot))
    }

    /// Selects calls about a patient.
    pub fn about_patient(self, patient: i32) -> Self {
        self.only(|call| call.patient == Some(patient))
    }

    /// Selects calls for the practice with this CDB number.
    pub fn at_practice(self, cdb: &str) -> Self {
        self.only(|call| call.practice.as_deref() == Some(cdb))
    }

    fn only(mut self, wanted: impl Fn(&RecordedCall) -> bool) -> Self {
        self.0.retain(wanted);
        self
    }

    /// Returns the calls, oldest first.
    pub fn as_slice(&self) -> &[RecordedCall] {
        &self.0
    }

    /// Asserts the number of calls.
    ///
    /// # Panics
    ///
    /// If the number is another one, with a list of the calls.
    #[track_caller]
    pub fn assert_count(&self, count: usize) {
        let list: Vec<_> = self.0.iter().map(|call| format!("\n  {call:?}")).collect();
        assert!(
            self.0.len() == count,
            "expected {count} calls, found {}:{}",
            self.0.len(),
            list.concat()
        );
    }
}
