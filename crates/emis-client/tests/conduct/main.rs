//! How the client conducts itself towards a practice: limits, breaker, budget of retries and
//! windows, over transports of our own and time that stands unless everybody waits.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod breaker;
mod budget;
mod limits;
mod practice;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod windows;
