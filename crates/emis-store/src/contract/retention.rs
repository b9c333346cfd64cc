//! Retention, erasure and off-boarding: closed records are deleted, open ones stay.

use std::sync::Arc;

use emis_audit::{AuditEventKind, AuditStore, Provenance, verify};
use emis_booking::{AppointmentKey, BookingId, BookingRecord, BookingState, BookingStore};
use emis_reminders::{ReminderKey, ReminderSettlement, ReminderStore};
use emis_settings::{
    Channel, ExclusionKind, ExclusionStore, PracticeSettings, RecordCounts, RemovalOutcome,
    RetentionPolicy, RetentionStore, SettingsRevision, SettingsStore, erase_patient,
};
use emis_types::PatientNumber;
use jiff::Timestamp;
use jiff::civil::date;

use super::{by_author, ods, second};

/// A time after the appointments of all records.
const LATER: i64 = 400_000;

fn patient(number: i64) -> PatientNumber {
    PatientNumber::new(number).unwrap()
}

/// Records a booking and a message of each patient, and an exclusion of the first.
async fn fill<S>(store: &S, patients: &[i64]) -> Vec<BookingRecord>
where
    S: BookingStore + ReminderStore + ExclusionStore + SettingsStore,
{
    let practice = ods("A20047");
    let settings = PracticeSettings::new(practice.clone());
    let revision = SettingsRevision::new(settings, Provenance::product(), second(0));
    store.save(&revision).await.unwrap();
    let mut bookings = Vec::new();
    for number in patients {
        let appointment = AppointmentKey {
            session: "70".parse().unwrap(),
            slot: (*number).try_into().unwrap(),
            patient: patient(*number),
            start: second(100_000),
        };
        let id = BookingId::random();
        let booking = BookingRecord::begun(id, practice.clone(), appointment, second(1));
        store.begin(&booking, by_author()).await.unwrap();
        BookingStore::settle(
            store,
            &booking.id,
            BookingState::Confirmed,
            second(2),
            by_author(),
        )
        .await
        .unwrap();
        bookings.push(booking);
        let key = key(*number);
        store.claim(&key, Timestamp::MAX, second(3)).await.unwrap();
        ReminderStore::settle(
            store,
            &key,
            ReminderSettlement::Sent,
            second(4),
            by_author(),
        )
        .await
        .unwrap();
    }
    let (kind, first) = (ExclusionKind::OptOut, patient(patients[0]));
    store
        .exclude(&practice, first, kind, by_author(), second(5))
        .await
        .unwrap();
    bookings
}

fn key(number: i64) -> ReminderKey {
    ReminderKey {
        practice: ods("A20047"),
        slot: number.try_into().unwrap(),
        patient: patient(number),
        start: date(2026, 5, 30).at(9, 30, 0, 0),
        minutes_before: 24 * 60,
        channel: Channel::Sms,
    }
}

fn counts(bookings: u64, messages: u64, exclusions: u64) -> RecordCounts {
    let mut counts = RecordCounts::default();
    (counts.bookings, counts.messages, counts.exclusions) = (bookings, messages, exclusions);
    counts
}

/// A patient's records are deleted once their appointments are over, and the log no longer names them.
pub async fn a_patient_is_erased<S>(store: &Arc<S>)
where
    S: BookingStore + ReminderStore + ExclusionStore + SettingsStore + AuditStore + RetentionStore,
{
    let practice = ods("A20047");
    let bookings = fill(&**store, &[41, 42]).await;
    let erase = async |at| {
        erase_patient(
            &**store,
            &**store,
            &practice,
            patient(41),
            by_author(),
            second(at),
        )
        .await
        .unwrap()
    };
    // Both keep the same booking or reminder from being made twice until then.
    let early = erase(10).await;
    assert_eq!(early, RemovalOutcome::new(counts(0, 0, 0), counts(1, 1, 1)));
    assert!(!early.is_complete());

    let done = erase(LATER).await;
    assert_eq!(
        (done.deleted, done.kept),
        (counts(1, 1, 0), counts(0, 0, 1))
    );
    assert!(done.is_complete() && done.pseudonymised >= 5);
    assert_eq!(store.get(&bookings[0].id).await.unwrap(), None);
    assert!(store.get(&bookings[1].id).await.unwrap().is_some());
    let active = store.active(&practice).await.unwrap();
    assert!(!active.allow(patient(41), Channel::Sms));

    let log = practice.clone().into();
    verify(&**store, &log, &[]).await.unwrap();
    let entries = store.entries(&log, 0, 99).await.unwrap();
    let events: Vec<_> = entries.iter().map(|entry| entry.event().unwrap()).collect();
    let names = |number: i64| {
        let named = events
            .iter()
            .filter(|event| event.details().get("patient") == Some(&number.into()));
        named.count()
    };
    assert_eq!(names(41), 0);
    assert!(names(42) > 0);
    let erased = events
        .iter()
        .filter(|event| *event.kind() == AuditEventKind::PATIENT_ERASED);
    assert_eq!(erased.count(), 1);
    assert_eq!(erase(LATER).await.deleted, counts(0, 0, 0));
}

