//! Diagnoses many practices and reports the changes, as a scheduler would:
//!
//! ```text
//! cargo run --release --example fleet -- --practices 1000 --summary fleet.json
//! ```
//!
//! Diagnoses simulated practices, some of them broken, and groups them by cause. Writes the
//! summary file, repairs some practices, diagnoses all again and prints the changes. Ctrl-C ends a
//! run early and reports the results so far.
//!
//! Exits with 0 if no practice is worse than before, 1 if one is, and 2 if one could not be
//! diagnosed. The summary file of an earlier run counts as the state before the first run.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example shows what it does"
)]

use std::error::Error;
use std::io::{ErrorKind, IsTerminal};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use emis_fleet::{Fleet, FleetOptions, FleetProgress, FleetSummary};
use emis_partner::credentials::{ClientCredentials, SealingIdentity};
use emis_partner::diagnostics::Product;
use emis_partner::messaging::Outbox;
use emis_partner::store::SqliteStore;
use emis_partner::{EmisPartner, Environment};
use emis_sim::Sim;

type Outcome<T> = Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: fleet [--practices 1..1000] [--concurrency N] [--summary FILE]";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("fleet: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Outcome<u8> {
    let arguments = arguments()?;
    let sim = Sim::builder().practices(arguments.practices).patients(20);
    let sim = sim.start().await?;
    let partner = product(&sim)?;
    for (number, emis) in sim.practices().iter().enumerate() {
        let practice = partner.practice(emis.ods().parse()?);
        let password = emis.password().into();
        practice
            .settings()
            .update_connection(emis.cdb(), emis.username(), password)
            .await?;
        match number % 9 {
            2 => emis.emas().lock_user(),
            5 => emis.emas().deactivate_application(),
            8 => emis.emas().set_auto_login(false),
            _ => {}
        }
    }

    let file = arguments.summary.as_deref();
    let before = file.map(read).transpose()?.flatten();
    let (exit_code, summary) = diagnose(&partner, &arguments, before).await?;
    if exit_code == 2 {
        // Stopped early, or EMIS is down.
        return Ok(exit_code);
    }
    for emis in sim.practices() {
        emis.emas().activate_application();
    }
    let (exit_code, _) = diagnose(&partner, &arguments, Some(summary)).await?;
    Ok(exit_code)
}

/// Diagnoses all practices, prints the changes and writes the summary.
async fn diagnose(
    partner: &EmisPartner,
    arguments: &Arguments,
    before: Option<FleetSummary>,
) -> Outcome<(u8, FleetSummary)> {
    let options = FleetOptions::new().concurrency(arguments.concurrency);
    let terminal = std::io::stderr().is_terminal();
    let bar = |progress: FleetProgress<'_>| {
        if terminal {
            let last = progress.done == progress.total;
            eprint!("\r{progress}{}", if last { "\n" } else { "" });
        }
    };
    let ctrl_c = async {
        // A system without signals has no Ctrl-C.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    let report = Fleet::new(partner.clone())
        .options(options)
        .diagnose(bar, ctrl_c)
        .await?;
    println!("{report}");
    let summary = report.summary(before.as_ref());
    if let Some(file) = &arguments.summary {
        write(file, &summary)?;
    }
    let trend = before.map(|before| report.since(&before));
    if let Some(trend) = &trend {
        println!("{trend}");
    }
    let exit_code = trend.map_or_else(|| report.exit_code(), |trend| trend.exit_code());
    Ok((exit_code, summary))
}

/// Reads the summary file, if there is one.
fn read(file: &Path) -> Outcome<Option<FleetSummary>> {
    match std::fs::read_to_string(file) {
        Ok(json) => Ok(Some(FleetSummary::from_json(&json)?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Writes the summary file completely or not at all.
fn write(file: &Path, summary: &FleetSummary) -> Outcome<()> {
    let new = file.with_extension("new");
    std::fs::write(&new, summary.to_json())?;
    Ok(std::fs::rename(new, file)?)
}

fn product(sim: &Sim) -> Outcome<EmisPartner> {
    let environment = Environment {
        api_url: sim.api_url().parse()?,
        identity_url: sim.identity_url().parse()?,
        application_id: sim.application_id().parse()?,
        client: ClientCredentials::new(sim.client_id(), sim.client_secret().into()),
    };
    let partner = EmisPartner::builder(
        Product::new("Patchs", "patchs")?,
        environment,
        SealingIdentity::generate(),
        Arc::new(SqliteStore::in_memory()?),
        Arc::new(Outbox::new()),
    );
    Ok(partner.build()?)
}

struct Arguments {
    practices: u32,
    concurrency: NonZeroUsize,
    summary: Option<PathBuf>,
}

fn arguments() -> Outcome<Arguments> {
    let mut known = Arguments {
        practices: 40,
        concurrency: NonZeroUsize::MIN.saturating_add(15),
        summary: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match argument.as_str() {
            "--practices" => known.practices = value.parse()?,
            "--concurrency" => known.concurrency = value.parse()?,
            "--summary" => known.summary = Some(value.into()),
            _ => return Err(USAGE.into()),
        }
    }
    Ok(known)
}
