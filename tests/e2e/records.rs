//! The records of a practice as a whole: erasure, off-boarding, audit anchors and bank holidays.

use emis_partner::audit::{AuditEntry, FileAnchorStore};
use emis_partner::booking::{BookingOutcome, BookingRequest};
use emis_partner::client::model::AppointmentStatus;
use emis_partner::settings::{BankHolidays, Offset};
use emis_partner::types::PatientNumber;
use jiff::civil::date;
use jiff::{SignedDuration, ToSpan};
use serde_json::{Value, json};

use crate::support::{Failure, TODAY, World, known};

/// Returns the number of entries of the exported audit log whose stored body holds the patient's
/// number, under any name.
async fn named(world: &World, patient: PatientNumber) -> Result<usize, Failure> {
    fn holds(value: &Value, number: &str) -> bool {
        match value {
            Value::Object(fields) => fields.values().any(|value| holds(value, number)),
            Value::Array(values) => values.iter().any(|value| holds(value, number)),
            Value::String(text) => text == number,
            Value::Number(found) => number.parse() == Ok(found.as_i64().unwrap_or_default()),
            Value::Null | Value::Bool(_) => false,
        }
    }
    let mut lines = Vec::new();
    world.practice.audit().export(&mut lines).await?;
    let mut count = 0;
    for line in std::str::from_utf8(&lines)?.lines() {
        let entry: AuditEntry = serde_json::from_str(line)?;
        let body: Value = serde_json::from_str(entry.body())?;
        count += usize::from(holds(&body, &patient.to_string()));
    }
    Ok(count)
}

#[tokio::test]
async fn an_erased_patient_is_in_no_record_and_in_no_entry_of_the_audit_log() -> Result<(), Failure>
{
    let world = World::healthy().await?;
    let slot = world.offered_slot().await?;
    let person = world.free_patients().next().ok_or("no patient is free")?;
    let (patient, identity) = known(&person)?;
    let request = BookingRequest::new(slot.choice(), patient, identity);
    let BookingOutcome::Confirmed(booked) = world.practice.booking().book(&request).await? else {
        return Err("not booked".into());
    };
    // The product's own calls of EMIS name the patient, too.
    let emis = world.practice.client().await?;
    emis.patient().get_patient_demographics(patient).await?;
    let appointments = emis.appointments();
    appointments
        .set_appointment_status(slot.slot, patient, AppointmentStatus::Arrive)
        .await?;
    assert!(named(&world, patient).await? >= 6);

    let records = world.practice.records();
    let early = records.erase_patient(patient).await?;
    assert!(!early.is_complete(), "the appointment is still to come");
    assert!(world.practice.booking().find(&booked.id).await?.is_some());

    world.clock.advance(SignedDuration::from_hours(3 * 24));
    let done = records.erase_patient(patient).await?;
    assert!(done.is_complete() && done.deleted.bookings == 1);
    assert_eq!(world.practice.booking().find(&booked.id).await?, None);
    world.practice.audit().verify(None).await?;
    assert_eq!(named(&world, patient).await?, 0);
    Ok(())
}

#[tokio::test]
async fn off_boarding_deletes_all_but_the_audit_log() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let file = std::env::temp_dir().join(format!("emis-anchors-{}", std::process::id()));
    let anchors = FileAnchorStore::new(&file);
    let noted = world.partner.anchor_audit_logs(&anchors).await?;
    assert!(noted.is_good() && !noted.verified.is_empty());

    let done = world.practice.records().off_board().await?;
    assert!(done.is_complete());
    assert!(world.partner.practices().await?.is_empty());
    let checked = world.partner.check_audit_anchors(&anchors).await?;
    std::fs::remove_file(&file)?;
    assert!(checked.is_good());
    assert_eq!(checked.compared, noted.verified.len());
    Ok(())
}

/// With a bank holiday tomorrow, the working day before the day after tomorrow is today.
#[tokio::test]
async fn a_new_bank_holiday_moves_reminders_without_a_release() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let (tomorrow, day_after) = (TODAY.tomorrow()?, TODAY.tomorrow()?.tomorrow()?);
    let mut reminders = world.practice.settings().load().await?.reminders().clone();
    reminders.offsets = [Offset::WorkingDays(1)].into();
    world.practice.settings().set_reminders(reminders).await?;

    let built_in = BankHolidays::default();
    let year = (0..365).map(|n: i32| date(2026, 1, 1).saturating_add(n.days()));
    let listed = year.filter(|day| {
        let weekday = day.weekday().to_monday_one_offset() < 6;
        weekday && built_in.contains(*day) || *day == tomorrow
    });
    let events: Vec<_> = listed
        .map(|day| json!({"title": "", "date": day}))
        .collect();
    let list = json!({"england-and-wales": {"events": events}}).to_string();

    let plan = world.practice.reminders().send_due().await?;
    assert!(
        plan.sent
            .iter()
            .all(|sent| sent.appointment.start.date() < day_after)
    );
    world
        .partner
        .set_bank_holidays(BankHolidays::from_gov_uk(&list)?);
    let moved = world.practice.reminders().send_due().await?;
    assert!(
        moved
            .sent
            .iter()
            .any(|sent| sent.appointment.start.date() == day_after)
    );
    Ok(())
}
