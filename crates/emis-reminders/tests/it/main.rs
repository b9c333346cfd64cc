//! Reminders, from the outside.

mod ledger;
mod plan;
mod privacy;
mod run;
mod schedule;
mod second_look;
mod support;
mod trouble;
mod wording;
