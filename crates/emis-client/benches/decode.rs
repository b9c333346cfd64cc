//! The speed of decoding a large response, as ratios of one run: `cargo bench --bench decode`.
//!
//! - `decode_vs_ignored_any`: the time of scanning the same bytes with `serde::de::IgnoredAny`,
//!   through the time of the decoding; more is faster.
//! - `decode_vs_value`: the same for decoding into a `serde_json::Value`.
//! - `cost_per_booking_…`: the time for one booking of so many, through that of one of 5,000. The
//!   list of 60 session holders at the end of every answer is as long as 13 bookings, and counts.
//!
//! All three begin with bytes, as they come from a connection: what is kept of them has to be
//! found to be UTF-8. Each time is taken from the bytes of an answer until bytes and value are let go again, in a
//! process of its own: what one leaves of the heap must not help or hinder the next. So that what
//! else the machine does counts for little, a process gives its fastest round, each is compared
//! with a decoding of 5,000 just before it, and the ratio that is printed is the middle one.

#![allow(clippy::print_stdout, missing_docs, reason = "a program that prints")]

mod support;
mod timing;

use serde::de::IgnoredAny;
use serde_json::Value;
use support::Failure;
use timing::timed;

/// The contenders and the names under which they are printed.
const COMPARED: [(&str, u32, &str); 5] = [
    ("scan", 5_000, "decode_vs_ignored_any"),
    ("value", 5_000, "decode_vs_value"),
    ("decode", 100, "cost_per_booking_100"),
    ("decode", 1_000, "cost_per_booking_1000"),
    ("decode", 20_000, "cost_per_booking_20000"),
];

fn main() -> Result<(), Failure> {
    timing::compare(COMPARED, |work, bookings| {
        Ok(match work {
            "scan" => {
                Box::new(|json| timed(|| Ok(serde_json::from_slice::<IgnoredAny>(&{ json })?)))
            }
            "value" => Box::new(|json| timed(|| Ok(serde_json::from_slice::<Value>(&{ json })?))),
            _ => timing::decoding(bookings)?,
        })
    })
}
