//! How fast a large answer becomes domain values, as ratios of one run: `cargo bench --bench decode`.
//!
//! - `decode_vs_ignored_any`: the time of scanning the same bytes with `serde::de::IgnoredAny`,
//!   through the time of the decoding; more is faster.
//! - `decode_vs_value`: the same for decoding into a `serde_json::Value`.
//! - `cost_per_booking_…`: the time for one booking of so many, through that of one of 5,000.

#![allow(clippy::print_stdout, missing_docs, reason = "a program that prints")]

mod support;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use emis_client::Response;
use emis_client::model::MinutesWindow;
use support::{Failure, Given};

/// The best of so many rounds: what else the machine does can only make a round slower.
const ROUNDS: u32 = 15;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let given = Arc::new(Given::default());
    let client = support::client(given.clone())?;
    let window = MinutesWindow::new(0, 43_200)?;
    let decode = |json: &str, bookings: u32| -> Result<Duration, Failure> {
        given.put(Response::new(200, json));
        let (listing, time) =
            timed(|| runtime.block_on(client.appointments().get_booked_patients(window)));
        let listing = listing?;
        assert_eq!(listing.skipped, []);
        assert_eq!(listing.items.len(), bookings as usize);
        let held = listing
            .items
            .iter()
            .filter(|item| item.session_holders.len() == 1);
        assert_eq!(held.count(), bookings as usize);
        Ok(time)
    };

    let json = support::booked_patients(5_000);
    println!("answer_bytes {}", json.len());
    let mut scan = Duration::MAX;
    let mut ours = Duration::MAX;
    for _ in 0..ROUNDS {
        let ignored = timed(|| serde_json::from_str::<serde::de::IgnoredAny>(&json));
        ignored.0?;
        scan = scan.min(ignored.1);
        ours = ours.min(decode(&json, 5_000)?);
    }
    println!("decode_vs_ignored_any {:.2}", scan.div_duration_f64(ours));

    let of_5000 = ours / 5_000;
    for bookings in [100, 1_000, 20_000, 50_000] {
        let json = support::booked_patients(bookings);
        let rounds = (200_000 / bookings).clamp(3, 200);
        let mut best = Duration::MAX;
        for _ in 0..rounds {
            best = best.min(decode(&json, bookings)?);
        }
        let ratio = (best / bookings).div_duration_f64(of_5000);
        println!("cost_per_booking_{bookings} {ratio:.2}");
    }

    // Last, because it leaves the heap in pieces.
    let mut value = Duration::MAX;
    for _ in 0..ROUNDS {
        let read = timed(|| serde_json::from_str::<serde_json::Value>(&json));
        black_box(read.0?);
        value = value.min(read.1);
    }
    println!("decode_vs_value {:.2}", value.div_duration_f64(ours));
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "what a bench is for")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = std::time::Instant::now();
    let result = work();
    (result, start.elapsed())
}
