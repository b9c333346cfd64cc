//! Moves by links.

use std::sync::Arc;

use emis_store::SqliteStore;
use emis_types::ManualClock;

use crate::support::links;

fn fresh() -> (SqliteStore, ManualClock) {
    let clock = links::clock();
    let store = SqliteStore::in_memory().unwrap();
    (store.with_simulated_clock(Arc::new(clock.clone())), clock)
}

#[tokio::test]
async fn a_link_moves_what_it_booked_within_what_it_allows() {
    let (store, clock) = fresh();
    links::move_within_what_is_allowed(store, clock).await;
}

#[tokio::test]
async fn a_link_moves_an_appointment_that_reception_booked() {
    let (store, clock) = fresh();
    links::move_what_reception_booked(store, clock).await;
}

#[tokio::test]
async fn a_link_shows_what_stands_wherever_a_worker_died_that_moved_it() {
    let (store, clock) = fresh();
    links::find_what_a_worker_left(store, clock).await;
}

#[tokio::test]
async fn a_link_follows_its_booking_wherever_a_worker_died() {
    let (store, clock) = fresh();
    links::follow_what_a_worker_left(store, clock).await;
}
