//! The nights on which the clocks change, at the end of March and of October: days stay days,
//! minutes stay minutes, and a time of day is the moment at which a clock in England shows it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod days;
mod moments;
#[path = "../support/mod.rs"]
mod support;

use jiff::civil::{Date, date};

/// The clocks go forward: there is no 01:30.
const SPRING: Date = date(2026, 3, 29);
/// The clocks go back: there are two 01:30.
const AUTUMN: Date = date(2026, 10, 25);
