//! Self-booking against a simulated practice, over real HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what went wrong by failing"
)]

mod booking;
mod cancelling;
mod in_hand;
mod search;
mod trouble;
mod unresolved;
mod world;
