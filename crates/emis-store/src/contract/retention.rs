//! Retention, erasure and off-boarding: closed records are deleted, open ones stay.

use std::sync::Arc;

use emis_audit::{AuditEventKind, AuditStore, Provenance, verify};
use emis_booking::{
    AppointmentKey, BeginOutcome, BookingChange, BookingDraft, BookingId, BookingNoticeKind,
    BookingRecord, BookingState, BookingStore,
};
use emis_messaging::{
    AttemptOutcome, Contact, LeaseOwner, Message, MessageBody, MessageClaim, MessageEntry,
    MessageKind, MessageReference, MessageStore, MessageTopic, PracticeTask, TaskKind, TaskStore,
    TaskSubject,
};
use emis_reminders::{
    ClaimOwner, ClaimRequest, PlannedReminder, ReminderKey, ReminderSettlement, ReminderStore,
};
use emis_settings::{
    Channel, ExclusionKind, ExclusionStore, PracticeSettings, RecordCounts, RemovalOutcome,
    RetentionPolicy, RetentionStore, SettingsRevision, SettingsStore, erase_patient,
};
use emis_types::PatientNumber;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

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
    let mut planned_list = Vec::new();
    for number in patients {
        let appointment = AppointmentKey {
            session: "70".parse().unwrap(),
            slot: (*number).try_into().unwrap(),
            patient: patient(*number),
            start: second(100_000),
        };
        let id = BookingId::random();
        let draft = BookingDraft::intended(id, practice.clone(), appointment);
        bookings.push(confirmed(store, &draft).await);
        let key = key(*number);
        let request = ClaimRequest::one(key, ClaimOwner::random(), second(3));
        let claim = ReminderStore::claim(store, &request).await.unwrap();
        let reference = claim.granted().unwrap().reference;
        let sent = ReminderSettlement::Sent;
        let settled = ReminderStore::settle(
            store,
            &practice,
            reference,
            None,
            sent,
            second(4),
            by_author(),
        );
        assert!(settled.await.unwrap());
        let planned = PlannedReminder {
            appointment: request.reminders[0].key.appointment(),
            rule: 0,
            minutes_before: 10_080,
            send_at: date(2026, 5, 23).at(9, 30, 0, 0),
        };
        planned_list.push(planned);
        store
            .replace_planned(&practice, &planned_list)
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

/// Begins and confirms a booking.
async fn confirmed<S: BookingStore>(store: &S, draft: &BookingDraft) -> BookingRecord {
    let BeginOutcome::Started(mut record) = store.begin(draft, by_author()).await.unwrap() else {
        panic!("not begun")
    };
    for state in [BookingState::Sending, BookingState::Confirmed] {
        let change = BookingChange::to(state).telling(BookingNoticeKind::Booked);
        let settled = BookingStore::settle(store, &record, &change, by_author()).await;
        record = settled.unwrap().unwrap().record;
    }
    record
}

fn key(number: i64) -> ReminderKey {
    ReminderKey {
        practice: ods("A20047"),
        slot: number.try_into().unwrap(),
        patient: patient(number),
        start: date(2026, 5, 30).at(9, 30, 0, 0),
        minutes_before: 24 * 60,
        channel: Channel::Sms,
        contact: "00000000000000a1".parse().unwrap(),
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
    let notices = store.notices(&practice).await.unwrap();
    assert!(
        notices
            .iter()
            .all(|notice| notice.booking == bookings[1].id)
    );
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

/// Messages and tasks of a patient are erased when they are closed, and not before.
pub async fn messages_and_tasks_of_a_patient_are_erased<S>(store: &Arc<S>)
where
    S: MessageStore + TaskStore + RetentionStore,
{
    let practice = ods("A20047");
    let (owner, lease) = (LeaseOwner::random(), SignedDuration::from_hours(1));
    let mut open = Vec::new();
    for (n, number) in [41, 41, 42].into_iter().enumerate() {
        let start = date(2026, 5, 30).at(9, 30, 0, 0);
        let topic = MessageTopic::appointment(patient(number), "501".parse().unwrap(), start);
        let reference = MessageReference::derive([n.to_string().as_str()]);
        let to = Contact::Sms("07700 900123".parse().unwrap());
        let body = MessageBody::text("not kept");
        let message = Message::new(practice.clone(), MessageKind::Reminder, to, body, reference);
        let entry = MessageEntry::from(&message.about(topic));
        let claim = store.claim_message(&entry, &owner, lease, second(1));
        let MessageClaim::Granted(ticket) = claim.await.unwrap() else {
            panic!("not granted");
        };
        open.push(ticket);
        let mut subject = TaskSubject::default();
        (subject.patient, subject.message) = (Some(patient(number)), Some(reference));
        let kind = TaskKind::MessageUndelivered;
        let task = PracticeTask::new(practice.clone(), kind, subject, second(1));
        store.open_tasks(&[task]).await.unwrap();
    }
    let erase = async |at| {
        let (by, at) = (by_author(), second(at));
        let erased = store.delete_patient_records(&practice, patient(41), by, at);
        let erased = erased.await.unwrap();
        let numbers = |counts: RecordCounts| (counts.messages, counts.tasks);
        (numbers(erased.deleted), numbers(erased.kept))
    };
    assert_eq!(erase(LATER).await, ((0, 0), (2, 2)));
    let not_sent = AttemptOutcome::NotSent;
    for ticket in &open {
        let settled = store.settle_attempt(ticket, &not_sent, &[], by_author(), second(2));
        assert!(settled.await.unwrap());
    }
    // Their appointments have not begun.
    assert_eq!(erase(10).await, ((0, 0), (2, 2)));
    for task in store.tasks(&practice).await.unwrap() {
        let done = store.acknowledge_task(&practice, task.id, by_author(), second(3));
        assert!(done.await.unwrap());
    }
    assert_eq!(erase(LATER).await, ((2, 2), (0, 0)));
    for (ticket, left) in open.iter().zip([false, false, true]) {
        let found = store.message(&practice, ticket.reference).await.unwrap();
        assert_eq!(found.is_some(), left);
    }
    let policy = RetentionPolicy::default();
    let day = 24 * 60 * 60;
    let expired = store.delete_expired(&policy, by_author(), second(2 + 731 * day));
    let expired = expired.await.unwrap();
    assert_eq!((expired[0].1.messages, expired[0].1.tasks), (1, 1));
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
    let open = BookingDraft::intended(BookingId::random(), practice.clone(), appointment);
    let BeginOutcome::Started(begun) = store.begin(&open, by_author()).await.unwrap() else {
        panic!("not begun")
    };
    let refused = store
        .off_board(&practice, by_author(), second(7))
        .await
        .unwrap();
    assert_eq!(
        (refused.deleted, refused.kept.bookings),
        (counts(0, 0, 0), 1)
    );
    assert!(store.load(&practice).await.unwrap().is_some());

    let sending = BookingChange::to(BookingState::Sending);
    let settled = BookingStore::settle(&**store, &begun, &sending, by_author()).await;
    let sending = settled.unwrap().unwrap().record;
    let unresolved = BookingChange::to(BookingState::Unresolved);
    BookingStore::settle(&**store, &sending, &unresolved, by_author())
        .await
        .unwrap();
    assert_eq!(store.notices(&practice).await.unwrap().len(), 4);
    let done = store
        .off_board(&practice, by_author(), second(9))
        .await
        .unwrap();
    assert_eq!(done, RemovalOutcome::new(counts(3, 2, 1), counts(0, 0, 0)));
    assert!(store.load(&practice).await.unwrap().is_none());
    assert!(store.active(&practice).await.unwrap().is_empty());
    assert_eq!(store.notices(&practice).await.unwrap(), []);
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
    let expired = async |policy: &RetentionPolicy, at: Timestamp| {
        let expired = store.delete_expired(policy, by_author(), at);
        expired.await.unwrap()
    };
    let day = SignedDuration::from_hours(24);
    let sent = second(4) + 10 * day;
    assert_eq!(expired(&policy, sent).await, []);
    let one = expired(&policy, sent + SignedDuration::from_secs(1)).await;
    assert_eq!(one, [(practice.clone(), counts(0, 1, 0))]);
    // Bookings are dated by the store's clock.
    let settled = bookings[0].changed_at.max(second(100_000)) + 5 * day;
    assert_eq!(expired(&policy, settled).await, []);
    assert!(store.get(&bookings[0].id).await.unwrap().is_some());
    let one = expired(&policy, settled + SignedDuration::from_secs(1)).await;
    assert_eq!(one, [(practice.clone(), counts(1, 0, 0))]);
    assert_eq!(store.notices(&practice).await.unwrap(), []);
    // An exclusion in force has no end to count from.
    assert_eq!(expired(&policy, settled + 4_000 * day).await, []);
    verify(&**store, &practice.into(), &[]).await.unwrap();
}
