//! The settings as a product and a practice use them.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod bank_holidays;
mod calendar;
mod connection;
mod generate;
mod hostile;
mod json;
mod mistakes;
mod problems;
mod rules;

use emis_settings::{PracticeSettings, ProblemCode, SettingsProblem};

/// A practice that has set nothing.
fn fresh() -> PracticeSettings {
    PracticeSettings::new("A20047".parse().unwrap())
}

fn codes(problems: &[SettingsProblem]) -> Vec<ProblemCode> {
    problems.iter().map(SettingsProblem::code).collect()
}
