//! Tests of the public interface.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests fail like tests, and say on stderr what they skip"
)]

mod characters;
mod contact;
mod govuk_notify;
mod identifiers;
mod numbering_plan;
mod serialising;
mod time;
