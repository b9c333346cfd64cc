//! Reports of runs: lines for people, JSON for programs.

use std::sync::Arc;

use emis_client::model::{BookedPatient, SkippedRecord, VitalStatus};
use emis_messaging::{NotifyErrorKind, Outbox, SenderCapabilities};
use emis_reminders::{
    FailureCause, MemoryReminderStore, Plan, ReminderErrorKind, RunReport, SuppressionReason, plan,
};
use emis_settings::{ReminderSettings, Selection, WorkingCalendar};
use emis_sim::{FalseAnswer, PatientKind, SimFault, SimOperation};
use emis_types::SlotTypeId;
use insta::assert_snapshot;
use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::{Value, json};

use crate::emis::{PureEmis, settings};
use crate::support::{Story, adult, booked, london, tuesday_at, wednesday_at};

/// Six patients tomorrow at 10:00, of whom one has died since the list was read and one can't be
/// looked at.
fn practice() -> (PureEmis, Arc<Outbox>) {
    let emis = PureEmis::at(tuesday_at(10, 0));
    for patient in 1..=6 {
        emis.book(9_000 + patient, patient, wednesday_at(10, 0));
    }
    (emis, Arc::default())
}

async fn run(emis: &PureEmis, outbox: &Arc<Outbox>) -> RunReport {
    let store = Arc::new(MemoryReminderStore::default());
    let reminders = emis.reminders(&settings(|_| ()), store, outbox.clone());
    reminders.run().await.unwrap()
}

/// A run over six patients with every kind of outcome.
async fn eventful() -> RunReport {
    let (emis, outbox) = practice();
    emis.die(6);
    emis.poison(1, Some(500));
    outbox.fail_next(NotifyErrorKind::Rejected);
    outbox.fail_next(NotifyErrorKind::Unknown);
    let mut report = run(&emis, &outbox).await;
    let skipped = SkippedRecord::new(3, "appointment.date", "is not a date");
    report.skipped_records.push(skipped);
    report
}

