//! Times of decoding, each taken in a process of its own, and their ratios.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use emis_client::Response;
use emis_client::model::MinutesWindow;

use crate::support::{self, Failure, Given};

pub(crate) type Work = Box<dyn FnMut(Vec<u8>) -> Result<Duration, Failure>>;

/// The number of comparisons of each with the decoding of 5,000, in alternating turns.
const PASSES: usize = 9;

/// Prints the ratios of contenders to the client's decoding of 5,000 bookings. A contender is
/// named by its work, the number of bookings and the name of the ratio; `work` makes it.
pub(crate) fn compare<const N: usize>(
    compared: [(&str, u32, &str); N],
    work: impl FnOnce(&str, u32) -> Result<Work, Failure>,
) -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    if let (Some(name), Some(bookings)) = (arguments.next(), arguments.next()) {
        let bookings = bookings.parse()?;
        println!("{}", time_of(work(&name, bookings)?, bookings)?.as_nanos());
        return Ok(());
    }
    let mut ratios = [const { Vec::new() }; N];
    for _ in 0..PASSES {
        for ((work, bookings, _), ratios) in compared.iter().zip(&mut ratios) {
            let decode = alone("decode", 5_000)?;
            ratios.push(alone(work, *bookings)? / decode);
        }
    }
    for ((_, _, name), mut ratios) in compared.into_iter().zip(ratios) {
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
    if !output.status.success() {
        return Err(String::from_utf8(output.stderr)?.into());
    }
    let nanos: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(nanos / f64::from(bookings))
}

/// The shortest time of several, for an answer of so many bookings.
fn time_of(mut work: Work, bookings: u32) -> Result<Duration, Failure> {
    let json = support::booked_patients(bookings).into_bytes();
    let rounds = (100_000 / bookings).clamp(3, 1_000);
    let mut shortest = Duration::MAX;
    for _ in 0..rounds {
        shortest = shortest.min(work(json.clone())?);
    }
    Ok(shortest)
}

/// The decoding through the client, for an answer of so many bookings.
pub(crate) fn decoding(bookings: u32) -> Result<Work, Failure> {
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
pub(crate) fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<Duration, Failure> {
    let start = std::time::Instant::now();
    drop(work()?);
    Ok(start.elapsed())
}
