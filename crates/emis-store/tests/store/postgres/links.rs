//! Moves by links.

use std::sync::Arc;

use crate::support::links;
use crate::support::postgres::fresh;

#[tokio::test]
async fn a_link_moves_what_it_booked_within_what_it_allows() {
    let Some(store) = fresh().await else {
        return;
    };
    let clock = links::clock();
    let store = store.with_simulated_clock(Arc::new(clock.clone()));
    links::move_within_what_is_allowed(store, clock).await;
}

#[tokio::test]
async fn a_link_moves_an_appointment_that_reception_booked() {
    let Some(store) = fresh().await else {
        return;
    };
    let clock = links::clock();
    let store = store.with_simulated_clock(Arc::new(clock.clone()));
    links::move_what_reception_booked(store, clock).await;
}

#[tokio::test]
async fn a_link_shows_what_stands_wherever_a_worker_died_that_moved_it() {
    let Some(store) = fresh().await else {
        return;
    };
    let clock = links::clock();
    let store = store.with_simulated_clock(Arc::new(clock.clone()));
    links::find_what_a_worker_left(store, clock).await;
}

#[tokio::test]
async fn a_link_follows_its_booking_wherever_a_worker_died() {
    let Some(store) = fresh().await else {
        return;
    };
    let clock = links::clock();
    let store = store.with_simulated_clock(Arc::new(clock.clone()));
    links::follow_what_a_worker_left(store, clock).await;
}
