//! Tests of the public interface.

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
mod failed_attempts;
mod failures;
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
