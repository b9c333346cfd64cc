//! Prints the diagnosis of a simulated practice:
//!
//! ```text
//! cargo run --example doctor -- --scenario examples/scenarios/user_twice.json --format html
//! ```
//!
//! Starts the simulator in the state of the scenario file, lets the product send reminders and
//! book, and diagnoses. Exits with 0 if the practice is healthy, 1 if not, and 2 if the diagnosis
//! failed.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example shows what it does"
)]

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use emis_partner::booking::{BookingOutcome, BookingRequest, PatientIdentity, SlotSearch};
use emis_partner::client::RetryPolicy;
use emis_partner::credentials::{ClientCredentials, SealingIdentity};
use emis_partner::diagnostics::{Product, Report, Style};
use emis_partner::messaging::Outbox;
use emis_partner::settings::{BookingSettings, Selection, SettingsProblem};
use emis_partner::store::SqliteStore;
use emis_partner::types::{Clock, ManualClock, PatientNumber, uk};
use emis_partner::{EmisPartner, Environment, Error, Practice};
use emis_sim::{PatientKind, Scenario, Sim};
use jiff::civil::date;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "usage: doctor --scenario FILE [--format text|full|markdown|json|html]";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(report) => ExitCode::from(report.exit_code()),
        Err(error) => {
            eprintln!("doctor: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Outcome<Report> {
    let (scenario, format) = arguments()?;
    let scenario = Scenario::read(scenario)?;
    // Tuesday 2 June 2026, 10:00.
    let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
    let sim = Sim::builder()
        .clock(Arc::new(clock.clone()))
        .patients(300)
        .scenario(scenario.clone())
        .start()
        .await?;
    let practice = product(&sim, &clock)?.practice(scenario.settings.ods_code.parse()?);
    let refused = enter_settings(&sim, &scenario, &practice).await?;
    use_product(&sim, &clock, &practice).await;

    let report = practice.diagnosis().explain(&refused).await?;
    let no_color = std::env::var_os("NO_COLOR");
    let style = Style::of(std::io::stdout().is_terminal(), no_color.as_deref());
    match format {
        Format::Text => print!("{}", report.text(style)),
        Format::Full => print!("{}", report.full_text(style)),
        Format::Markdown => print!("{}", report.markdown()),
        Format::Json => println!("{}", serde_json::to_string_pretty(&report)?),
        Format::Html => print!("{}", report.html()),
    }
    Ok(report)
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Text,
    Full,
    Markdown,
    Json,
    Html,
}

fn arguments() -> Outcome<(String, Format)> {
    let (mut scenario, mut format) = (None, Format::Text);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match (argument.as_str(), value.as_str()) {
            ("--scenario", _) => scenario = Some(value),
            ("--format", "text") => format = Format::Text,
            ("--format", "full") => format = Format::Full,
            ("--format", "markdown") => format = Format::Markdown,
            ("--format", "json") => format = Format::Json,
            ("--format", "html") => format = Format::Html,
            _ => return Err(USAGE.into()),
        }
    }
    Ok((scenario.ok_or(USAGE)?, format))
}

fn product(sim: &Sim, clock: &ManualClock) -> Outcome<EmisPartner> {
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
    // No retries: a diagnosis should be quick.
    let partner = partner.client_options(|client| client.retry(RetryPolicy::never()));
    Ok(partner.clock(Arc::new(clock.clone())).build()?)
}

/// Enters the settings. Returns the problems of those that the product refuses, such as an ODS code
/// as organisation ID, for the diagnosis to explain.
async fn enter_settings(
    sim: &Sim,
    scenario: &Scenario,
    practice: &Practice,
) -> Outcome<Vec<SettingsProblem>> {
    let stored = &scenario.settings;
    let entered = practice
        .settings()
        .update_organisation_id(&stored.organisation_id);
    let refused = refused_problems(entered.await)?;
    if !refused.is_empty() {
        return Ok(refused);
    }
    if stored.password_set {
        // The password as handed over; EMIS may have a different one by now.
        let password = sim.practice().password_handed_over().to_owned();
        let entered = practice
            .settings()
            .update_api_user(&stored.username, password.into());
        let refused = refused_problems(entered.await)?;
        if !refused.is_empty() {
            return Ok(refused);
        }
    }
    let mut reminders = practice.settings().load().await?.reminders().clone();
    let mut booking = BookingSettings::default();
    let emis = sim.practice();
    let staff = emis.staff();
    let holder = staff.iter().find(|it| it.holds_sessions);
    booking.enabled = true;
    booking.booked_by = Some(
        holder
            .ok_or("no session holder")?
            .guid
            .to_string()
            .parse()?,
    );
    let routine = emis
        .slot_types()
        .into_iter()
        .find(|it| it.display == "GP Routine");
    booking
        .slot_types
        .insert(routine.ok_or("no routine slots")?.id.to_string().parse()?);
    if !stored.slot_types_exist {
        booking.slot_types.insert("987654".parse()?);
        reminders.slot_types = Selection::only(["987654".parse()?]);
    }
    practice.settings().set_reminders(reminders).await?;
    practice.settings().set_booking(booking).await?;
    Ok(Vec::new())
}

/// Returns the problems of refused input. Fails with any other error.
fn refused_problems<T>(entered: Result<T, Error>) -> Outcome<Vec<SettingsProblem>> {
    match entered {
        Ok(_) => Ok(Vec::new()),
        Err(refused) if refused.problems().is_empty() => Err(refused.into()),
        Err(refused) => Ok(refused.problems().to_vec()),
    }
}

/// Sends reminders, and books and cancels for a patient: calls that a diagnosis must not make.
async fn use_product(sim: &Sim, clock: &ManualClock, practice: &Practice) {
    // The diagnosis explains failures.
    let _ = practice.reminders().send_due().await;
    let _ = book_and_cancel(sim, clock, practice).await;
}

async fn book_and_cancel(sim: &Sim, clock: &ManualClock, practice: &Practice) -> Outcome<()> {
    let tomorrow = uk::today(clock as &dyn Clock).tomorrow()?;
    let search = SlotSearch::new(tomorrow.at(0, 0, 0, 0), tomorrow.at(23, 59, 0, 0));
    let free = practice.booking().free_slots(&search).await?;
    let slot = free.slots.first().ok_or("no slot is free")?;
    let emis = sim.practice();
    let mut patients = emis.patients().into_iter();
    let patient = patients
        .find(|it| {
            it.kind == PatientKind::Regular && emis.bookings_for(it.patient_number).is_empty()
        })
        .ok_or("every patient has an appointment")?;
    let request = BookingRequest::new(
        slot.choice(),
        PatientNumber::new(patient.patient_number.into())?,
        PatientIdentity::date_of_birth(patient.dob),
    );
    if let BookingOutcome::Confirmed(booked) = practice.booking().book(&request).await? {
        practice.booking().cancel(&booked.id).await?;
    }
    Ok(())
}
