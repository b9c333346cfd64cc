//! Runs against a simulated practice.

use std::collections::HashSet;

use emis_reminders::{ReminderErrorKind, SuppressionReason};
use emis_settings::{Channel, Selection};
use emis_sim::{PatientKind, SimAppointmentStatus, SimOperation};
use emis_types::PatientNumber;
use jiff::SignedDuration;
use jiff::civil::date;

use crate::support::{Interrupted, Story, numbers, reason_for, tuesday_at, wednesday_at};

#[tokio::test]
async fn every_eligible_patient_is_reminded_once() {
    let story = Story::begin_with_bookings().await;
    let expected: HashSet<i32> = story
        .practice
        .slots()
        .into_iter()
        .filter(|slot| tuesday_at(10, 0) <= slot.start && slot.start <= wednesday_at(11, 1))
        .filter(|slot| slot.status == "Booked")
        .map(|slot| slot.slot_id)
        .collect();
    let report = story.run().await;
    assert!(report.is_clean());

    // Every appointment is in the report.
    let mut slots: Vec<i32> = report
        .sent
        .iter()
        .map(|s| s.appointment.slot.get())
        .collect();
    slots.extend(report.suppressed.iter().map(|p| p.appointment.slot.get()));
    assert_eq!(slots.len(), expected.len());
    assert_eq!(slots.into_iter().collect::<HashSet<_>>(), expected);

    assert!(report.sent.len() > 20, "{} sent", report.sent.len());
    for sent in &report.sent {
        let patient = story
            .practice
            .patient(sent.appointment.patient.get())
            .unwrap();
        let unfit = [
            PatientKind::Deceased,
            PatientKind::Deducted,
            PatientKind::Dummy,
        ];
        assert!(!unfit.contains(&patient.kind), "{:?}", patient.kind);
        assert!(patient.dob <= date(2010, 6, 2));
    }
    assert_eq!(story.outbox.messages().len(), report.sent.len());

    let looked_up = story.sim.count(SimOperation::GetPatientDemographics);
    let again = story.run().await;
    assert!(again.sent.is_empty());
    assert_eq!(again.already_sent.len(), report.sent.len());
    let again_looked_up = story.sim.count(SimOperation::GetPatientDemographics) - looked_up;
    assert!(
        again_looked_up < looked_up,
        "EMIS is not called for sent reminders"
    );
}

#[tokio::test]
async fn each_kind_of_patient_is_reminded_or_suppressed() {
    let story = Story::begin().await;
    let expected = [
        (PatientKind::Regular, None),
        (PatientKind::Deceased, Some(SuppressionReason::Deceased)),
        (PatientKind::Deducted, Some(SuppressionReason::Deducted)),
        (PatientKind::Dummy, Some(SuppressionReason::NoValidContact)),
        (
            PatientKind::NoMobile,
            Some(SuppressionReason::NoValidContact),
        ),
        (
            PatientKind::LandlineInMobile,
            Some(SuppressionReason::NoValidContact),
        ),
        (
            PatientKind::MobileWithNote,
            Some(SuppressionReason::NoValidContact),
        ),
        (PatientKind::Child, Some(SuppressionReason::UnderAge)),
    ];
    let mut booked = Vec::new();
    for (kind, reason) in expected {
        for patient in story.of_kind(kind).into_iter().take(2) {
            story.practice.set_email(patient, "").unwrap();
            story.book(patient);
            booked.push((patient, reason));
        }
    }
    let report = story.run().await;
    for (patient, reason) in &booked {
        assert_eq!(reason_for(&report, *patient), *reason, "patient {patient}");
    }
    let sent = numbers(report.sent.iter().map(|sent| &sent.appointment));
    assert_eq!(sent, story.of_kind(PatientKind::Regular)[..2]);
}

#[tokio::test]
async fn a_dummy_patient_with_a_telephone_is_detected_by_the_recheck() {
    let story = Story::begin().await;
    let dummy = story.of_kind(PatientKind::Dummy)[0];
    story.practice.set_mobile(dummy, "07700 900321").unwrap();
    story.book(dummy);
    let report = story.run().await;
    assert_eq!(
        reason_for(&report, dummy),
        Some(SuppressionReason::DummyPatient)
    );
    assert!(story.outbox.messages().is_empty());
}

