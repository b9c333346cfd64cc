//! How fast a large answer becomes domain values, as ratios of one run: `cargo bench --bench decode`.
//!
//! - `decode_vs_ignored_any`: the time of scanning the same bytes with `serde::de::IgnoredAny`,
//!   through the time of the decoding; more is faster.
//! - `decode_vs_value`: the same for decoding into a `serde_json::Value`.
//! - `cost_per_booking_…`: the time for one booking of so many, through that of one of 5,000.
//!
//! Each time is taken from the bytes of an answer until bytes and value are let go again, in a
//! process of its own: what one leaves of the heap must not help or hinder the next.

#![allow(clippy::print_stdout, missing_docs, reason = "a program that prints")]

mod support;

use std::cmp::Ordering;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use emis_client::Response;
use emis_client::model::MinutesWindow;
use serde::de::IgnoredAny;
use serde_json::Value;
use support::{Failure, Given};

type Work = Box<dyn FnMut(String) -> Result<Duration, Failure>>;

/// How many of a kind are timed, in turn with the others: the median counts.
const PASSES: usize = 5;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    if let (Some(work), Some(bookings)) = (arguments.next(), arguments.next()) {
        println!("{}", time_of(&work, bookings.parse()?)?.as_nanos());
        return Ok(());
    }
    let of_5000 = [("scan", 5_000), ("decode", 5_000), ("value", 5_000)];
    let of_others = [100, 1_000, 20_000, 50_000].map(|bookings| ("decode", bookings));
    let works: Vec<_> = of_5000.into_iter().chain(of_others).collect();
    let mut times = vec![Vec::new(); works.len()];
    for _ in 0..PASSES {
        for ((work, bookings), times) in works.iter().zip(&mut times) {
            times.push(alone(work, *bookings)?);
        }
    }
    let medians: Vec<f64> = times.into_iter().map(median).collect();
    let [scan, decode, value, of_others @ ..] = medians.as_slice() else {
        return Err("each was timed".into());
    };
    println!("decode_vs_ignored_any {:.2}", scan / decode);
    println!("decode_vs_value {:.2}", value / decode);
    for ((_, bookings), time) in works.iter().skip(3).zip(of_others) {
        println!("cost_per_booking_{bookings} {:.2}", time / decode);
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

fn median<T: PartialOrd + Copy + Default>(mut times: Vec<T>) -> T {
    times.sort_by(|one, other| one.partial_cmp(other).unwrap_or(Ordering::Equal));
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The median time of several, for an answer of so many bookings.
fn time_of(work: &str, bookings: u32) -> Result<Duration, Failure> {
    let json = support::booked_patients(bookings);
    let rounds = (100_000 / bookings).clamp(3, 100);
    let mut once: Work = match work {
        "scan" => Box::new(|json| timed(|| Ok(serde_json::from_str::<IgnoredAny>(&{ json })?))),
        "value" => Box::new(|json| timed(|| Ok(serde_json::from_str::<Value>(&{ json })?))),
        _ => decoding(bookings)?,
    };
    let times: Result<Vec<_>, _> = (0..rounds).map(|_| once(json.clone())).collect();
    Ok(median(times?))
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
