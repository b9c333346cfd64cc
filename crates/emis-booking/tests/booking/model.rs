//! Random interleavings against a reference model: see `emis_test_support::bookings`.
//!
//! `EMIS_BOOKING_RUNS` sets the number of runs, `EMIS_BOOKING_SEED` the seed of the first.

use std::sync::Arc;

use emis_booking::{MemoryAdmissionStore, MemoryBookingStore};
use emis_test_support::bookings::{BookingCheck, Invariant, ModelStores, Plant, Stage};
use emis_test_support::report;

fn number(variable: &str, otherwise: u64) -> u64 {
    let number = std::env::var(variable).ok();
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or(otherwise)
}

fn check(runs: u64, plant: Plant, stage: Stage) -> BookingCheck {
    BookingCheck {
        runs,
        seed: number("EMIS_BOOKING_SEED", 1),
        shrinks: 2_000,
        plant,
        stage,
        real_time: stage == Stage::Simulator,
        store: Box::new(|clock| {
            let clock = Arc::new(clock);
            let stores = ModelStores {
                bookings: Arc::new(MemoryBookingStore::with_clock(clock.clone())),
                admissions: Arc::new(MemoryAdmissionStore::new(clock)),
            };
            Box::pin(std::future::ready(stores))
        }),
    }
}

fn keeps_every_promise(check: &BookingCheck) {
    match check.perform() {
        Ok(found) => {
            let (seed, stage) = (check.seed, check.stage);
            let mut lines = format!("{stage:?} from seed {seed}: {found}");
            for invariant in Invariant::ALL {
                lines += &format!("\n  holds: {invariant}");
            }
            report(lines);
        }
        Err(broken) => panic!("{broken}"),
    }
}

#[test]
fn self_booking_keeps_its_promises_in_random_interleavings() {
    let runs = number("EMIS_BOOKING_RUNS", 300);
    keeps_every_promise(&check(runs, Plant::Nothing, Stage::Model));
}

#[test]
fn self_booking_keeps_its_promises_over_http() {
    let runs = number("EMIS_BOOKING_RUNS", 1_000) / 50;
    keeps_every_promise(&check(runs, Plant::Nothing, Stage::Simulator));
}

#[test]
fn a_run_is_the_same_each_time() {
    let check = check(10, Plant::Nothing, Stage::Model);
    let report = || check.perform().unwrap().to_string();
    assert_eq!(report(), report());
}

#[test]
fn every_invariant_is_able_to_fail() {
    let planted = [
        (Plant::UnknownIsConfirmed, Invariant::ConfirmedHolds),
        (Plant::UnknownIsRejected, Invariant::OthersHoldNone),
        (Plant::ConfirmedTwice, Invariant::OneConfirmed),
        (Plant::RejectionsForgotten, Invariant::SameAnswer),
        (Plant::BookingRepeated, Invariant::SentOnce),
        (Plant::NeighbourCancelled, Invariant::OnlyOwn),
        (Plant::StandingTakenForLate, Invariant::OnlyOwn),
        (Plant::LimitsNotShared, Invariant::WithinLimits),
        (Plant::NothingUnsettled, Invariant::AllSettled),
        (Plant::NoticesLost, Invariant::AllTold),
        (Plant::MovesForgotten, Invariant::MovesKeepOne),
        (Plant::TasksLost, Invariant::AllAsked),
    ];
    for invariant in Invariant::ALL {
        assert!(planted.iter().any(|(_, it)| it == invariant), "{invariant}");
    }
    let mut lines = Vec::new();
    for (plant, invariant) in planted {
        // A fault may break more than one; this one in some run.
        let breaks = |seed: &u64| {
            let check = BookingCheck {
                seed: *seed,
                shrinks: 0,
                ..check(1, plant, Stage::Model)
            };
            check
                .perform()
                .err()
                .is_some_and(|it| it.invariant == invariant)
        };
        let seed = (1..1_000).find(breaks);
        let seed = seed.unwrap_or_else(|| panic!("{plant:?} does not break: {invariant}"));
        lines.push(format!("{plant:?} breaks, from seed {seed}: {invariant}"));
    }
    report(lines.join("\n"));
}
