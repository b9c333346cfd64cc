//! Random interleavings of self-booking against a reference model, on a store: see
//! `emis_test_support::bookings`.

use std::sync::Arc;

use emis_booking::{AdmissionStore, BookingStore};
use emis_test_support::bookings::{BookingCheck, MakeStore, ModelStores, Plant, Stage};
use emis_test_support::report;

/// Returns the number of runs: `EMIS_BOOKING_STORE_RUNS`, or a small one.
fn runs() -> u64 {
    let runs = std::env::var("EMIS_BOOKING_STORE_RUNS").ok();
    runs.and_then(|runs| runs.parse().ok()).unwrap_or(20)
}

/// Checks self-booking on a store, which is made with the clock of a run.
pub(crate) fn check(name: &str, store: Box<MakeStore>) {
    let check = BookingCheck {
        runs: runs(),
        seed: 1,
        shrinks: 100,
        plant: Plant::Nothing,
        stage: Stage::Model,
        real_time: true,
        store,
    };
    match check.perform() {
        Ok(found) => report(format!("{name}: {found}")),
        Err(broken) => panic!("{name}: {broken}"),
    }
}

/// Returns a store as the model takes it.
pub(crate) fn shared<S: BookingStore + AdmissionStore + 'static>(store: S) -> ModelStores {
    let store = Arc::new(store);
    ModelStores {
        bookings: store.clone(),
        admissions: store,
    }
}
