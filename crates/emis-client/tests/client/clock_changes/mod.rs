//! The nights on which the clocks change, at the end of March and of October: days stay days,
//! minutes stay minutes, and a time of day is the moment at which a clock in England shows it.

mod days;
mod moments;

use jiff::civil::{Date, date};

/// The clocks go forward: there is no 01:30.
const SPRING: Date = date(2026, 3, 29);
/// The clocks go back: there are two 01:30.
const AUTUMN: Date = date(2026, 10, 25);
