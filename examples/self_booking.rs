//! Books an appointment by an invitation, against a simulated EMIS practice on this machine:
//!
//! ```text
//! cargo run --example self_booking
//! ```
//!
//! A practice invites a patient, who searches, loses a slot to another patient, books the nearest,
//! moves the appointment and cancels it. Exits with a non-zero status if a step fails.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::sync::Arc;

use emis_partner::booking::{
    BookingOutcome, FreeSlot, InvitationBatch, InviteOutcome, IssuedLink, LinkAllowance,
    LinkAnswer, LinkRequest, SlotSearch,
};
use emis_partner::credentials::{ClientCredentials, SealingIdentity};
use emis_partner::diagnostics::Product;
use emis_partner::messaging::Outbox;
use emis_partner::settings::{AppointmentMode, BookingSettings};
use emis_partner::store::SqliteStore;
use emis_partner::types::{ManualClock, PatientNumber};
use emis_partner::{EmisPartner, Environment, Practice};
use emis_sim::{PatientFacts, PatientKind, Sim};
use jiff::civil::{Date, date};

type StepResult<T = ()> = Result<T, Box<dyn Error>>;

const TODAY: Date = date(2026, 6, 2);

#[tokio::main]
async fn main() -> StepResult {
    let clock = ManualClock::at_uk(TODAY.at(10, 0, 0, 0));
    let sim = Sim::builder()
        .clock(Arc::new(clock.clone()))
        .start()
        .await?;
    let practice = practice(&sim, &clock)?;
    set_up(&sim, &practice).await?;
    let mut people = people(&sim).into_iter();
    let (patient, rival) = people.next().zip(people.next()).ok_or("too few patients")?;
    let week = SlotSearch::new(TODAY.at(0, 0, 0, 0), date(2026, 6, 9).at(0, 0, 0, 0));

    println!("── The practice invites a patient ──");
    let link = invite(&practice, &patient).await?;

    println!("\n── The patient follows the link and searches ──");
    let found = allowed(
        practice
            .booking()
            .invitation(&link.token)
            .free_slots(&week)
            .await?,
    )?;
    let slot = found.slots.first().ok_or("no slot is free")?;
    println!(
        "{} are free. The first: {}.",
        found.slots.len(),
        words(slot)
    );

    println!("\n── Another patient is faster ──");
    sim.practice()
        .staff_book(slot.slot.get(), rival.patient_number)?;
    let request = LinkRequest::new(slot.choice(), patient.dob);
    let answer = practice
        .booking()
        .invitation(&link.token)
        .book(&request, &week)
        .await?;
    let answer = allowed(answer)?;
    println!("{answer}");
    let nearest = answer.alternatives.first().ok_or("no slot is left")?;
    println!("The nearest: {}.", words(nearest));

    println!("\n── The patient books it ──");
    book(&practice, &link, nearest, &patient, &week).await?;
    let shown = practice
        .booking()
        .invitation(&link.token)
        .appointment(patient.dob)
        .await?;
    let shown = allowed(shown)?;
    ensure(
        shown.booking.is_some() && shown.not_cancelled.is_none(),
        "it can be cancelled here",
    )?;

    println!("\n── The patient wants to move it, and another patient is faster again ──");
    let wanted = found.slots.get(2).ok_or("too few slots are left")?;
    sim.practice()
        .staff_book(wanted.slot.get(), rival.patient_number)?;
    let request = LinkRequest::new(wanted.choice(), patient.dob);
    let answer = practice
        .booking()
        .invitation(&link.token)
        .reschedule(&request, &week)
        .await?;
    let answer = allowed(answer)?;
    println!("{answer}");
    let nearest = answer.alternatives.first().ok_or("no slot is left")?;
    println!("The nearest: {}.", words(nearest));

    println!("\n── The patient moves it to the last slot of the week ──");
    let last = found.slots.last().ok_or("no slot is left")?;
    let request = LinkRequest::new(last.choice(), patient.dob);
    let moved = practice
        .booking()
        .invitation(&link.token)
        .reschedule(&request, &week)
        .await?;
    println!("{}", allowed(moved)?);

    println!("\n── The patient cancels ──");
    let cancelled = practice
        .booking()
        .invitation(&link.token)
        .cancel(patient.dob)
        .await?;
    println!("{}", allowed(cancelled)?);

    println!("\n── What the practice sees of the invitation ──");
    for event in practice.booking().link_history(&link.id).await? {
        println!("{}", event.change.word());
    }
    println!("\nThe end. Only EMIS was simulated.");
    Ok(())
}