#[tokio::test]
async fn a_patient_without_a_mobile_gets_an_email() {
    let story = Story::begin().await;
    let patient = story.of_kind(PatientKind::NoMobile)[0];
    story
        .practice
        .set_email(patient, "someone@example.com")
        .unwrap();
    story.book(patient);
    let report = story.run().await;
    assert_eq!(report.sent[0].channel, Channel::Email);
    assert_eq!(
        story.outbox.messages()[0].body().subject(),
        Some("Appointment reminder")
    );
}

#[tokio::test]
async fn patients_who_share_a_telephone_are_reminded_without_a_name() {
    let mut story = Story::begin().await;
    story.set_reminders(|reminders| reminders.name_the_patient = true);
    let [(one, _), (other, _), (alone, _)] = story.book_regulars(3)[..] else {
        panic!("three were booked");
    };
    story.practice.set_mobile(one, "07700 900111").unwrap();
    story.practice.set_mobile(other, "+447700900111").unwrap();
    story.practice.set_mobile(alone, "07700 900112").unwrap();
    story.run().await;
    let bodies: Vec<String> = story
        .outbox
        .messages()
        .iter()
        .map(|message| message.body().expose_text().unwrap().to_owned())
        .collect();
    assert!(bodies[0].starts_with("A reminder of 2 appointments"));
    assert!(bodies[1].contains(", a reminder of your appointment"));
}

/// One batch does not show every patient who shares a telephone, so names are used only on request.
#[tokio::test]
async fn a_telephone_shared_across_days_shows_no_name() {
    let story = Story::begin().await;
    let (patient, _) = story.book_regulars(1)[0];
    let relative = story.of_kind(PatientKind::Regular)[1];
    for one in [patient, relative] {
        story.practice.set_mobile(one, "07700 900111").unwrap();
    }
    let thursday = date(2026, 6, 4);
    let day = (thursday.at(10, 0, 0, 0), thursday.at(18, 0, 0, 0));
    story.book_between(relative, day.0, day.1);
    story.run().await;
    story.clock.set_uk(wednesday_at(18, 0));
    story.run().await;

    let messages = story.outbox.messages();
    assert_eq!(messages.len(), 2);
    for (message, patient) in messages.iter().zip([patient, relative]) {
        let facts = story.practice.patient(patient).unwrap();
        let first_name = facts.first_names.split(' ').next().unwrap();
        assert!(!message.body().expose_text().unwrap().contains(first_name));
    }
}

#[tokio::test]
async fn two_runs_at_once_send_nothing_twice() {
    let story = Story::begin().await;
    story.book_regulars(8);
    let (one, other) = (story.reminders(), story.reminders());
    let (one, other) = tokio::join!(one.run(), other.run());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.sent.len() + other.sent.len(), 8);
    let messages = story.outbox.messages();
    let references: HashSet<_> = messages.iter().map(|message| message.reference()).collect();
    assert_eq!((messages.len(), references.len()), (8, 8));
}

#[tokio::test]
async fn a_change_between_plan_and_sending_is_detected() {
    let story = Story::begin().await;
    let booked = story.book_regulars(9);
    let practice = story.practice.clone();
    let [
        _,
        cancelled,
        died,
        left,
        arrived,
        lost,
        reused,
        silent,
        kept,
    ] = booked[..]
    else {
        panic!("nine were booked");
    };
    let notifier = Interrupted::by(move || {
        practice.staff_cancel(cancelled.1).unwrap();
        practice.record_death(died.0, date(2026, 6, 1)).unwrap();
        practice.deduct(left.0, date(2026, 6, 2)).unwrap();
        practice
            .staff_set_status(arrived.1, SimAppointmentStatus::Arrived)
            .unwrap();
        practice
            .staff_set_status(lost.1, SimAppointmentStatus::Unknown)
            .unwrap();
        practice.staff_cancel(reused.1).unwrap();
        practice.staff_book(reused.1, kept.0).unwrap();
        practice.set_mobile(silent.0, "").unwrap();
        practice.set_email(silent.0, "").unwrap();
    });
    let report = story
        .reminders_through(notifier.clone())
        .run()
        .await
        .unwrap();

    let expected = [
        (cancelled.0, SuppressionReason::NoLongerBooked),
        (died.0, SuppressionReason::Deceased),
        (left.0, SuppressionReason::Deducted),
        (arrived.0, SuppressionReason::StatusNotBooked),
        (lost.0, SuppressionReason::StatusUnknown),
        (reused.0, SuppressionReason::NoLongerBooked),
        (silent.0, SuppressionReason::NoValidContact),
    ];
    for (patient, reason) in expected {
        assert_eq!(
            reason_for(&report, patient),
            Some(reason),
            "patient {patient}"
        );
    }
    assert_eq!(report.suppressed.len(), expected.len());
    let sent = numbers(report.sent.iter().map(|sent| &sent.appointment));
    assert_eq!(sent, numbers_of(&[booked[0].0, kept.0]));
    assert_eq!(notifier.outbox.messages().len(), 2);
}

