//! A model checker of self-booking.
//!
//! Random plans of patients, receptionists, workers with clocks apart, crashes at any poll, and lost,
//! late, doubled and lying answers run against a reference model of the appointment book, with a
//! store that fails now and then. Once all has come to rest, every [`Invariant`] must hold. A failing plan is shrunk and printed with its
//! seed.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "what fails here fails a test"
)]

mod answers;
mod calls;
mod cast;
mod diary;
mod driver;
mod emis;
mod fault;
mod finished;
mod interleave;
mod invariants;
mod moves;
mod plant;
mod planted;
mod run;
mod simulator;
mod step;
mod story;
mod told;
mod violation;
mod wire;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use emis_types::{ManualClock, OdsCode};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::runtime::Runtime;

use finished::RunCounts;
pub use plant::Plant;
use run::RunSetup;
pub use run::{ModelStores, Stage};
use step::Plan;
pub use violation::Invariant;

/// Makes the stores of a run, with the stores' clock.
pub type MakeStore =
    dyn Fn(ManualClock) -> Pin<Box<dyn Future<Output = ModelStores>>> + Send + Sync;

/// A check of self-booking: how many runs, from which seed, on which store.
pub struct BookingCheck {
    /// The number of runs.
    pub runs: u64,
    /// The seed of the first run; each has the next.
    pub seed: u64,
    /// The number of smaller plans that are tried when one breaks an invariant.
    pub shrinks: u32,
    /// The planted fault.
    pub plant: Plant,
    /// The part that answers for EMIS.
    pub stage: Stage,
    /// `true` if the store or the stage needs real time. Without, time stands still while there is
    /// something to do, and a run is the same each time.
    pub real_time: bool,
    /// Makes the store.
    pub store: Box<MakeStore>,
}

impl fmt::Debug for BookingCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BookingCheck")
            .field("runs", &self.runs)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// The counts of a check.
#[derive(Debug, Clone, Copy, Default)]
pub struct BookingCheckReport {
    runs: u64,
    counts: RunCounts,
}

impl fmt::Display for BookingCheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RunCounts {
            emis,
            steps,
            crashes,
            requests,
            confirmed,
            moved,
            reconciled,
        } = self.counts;
        write!(
            f,
            "{} runs, {steps} steps: {requests} requests, {confirmed} answered with a confirmation, {moved} moved, \
             {reconciled} reconciliations, {crashes} crashes; EMIS had {} calls, {} bookings, {} \
             cancellations, {} faults, {} late calls",
            self.runs, emis.calls, emis.books, emis.cancels, emis.faults, emis.late,
        )
    }
}

/// A run that broke an invariant, as small as it could be made.
#[derive(Debug)]
pub struct BrokenInvariant {
    /// The invariant.
    pub invariant: Invariant,
    seed: u64,
    text: String,
    plan: Plan,
    story: String,
}

impl fmt::Display for BrokenInvariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}: {}", self.seed, self.text)?;
        writeln!(f, "{:?}", self.plan.options)?;
        write!(f, "{}", self.story)
    }
}

impl BookingCheck {
    /// Performs the runs on two threads.
    ///
    /// # Errors
    /// Returns the first broken invariant that was found.
    pub fn perform(&self) -> Result<BookingCheckReport, Box<BrokenInvariant>> {
        let next = AtomicU64::new(0);
        let work = || {
            let runtime = self.real_time.then(|| runtime(true));
            let mut report = BookingCheckReport::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= self.runs {
                    return Ok(report);
                }
                match self.run(self.seed + number, runtime.as_ref()) {
                    Ok(counts) => report.add(counts),
                    Err(broken) => {
                        next.store(self.runs, Ordering::Relaxed);
                        return Err(broken);
                    }
                }
            }
        };
        let results = std::thread::scope(|scope| {
            let other = scope.spawn(work);
            let here = work();
            [here, other.join().expect("a run panicked: see above")]
        });
        let mut report = BookingCheckReport::default();
        for result in results {
            let other = result?;
            report.add_all(&other);
        }
        Ok(report)
    }

    /// Draws and performs one run.
    fn run(&self, seed: u64, runtime: Option<&Runtime>) -> Result<RunCounts, Box<BrokenInvariant>> {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let mut tree = step::plan().new_tree(&mut runner).expect("a plan is drawn");
        let mut broken = match self.perform_one(&tree.current(), seed, 0, runtime) {
            Ok(counts) => return Ok(counts),
            Err(broken) => broken,
        };
        let invariant = broken.invariant;
        let mut smaller = tree.simplify();
        for attempt in 1..=u64::from(self.shrinks) {
            if !smaller {
                break;
            }
            smaller = match self.perform_one(&tree.current(), seed, attempt, runtime) {
                Err(found) if found.invariant == invariant => {
                    broken = found;
                    tree.simplify()
                }
                _ => tree.complicate(),
            };
        }
        Err(broken)
    }

    fn perform_one(
        &self,
        plan: &Plan,
        seed: u64,
        attempt: u64,
        shared: Option<&Runtime>,
    ) -> Result<RunCounts, Box<BrokenInvariant>> {
        static PRACTICES: AtomicU64 = AtomicU64::new(0);
        let number = PRACTICES.fetch_add(1, Ordering::Relaxed) % 100_000;
        let practice: OdsCode = format!("Y{number:05}").parse().expect("an ODS code");
        let own = shared.is_none().then(|| runtime(false));
        let runtime = shared.or(own.as_ref()).expect("one of the two");
        runtime.block_on(async {
            let clock = ManualClock::at_uk(run::NOW);
            let store = (self.store)(clock.clone()).await;
            let setup = RunSetup {
                stage: self.stage,
                plant: self.plant,
                real_time: self.real_time,
                attempt,
            };
            let finished = run::perform(plan, seed, practice, clock, store, setup).await;
            match invariants::check(&finished) {
                Ok(()) => Ok(finished.counts),
                Err(violation) => Err(Box::new(BrokenInvariant {
                    invariant: violation.invariant,
                    seed,
                    text: violation.to_string(),
                    plan: plan.clone(),
                    story: finished.emis.story(),
                })),
            }
        })
    }
}

fn runtime(real_time: bool) -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(!real_time)
        .build()
        .expect("a runtime")
}

impl BookingCheckReport {
    fn add(&mut self, counts: RunCounts) {
        self.runs += 1;
        self.counts.add(counts);
    }

    fn add_all(&mut self, other: &Self) {
        self.runs += other.runs;
        self.counts.add(other.counts);
    }
}
