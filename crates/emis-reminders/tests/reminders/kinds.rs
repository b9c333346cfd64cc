//! The kinds of fault that reminders had, each with its cases.

use std::sync::Arc;

use emis_audit::Provenance;
use emis_client::Operation;
use emis_messaging::{
    DeliveryFailure, DeliveryReceipt, MessageKind, MessageState, MessageTopic, NotifyErrorKind,
    Outbox, RepeatSafety, SenderCapabilities,
};
use emis_reminders::{FailureCause, NewsOutcome, PatientNews, ReminderFinding, SuppressionReason};
use emis_settings::{Channel, ExclusionKind, ExclusionStore, MemoryExclusionStore, Offset};
use emis_types::Clock;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use crate::practice::Practice;
use crate::support::{falling_back_after, messenger, tuesday_at, wednesday_at};

// 1. One patient's trouble.

#[tokio::test(start_paused = true)]
async fn one_patients_failure_does_not_hold_up_the_others() {
    for status in [401, 403, 404, 429, 500, 503] {
        let practice = Practice::with_patients(40);
        practice.emis.poison(3, Some(status));
        let report = practice.run().await;
        assert_eq!(report.sent.len(), 39, "{status}");
        assert!(report.halted.is_none(), "{status}");
        assert_eq!(report.failed.len(), 1, "{status}");
        // It came back last.
        if status != 404 {
            assert_eq!(practice.emis.looked_at().last(), Some(&3), "{status}");
        }
        practice.emis.poison(3, None);
        assert_eq!(practice.run().await.sent.len(), 1, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn many_patients_who_fail_in_a_row_do_not_hold_up_the_others() {
    for status in [403, 429, 500] {
        let practice = Practice::with_patients(40);
        for patient in 1..=15 {
            practice.emis.poison(patient, Some(status));
        }
        let report = practice.run().await;
        assert!(report.halted.is_none(), "{status}");
        assert_eq!(
            (report.sent.len(), report.failed.len()),
            (25, 15),
            "{status}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_stops_when_a_call_about_no_patient_fails_too() {
    for (status, most) in [(403, 1), (429, 1), (500, 3)] {
        let practice = Practice::with_patients(40);
        // The list is read; then EMIS fails for all.
        practice
            .emis
            .after(3, move |emis| emis.break_down(Some(status)));
        let report = practice.run().await;
        assert!(report.halted.is_some(), "{status}");
        assert_eq!(report.failed.len(), 40, "{status}");
        let looked = practice.emis.looked_at().len();
        assert_eq!(looked, most, "{status}");
        practice.emis.break_down(None);
        assert_eq!(practice.run().await.sent.len(), 40, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn failures_that_are_not_in_a_row_ask_nothing_of_emis() {
    let practice = Practice::with_patients(30);
    for patient in [2, 5, 8, 11, 14, 17] {
        practice.emis.poison(patient, Some(500));
    }
    let report = practice.run().await;
    assert_eq!((report.sent.len(), report.failed.len()), (24, 6));
    // Twice for the practice's identity and name; twice when the six came back in a row.
    assert_eq!(practice.emis.count(Operation::GetOrganisationV2), 4);
}

// 2. The last word.

#[tokio::test(start_paused = true)]
async fn an_appointment_that_is_moved_and_moved_back_is_told_again() {
    let practice = Practice::new(|_| ());
    let (at_nine, at_half_past) = (wednesday_at(9, 0), wednesday_at(9, 30));
    practice.emis.book(1, 41, at_nine);
    assert_eq!(practice.run().await.sent.len(), 1);
    let mut now_in = 1;
    for round in 0..6 {
        practice.emis.clock.advance(SignedDuration::from_mins(75));
        practice.emis.cancel(now_in);
        now_in = 3 - now_in;
        let start = if now_in == 1 { at_nine } else { at_half_past };
        practice.emis.book(now_in, 41, start);
        assert_eq!(practice.run().await.sent.len(), 1, "round {round}");
        let told = if now_in == 1 { "at 9am" } else { "at 9:30am" };
        assert!(practice.last_text().contains(told), "round {round}");
        let again = practice.run().await;
        assert_eq!((again.sent.len(), again.already_sent.len()), (0, 1));
    }
    let references: std::collections::HashSet<_> = practice
        .outbox
        .messages()
        .iter()
        .map(|it| it.reference())
        .collect();
    assert_eq!(references.len(), 7, "each is a message of its own");
}

#[tokio::test(start_paused = true)]
async fn a_slot_whose_time_changes_and_changes_back_is_told_again() {
    let practice = Practice::new(|_| ());
    for (start, told) in [
        (wednesday_at(9, 0), "9am"),
        (wednesday_at(9, 20), "9:20am"),
        (wednesday_at(9, 0), "9am"),
    ] {
        practice.emis.book(1, 41, start);
        assert_eq!(practice.run().await.sent.len(), 1);
        assert!(practice.last_text().contains(told));
        practice.emis.clock.advance(SignedDuration::from_mins(75));
    }
}

#[tokio::test(start_paused = true)]
async fn an_appointment_is_told_again_when_the_other_has_passed_meanwhile() {
    let practice = Practice::new(|_| ());
    practice.emis.book(1, 41, wednesday_at(9, 30));
    assert_eq!(practice.run().await.sent.len(), 1);
    practice.emis.clock.advance(SignedDuration::from_mins(75));
    practice.emis.cancel(1);
    practice.emis.book(2, 41, tuesday_at(15, 0));
    assert_eq!(practice.run().await.sent.len(), 1);
    assert!(practice.last_text().contains("3pm"));
    practice.emis.cancel(2);
    practice.emis.book(1, 41, wednesday_at(9, 30));
    practice.emis.clock.advance(SignedDuration::from_hours(4));
    assert_eq!(practice.run().await.sent.len(), 1);
    assert!(practice.last_text().contains("9:30am"));
}

#[tokio::test(start_paused = true)]
async fn an_appointment_that_was_gone_without_a_word_is_not_told_again() {
    let practice = Practice::new(|_| ());
    practice.emis.book(1, 41, wednesday_at(9, 0));
    assert_eq!(practice.run().await.sent.len(), 1);
    practice.emis.cancel(1);
    assert_eq!(practice.run().await.gone.len(), 1);
    practice.emis.book(1, 41, wednesday_at(9, 0));
    let back = practice.run().await;
    assert_eq!((back.sent.len(), back.already_sent.len()), (0, 1));
    // A second appointment of the same patient is no reason either.
    practice.emis.clock.advance(SignedDuration::from_mins(75));
    practice.emis.book(2, 41, wednesday_at(9, 40));
    assert_eq!(practice.run().await.sent.len(), 1);
    assert_eq!(practice.run().await.already_sent.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_list_with_unreadable_records_reports_nothing_gone() {
    let practice = Practice::new(|_| ());
    practice.emis.book(1, 41, wednesday_at(9, 0));
    practice.run().await;
    practice.emis.cancel(1);
    assert_eq!(practice.run().await.gone.len(), 1);
    assert_eq!(practice.run().await.gone.len(), 0, "once");
}

// 3. The same words twice.

#[tokio::test(start_paused = true)]
async fn of_several_reminders_at_once_only_the_nearest_is_sent() {
    let practice = Practice::new(|reminders| {
        reminders.offsets = [24, 2].map(Offset::Hours).into();
    });
    // Made two hours and ten minutes ahead.
    practice.emis.book(1, 41, tuesday_at(12, 10));
    let early = practice.run().await;
    assert_eq!(early.sent.len(), 0);
    assert_eq!(early.suppressed[0].waits_until, Some(tuesday_at(10, 10)));
    practice.run_for(2).await;
    assert_eq!(practice.texts().len(), 1);
    // Made four hours ahead, the nearer one is far enough away.
    practice.emis.book(2, 42, tuesday_at(16, 30));
    practice.run_for(4).await;
    assert_eq!(practice.texts().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn adjoining_appointments_are_told_in_one_message() {
    let practice = Practice::new(|_| ());
    practice.emis.book(1, 41, wednesday_at(10, 0));
    practice.emis.book(2, 41, wednesday_at(10, 10));
    practice.emis.book(3, 42, wednesday_at(10, 0));
    practice.run_for(3).await;
    let texts = practice.texts();
    assert_eq!(texts.len(), 2);
    insta::assert_snapshot!(texts[0], @"A reminder of your 2 appointments with Willow Practice on Wednesday 3 June at 10am and 10:10am. If you cannot attend, please tell the practice.");
    assert!(texts[1].starts_with("A reminder of your appointment"));
}

#[tokio::test(start_paused = true)]
async fn mother_and_child_at_one_telephone_get_one_message() {
    let practice = Practice::new(|reminders| reminders.name_the_patient = true);
    for patient in [41, 42] {
        practice.emis.set_mobile(patient, "07700 900999");
    }
    practice.emis.book(1, 41, wednesday_at(10, 0));
    practice.emis.book(2, 42, wednesday_at(10, 20));
    practice.run_for(3).await;
    assert_eq!(practice.texts().len(), 1);
    insta::assert_snapshot!(practice.last_text(), @"A reminder of 2 appointments with Willow Practice on Wednesday 3 June at 10am and 10:20am. If you cannot attend, please tell the practice.");
}

#[tokio::test(start_paused = true)]
async fn messages_to_one_contact_keep_their_distance_unless_it_would_be_too_late() {
    let practice = Practice::new(|_| ());
    for patient in [41, 42, 43] {
        practice.emis.set_mobile(patient, "07700 900999");
    }
    practice.emis.book(1, 41, wednesday_at(10, 0));
    assert_eq!(practice.run().await.sent.len(), 1);
    practice.emis.clock.advance(SignedDuration::from_mins(15));
    // Booked a moment later, and due at once.
    practice.emis.book(2, 42, wednesday_at(9, 0));
    practice.emis.book(3, 43, tuesday_at(11, 30));
    let second = practice.run().await;
    assert_eq!(second.sent.len(), 1, "the one of today can't wait");
    assert_eq!(second.sent[0].appointment.patient.get(), 43);
    let waits: Vec<_> = second
        .suppressed
        .iter()
        .filter(|it| it.reason == SuppressionReason::RecentMessage)
        .collect();
    assert_eq!(waits.len(), 1);
    assert_eq!(waits[0].appointment.patient.get(), 42);
    practice.run_for(2).await;
    assert_eq!(practice.texts().len(), 3);
}

// 5. Opt-outs and contacts.

#[tokio::test(start_paused = true)]
async fn an_opt_out_of_a_channel_is_known_to_the_planner() {
    let practice = Practice::new(|_| ());
    for patient in 1..=12 {
        practice.emis.book(patient, patient, wednesday_at(9, 30));
    }
    practice.emis.set_email(1, "a@example.com");
    let register = Arc::new(MemoryExclusionStore::new());
    let (ods, by) = (practice.settings.ods_code().clone(), Provenance::product());
    for patient in 1..=12_i64 {
        let kind = ExclusionKind::OptOutOf(Channel::Sms);
        let patient = patient.try_into().unwrap();
        let out = register.exclude(&ods, patient, kind, &by, Timestamp::UNIX_EPOCH);
        assert!(out.await.unwrap());
    }
    let reminders = emis_reminders::Reminders::new(
        practice.emis.client(),
        &practice.settings,
        register,
        practice.store.clone(),
        messenger(
            practice.outbox.clone(),
            &practice.emis.ledger,
            &practice.emis.clock,
        ),
        Arc::new(practice.emis.clock.clone()),
    );
    let report = reminders.run().await.unwrap();
    assert_eq!(report.sent.len(), 1);
    assert_eq!(report.sent[0].channel, Channel::Email);
    let out = report.suppressed.iter();
    let out = out.filter(|it| it.reason == SuppressionReason::OptedOut);
    assert_eq!(out.count(), 11);
    assert_eq!(practice.emis.looked_at(), [1], "no call for the others");
}

#[tokio::test(start_paused = true)]
async fn a_corrected_number_is_tried_after_the_old_one_was_refused() {
    let practice = Practice::new(|_| ());
    practice.emis.book(1, 41, wednesday_at(9, 30));
    practice.outbox.fail_next(NotifyErrorKind::Permanent);
    let refused = practice.run().await;
    let permanent = FailureCause::Notifier(NotifyErrorKind::Permanent);
    assert_eq!(refused.failed[0].cause, permanent);
    let again = practice.run().await;
    assert_eq!(
        again.suppressed[0].reason,
        SuppressionReason::ContactRefused
    );
    practice.emis.set_mobile(41, "07700 900555");
    assert_eq!(practice.run().await.sent.len(), 1);
}

// 6. Politeness.

#[tokio::test(start_paused = true)]
async fn a_practice_is_polled_once_in_five_minutes_whoever_asks() {
    let practice = Practice::with_patients(5);
    for minute in 0..60 {
        for _ in 0..3 {
            let (store, outbox) = (practice.store.clone(), practice.outbox.clone());
            let reminders = practice.emis.reminders(&practice.settings, store, outbox);
            let reminders =
                reminders.least_between_polls(emis_reminders::Reminders::LEAST_BETWEEN_POLLS);
            let report = reminders.run().await.unwrap();
            if minute % 5 != 0 {
                assert_eq!(report.idle, Some(SuppressionReason::PolledRecently));
            }
            reminders.outstanding().await.unwrap();
        }
        practice.emis.clock.advance(SignedDuration::from_mins(1));
    }
    assert_eq!(practice.emis.count(Operation::GetBookedPatientsV2), 12);
    assert_eq!(practice.texts().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn windows_are_of_three_days_and_the_rest_is_planned_a_few_times_a_day() {
    let practice = Practice::new(|reminders| {
        reminders.offsets = [Offset::WorkingDays(7), Offset::Hours(24)].into();
    });
    let start: DateTime = wednesday_at(14, 0).saturating_add(SignedDuration::from_hours(24 * 7));
    practice.emis.book(1, 41, start);
    for _ in 0..10 {
        practice.run_for(24).await;
    }
    assert_eq!(practice.texts().len(), 2);
    let windows = practice.emis.windows();
    let (near, far): (Vec<u32>, Vec<u32>) = windows.iter().partition(|it| **it <= 72 * 60 + 1);
    assert!(far.len() <= 10 * 4, "{}", far.len());
    assert!(near.len() > 300);
    assert!(far.iter().all(|window| *window <= 21 * 24 * 60 + 1));
}

#[test]
fn practices_are_shifted_against_each_other() {
    let every = SignedDuration::from_mins(15);
    let shifts: std::collections::BTreeSet<_> = (0..200)
        .map(|n| format!("A{:05}", 20_000 + n).parse().unwrap())
        .map(|practice| emis_reminders::Reminders::jitter(&practice, every))
        .collect();
    assert!(shifts.len() > 150);
    assert!(shifts.iter().all(|shift| *shift < every));
}

// 8. Alarms.

#[tokio::test(start_paused = true)]
async fn a_list_that_is_suddenly_empty_is_a_finding() {
    let practice = Practice::new(|_| ());
    for day in 0..5 {
        for n in 0..25 {
            let start = wednesday_at(9, 0)
                .saturating_add(SignedDuration::from_hours(24 * day))
                .saturating_add(SignedDuration::from_secs(60 * n));
            practice.emis.book(100 * day + n, 100 * day + n, start);
        }
        assert!(practice.run().await.findings.is_empty());
        practice.emis.clock.advance(SignedDuration::from_hours(24));
    }
    for slot in practice.emis.booked().keys() {
        practice.emis.cancel(*slot);
    }
    // Sunday 7 June, then Monday.
    assert!(practice.run().await.findings.is_empty());
    practice.emis.clock.advance(SignedDuration::from_hours(24));
    let report = practice.run().await;
    assert_eq!(
        report.findings,
        [ReminderFinding::SuddenlyNothing { usually: 25 }]
    );
    assert!(!report.is_clean());
    let tasks = practice.store.all_tasks();
    assert_eq!(tasks.len(), 1);
    practice.run().await;
    assert_eq!(practice.store.all_tasks().len(), 1, "once a day");
}

/// The list of Friday evening ends on Saturday.
#[tokio::test(start_paused = true)]
async fn an_empty_list_before_a_weekend_is_no_finding() {
    let practice = Practice::new(|_| ());
    for day in 0..3 {
        for n in 0..25 {
            let start = wednesday_at(9, 0)
                .saturating_add(SignedDuration::from_hours(24 * day))
                .saturating_add(SignedDuration::from_secs(60 * n));
            practice.emis.book(100 * day + n, 100 * day + n, start);
        }
        assert!(practice.run().await.findings.is_empty());
        practice.emis.clock.advance(SignedDuration::from_hours(24));
    }
    for (hour, expected) in [(10, 1), (11, 1), (12, 0), (18, 0)] {
        let friday = wednesday_at(hour, 0).saturating_add(SignedDuration::from_hours(48));
        practice.emis.clock.set_uk(friday);
        let report = practice.run().await;
        assert_eq!(report.listed, 0);
        let sudden = |it: &&ReminderFinding| matches!(it, ReminderFinding::SuddenlyNothing { .. });
        let found = report.findings.iter().filter(sudden).count();
        assert_eq!(found, expected, "{hour}:00");
    }
}

#[tokio::test(start_paused = true)]
async fn failures_above_a_fifth_are_a_finding() {
    for (failing, found) in [(8, false), (9, true)] {
        let practice = Practice::with_patients(40);
        for patient in 1..=failing {
            practice.emis.poison(patient, Some(500));
        }
        let report = practice.run().await;
        assert_eq!(!report.findings.is_empty(), found, "{failing}");
    }
}

/// Yesterday's reminders don't hide that nothing is sent this morning.
#[tokio::test(start_paused = true)]
async fn silence_is_noticed_the_same_morning() {
    let practice = Practice::with_patients(40);
    assert_eq!(practice.run().await.sent.len(), 40);
    // Wednesday morning; the runs have stopped.
    practice.emis.clock.set_uk(wednesday_at(8, 0));
    for n in 0..5 {
        let start = wednesday_at(8, 10).saturating_add(SignedDuration::from_hours(24));
        practice.emis.book(2_000 + n, 200 + n, start);
    }
    let outstanding = async || {
        let (store, outbox) = (practice.store.clone(), practice.outbox.clone());
        let reminders = practice.emis.reminders(&practice.settings, store, outbox);
        let outstanding = reminders.outstanding().await.unwrap();
        outstanding.silent_since(practice.emis.clock.now())
    };
    assert_eq!(outstanding().await, None);
    practice.emis.clock.set_uk(wednesday_at(8, 30));
    assert_eq!(outstanding().await, None, "it may wait for three runs");
    practice.emis.clock.set_uk(wednesday_at(9, 0));
    let since = emis_types::uk::zoned(wednesday_at(8, 10)).timestamp();
    assert_eq!(outstanding().await, Some(since));
    practice.run().await;
    assert_eq!(outstanding().await, None);
}

/// Many appointments that are gone at once are one task.
#[tokio::test(start_paused = true)]
async fn a_cancelled_session_is_one_task() {
    let practice = Practice::with_patients(12);
    practice.run().await;
    for slot in 1_000..1_006 {
        practice.emis.cancel(slot);
    }
    practice.emis.clock.advance(SignedDuration::from_mins(15));
    let report = practice.run().await;
    assert_eq!(report.gone.len(), 6);
    assert_eq!(
        report.findings,
        [ReminderFinding::ManyGone { appointments: 6 }]
    );
    let tasks = practice.store.all_tasks();
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].kind, emis_messaging::TaskKind::SessionGone);
    practice.run().await;
    assert_eq!(practice.store.all_tasks().len(), 1);
}

/// An appointment that the planned list and EMIS's list have both is told once.
#[tokio::test(start_paused = true)]
async fn a_planned_reminder_that_is_listed_too_is_one() {
    let practice = Practice::new(|it| it.offsets = [Offset::Hours(100)].into());
    let start: DateTime = tuesday_at(14, 0).saturating_add(SignedDuration::from_hours(24 * 7));
    practice.emis.book(1, 41, start);
    practice.run().await;
    // Three days before, and EMIS's clock is a few minutes ahead.
    let now = start.saturating_sub(SignedDuration::from_mins(72 * 60 + 5));
    practice.emis.clock.set_uk(now);
    let ahead = SignedDuration::from_mins(10);
    practice
        .emis
        .after(1, move |emis| emis.clock.advance(ahead));
    assert_eq!(practice.run().await.sent.len(), 1);
    let messages = practice.outbox.messages();
    assert_eq!((messages.len(), messages[0].topics().len()), (1, 1));
    assert_eq!(practice.emis.looked_at(), [41], "it is looked at once");
}

/// A session that is gone is one task, also where appointments are planned far ahead.
#[tokio::test(start_paused = true)]
async fn a_session_that_is_gone_is_counted_by_the_run_alone() {
    let practice = Practice::new(|it| {
        it.offsets = [Offset::WorkingDays(7), Offset::Hours(24)].into();
    });
    for n in 0..6 {
        practice.emis.book(1_000 + n, n + 1, wednesday_at(9, 30));
    }
    assert_eq!(practice.run().await.sent.len(), 6);
    for n in 0..6 {
        practice.emis.cancel(1_000 + n);
    }
    // The planned list is renewed by this run.
    practice.emis.clock.advance(SignedDuration::from_hours(7));
    let report = practice.run().await;
    assert_eq!(report.gone.len(), 6);
    assert_eq!(practice.store.all_tasks().len(), 1);
}

/// What an idempotent sender is sent again must be what it was sent.
#[tokio::test(start_paused = true)]
async fn a_doubtful_message_that_would_differ_is_not_sent_again() {
    let mut capabilities = SenderCapabilities::new("outbox");
    capabilities.repeat = RepeatSafety::Idempotent;
    let mut practice = Practice::new(|_| ());
    practice.outbox = Arc::new(Outbox::with_capabilities(capabilities));
    practice.emis.book(1, 41, wednesday_at(9, 30));
    practice.emis.book(2, 41, wednesday_at(9, 40));
    practice.outbox.fail_next(NotifyErrorKind::Unknown);
    assert_eq!(practice.run().await.in_doubt.len(), 2);
    practice.emis.clock.advance(crate::support::LEASE);
    // After the list, before the last look.
    practice.emis.after(3, |emis| emis.cancel(2));
    let report = practice.run().await;
    assert_eq!((report.sent.len(), report.in_doubt.len()), (0, 1));
    let reason = Some(SuppressionReason::NoLongerBooked);
    assert_eq!(report.suppressed.last().map(|it| it.reason), reason);
}

/// A confirmation that failed goes to the next contact, and no leg of one fires too late.
#[tokio::test(start_paused = true)]
async fn news_that_failed_goes_to_the_next_contact() {
    let practice = Practice::new(|_| ());
    practice.emis.set_email(41, "patient.41@example.com");
    practice.emis.book(1, 41, wednesday_at(9, 30));
    let (store, outbox) = (practice.store.clone(), practice.outbox.clone());
    let reminders = practice.emis.reminders(&practice.settings, store, outbox);
    let start = wednesday_at(9, 30);
    let topic = MessageTopic::appointment("41".parse().unwrap(), "1".parse().unwrap(), start);
    let ends = emis_types::uk::zoned(start).timestamp();
    let news = PatientNews::new(MessageKind::BookingConfirmed, topic, "1", ends);
    let NewsOutcome::Told(reference) = reminders.tell(&news).await.unwrap() else {
        panic!("not told");
    };
    let failed = DeliveryReceipt::of_reference(reference, MessageState::Failed)
        .failed(DeliveryFailure::Unreached);
    let messenger = messenger(
        practice.outbox.clone(),
        &practice.emis.ledger,
        &practice.emis.clock,
    );
    assert!(messenger.record_receipt(&failed).await.unwrap());
    assert!(matches!(
        reminders.tell(&news).await.unwrap(),
        NewsOutcome::Told(_)
    ));
    let messages = practice.outbox.messages();
    let channels: Vec<_> = messages.iter().map(|it| it.channel()).collect();
    assert_eq!(channels, [Channel::Sms, Channel::Email]);

    let late = Some(SuppressionReason::SenderTooLate);
    for (hours, expected) in [(24, late), (12, None)] {
        let outbox = Arc::new(Outbox::with_capabilities(falling_back_after(hours)));
        let store = practice.store.clone();
        let reminders = practice
            .emis
            .reminders(&practice.settings, store, outbox.clone());
        let outcome = reminders.tell(&news).await.unwrap();
        assert_eq!(
            outcome,
            expected.map_or(NewsOutcome::Later, NewsOutcome::Suppressed)
        );
        assert!(outbox.messages().is_empty());
    }
}