/// Nothing of a practice is deleted while a booking is in flight; everything is afterwards.
pub async fn a_practice_is_off_boarded_when_nothing_is_open<S>(store: &Arc<S>)
where
    S: BookingStore + ReminderStore + ExclusionStore + SettingsStore + AuditStore + RetentionStore,
{
    let practice = ods("A20047");
    fill(&**store, &[41, 42]).await;
    let appointment = AppointmentKey {
        session: "70".parse().unwrap(),
        slot: "43".parse().unwrap(),
        patient: patient(43),
        start: second(100_000),
    };
    let open = BookingRecord::begun(
        BookingId::random(),
        practice.clone(),
        appointment,
        second(6),
    );
    store.begin(&open, by_author()).await.unwrap();
    let refused = store
        .off_board(&practice, by_author(), second(7))
        .await
        .unwrap();
    assert_eq!(
        (refused.deleted, refused.kept.bookings),
        (counts(0, 0, 0), 1)
    );
    assert!(store.load(&practice).await.unwrap().is_some());

    let confirmed = BookingState::Confirmed;
    BookingStore::settle(&**store, &open.id, confirmed, second(8), by_author())
        .await
        .unwrap();
    let done = store
        .off_board(&practice, by_author(), second(9))
        .await
        .unwrap();
    assert_eq!(done, RemovalOutcome::new(counts(3, 2, 1), counts(0, 0, 0)));
    assert!(store.load(&practice).await.unwrap().is_none());
    assert!(store.active(&practice).await.unwrap().is_empty());
    assert_eq!(store.get(&open.id).await.unwrap(), None);

    // The audit log stays.
    let log = practice.clone().into();
    let report = verify(&**store, &log, &[]).await.unwrap();
    let last = store.entries(&log, report.entries - 1, 1).await.unwrap();
    let last = last[0].event().unwrap();
    assert_eq!(
        (last.kind(), last.by()),
        (&AuditEventKind::PRACTICE_OFF_BOARDED, by_author())
    );
}

/// Records are deleted after their period, and not a second before.
pub async fn records_expire<S>(store: &Arc<S>)
where
    S: BookingStore + ReminderStore + ExclusionStore + SettingsStore + AuditStore + RetentionStore,
{
    let practice = ods("A20047");
    let bookings = fill(&**store, &[41]).await;
    let mut policy = RetentionPolicy::default();
    (policy.booking_days, policy.message_days) = (5, 10);
    let day = 24 * 60 * 60;
    let expired = async |at| {
        store
            .delete_expired(&policy, by_author(), second(at))
            .await
            .unwrap()
    };
    assert_eq!(expired(5 * day + 2).await, []);
    assert!(store.get(&bookings[0].id).await.unwrap().is_some());
    assert_eq!(
        expired(5 * day + 3).await,
        [(practice.clone(), counts(1, 0, 0))]
    );
    assert_eq!(expired(10 * day + 4).await, []);
    assert_eq!(
        expired(10 * day + 5).await,
        [(practice.clone(), counts(0, 1, 0))]
    );
    // An exclusion in force has no end to count from.
    assert_eq!(expired(4_000 * day).await, []);
    verify(&**store, &practice.into(), &[]).await.unwrap();
}
