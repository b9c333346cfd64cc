//! The crate through its public interface, in one binary because linking is what takes long.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail like tests"
)]

mod api_user;
mod cache;
mod claims;
mod clocks;
mod endpoints;
mod keys;
mod lexical;
mod lockout;
mod lying_answers;
mod network;
mod password_rules;
mod redaction;
mod refusals;
mod requests;
mod rotation;
mod sealing;
mod sign_in;
mod simulator;
mod support;
mod telemetry;
mod trouble;
mod unheard;
