//! Tests of self-booking: its rules, its store, and its work against a simulated practice.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what went wrong by failing"
)]

mod booking;
mod cancelling;
mod clocks;
mod concurrency;
mod crowd;
mod docs;
mod doubled;
mod failures;
mod false_answers;
mod model;
mod moving;
mod proof;
mod read_back;
mod rules;
mod same_key;
mod search;
mod store;
mod telemetry;
mod unresolved;
mod wording;
mod world;