#[tokio::test]
async fn a_report_displays_as_a_few_plain_lines() {
    assert_snapshot!(eventful().await, @r"
    reminders sent: 2
    sent before: 0
    appointments without a reminder: 1
      1 x the patient has died
    failed: 2
      1 x EMIS did not show the appointment again
      1 x the message was not accepted
    in doubt: 1
    records that could not be read: 1
    ");

    let (emis, outbox) = practice();
    emis.clock.set_uk(tuesday_at(20, 0));
    assert_snapshot!(run(&emis, &outbox).await, @"EMIS was not asked: these are the quiet hours");
}

#[tokio::test]
async fn a_stopped_run_displays_its_reason() {
    let (emis, outbox) = practice();
    emis.after(3, |emis| emis.break_down(Some(403)));
    let report = run(&emis, &outbox).await;
    assert_snapshot!(report, @r"
    reminders sent: 0
    sent before: 0
    appointments without a reminder: 0
    failed: 6
      1 x EMIS did not show the appointment again
      5 x the run had stopped before
    in doubt: 0
    records that could not be read: 0
    stopped: the call of EMIS failed: GetOrganisationV2: EMIS does not allow it (HTTP 403)
    ");
    let halted = report.halted.as_ref().unwrap().report();
    let written = serde_json::to_value(&report).unwrap();
    assert_eq!(written["halted"], json!(halted));

    emis.break_down(None);
    emis.clock.set_uk(tuesday_at(20, 0));
    let idle = serde_json::to_value(run(&emis, &outbox).await).unwrap();
    assert_eq!(
        (&idle["idle"], &idle["window"]),
        (&json!("quiet-hours"), &Value::Null)
    );
}

#[tokio::test]
async fn a_report_serializes_as_ids_and_codes() {
    let report = eventful().await;
    let written = serde_json::to_value(&report).unwrap();
    let sent = &written["sent"][0];
    let appointment = report.sent[0].appointment;
    assert_eq!(
        sent,
        &json!({
            "appointment": {
                "slot": appointment.slot,
                "patient": appointment.patient,
                "start": appointment.start,
            },
            "offset": { "hours": 24 },
            "channel": "sms",
            "reference": report.sent[0].reference.to_string(),
            "delivery_id": report.sent[0].delivery_id,
        })
    );
    let list = |name: &str, field: &str| -> Vec<Value> {
        let entries = written[name].as_array().unwrap().iter();
        entries.map(|entry| entry[field].clone()).collect()
    };
    assert_eq!(list("failed", "cause"), ["message-not-taken", "emis"]);
    assert_eq!(list("suppressed", "reason"), ["deceased"]);
    assert_eq!(list("in_doubt", "since"), [json!(report.in_doubt[0].since)]);
    assert_eq!(list("skipped_records", "field"), ["appointment.date"]);
    assert_eq!(
        written["window"],
        json!({ "before": 0, "within": 25 * 60 + 1 })
    );
    assert_eq!(
        (&written["idle"], &written["halted"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn the_counts_of_a_run_add_up() {
    let counts = eventful().await.counts();
    assert_eq!(
        serde_json::to_value(counts).unwrap(),
        json!({
            "listed": 6,
            "due": 5,
            "sent": 2,
            "kept": 0,
            "in_flight": 0,
            "suppressed": { "deceased": 1 },
            "waiting": 0,
            "waiting_until": null,
            "unknown": 1,
            "failed": 2,
        })
    );
}

#[test]
fn every_cause_has_a_code_and_a_sentence() {
    let causes = [
        FailureCause::Emis(emis_client::ClientErrorKind::Server),
        FailureCause::Unreadable,
        FailureCause::Notifier(NotifyErrorKind::Temporary),
        FailureCause::Notifier(NotifyErrorKind::Permanent),
        FailureCause::Store,
        FailureCause::NotAttempted,
    ];
    let codes: std::collections::HashSet<_> = causes.iter().map(|cause| cause.code()).collect();
    assert_eq!(codes.len(), causes.len());
    for cause in causes {
        assert!(cause.to_string().len() > cause.code().len());
    }
}

#[tokio::test]
async fn a_reminder_in_doubt_is_new_for_a_day_and_stays_listed() {
    let mut story = Story::begin().await;
    story.set_reminders(|reminders| reminders.offsets = [emis_settings::Offset::Hours(72)].into());
    let patient = story.of_kind(PatientKind::Regular)[0];
    let thursday = date(2026, 6, 4);
    story.book_between(patient, thursday.at(14, 0, 0, 0), thursday.at(18, 0, 0, 0));
    let outbox = Arc::new(Outbox::with_capabilities(SenderCapabilities::new("plain")));
    outbox.fail_next(NotifyErrorKind::Unknown);
    let run = async || story.reminders_through(outbox.clone()).run().await.unwrap();
    assert!(!run().await.is_clean());

    story.clock.advance(SignedDuration::from_mins(24 * 60 - 1));
    assert!(!run().await.is_clean());
    story.clock.advance(SignedDuration::from_mins(1));
    let later = run().await;
    assert_eq!(later.in_doubt.len(), 1);
    assert!(later.is_clean());
}

#[tokio::test]
async fn a_reason_that_suppresses_nearly_all_reminders_is_a_finding() {
    let story = Story::begin().await;
    let booked = story.book_regulars(12);
    for (patient, _) in booked {
        story
            .practice
            .record_death(patient, date(2026, 6, 1))
            .unwrap();
    }
    let report = story.run().await;
    let dominant = report.dominant_suppression.unwrap();
    assert_eq!(dominant.reason, SuppressionReason::Deceased);
    assert_eq!((dominant.count, dominant.of), (12, 12));
    assert!(!report.is_clean());
    assert!(
        report
            .to_string()
            .contains("12 of 12 appointments: the patient has died")
    );
    let outstanding = story.reminders().outstanding().await.unwrap();
    assert_eq!(outstanding.dominant_suppression, Some(dominant));
}

/// Those that are not to be reminded say nothing about those that are.
#[tokio::test]
async fn a_dominant_reason_is_one_of_those_who_could_have_been_reminded() {
    let story = Story::begin().await;
    let booked = story.book_regulars(3);
    assert_eq!(story.run().await.sent.len(), booked.len());
    for patient in story.of_kind(PatientKind::Regular)[3..15].iter().copied() {
        let day = date(2026, 6, 1);
        story.book(patient);
        story.practice.record_death(patient, day).unwrap();
    }
    // Those of the first run are listed still: 12 of 15 appointments.
    let report = story.run().await;
    let dominant = report.dominant_suppression.unwrap();
    assert_eq!(dominant.reason, SuppressionReason::Deceased);
    assert_eq!((dominant.count, dominant.of), (12, 12));
}

/// The plan of appointments of which slot type 1 is reminded of alone.
fn plan_of_one_slot_type(booked: &[BookedPatient]) -> Plan {
    let mut settings = ReminderSettings::default();
    settings.slot_types = Selection::only(["1".parse().unwrap()]);
    let calendar = WorkingCalendar::default();
    plan(&london(tuesday_at(10, 0)), &settings, &calendar, booked)
}

#[test]
fn slot_types_that_are_not_reminded_of_neither_hide_a_dominant_reason_nor_make_one() {
    let of_type = |slot_type: &str, numbers: std::ops::Range<i64>, status: VitalStatus| {
        let slot_type: SlotTypeId = slot_type.parse().unwrap();
        numbers.map(move |number| {
            let mut patient = adult(number);
            patient.vital_status = status;
            let mut booked = booked(number, wednesday_at(9, 0), patient);
            booked.slot_type = Some(slot_type.clone());
            booked
        })
    };
    let alive = VitalStatus::NoSignOfDeath;
    let dead = VitalStatus::Deceased;
    let hidden: Vec<_> = of_type("1", 1..105, dead)
        .chain(of_type("2", 105..125, alive))
        .collect();
    let dominant = plan_of_one_slot_type(&hidden).dominant_suppression();
    let dominant = dominant.unwrap();
    assert_eq!((dominant.count, dominant.of), (104, 104));

    // A few of the dead are nothing, even if hardly anybody is to be reminded.
    let made: Vec<_> = of_type("2", 1..12, dead)
        .chain(of_type("2", 12..100, alive))
        .chain(of_type("1", 100..101, alive))
        .collect();
    assert_eq!(plan_of_one_slot_type(&made).dominant_suppression(), None);
}

/// When all others were reminded, those who have no contact are what is left over.
#[tokio::test]
async fn what_is_left_over_when_others_were_reminded_is_no_dominant_reason() {
    let story = Story::begin().await;
    let booked = story.book_regulars(21);
    for (patient, _) in booked.iter().take(10) {
        story.practice.set_mobile(*patient, "").unwrap();
        story.practice.set_email(*patient, "").unwrap();
    }
    for sent in [11, 0] {
        let report = story.run().await;
        assert_eq!((report.sent.len(), report.suppressed.len()), (sent, 10));
        assert_eq!(report.dominant_suppression, None);
    }
}

#[tokio::test]
async fn an_answer_that_is_not_a_list_is_an_error() {
    for lie in [
        FalseAnswer::ErrorObject,
        FalseAnswer::EmptyObject,
        FalseAnswer::SoapFault,
    ] {
        let story = Story::begin().await;
        story.book_regulars(3);
        let fault = SimFault::Instead(lie);
        let faults = story.sim.faults();
        faults.times(SimOperation::GetBookedPatientsV2, 10, fault);
        let error = story.reminders().run().await.unwrap_err();
        assert_eq!(error.kind(), ReminderErrorKind::Emis, "{lie:?}");
        story.reminders().outstanding().await.unwrap_err();
        faults.clear();
        assert_eq!(story.run().await.sent.len(), 3);
    }
}
