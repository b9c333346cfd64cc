//! Tests of reminders: their rules, their store, and runs against a simulated practice.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod docs;
mod emis;
mod failures;
mod gone;
mod kinds;
mod ledger;
mod legs;
mod plan;
mod practice;
mod privacy;
mod recheck;
mod report;
mod run;
mod schedule;
mod settings_change;
mod store;
mod support;
mod together;
mod weeks;
mod wording;
