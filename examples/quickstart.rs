//! Runs the whole product against a simulated EMIS practice on this machine:
//!
//! ```text
//! cargo run --example quickstart
//! ```
//!
//! A practice sets up its EMIS connection, a patient books an appointment, tomorrow's patients
//! are reminded, the connection breaks, and the diagnosis names the clicks that repair it. Exits with
//! a non-zero status if a step fails.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use emis_partner::booking::{BookingOutcome, BookingRequest, PatientIdentity, SlotSearch};
use emis_partner::credentials::{ClientCredentials, SealingIdentity};
use emis_partner::diagnostics::{Product, Report};
use emis_partner::messaging::Outbox;
use emis_partner::settings::BookingSettings;
use emis_partner::store::SqliteStore;
use emis_partner::types::{ManualClock, PatientNumber};
use emis_partner::{EmisPartner, Environment, Practice};
use emis_sim::{PatientFacts, PatientKind, Sim};
use jiff::SignedDuration;
use jiff::civil::{Date, date};

type StepResult = Result<(), Box<dyn Error>>;

const TODAY: Date = date(2026, 6, 2);
const TOMORROW: Date = date(2026, 6, 3);

#[tokio::main]
async fn main() -> StepResult {
    // Tuesday 2 June 2026, 10:00, at a simulated practice.
    let clock = ManualClock::at_uk(TODAY.at(10, 0, 0, 0));
    let sim = Sim::builder()
        .clock(Arc::new(clock.clone()))
        .start()
        .await?;
    let outbox = Arc::new(Outbox::new());
    let partner = product(&sim, &clock, &outbox)?;
    let practice = partner.practice(sim.practice().ods().parse()?);

    set_up(&sim, &practice).await?;
    check(&practice).await?;
    book(&sim, &practice).await?;

    clock.set_uk(TODAY.at(17, 30, 0, 0));
    remind(&sim, &practice, &outbox).await?;
    break_and_repair(&sim, &practice).await?;

    println!("\nThe end. Only EMIS was simulated: the HTTP, the tokens and the database were not.");
    Ok(())
}

/// Builds the product once: the addresses of EMIS, the store and the notifier.
fn product(
    sim: &Sim,
    clock: &ManualClock,
    outbox: &Arc<Outbox>,
) -> Result<EmisPartner, Box<dyn Error>> {
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
        Arc::new(SqliteStore::in_memory()?.with_clock(Arc::new(clock.clone()))),
        outbox.clone(),
    );
    // Here the clock stands still between two runs.
    let partner = partner.least_between_polls(SignedDuration::ZERO);
    Ok(partner.clock(Arc::new(clock.clone())).build()?)
}

/// Enters the EMIS organisation ID and the API user, as the practice manager does.
async fn set_up(sim: &Sim, practice: &Practice) -> StepResult {
    heading("The practice sets up its EMIS settings");
    let emis = sim.practice();
    println!("The practice has the ODS code {}.", emis.ods());

    println!("The manager enters the ODS code as EMIS organisation ID, a common mistake:");
    match practice.settings().update_organisation_id(emis.ods()).await {
        Ok(_) => return Err("an ODS code was accepted as organisation ID".into()),
        Err(mistake) => println!("  {mistake}"),
    }
    practice
        .settings()
        .update_organisation_id(emis.cdb())
        .await?;
    println!("With the CDB number {}, it is accepted.", emis.cdb());

    practice
        .settings()
        .update_api_user(emis.username(), emis.password().into())
        .await?;
    println!(
        "The API user '{}' is stored; its password is sealed.",
        emis.username()
    );

    let mut booking = BookingSettings::default();
    let routine = emis
        .slot_types()
        .into_iter()
        .find(|t| t.display == "GP Routine");
    let routine = routine.ok_or("the practice has no routine appointments")?;
    let gp = emis.staff().into_iter().find(|staff| staff.holds_sessions);
    let gp = gp.ok_or("the practice has no session holders")?;
    booking.enabled = true;
    booking.slot_types.insert(routine.id.to_string().parse()?);
    booking.booked_by = Some(gp.guid.to_string().parse()?);
    practice.settings().set_booking(booking).await?;
    println!(
        "Patients can book slots of type '{}' only.",
        routine.display
    );
    Ok(())
}

/// Runs the seven checks of the connection, which only read.
async fn check(practice: &Practice) -> StepResult {
    heading("The connection is checked");
    let report = practice.diagnosis().run().await?;
    print!("{report}");
    ensure(report.healthy, "the practice is healthy after set-up")
}

