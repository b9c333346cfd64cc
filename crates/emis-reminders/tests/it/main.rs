//! Reminders, from the outside.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod ledger;
mod plan;
mod privacy;
mod report;
mod run;
mod schedule;
mod second_look;
mod settings_change;
mod support;
mod trouble;
mod wording;