fn numbers_of(patients: &[i32]) -> Vec<i32> {
    let mut patients = patients.to_vec();
    patients.sort_unstable();
    patients
}

#[tokio::test]
async fn a_slot_given_to_another_patient_reminds_the_new_one() {
    let story = Story::begin().await;
    let (first, slot) = story.book_regulars(1)[0];
    assert_eq!(story.run().await.sent.len(), 1);

    let second = story.of_kind(PatientKind::Regular)[1];
    assert_ne!(first, second);
    story.practice.staff_cancel(slot).unwrap();
    story.practice.staff_book(slot, second).unwrap();
    let report = story.run().await;
    assert_eq!(
        numbers(report.sent.iter().map(|s| &s.appointment)),
        [second]
    );
}

#[tokio::test]
async fn a_run_that_takes_until_the_quiet_hours_stops_sending() {
    let mut story = Story::begin().await;
    story.set_reminders(|reminders| reminders.minimum_notice_minutes = 5);
    story.book_regulars(2);
    story.clock.set_uk(tuesday_at(19, 50));
    let clock = story.clock.clone();
    let notifier = Interrupted::by(move || clock.advance(SignedDuration::from_mins(15)));
    let report = story.reminders_through(notifier).run().await.unwrap();
    assert_eq!(report.sent.len(), 1);
    assert_eq!(report.suppressed[0].reason, SuppressionReason::QuietHours);

    // The other is sent the next morning.
    story.clock.set_uk(wednesday_at(8, 0));
    let later = story.run().await;
    assert_eq!((later.sent.len(), later.already_sent.len()), (1, 1));
}

#[tokio::test]
async fn emis_is_not_called_when_nothing_can_be_sent() {
    let mut story = Story::begin().await;
    story.book_regulars(1);
    story.clock.set_uk(tuesday_at(20, 0));
    let report = story.run().await;
    assert_eq!(
        (report.idle, report.window),
        (Some(SuppressionReason::QuietHours), None)
    );

    story.clock.set_uk(tuesday_at(10, 0));
    story.set_reminders(|reminders| reminders.enabled = false);
    assert_eq!(
        story.run().await.idle,
        Some(SuppressionReason::RemindersOff)
    );
    assert!(story.sim.journal().is_empty());
}

#[tokio::test]
async fn stored_settings_without_a_quiet_night_send_nothing() {
    let mut story = Story::begin().await;
    story.book_regulars(1);
    let mut stored = serde_json::to_value(&story.settings).unwrap();
    let noon = serde_json::json!({ "from": "12:00:00", "until": "13:00:00" });
    stored["reminders"]["quiet_hours"] = noon;
    story.settings = serde_json::from_value(stored).unwrap();
    story.clock.set_uk(wednesday_at(3, 0));
    let error = story.reminders().run().await.unwrap_err();
    assert_eq!(error.kind(), ReminderErrorKind::InvalidSettings);
    assert!(story.outbox.messages().is_empty());
}