/// Searches for a slot tomorrow, books it, and checks the booking in EMIS.
async fn book(sim: &Sim, practice: &Practice) -> StepResult {
    heading("A patient books an appointment");
    let tomorrow = SlotSearch::new(TOMORROW.at(0, 0, 0, 0), TOMORROW.at(23, 59, 0, 0));
    let found = practice.booking().free_slots(&tomorrow).await?;
    let first = found.slots.first().ok_or("no slot is free tomorrow")?;
    println!(
        "{} slots are free tomorrow, the first at {}.",
        found.slots.len(),
        first.start.time()
    );

    let patient = patient_without_appointments(sim)?;
    let number = PatientNumber::new(patient.patient_number.into())?;
    let known = PatientIdentity::date_of_birth(patient.dob);
    match practice
        .booking()
        .book(&BookingRequest::new(first.choice(), number, known))
        .await?
    {
        booked @ BookingOutcome::Confirmed(_) => println!("{booked}"),
        other => return Err(other.to_string().into()),
    }
    let booked_for = sim.practice().booking_of(first.slot.get());
    ensure(
        booked_for == Some(number.get()),
        "the slot in EMIS is booked for the patient",
    )
}

/// Sends the reminders of appointments in the next 24 hours, once.
async fn remind(sim: &Sim, practice: &Practice, outbox: &Outbox) -> StepResult {
    heading("Tomorrow's patients are reminded");
    let run = practice.reminders().send_due().await?;
    println!(
        "{} reminders sent, {} suppressed:",
        run.sent.len(),
        run.suppressed.len()
    );
    for (reason, count) in tally(
        run.suppressed
            .iter()
            .map(|suppressed| suppressed.reason.to_string()),
    ) {
        println!("  {count:3} × {reason}");
    }
    ensure(
        run.is_clean() && !run.sent.is_empty(),
        "reminders are sent without failures",
    )?;

    let messages = outbox.messages();
    let references: BTreeSet<_> = run.sent.iter().map(|sent| sent.reference).collect();
    ensure(
        messages.len() == references.len(),
        "every reminder reported as sent is in the outbox",
    )?;
    let sample = messages.first().ok_or("no message")?;
    println!(
        "The first message: \"{}\"",
        sample.body().expose_text().unwrap_or_default()
    );

    let deceased = sim
        .practice()
        .patients()
        .into_iter()
        .filter(|p| p.kind == PatientKind::Deceased);
    let deceased: Vec<_> = deceased.map(|patient| patient.patient_number).collect();
    let wrong = run
        .sent
        .iter()
        .any(|sent| deceased.contains(&sent.appointment.patient.get()));
    ensure(!wrong, "no deceased patient is reminded")?;

    let again = practice.reminders().send_due().await?;
    println!("A second run sends {}.", again.sent.len());
    ensure(
        again.sent.is_empty() && outbox.messages().len() == messages.len(),
        "no reminder is sent twice",
    )
}

/// Deactivates the application in EMAS Manager, and repairs it by the steps of the diagnosis.
async fn break_and_repair(sim: &Sim, practice: &Practice) -> StepResult {
    heading("The connection breaks and is repaired");
    let emas = sim.practice().emas();
    emas.deactivate_application();
    match practice.reminders().send_due().await {
        Ok(_) => return Err("a deactivated application still reads appointments".into()),
        Err(error) => println!("Reminders fail: {}.", error.report()),
    }

    let report = practice.diagnosis().run().await?;
    let finding = report.findings.first().ok_or("the report has no finding")?;
    println!("\n{finding}");
    ensure(
        !report.healthy && names_the_buttons(&report),
        "the first finding names the buttons",
    )?;

    println!("The manager follows the steps.");
    emas.activate_application();
    let report = practice.diagnosis().run().await?;
    ensure(report.healthy, "the practice is healthy after the steps")?;
    println!("The connection is healthy again.");
    Ok(())
}

fn names_the_buttons(report: &Report) -> bool {
    let steps = report
        .findings
        .first()
        .map(|finding| finding.steps.as_slice());
    let labels: Vec<_> = steps
        .unwrap_or_default()
        .iter()
        .filter_map(|step| step.label.as_deref())
        .collect();
    labels.contains(&"Deactivate Application") && labels.contains(&"Activate Application")
}

fn patient_without_appointments(sim: &Sim) -> Result<PatientFacts, Box<dyn Error>> {
    let emis = sim.practice();
    let mut people = emis.patients().into_iter();
    let found = people.find(|person| {
        person.kind == PatientKind::Regular && emis.bookings_for(person.patient_number).is_empty()
    });
    found.ok_or_else(|| "every patient has an appointment".into())
}

fn tally(reasons: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

fn heading(text: &str) {
    println!("\n── {text} ──");
}

fn ensure(holds: bool, what: &str) -> StepResult {
    if holds {
        Ok(())
    } else {
        Err(format!("expected but not true: {what}").into())
    }
}
