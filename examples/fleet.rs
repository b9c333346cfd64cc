//! The health of many practices, for a scheduler:
//!
//! ```text
//! cargo run --example fleet
//! ```
//!
//! Forty simulated practices, some of them broken, are diagnosed a few at a time, grouped by what
//! is to be mended first, and looked at again after some were mended: only what has changed is
//! told. Exits 0 where all are healthy, 1 where something is wrong, 2 where something could not be
//! found out.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example shows what it does"
)]

use std::error::Error;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;

use emis_partner::credentials::{ClientCredentials, SealingIdentity};
use emis_partner::diagnostics::Product;
use emis_partner::diagnostics::fleet::FleetProgress;
use emis_partner::reminders::Outbox;
use emis_partner::store::SqliteStore;
use emis_partner::{EmisPartner, Environment};
use emis_sim::Sim;

const AT_ONCE: NonZeroUsize = NonZeroUsize::new(8).unwrap();

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let sim = Sim::builder().practices(40).patients(20).start().await?;
    let partner = EmisPartner::builder(
        Product::new("Patchs", "patchs")?,
        Environment {
            api_url: sim.api_url().parse()?,
            identity_url: sim.identity_url().parse()?,
            application_id: sim.application_id().parse()?,
            client: ClientCredentials::new(sim.client_id(), sim.client_secret().into()),
        },
        SealingIdentity::generate(),
        Arc::new(SqliteStore::in_memory()?),
        Arc::new(Outbox::new()),
    )
    .build()?;
    for (number, emis) in sim.practices().iter().enumerate() {
        let practice = partner.practice(emis.ods().parse()?);
        let password = emis.password().into();
        practice
            .update_connection(emis.cdb(), emis.username(), password)
            .await?;
        match number % 9 {
            2 => emis.emas().lock_user(),
            5 => emis.emas().deactivate_application(),
            8 => emis.emas().set_auto_login(false),
            _ => {}
        }
    }

    let before = partner.diagnose_all(AT_ONCE, bar).await?;
    println!("{before}");
    for group in before.groups() {
        println!("  {group}");
    }

    // What is remembered until next time is a few bytes for each practice.
    let kept = serde_json::to_string(&before.snapshot())?;
    for emis in sim.practices() {
        emis.emas().activate_application();
    }
    let now = partner.diagnose_all(AT_ONCE, bar).await?;
    println!("{}", now.since(&serde_json::from_str(&kept)?));
    Ok(ExitCode::from(now.exit_code()))
}

/// A bar that grows on one line, beside what the program prints.
fn bar(progress: FleetProgress<'_>) {
    const WIDTH: usize = 30;
    let grown = WIDTH * progress.done / progress.total.max(1);
    let (full, empty) = ("#".repeat(grown), ".".repeat(WIDTH - grown));
    eprint!("\r[{full}{empty}] {} of {}", progress.done, progress.total);
    if progress.done == progress.total {
        eprintln!();
    }
}
