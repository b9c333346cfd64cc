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

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use emis_client::Response;
use emis_client::model::MinutesWindow;
use serde::de::IgnoredAny;
use serde_json::Value;
use support::{Failure, Given};

type Work = Box<dyn FnMut(Vec<u8>) -> Result<Duration, Failure>>;

/// The number of comparisons of each with the decoding of 5,000, in alternating turns.
const PASSES: usize = 9;

/// The contenders and the names under which they are printed.
const COMPARED: [(&str, u32, &str); 6] = [
    ("scan", 5_000, "decode_vs_ignored_any"),
    ("value", 5_000, "decode_vs_value"),
    ("decode", 100, "cost_per_booking_100"),
    ("decode", 1_000, "cost_per_booking_1000"),
    ("decode", 20_000, "cost_per_booking_20000"),
    ("decode", 50_000, "cost_per_booking_50000"),
];

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    if let (Some(work), Some(bookings)) = (arguments.next(), arguments.next()) {
        println!("{}", time_of(&work, bookings.parse()?)?.as_nanos());
        return Ok(());
    }
    let mut ratios = [const { Vec::new() }; COMPARED.len()];
    for _ in 0..PASSES {
        for ((work, bookings, _), ratios) in COMPARED.iter().zip(&mut ratios) {
            let decode = alone("decode", 5_000)?;
            ratios.push(alone(work, *bookings)? / decode);
        }
    }
    for ((_, _, name), mut ratios) in COMPARED.into_iter().zip(ratios) {
        ratios.sort_by(f64::total_cmp);
        let ratio = ratios.get(PASSES / 2).copied().unwrap_or_default();
        println!("{name} {ratio:.2}");
    }
    Ok(())
}

/// The nanoseconds for one booking, taken in a process of its own.
fn alone(work: &str, bookings: u32) -> Result<f64, Failure> {
    let program = std::env::current_exe()?;
    let output = Command::new(program)
        .args([work, &bookings.to_string()])
        .output()?;
    let nanos: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(nanos / f64::from(bookings))
}

/// The shortest time of several, for an answer of so many bookings.
fn time_of(work: &str, bookings: u32) -> Result<Duration, Failure> {
    let json = support::booked_patients(bookings).into_bytes();
    let rounds = (100_000 / bookings).clamp(3, 1_000);
    let mut once: Work = match work {
        "scan" => Box::new(|json| timed(|| Ok(serde_json::from_slice::<IgnoredAny>(&{ json })?))),
        "value" => Box::new(|json| timed(|| Ok(serde_json::from_slice::<Value>(&{ json })?))),
        _ => decoding(bookings)?,
    };
    let mut shortest = Duration::MAX;
    for _ in 0..rounds {
        shortest = shortest.min(once(json.clone())?);
    }
    Ok(shortest)
}

/// The decoding through the client, for an answer of so many bookings.
fn decoding(bookings: u32) -> Result<Work, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let given = Arc::new(Given::default());
    let client = support::client(given.clone())?;
    let window = MinutesWindow::new(0, 43_200)?;
    Ok(Box::new(move |json| {
        given.put(Response::new(200, json));
        let call = client.appointments().get_booked_patients(window);
        timed(|| {
            let listing = runtime.block_on(call)?;
            assert_eq!(listing.skipped, []);
            assert_eq!(listing.items.len(), bookings as usize);
            assert!(
                listing
                    .items
                    .iter()
                    .all(|item| item.session_holders.len() == 1)
            );
            Ok(listing)
        })
    }))
}

#[allow(clippy::disallowed_methods, reason = "what a bench is for")]
fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<Duration, Failure> {
    let start = std::time::Instant::now();
    drop(work()?);
    Ok(start.elapsed())
}
