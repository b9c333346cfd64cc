//! For the tests of those who embed the simulator. (Feature `testing`.)
//!
//! ```
//! use emis_sim::testing::{BlockingSim, Calls, rough_day, standing_at};
//! use emis_sim::Operation;
//! use jiff::{SignedDuration, civil::date};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A small practice on a Tuesday morning, without a runtime of one's own.
//! let (builder, clock) = standing_at(date(2026, 6, 2).at(10, 0, 0, 0));
//! let emis = BlockingSim::start(builder.seed(11))?;
//!
//! // Nothing goes as it should, and in the same way each time.
//! for rule in rough_day() {
//!     emis.sim().faults().rule(rule)?;
//! }
//!
//! // The code under test, which books once and reads back …
//! clock.advance(SignedDuration::from_mins(20));
//!
//! // … and what it must not have done: ask EMIS for anything twice.
//! Calls::of(emis.sim()).to(Operation::BookAppointment).assert_count(0);
//! # Ok(())
//! # }
//! ```

use std::time::Duration;

use emis_types::ManualClock;
use jiff::civil::DateTime;
use tokio::runtime::{Builder, Runtime};

use crate::{Call, Fault, FaultRule, Operation, Sim, SimBuilder, StartError};

/// A practice of 200 patients whose clock stands at a UK wall-clock time, and the clock.
pub fn standing_at(now: DateTime) -> (SimBuilder, ManualClock) {
    let clock = ManualClock::at_uk(now);
    let builder = Sim::builder().patients(200).manual_clock(clock.clone());
    (builder, clock)
}

/// Rules for a bad day at EMIS: now and then an answer is lost before or after the work was done,
/// is cut off, slow or a proxy's page, or says to come back later. Most calls come through.
pub fn rough_day() -> Vec<FaultRule> {
    let later = Fault::RetryAfter {
        status: 429,
        seconds: 1,
    };
    let slow = Fault::SlowBody {
        pieces: 3,
        pause: Duration::from_millis(5),
    };
    [
        (Fault::Status(500), 0.05),
        (Fault::StatusAfterCommit(500), 0.03),
        (Fault::DropBeforeCommit, 0.03),
        (Fault::DropAfterCommit, 0.03),
        (Fault::TruncatedBody, 0.02),
        (Fault::NotJson, 0.02),
        (later, 0.03),
        (slow, 0.05),
    ]
    .into_iter()
    .map(|(fault, probability)| FaultRule::new(fault).on_the_api().probability(probability))
    .collect()
}

/// A simulator with a runtime of its own, for tests that have none. Dropping it stops both, which
/// must not be done inside another runtime.
#[derive(Debug)]
pub struct BlockingSim {
    sim: Sim,
    // Dropped after the simulator, which ends its tasks.
    _runtime: Runtime,
}

impl BlockingSim {
    /// Starts what `builder` says, on a thread of its own.
    ///
    /// # Errors
    ///
    /// If the simulator cannot start, or there is no thread for it.
    ///
    /// # Panics
    ///
    /// Inside another runtime.
    pub fn start(builder: SimBuilder) -> Result<Self, StartError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(StartError::runtime)?;
        Ok(Self {
            sim: runtime.block_on(builder.start())?,
            _runtime: runtime,
        })
    }

    /// The simulator.
    pub const fn sim(&self) -> &Sim {
        &self.sim
    }
}

/// Calls from the journal, chosen step by step, for assertions.
#[derive(Debug, Clone)]
#[must_use]
pub struct Calls(Vec<Call>);

impl Calls {
    /// Every call so far.
    pub fn of(sim: &Sim) -> Self {
        Self(sim.journal())
    }

    /// Those of one operation.
    pub fn to(self, operation: Operation) -> Self {
        self.only(|call| call.operation == operation)
    }

    /// Those that wanted to change something.
    pub fn that_write(self) -> Self {
        self.only(|call| call.operation.is_write())
    }

    /// Those that did change something, whatever the caller was told.
    pub fn committed(self) -> Self {
        self.only(|call| call.committed)
    }

    /// Those about one slot.
    pub fn about_slot(self, slot: i32) -> Self {
        self.only(|call| call.slot == Some(slot))
    }

    /// Those about one patient.
    pub fn about_patient(self, patient: i32) -> Self {
        self.only(|call| call.patient == Some(patient))
    }

    /// Those for the practice with this CDB number.
    pub fn at_practice(self, cdb: &str) -> Self {
        self.only(|call| call.practice.as_deref() == Some(cdb))
    }

    fn only(mut self, wanted: impl Fn(&Call) -> bool) -> Self {
        self.0.retain(wanted);
        self
    }

    /// The calls, oldest first.
    pub fn as_slice(&self) -> &[Call] {
        &self.0
    }

    /// Asserts that there are so many.
    ///
    /// # Panics
    ///
    /// If there are not, with a list of those that there are.
    #[track_caller]
    pub fn assert_count(&self, count: usize) {
        let list: Vec<_> = self.0.iter().map(|call| format!("\n  {call:?}")).collect();
        assert!(
            self.0.len() == count,
            "{count} calls were to be there, {} are:{}",
            self.0.len(),
            list.concat()
        );
    }
}
