//! The stores in memory: the contract of identity attempts and places, and the order of notices.

use std::sync::Arc;

use emis_booking::{MemoryAdmissionStore, MemoryBookingStore};
use emis_store::contract::admissions;
use emis_types::SystemClock;

use crate::support::cancellation::clock;
use crate::support::notices;

fn fresh() -> Arc<MemoryAdmissionStore> {
    Arc::new(MemoryAdmissionStore::new(Arc::new(SystemClock)))
}

#[tokio::test(flavor = "multi_thread")]
async fn admissions_in_memory_keep_the_contract() {
    admissions::wrong_identities_are_slowed_and_locked(&fresh()).await;
    admissions::an_attempt_counts_against_every_subject(&fresh()).await;
    admissions::of_many_concurrent_attempts_no_more_are_allowed(&fresh()).await;
    admissions::a_proved_identity_is_forgotten_and_a_returned_one_not_counted(&fresh()).await;
    admissions::places_are_taken_within_the_limits(&fresh()).await;
    admissions::of_many_concurrent_bookings_no_more_get_a_place(&fresh()).await;
}

#[tokio::test]
async fn notices_of_the_same_time_are_listed_as_they_were_written() {
    notices::check_order(&MemoryBookingStore::with_clock(clock())).await;
}