/// Invites a patient to book a routine appointment in the next two weeks.
async fn invite(practice: &Practice, patient: &PatientFacts) -> StepResult<IssuedLink> {
    let number = PatientNumber::new(patient.patient_number.into())?;
    let allowance = LinkAllowance::any().on_days(TODAY, date(2026, 6, 16));
    let capacity = practice.booking().capacity(&allowance).await?;
    println!(
        "{} slots are free, {} invitations open.",
        capacity.free, capacity.open
    );
    let batch = InvitationBatch::new([number], allowance);
    let InviteOutcome::Invited(links) = practice.booking().invite(&batch).await? else {
        return Err("there are too few slots".into());
    };
    let link = links.into_iter().next().ok_or("no link was made")?;
    practice.booking().note_sent(&link.id).await?;
    println!("The link is sent. Its token is in no database, only its digest.");
    let view = practice.booking().invitation(&link.token).open().await?;
    println!(
        "It says nothing of the patient: it is {}.",
        allowed(view)?.state.code()
    );
    Ok(link)
}

async fn book(
    practice: &Practice,
    link: &IssuedLink,
    slot: &FreeSlot,
    patient: &PatientFacts,
    week: &SlotSearch,
) -> StepResult {
    let request = LinkRequest::new(slot.choice(), patient.dob);
    let booking = practice.booking();
    let answer = booking.invitation(&link.token).book(&request, week).await?;
    match allowed(answer)?.outcome {
        booked @ BookingOutcome::Confirmed(_) => println!("{booked}"),
        other => return Err(other.to_string().into()),
    }
    Ok(())
}

/// Returns what was asked for, or fails with the sentence for the patient.
fn allowed<T>(answer: LinkAnswer<T>) -> StepResult<T> {
    match answer {
        LinkAnswer::Allowed(value) => Ok(value),
        LinkAnswer::Refused(refusal) => Err(refusal.sentence().into()),
    }
}

/// Returns a slot as a patient reads it.
fn words(slot: &FreeSlot) -> String {
    let mode = slot.mode.map_or("", AppointmentMode::words);
    format!("{} {mode}", slot.start.strftime("%A %-d %B at %H:%M"))
}

fn practice(sim: &Sim, clock: &ManualClock) -> StepResult<Practice> {
    let environment = Environment {
        api_url: sim.api_url().parse()?,
        identity_url: sim.identity_url().parse()?,
        application_id: sim.application_id().parse()?,
        client: ClientCredentials::new(sim.client_id(), sim.client_secret().into()),
    };
    let clock = Arc::new(clock.clone());
    let partner = EmisPartner::builder(
        Product::new("Patchs", "patchs")?,
        environment,
        SealingIdentity::generate(),
        Arc::new(SqliteStore::in_memory()?.with_clock(clock.clone())),
        Arc::new(Outbox::new()),
    );
    Ok(partner
        .clock(clock)
        .build()?
        .practice(sim.practice().ods().parse()?))
}

/// Enters the connection, the bookable slot type and its mode.
async fn set_up(sim: &Sim, practice: &Practice) -> StepResult {
    let (emis, settings) = (sim.practice(), practice.settings());
    settings.update_organisation_id(emis.cdb()).await?;
    settings
        .update_api_user(emis.username(), emis.password().into())
        .await?;
    let mut types = emis.slot_types().into_iter();
    let routine = types.find(|it| it.display == "GP Routine");
    let routine = routine.ok_or("the practice has no routine appointments")?;
    let routine = routine
        .id
        .to_string()
        .parse::<emis_partner::types::SlotTypeId>()?;
    let gp = emis.staff().into_iter().find(|staff| staff.holds_sessions);
    let mut details = settings.load().await?.details();
    details.slot_type_modes = [(routine.clone(), AppointmentMode::FaceToFace)].into();
    settings.set_details(details).await?;
    let mut booking = BookingSettings::default();
    booking.enabled = true;
    booking.slot_types.insert(routine);
    booking.booked_by = Some(
        gp.ok_or("no member of staff holds sessions")?
            .guid
            .to_string()
            .parse()?,
    );
    settings.set_booking(booking).await?;
    Ok(())
}

fn ensure(holds: bool, what: &str) -> StepResult {
    holds
        .then_some(())
        .ok_or_else(|| format!("expected but not true: {what}").into())
}

fn people(sim: &Sim) -> Vec<PatientFacts> {
    let emis = sim.practice();
    let mut people = emis.patients();
    people.retain(|person| {
        person.kind == PatientKind::Regular && emis.bookings_for(person.patient_number).is_empty()
    });
    people
}
