//! The whole product in one story, against a simulated EMIS practice on this machine:
//!
//! ```text
//! cargo run --example quickstart
//! ```
//!
//! A practice sets up its EMIS connection, a patient books an appointment, tomorrow's patients
//! are reminded, the connection breaks, and the diagnosis says which click mends it. A step that
//! does not do what it says ends the story with a non-zero exit.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::sync::Arc;

use emis_partner::booking::{BookingOutcome, BookingRequest, PatientIdentity, SlotSearch};
use emis_partner::credentials::{ClientCredentials, SealingIdentity};
use emis_partner::diagnostics::{Product, Report};
use emis_partner::reminders::Outbox;
use emis_partner::settings::BookingSettings;
use emis_partner::store::SqliteStore;
use emis_partner::types::{ManualClock, PatientNumber};
use emis_partner::{EmisPartner, Environment, Practice};
use emis_sim::{PatientFacts, PatientKind, Sim};
use jiff::civil::{Date, date};

type Story = Result<(), Box<dyn Error>>;

const TODAY: Date = date(2026, 6, 2);
const TOMORROW: Date = date(2026, 6, 3);

#[tokio::main]
async fn main() -> Story {
    // It is Tuesday 2 June 2026, ten in the morning, at a practice that exists only here.
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
    break_and_mend(&sim, &practice).await?;

    println!("\nThe end. Only EMIS was simulated: the HTTP, the tokens and the database were not.");
    Ok(())
}

/// The product, put together once: where EMIS is, where things are kept, what carries messages.
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
        Arc::new(SqliteStore::in_memory()?),
        outbox.clone(),
    );
    Ok(partner.clock(Arc::new(clock.clone())).build()?)
}

/// The practice manager enters two things: the EMIS organisation ID and the API user.
async fn set_up(sim: &Sim, practice: &Practice) -> Story {
    heading("The practice sets up its EMIS settings");
    let emis = sim.practice();

    println!("The manager types the ODS code for the EMIS organisation ID, as many do:");
    match practice.settings().update_organisation_id(emis.ods()).await {
        Ok(_) => return Err("an ODS code was taken for an organisation ID".into()),
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
        "The API user '{}' is kept; its password is sealed.",
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
        "Patients may book slots of type '{}', and no others.",
        routine.display
    );
    Ok(())
}

/// Seven checks, none of which changes anything.
async fn check(practice: &Practice) -> Story {
    heading("The connection is checked");
    let report = practice.diagnosis().run().await?;
    print!("{report}");
    ensure(report.healthy, "a practice that is set up is healthy")
}

/// A patient looks for a slot tomorrow, books it, and EMIS is asked whether it is true.
async fn book(sim: &Sim, practice: &Practice) -> Story {
    heading("A patient books an appointment");
    let tomorrow = SlotSearch::new(TOMORROW.at(0, 0, 0, 0), TOMORROW.at(23, 59, 0, 0));
    let found = practice.booking().free_slots(&tomorrow).await?;
    let first = found.slots.first().ok_or("nothing is free tomorrow")?;
    println!(
        "{} slots are free tomorrow, the first at {}.",
        found.slots.len(),
        first.start.time()
    );

    let patient = somebody_without_appointments(sim)?;
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
    let seen = sim.practice().booking_of(first.slot.get());
    ensure(
        seen == Some(number.get()),
        "reception sees the patient in that very slot",
    )
}

/// Half past five: everyone with an appointment in the next 24 hours is reminded, once.
async fn remind(sim: &Sim, practice: &Practice, outbox: &Outbox) -> Story {
    heading("Tomorrow's patients are reminded");
    let run = practice.reminders().send_due().await?;
    println!(
        "{} reminders sent, {} appointments without one:",
        run.sent.len(),
        run.suppressed.len()
    );
    for (reason, count) in tally(
        run.suppressed
            .iter()
            .map(|passed| passed.reason.to_string()),
    ) {
        println!("  {count:3} × {reason}");
    }
    ensure(
        run.is_clean() && !run.sent.is_empty(),
        "reminders are sent without trouble",
    )?;

    let messages = outbox.messages();
    ensure(
        messages.len() == run.sent.len(),
        "what is reported as sent is in the outbox",
    )?;
    let sample = messages.first().ok_or("no message")?;
    println!("The first says: \"{}\"", sample.body().expose());

    let dead = sim
        .practice()
        .patients()
        .into_iter()
        .filter(|p| p.kind == PatientKind::Deceased);
    let dead: Vec<_> = dead.map(|patient| patient.patient_number).collect();
    let wrong = run
        .sent
        .iter()
        .any(|sent| dead.contains(&sent.appointment.patient.get()));
    ensure(!wrong, "nobody who has died is written to")?;

    let again = practice.reminders().send_due().await?;
    println!("A second run sends {}.", again.sent.len());
    ensure(
        again.sent.is_empty() && outbox.messages().len() == messages.len(),
        "nothing twice",
    )
}

/// Somebody presses the cross in EMAS Manager. The diagnosis names the clicks, and they work.
async fn break_and_mend(sim: &Sim, practice: &Practice) -> Story {
    heading("The connection breaks, and is mended");
    let emas = sim.practice().emas();
    emas.deactivate_application();
    match practice.reminders().send_due().await {
        Ok(_) => return Err("a deactivated application still reads appointments".into()),
        Err(error) => println!("Reminders fail: {}.", error.report()),
    }

    let report = practice.diagnosis().run().await?;
    let finding = report.findings.first().ok_or("nothing was found")?;
    println!("\n{finding}");
    ensure(
        !report.healthy && names_the_click(&report),
        "the first finding names the click",
    )?;

    println!("The manager does as told.");
    emas.activate_application();
    let report = practice.diagnosis().run().await?;
    ensure(report.healthy, "after the clicks the practice is healthy")?;
    println!("The connection is healthy again.");
    Ok(())
}

fn names_the_click(report: &Report) -> bool {
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

fn somebody_without_appointments(sim: &Sim) -> Result<PatientFacts, Box<dyn Error>> {
    let emis = sim.practice();
    let mut people = emis.patients().into_iter();
    let found = people.find(|person| {
        person.kind == PatientKind::Regular && emis.bookings_for(person.patient_number).is_empty()
    });
    found.ok_or_else(|| "everyone has an appointment".into())
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

fn ensure(holds: bool, what: &str) -> Story {
    if holds {
        Ok(())
    } else {
        Err(format!("this should hold and does not: {what}").into())
    }
}
