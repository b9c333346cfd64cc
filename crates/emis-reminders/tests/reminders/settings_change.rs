//! Changes of the reminder times: no patient is reminded twice because of them.

use emis_messaging::NotifyErrorKind;
use emis_reminders::RunReport;
use emis_settings::Offset;
use emis_sim::PatientKind;
use jiff::SignedDuration;
use jiff::civil::date;

use crate::support::{Story, tuesday_at, wednesday_at};

fn counts(report: &RunReport) -> (usize, usize) {
    (report.sent.len(), report.already_sent.len())
}

fn set_hours(story: &mut Story, hours: &[u16]) {
    story.set_reminders(|reminders| {
        reminders.offsets = hours.iter().copied().map(Offset::Hours).collect();
        reminders.minimum_notice_minutes = 10;
    });
}

#[tokio::test]
async fn an_hour_more_sends_no_second_reminder() {
    let mut story = Story::begin().await;
    story.book_regulars(4);
    assert_eq!(counts(&story.run().await), (4, 0));
    set_hours(&mut story, &[25]);
    assert_eq!(counts(&story.run().await), (0, 4));
    set_hours(&mut story, &[24, 12]);
    assert_eq!(counts(&story.run().await), (0, 4));
}

#[tokio::test]
async fn an_hour_less_sends_no_second_reminder() {
    let mut story = Story::begin().await;
    set_hours(&mut story, &[25]);
    // 24 hours before is after half past eight, when they are reminded.
    for patient in story.of_kind(PatientKind::Regular).into_iter().take(3) {
        story.book_between(patient, wednesday_at(8, 40), wednesday_at(9, 30));
    }
    story.clock.set_uk(tuesday_at(8, 30));
    assert_eq!(counts(&story.run().await), (3, 0));
    set_hours(&mut story, &[24]);
    story.clock.set_uk(tuesday_at(9, 45));
    assert_eq!(counts(&story.run().await), (0, 3));
}

#[tokio::test]
async fn a_reminder_in_doubt_stays_in_doubt_under_other_settings() {
    let mut story = Story::begin().await;
    story.book_regulars(1);
    story.outbox.fail_next(NotifyErrorKind::Unknown);
    assert_eq!(story.run().await.in_doubt.len(), 1);
    set_hours(&mut story, &[25]);
    assert_eq!(story.run().await.in_flight.len(), 1);
    assert_eq!(story.outbox.messages().len(), 1);
}

/// Runs every hour for four days: each of three reminders is sent at its time.
#[tokio::test]
async fn several_reminders_of_one_appointment_are_sent_each_at_its_time() {
    let mut story = Story::begin().await;
    set_hours(&mut story, &[72, 24, 2]);
    let patient = story.of_kind(PatientKind::Regular)[0];
    let friday = date(2026, 6, 5);
    story.book_between(patient, friday.at(14, 0, 0, 0), friday.at(18, 0, 0, 0));
    let mut sent = Vec::new();
    for _ in 0..4 * 24 {
        let report = story.run().await;
        sent.extend(report.sent.iter().map(|sent| sent.offset));
        story.clock.advance(SignedDuration::from_hours(1));
    }
    assert_eq!(sent, [72, 24, 2].map(Offset::Hours));
}

/// The appointment was made in the morning, so its day-before reminder was sent at once. The
/// reminder of two hours before is still due.
#[tokio::test]
async fn a_late_reminder_does_not_replace_the_next() {
    let mut story = Story::begin().await;
    set_hours(&mut story, &[24, 1]);
    let patient = story.of_kind(PatientKind::Regular)[0];
    story.book_between(patient, wednesday_at(9, 10), wednesday_at(10, 0));
    story.clock.set_uk(wednesday_at(8, 0));
    assert_eq!(story.run().await.sent[0].offset, Offset::Hours(24));
    story.clock.set_uk(wednesday_at(9, 0));
    assert_eq!(story.run().await.sent[0].offset, Offset::Hours(1));
}
