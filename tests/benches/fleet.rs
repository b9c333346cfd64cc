//! The cost of diagnosing thousands of practices, one in nine of them broken in each of three
//! ways: `cargo bench -p emis-tests --bench fleet`, which takes some minutes; `EMIS_BENCH_PRACTICES`
//! changes their number. Simulators of 1,000 practices stand for EMIS, in the same process, and
//! what they hold while they answer is counted too.
//!
//! - `calls_per_practice`: calls of the API.
//! - `time_over_limit_…`: how long a run took, through how long its calls take at 200 a second,
//!   which is all that a process asks of EMIS.
//! - `peak_kib_per_practice_…`: the peak of all memory beyond that before the run, through the
//!   number of practices. The first run makes a client for each practice, which stays.
//! - `whole_reports_over_kept`: what whole reports would hold, through what the fleet's report does.
//! - `asked_in_outage`: practices that were asked while its identity service was down.

#![allow(clippy::print_stdout, missing_docs, reason = "a program that prints")]

use std::collections::HashMap;
use std::error::Error;
use std::future::pending;
use std::sync::Arc;

use emis_fleet::{FleetOptions, FleetProgress, FleetReport, sweep};
use emis_partner::client::{Limits, SharedLimits};
use emis_partner::credentials::{ClientCredentials, SealingIdentity};
use emis_partner::diagnostics::Product;
use emis_partner::messaging::Outbox;
use emis_partner::store::SqliteStore;
use emis_partner::types::{Clock, OdsCode, SystemClock};
use emis_partner::{EmisPartner, Environment, Practice};
use emis_sim::{Sim, SimOperation};
use peak_alloc::PeakAlloc;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const PER_SECOND: u32 = 200;
const READS: [SimOperation; 6] = [
    SimOperation::GetHealth,
    SimOperation::GetOrganisationV2,
    SimOperation::GetAppointmentConfiguration,
    SimOperation::GetAppointmentSessions,
    SimOperation::GetSlotsForSessionV2,
    SimOperation::GetBookedPatientsV2,
];

#[tokio::main]
async fn main() -> Outcome<()> {
    let wanted = std::env::var("EMIS_BENCH_PRACTICES").ok();
    let wanted: u32 = wanted.map_or(Ok(3_000), |wanted| wanted.parse())?;
    let limits = SharedLimits::new(Limits::new(128, PER_SECOND));
    let mut sims = Vec::new();
    let mut fleet = Practices::default();
    for begun in (0..wanted).step_by(1_000) {
        let sim = Sim::builder().practices((wanted - begun).min(1_000));
        let sim = sim.patients(20).keep_calls(1_000).start().await?;
        fleet.add(&sim, &limits).await?;
        sims.push(sim);
    }
    let practices = fleet.0.len();
    println!("practices {practices}");
    let calls = || -> usize {
        let count = |sim: &Sim| READS.iter().map(|&it| sim.count(it)).sum::<usize>();
        sims.iter().map(count).sum()
    };
    let mut kept = 0;
    for run in ["first", "again"] {
        let (calls_before, memory_before) = (calls(), MEMORY.current_usage());
        MEMORY.reset_peak_usage();
        let begun = SystemClock.now();
        let report = fleet.diagnose(|_| {}).await;
        let took = SystemClock.now().duration_since(begun).as_secs_f64();
        let peak = MEMORY.peak_usage().saturating_sub(memory_before);
        let made = calls() - calls_before;
        let before = MEMORY.current_usage();
        let copy = report.clone();
        kept = MEMORY.current_usage().saturating_sub(before);
        drop(copy);
        println!("{report}");
        println!("calls_per_practice {:.2}", ratio(made, practices));
        let limit = ratio(made, 1) / f64::from(PER_SECOND);
        println!("time_over_limit_{run} {:.2}", took / limit);
        println!(
            "peak_kib_per_practice_{run} {:.1}",
            ratio(peak, practices * 1024)
        );
    }
    let mut whole = Vec::new();
    let before = MEMORY.current_usage();
    let report = fleet.diagnose(|it| whole.push(it.report.cloned())).await;
    let held = MEMORY.current_usage().saturating_sub(before + kept);
    println!("whole_reports_over_kept {:.0}", ratio(held, kept));
    drop((whole, report));

    for sim in &sims {
        sim.identity().set_reachable(false);
    }
    let before: usize = sims
        .iter()
        .map(|sim| sim.count(SimOperation::GetHealth))
        .sum();
    println!("{}", fleet.diagnose(|_| {}).await);
    let after: usize = sims
        .iter()
        .map(|sim| sim.count(SimOperation::GetHealth))
        .sum();
    println!("asked_in_outage {}", after - before);
    Ok(())
}

/// Simulators name their practices alike, so the fleet goes by codes of its own.
#[derive(Default)]
struct Practices(HashMap<OdsCode, Practice>);

impl Practices {
    async fn add(&mut self, sim: &Sim, limits: &SharedLimits) -> Outcome<()> {
        let partner = product(sim, limits)?;
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
            let code = format!("P{:05}", self.0.len());
            self.0.insert(code.parse()?, practice);
        }
        Ok(())
    }

    async fn diagnose(&self, progress: impl FnMut(FleetProgress<'_>)) -> FleetReport {
        let diagnose = |ods_code: OdsCode| async move {
            let practice = self.0.get(&ods_code).ok_or("no such practice")?;
            let report = practice.diagnosis().run().await;
            report.map_err(|error| error.report())
        };
        let (codes, options) = (self.0.keys().cloned(), FleetOptions::new());
        let now = SystemClock.now();
        sweep(codes, options, now, diagnose, progress, pending()).await
    }
}

fn product(sim: &Sim, limits: &SharedLimits) -> Outcome<EmisPartner> {
    let environment = Environment {
        api_url: sim.api_url().parse()?,
        identity_url: sim.identity_url().parse()?,
        application_id: sim.application_id().parse()?,
        client: ClientCredentials::new(sim.client_id(), sim.client_secret().into()),
    };
    let limits = limits.clone();
    let partner = EmisPartner::builder(
        Product::new("Patchs", "patchs")?,
        environment,
        SealingIdentity::generate(),
        Arc::new(SqliteStore::in_memory()?),
        Arc::new(Outbox::new()),
    );
    let partner = partner.client_options(move |client| client.shared_limits(limits.clone()));
    Ok(partner.build()?)
}

fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