#[tokio::test]
async fn the_practices_rules_apply() {
    let mut story = Story::begin().await;
    let booked = story.book_regulars(3);
    let kept = story.practice.slot(booked[0].1).unwrap();
    let sites = |site: i32| Selection::only([emis_types::SiteId::new(site.into()).unwrap()]);
    story.set_reminders(|reminders| {
        reminders.sites = sites(kept.site_id);
        let out = PatientNumber::new(booked[1].0.into()).unwrap();
        reminders.opted_out.insert(out);
    });
    let report = story.run().await;
    assert_eq!(
        reason_for(&report, booked[1].0),
        Some(SuppressionReason::OptedOut)
    );
    let elsewhere = report
        .suppressed
        .iter()
        .filter(|p| p.reason == SuppressionReason::SiteNotReminded);
    assert_eq!(report.sent.len() + elsewhere.count(), 2);
    assert!(
        report
            .sent
            .iter()
            .any(|s| s.appointment.patient.get() == booked[0].0)
    );

    story.set_reminders(|reminders| {
        reminders.slot_types = Selection::only(["no such type".parse().unwrap()]);
    });
    let none = story.run().await;
    assert!(none.sent.is_empty());
    assert_eq!(
        reason_for(&none, booked[0].0),
        Some(SuppressionReason::SlotTypeNotReminded)
    );
}

#[tokio::test]
async fn the_name_in_emis_is_the_fallback() {
    let mut story = Story::begin().await;
    story.book_regulars(1);
    story.settings.set_name(None).unwrap();
    story.run().await;
    let body = story.outbox.messages()[0]
        .body()
        .expose_text()
        .unwrap()
        .to_owned();
    assert!(body.contains(story.practice.name()), "{body}");
}

#[tokio::test]
async fn patients_of_another_practice_are_not_reminded() {
    let mut story = Story::begin().await;
    story.book_regulars(1);
    let other = story.sim.practices()[1].clone();

    // The settings of the other practice with a connection to the first.
    let mut settings = emis_settings::PracticeSettings::new(other.ods().parse().unwrap());
    settings.update_organisation_id(other.cdb()).unwrap();
    std::mem::swap(&mut story.settings, &mut settings);
    let error = story.reminders().run().await.unwrap_err();
    assert_eq!(error.kind(), ReminderErrorKind::WrongPractice);

    // The right ODS code with the wrong organisation ID.
    story.settings = settings;
    story.settings.update_organisation_id(other.cdb()).unwrap();
    let error = story.reminders().run().await.unwrap_err();
    assert_eq!(error.kind(), ReminderErrorKind::WrongPractice);
    assert_eq!(story.sim.count(SimOperation::GetBookedPatientsV2), 0);
    assert!(story.outbox.messages().is_empty());
}

/// A server spawns the run as a task, on any thread.
#[tokio::test]
async fn a_run_can_be_spawned_as_a_task() {
    let story = Story::begin().await;
    story.book_regulars(1);
    let reminders = story.reminders();
    let report = tokio::spawn(async move { reminders.run().await }).await;
    assert_eq!(report.unwrap().unwrap().sent.len(), 1);
}

/// An excluded patient is not reminded, through any channel or through one.
#[tokio::test]
async fn excluded_patients_are_not_reminded() {
    use emis_audit::Provenance;
    use emis_settings::{Channel, ExclusionKind, ExclusionStore};
    let story = Story::begin().await;
    let booked = story.book_regulars(3);
    let practice = story.settings.ods_code().clone();
    let number = |n: usize| PatientNumber::new(booked[n].0.into()).unwrap();
    let by = Provenance::unknown();
    for (n, kind) in [
        (0, ExclusionKind::Excluded),
        (1, ExclusionKind::OptOutOf(Channel::Sms)),
        (1, ExclusionKind::OptOutOf(Channel::Email)),
    ] {
        let excluded = story.register.exclude(
            &practice,
            number(n),
            kind,
            &by,
            emis_types::Clock::now(&story.clock),
        );
        assert!(excluded.await.unwrap());
    }
    let report = story.run().await;
    assert_eq!(report.sent.len(), 1);
    assert_eq!(report.sent[0].appointment.patient, number(2));
    for n in [0, 1] {
        assert_eq!(
            reason_for(&report, booked[n].0),
            Some(SuppressionReason::OptedOut)
        );
    }
    // Readmitted, and reminded.
    let now = emis_types::Clock::now(&story.clock);
    let back = story
        .register
        .readmit(&practice, number(0), ExclusionKind::Excluded, &by, now);
    assert!(back.await.unwrap());
    assert_eq!(story.run().await.sent.len(), 1);
}
