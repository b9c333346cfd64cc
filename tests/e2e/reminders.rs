//! Reminders through the facade: every eligible patient once, and no other.

use std::collections::BTreeSet;

use crate::support::{Failure, TODAY, World};
use emis_partner::reminders::SuppressionReason;
use emis_partner::types::UkMobile;
use emis_sim::{Distortion, PatientKind, SimFault, SimOperation};

#[tokio::test]
async fn every_patient_is_reminded_once_or_suppressed_for_a_reason() -> Result<(), Failure> {
    let world = World::healthy().await?;
    world.clock.set_uk(TODAY.at(17, 30, 0, 0));
    let run = world.practice.reminders().send_due().await?;
    assert!(run.is_clean(), "{run:?}");

    let emis = world.sim.practice();
    for sent in &run.sent {
        let person = emis
            .patient(sent.appointment.patient.get())
            .expect("they exist");
        assert!(
            !matches!(
                person.kind,
                PatientKind::Deceased
                    | PatientKind::Deducted
                    | PatientKind::Dummy
                    | PatientKind::Child
            ),
            "a {:?} was reminded",
            person.kind,
        );
    }
    let passed: BTreeSet<_> = run
        .suppressed
        .iter()
        .map(|passed| passed.appointment.slot)
        .collect();
    let sent: BTreeSet<_> = run.sent.iter().map(|sent| sent.appointment.slot).collect();
    assert!(passed.is_disjoint(&sent));
    assert_eq!(sent.len(), run.sent.len());

    // Every appointment until half past five tomorrow is in one list or the other.
    let tomorrow = TODAY.tomorrow()?;
    for slot in emis.slots_on(tomorrow) {
        let due = slot.patient.is_some() && slot.status == "Booked";
        if due && slot.start <= tomorrow.at(17, 30, 0, 0) {
            let known = sent
                .iter()
                .chain(&passed)
                .any(|id| id.get() == slot.slot_id);
            assert!(known, "slot {} is not in the report", slot.slot_id);
        }
    }
    let before = world.outbox.messages().len();
    let again = world.practice.reminders().send_due().await?;
    assert!(again.sent.is_empty());
    assert_eq!(world.outbox.messages().len(), before);
    Ok(())
}

#[tokio::test]
async fn two_runs_at_once_send_nothing_twice() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let (one, other) = tokio::join!(
        world.practice.reminders().send_due(),
        world.practice.reminders().send_due()
    );
    let messages = world.outbox.messages();
    let references: BTreeSet<_> = messages
        .iter()
        .map(|message| message.reference().to_string())
        .collect();
    assert_eq!(references.len(), messages.len());
    let (one, other) = (one?, other?);
    let sent = one.sent.iter().chain(&other.sent);
    let sent: BTreeSet<_> = sent.map(|sent| sent.reference.to_string()).collect();
    assert_eq!(sent, references);
    assert!(!messages.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_malformed_record_does_not_affect_the_others() -> Result<(), Failure> {
    let whole = World::healthy()
        .await?
        .practice
        .reminders()
        .send_due()
        .await?;
    let world = World::healthy().await?;
    world.sim.faults().next(
        SimOperation::GetBookedPatientsV2,
        SimFault::Distort(Distortion::MalformedRecord),
    );
    let run = world.practice.reminders().send_due().await?;
    assert_eq!(run.skipped_records.len(), 1);
    let seen = |run: &emis_partner::reminders::RunReport| run.sent.len() + run.suppressed.len();
    assert!(seen(&run) + 1 >= seen(&whole) && !run.sent.is_empty());
    assert!(!run.is_clean(), "an unreadable record is reported");
    Ok(())
}

#[tokio::test]
async fn an_appointment_cancelled_before_sending_is_not_reminded() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let emis = world.sim.practice();
    let first = world.practice.reminders().send_due().await?;
    let slot = emis
        .slots_on(TODAY.tomorrow()?)
        .into_iter()
        .find(|slot| slot.patient.is_some() && slot.start.hour() >= 14 && slot.status == "Booked")
        .expect("a patient has an appointment tomorrow afternoon");
    let is_it = |patient: i32, id: i32| id == slot.slot_id && Some(patient) == slot.patient;
    assert!(
        !first
            .sent
            .iter()
            .any(|s| is_it(s.appointment.patient.get(), s.appointment.slot.get()))
    );

    emis.staff_cancel(slot.slot_id)?;
    world.clock.set_uk(TODAY.at(17, 30, 0, 0));
    let run = world.practice.reminders().send_due().await?;
    assert!(
        !run.sent
            .iter()
            .any(|s| is_it(s.appointment.patient.get(), s.appointment.slot.get()))
    );
    Ok(())
}

#[tokio::test]
async fn a_death_recorded_before_the_recheck_suppresses_the_reminder() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let emis = world.sim.practice();
    world.clock.set_uk(TODAY.at(17, 30, 0, 0));
    let slot = emis.slots_on(TODAY.tomorrow()?).into_iter().find(|slot| {
        let person = slot.patient.and_then(|patient| emis.patient(patient));
        slot.status == "Booked" && person.is_some_and(|p| p.kind == PatientKind::Regular)
    });
    let slot = slot.expect("a regular patient has an appointment tomorrow");
    let patient = slot.patient.expect("booked");
    emis.record_death(patient, TODAY)?;
    let run = world.practice.reminders().send_due().await?;
    let passed = run
        .suppressed
        .iter()
        .find(|p| p.appointment.slot.get() == slot.slot_id);
    assert_eq!(passed.map(|p| p.reason), Some(SuppressionReason::Deceased));
    assert!(
        run.sent
            .iter()
            .all(|sent| sent.appointment.patient.get() != patient)
    );
    Ok(())
}

#[tokio::test]
async fn nothing_is_sent_at_night() -> Result<(), Failure> {
    let world = World::healthy().await?;
    world.clock.set_uk(TODAY.at(22, 0, 0, 0));
    let run = world.practice.reminders().send_due().await?;
    assert_eq!(run.idle, Some(SuppressionReason::QuietHours));
    assert!(world.outbox.messages().is_empty());
    Ok(())
}

#[tokio::test]
async fn messages_go_to_the_patients_own_mobile_and_say_nothing_clinical() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let run = world.practice.reminders().send_due().await?;
    let emis = world.sim.practice();
    let types: Vec<_> = emis
        .slot_types()
        .into_iter()
        .map(|t| t.description)
        .collect();
    let mobiles: BTreeSet<String> = emis
        .patients()
        .into_iter()
        .filter_map(|person| person.mobile?.parse::<UkMobile>().ok())
        .map(|mobile| mobile.expose().to_owned())
        .collect();
    assert!(!run.sent.is_empty());
    for message in world.outbox.messages() {
        let body = message.body().expose_text().unwrap_or_default();
        assert!(body.contains(emis.name()), "the practice is named");
        assert!(
            types
                .iter()
                .all(|slot_type| !body.contains(slot_type.as_str())),
            "no slot type"
        );
        if let Some(emis_partner::messaging::Contact::Sms(mobile)) = message.contact() {
            assert!(mobiles.contains(mobile.expose()));
        }
    }
    Ok(())
}
