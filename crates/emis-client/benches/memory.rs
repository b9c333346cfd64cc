//! How much memory decoding takes beside the answer itself, as ratios: `cargo bench --bench memory`.
//!
//! - `memory_beyond_answer_…`: the peak of all that is held beside the answer's bytes, the result
//!   included, through their length.

#![allow(clippy::print_stdout, missing_docs, reason = "a program that prints")]

mod support;

use std::sync::Arc;

use emis_client::Response;
use emis_client::model::MinutesWindow;
use peak_alloc::PeakAlloc;
use support::{Failure, Given};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let given = Arc::new(Given::default());
    let client = support::client(given.clone())?;
    let window = MinutesWindow::new(0, 43_200)?;
    for bookings in [100, 5_000, 50_000] {
        let body = support::booked_patients(bookings).into_bytes();
        let length = body.len();
        // No spare room that could be mistaken for the decoder's.
        given.put(Response::new(200, body.into_boxed_slice().into_vec()));
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let listing = runtime.block_on(client.appointments().get_booked_patients(window))?;
        let beyond = MEMORY.peak_usage().saturating_sub(before);
        assert_eq!(listing.items.len(), bookings as usize);
        let ratio = beyond as f64 / length as f64;
        println!("memory_beyond_answer_{bookings} {ratio:.3}");
    }
    Ok(())
}
