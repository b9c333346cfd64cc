//! Settings, as products and practices use them.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod bank_holidays;
mod calendar;
mod connection;
mod generate;
mod json;
mod mistakes;
mod problems;
mod rules;
mod unknown_fields;

use emis_settings::{PracticeSettings, ProblemCode, SettingsProblem};

/// Returns the default settings of a practice.
fn fresh() -> PracticeSettings {
    PracticeSettings::new("A20047".parse().unwrap())
}

fn codes(problems: &[SettingsProblem]) -> Vec<ProblemCode> {
    problems.iter().map(SettingsProblem::code).collect()
}
