//! The time to draw practices: `cargo bench -p emis-sim --bench generation`.
//!
//! Prints seconds, the middle of several starts: of one practice of 10,000 patients, and of a
//! hundred practices of 2,000.

#![allow(clippy::print_stdout, missing_docs, reason = "a program that prints")]

use std::time::Instant;

use emis_sim::{Sim, StartError};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // The signing key is made once for the whole process.
        Sim::builder().patients(0).start().await?;
        println!("practice_of_10000_seconds {:.3}", seconds(1, 10_000).await?);
        println!("100_practices_seconds {:.3}", seconds(100, 2_000).await?);
        Ok(())
    })
}

#[allow(clippy::disallowed_methods, reason = "what a bench is for")]
async fn seconds(practices: u32, patients: usize) -> Result<f64, StartError> {
    const ROUNDS: usize = 5;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let sim = Sim::builder().practices(practices).patients(patients);
        let sim = sim.start().await?;
        rounds.push(start.elapsed().as_secs_f64());
        drop(sim);
    }
    rounds.sort_by(f64::total_cmp);
    Ok(rounds.get(ROUNDS / 2).copied().unwrap_or_default())
}
