//! Bookings: recorded before they are sent, compared and set.

use std::sync::Arc;

use emis_audit::{AuditEventKind, AuditStore, Digest};
use emis_booking::{
    AppointmentKey, BOOKING_WATCHED_FOR, BeginOutcome, BookingChange, BookingDraft, BookingId,
    BookingMove, BookingNotice, BookingNoticeKind, BookingRecord, BookingSettlement, BookingState,
    BookingStore, CancelCause, MemoryBookingStore, MoveEnd, MovePhase, Rejection,
};
use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{Dice, author, by_author, ods, second};

const SLOT_TAKEN: BookingState = BookingState::Rejected(Rejection::SlotTaken);

fn draft(slot: i64, patient: i64) -> BookingDraft {
    let appointment = AppointmentKey {
        session: "70".parse().unwrap(),
        slot: slot.try_into().unwrap(),
        patient: patient.try_into().unwrap(),
        start: second(100_000),
    };
    BookingDraft::intended(BookingId::random(), ods("A20047"), appointment)
}

async fn begin<S: BookingStore>(store: &S, draft: &BookingDraft) -> BeginOutcome {
    store.begin(draft, by_author()).await.unwrap()
}

/// Begins a booking that nothing is in the way of.
async fn begun<S: BookingStore>(store: &S, draft: &BookingDraft) -> BookingRecord {
    match begin(store, draft).await {
        BeginOutcome::Started(record) => record,
        other => panic!("not begun: {other:?}"),
    }
}

async fn change<S: BookingStore>(
    store: &S,
    observed: &BookingRecord,
    change: BookingChange,
) -> BookingSettlement {
    let settled = store.settle(observed, &change, by_author()).await;
    settled.unwrap().unwrap()
}

/// Brings a booking to a state on a way that is allowed.
async fn bring<S: BookingStore>(
    store: &S,
    record: BookingRecord,
    states: &[BookingState],
) -> BookingRecord {
    let mut record = record;
    for state in states {
        let settlement = change(store, &record, BookingChange::to(*state)).await;
        assert!(settlement.changed, "to {state}");
        record = settlement.record;
    }
    record
}

const CONFIRMED: [BookingState; 2] = [BookingState::Sending, BookingState::Confirmed];

/// A booking is read as it was recorded, and dated by the store's clock.
pub async fn a_booking_is_kept_as_it_was_begun<S: BookingStore>(store: &Arc<S>) {
    for (n, start) in ["2026-06-02T09:00:00.000000001Z", "1969-12-31T23:59:59.5Z"]
        .iter()
        .enumerate()
    {
        let n = n as i64 + 1;
        let mut booking = draft(n, n).of_request(Digest::of("it"));
        booking.appointment.start = start.parse().unwrap();
        let before = store.now().await.unwrap();
        let record = begun(&**store, &booking).await;
        let after = store.now().await.unwrap();
        assert!(before <= record.begun_at && record.begun_at <= after);
        assert_eq!(record, BookingRecord::begun(booking, record.begun_at));
        assert_eq!(store.get(&record.id).await.unwrap(), Some(record));
    }
    assert_eq!(store.get(&BookingId::random()).await.unwrap(), None);
}

/// At most one booking of a slot, and one of a patient, is in flight.
pub async fn a_booking_in_flight_blocks_its_slot_and_patient_until_it_is_settled<
    S: BookingStore,
>(
    store: &Arc<S>,
) {
    let store = &**store;
    let booking = draft(1, 41);
    let first = begun(store, &booking).await;
    let again = begin(store, &booking).await;
    assert_eq!(again, BeginOutcome::AlreadyBegun(first.clone()));
    let (same_slot, same_patient) = (draft(1, 42), draft(2, 41));
    let mut first = first;
    for state in [BookingState::Sending, BookingState::Unknown, SLOT_TAKEN] {
        let busy = begin(store, &same_slot).await;
        assert_eq!(busy, BeginOutcome::SlotBusy(first.clone()));
        let busy = begin(store, &same_patient).await;
        assert_eq!(busy, BeginOutcome::PatientBusy(first.clone()));
        first = bring(store, first, &[state]).await;
    }
    // Slot 1 and patient 41 of another practice are others.
    let mut elsewhere = draft(1, 41);
    elsewhere.practice = ods("Y00001");
    begun(store, &elsewhere).await;
    begun(store, &same_slot).await;
    begun(store, &same_patient).await;
    // What is rejected from the start is in nobody's way, and nothing is in its way.
    begun(store, &draft(1, 41).in_state(SLOT_TAKEN)).await;
}

/// A change is made only to the state and revision that were observed.
pub async fn a_change_is_compared_and_set<S: BookingStore>(store: &Arc<S>) {
    let store = &**store;
    let intended = begun(store, &draft(1, 41)).await;
    let sending = bring(store, intended.clone(), &[BookingState::Sending]).await;
    assert_eq!(sending.revision, 1);
    assert!(sending.changed_at >= intended.changed_at);
    let late = change(store, &intended, BookingChange::to(SLOT_TAKEN)).await;
    assert!(!late.changed);
    assert_eq!(late.record, sending);

    // The same state again is another revision.
    let confirmed = bring(store, sending, &[BookingState::Confirmed]).await;
    let cancelling = bring(store, confirmed, &[BookingState::Cancelling]).await;
    let way = [BookingState::Confirmed, BookingState::Cancelling];
    let again = bring(store, cancelling.clone(), &way).await;
    let cancelled = BookingChange::to(BookingState::Cancelled);
    assert!(!change(store, &cancelling, cancelled.clone()).await.changed);
    assert!(change(store, &again, cancelled).await.changed);

    let mut unknown = intended;
    unknown.id = BookingId::random();
    let rejected = BookingChange::to(SLOT_TAKEN);
    let settled = store.settle(&unknown, &rejected, by_author());
    assert_eq!(settled.await.unwrap(), None);
}

/// Of many concurrent changes of an observed state one is made.
pub async fn of_many_concurrent_changes_one_is_made<S: BookingStore + 'static>(store: &Arc<S>) {
    let record = begun(&**store, &draft(1, 41)).await;
    let record = bring(&**store, record, &[BookingState::Sending]).await;
    let mut workers = JoinSet::new();
    for n in 0..20 {
        let (store, record) = (Arc::clone(store), record.clone());
        let state = match n % 2 {
            0 => BookingState::Confirmed,
            _ => SLOT_TAKEN,
        };
        workers.spawn(async move {
            let told = BookingChange::to(state).telling(BookingNoticeKind::Booked);
            change(&*store, &record, told).await.changed
        });
    }
    let changed = workers.join_all().await;
    assert_eq!(changed.iter().filter(|changed| **changed).count(), 1);
    assert_eq!(store.notices(&ods("A20047")).await.unwrap().len(), 1);
}

/// Every state is read as it was recorded.
pub async fn every_state_comes_back_as_it_was_kept<S: BookingStore>(store: &Arc<S>) {
    let rejected = Rejection::ALL.iter().copied().map(BookingState::Rejected);
    // Unknown comes last, because it keeps the slot occupied.
    for state in rejected.chain([BookingState::Unresolved, BookingState::Unknown]) {
        let record = begun(&**store, &draft(1, 41)).await;
        let record = bring(&**store, record, &[BookingState::Sending, state]).await;
        assert_eq!(store.get(&record.id).await.unwrap(), Some(record));
    }
}

/// A cancellation and a booking of one slot are never in flight together.
pub async fn a_cancellation_and_a_booking_of_one_slot_are_never_in_flight_together<
    S: BookingStore,
>(
    store: &Arc<S>,
) {
    let store = &**store;
    let first = begun(store, &draft(1, 41)).await;
    let first = bring(store, first, &CONFIRMED).await;

    let again = begun(store, &draft(1, 41)).await;
    let cancelling = BookingChange::to(BookingState::Cancelling).because(CancelCause::Requested);
    let stopped = change(store, &first, cancelling.clone()).await;
    assert!(!stopped.changed);
    assert_eq!(stopped.blocked_by, Some(again.id));
    assert_eq!(stopped.record, first);

    bring(store, again, &[SLOT_TAKEN]).await;
    let cancelling = change(store, &first, cancelling).await;
    assert!(cancelling.changed);
    assert_eq!(cancelling.record.cancel_cause, Some(CancelCause::Requested));
    for patient in [41, 42] {
        let busy = begin(store, &draft(1, patient)).await;
        assert_eq!(busy, BeginOutcome::SlotBusy(cancelling.record.clone()));
    }
}

/// An appointment has at most one booking that holds it.
pub async fn an_appointment_is_held_once<S: BookingStore>(store: &Arc<S>) {
    let store = &**store;
    let first = begun(store, &draft(1, 41)).await;
    let first = bring(store, first, &CONFIRMED).await;
    let again = begun(store, &draft(1, 41)).await;
    let again = bring(store, again, &[BookingState::Sending]).await;
    let confirmed = BookingChange::to(BookingState::Confirmed).telling(BookingNoticeKind::Booked);
    let blocked = change(store, &again, confirmed.clone()).await;
    assert_eq!(
        (blocked.changed, blocked.blocked_by),
        (false, Some(first.id))
    );
    assert_eq!(store.notices(&ods("A20047")).await.unwrap(), []);
    let elsewhere = BookingDraft::cancelling(ods("A20047"), first.appointment);
    let busy = begin(store, &elsewhere).await;
    assert_eq!(busy, BeginOutcome::SlotBusy(again.clone()));

    bring(store, first, &[BookingState::Cancelled]).await;
    let confirmed = change(store, &again, confirmed).await;
    assert!(confirmed.changed);
    let found = store.confirmed(&ods("A20047"), &again.appointment).await;
    assert_eq!(found.unwrap(), Some(confirmed.record));
    // The same slot at another time, and another patient in it, are other appointments.
    let mut later = draft(1, 41);
    later.appointment.start = second(200_000);
    for other in [later, draft(1, 42)] {
        let other = begun(store, &other).await;
        bring(store, other, &CONFIRMED).await;
    }
}

/// Unsettled bookings are listed, oldest first; those that are watched, and those of a patient.
pub async fn bookings_are_listed_oldest_first<S: BookingStore>(store: &Arc<S>) {
    let store = &**store;
    let practice = ods("A20047");
    let mut records = Vec::new();
    for n in 1..=4 {
        records.push(begun(store, &draft(n, n)).await);
    }
    let sending = bring(store, records[2].clone(), &[BookingState::Sending]).await;
    bring(store, records[3].clone(), &CONFIRMED).await;
    let unsettled = store.unsettled(&practice).await.unwrap();
    assert_eq!(
        unsettled,
        [records[0].clone(), records[1].clone(), sending.clone()]
    );
    assert_eq!(store.unsettled(&ods("Y00001")).await.unwrap(), []);

    assert_eq!(store.watched(&practice).await.unwrap(), []);
    let rejected = BookingChange::to(SLOT_TAKEN).watched(BOOKING_WATCHED_FOR);
    let watched = change(store, &sending, rejected).await.record;
    assert!(watched.watched_until > Some(watched.changed_at));
    assert_eq!(
        store.watched(&practice).await.unwrap(),
        std::slice::from_ref(&watched)
    );

    // A later booking of the slot and patient is watched as long: the earlier call may undo it.
    let later = begun(store, &draft(3, 3)).await;
    let later = bring(store, later, &CONFIRMED).await;
    assert_eq!(later.watched_until, watched.watched_until);
    let of_patient = store.of_patient(&practice, 3.try_into().unwrap()).await;
    assert_eq!(of_patient.unwrap(), [watched, later]);
}

/// A notice is written with the change that it tells, and listed until it is acknowledged.
pub async fn a_notice_is_kept_until_it_is_acknowledged<S: BookingStore>(store: &Arc<S>) {
    let store = &**store;
    let practice = ods("A20047");
    let sending = begun(store, &draft(1, 41)).await;
    let sending = bring(store, sending, &[BookingState::Sending]).await;
    let told = BookingChange::to(BookingState::Confirmed).telling(BookingNoticeKind::Booked);
    let confirmed = change(store, &sending, told.clone()).await.record;
    // What changes nothing tells nothing.
    assert!(!change(store, &sending, told).await.changed);
    let cancelled =
        BookingChange::to(BookingState::Cancelled).telling(BookingNoticeKind::Cancelled);
    change(store, &confirmed, cancelled).await;

    let notices = store.notices(&practice).await.unwrap();
    let kinds: Vec<_> = notices.iter().map(|notice| notice.kind).collect();
    assert_eq!(
        kinds,
        [BookingNoticeKind::Booked, BookingNoticeKind::Cancelled]
    );
    let first = &notices[0];
    assert_eq!(
        (first.booking, first.appointment),
        (confirmed.id, confirmed.appointment)
    );
    assert_eq!(
        (&first.practice, first.at),
        (&practice, confirmed.changed_at)
    );
    assert_eq!(
        store.notices(&practice).await.unwrap(),
        notices,
        "under one ID"
    );
    assert_eq!(store.notices(&ods("Y00001")).await.unwrap(), []);

    let acknowledge = async |practice: &str| {
        let practice = ods(practice);
        let removed = store.acknowledge_notice(&practice, &first.id, by_author());
        removed.await.unwrap()
    };
    assert!(!acknowledge("Y00001").await);
    assert!(acknowledge("A20047").await);
    assert!(!acknowledge("A20047").await);
    assert_eq!(store.notices(&practice).await.unwrap(), notices[1..]);
}

/// A booking has one move in progress, which ends once, together with its notice.
pub async fn a_move_begins_once_and_ends_once<S: BookingStore>(store: &Arc<S>) {
    let practice = ods("A20047");
    let record = begun(&**store, &draft(1, 41)).await;
    let new = |from| {
        let phase = MovePhase::BookFirst;
        BookingMove::new(BookingId::random(), practice.clone(), from, phase)
    };
    let begin = async |new: &BookingMove| store.begin_move(new, by_author()).await.unwrap();
    let first = new(record.id);
    assert!(begin(&first).await);
    assert!(!begin(&first).await);
    assert!(!begin(&new(record.id)).await);
    let found = store.find_move(&first.id).await.unwrap().unwrap();
    assert_eq!(found, first.clone().begun(found.begun_at));
    assert_eq!(store.open_moves(&practice).await.unwrap(), [found]);

    let mut end = MoveEnd::new(MovePhase::NotMoved);
    let told = BookingNoticeKind::NotMoved;
    end.notice = Some(BookingNotice::of_move(&first.id, &record, told));
    assert!(store.end_move(&first, &end, by_author()).await.unwrap());
    assert!(!store.end_move(&first, &end, by_author()).await.unwrap());
    assert_eq!(store.notices(&practice).await.unwrap().len(), 1);
    assert_eq!(store.open_moves(&practice).await.unwrap(), []);
    let found = store.find_move(&first.id).await.unwrap().unwrap();
    assert_eq!(found.phase, MovePhase::NotMoved);
    assert!(begin(&new(record.id)).await);
    assert_eq!(store.find_move(&BookingId::random()).await.unwrap(), None);
}

/// Of many concurrent bookings of one slot exactly one begins.
pub async fn of_many_concurrent_bookings_of_a_slot_one_begins<S>(store: &Arc<S>)
where
    S: BookingStore + 'static,
{
    let mut workers = JoinSet::new();
    for n in 0..45 {
        let store = Arc::clone(store);
        workers.spawn(async move { begin(&*store, &draft(1, n + 1)).await });
    }
    let answers = workers.join_all().await;
    let count = |wanted: fn(&BeginOutcome) -> bool| answers.iter().filter(|it| wanted(it)).count();
    assert_eq!(count(|it| matches!(it, BeginOutcome::Started(_))), 1);
    assert_eq!(count(|it| matches!(it, BeginOutcome::SlotBusy(_))), 44);
}

/// Of a concurrent cancellation and booking of one slot one begins.
pub async fn of_a_concurrent_cancellation_and_booking_one_begins<S>(store: &Arc<S>)
where
    S: BookingStore + 'static,
{
    for slot in 1..=20 {
        let first = begun(&**store, &draft(slot, slot)).await;
        let first = bring(&**store, first, &CONFIRMED).await;
        let (cancel, book) = (Arc::clone(store), Arc::clone(store));
        let cancelling = tokio::spawn(async move {
            let cancelling = BookingChange::to(BookingState::Cancelling);
            change(&*cancel, &first, cancelling).await.changed
        });
        let begun = tokio::spawn(async move {
            let begun = begin(&*book, &draft(slot, slot)).await;
            matches!(begun, BeginOutcome::Started(_))
        });
        assert_ne!(cancelling.await.unwrap(), begun.await.unwrap());
    }
}

/// Two stores date a record differently.
fn undated(mut record: BookingRecord) -> BookingRecord {
    (record.begun_at, record.changed_at) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    record.watched_until = record.watched_until.map(|_| Timestamp::UNIX_EPOCH);
    record
}

fn undated_outcome(outcome: BeginOutcome) -> BeginOutcome {
    match outcome {
        BeginOutcome::Started(record) => BeginOutcome::Started(undated(record)),
        BeginOutcome::AlreadyBegun(record) => BeginOutcome::AlreadyBegun(undated(record)),
        BeginOutcome::SlotBusy(record) => BeginOutcome::SlotBusy(undated(record)),
        BeginOutcome::PatientBusy(record) => BeginOutcome::PatientBusy(undated(record)),
    }
}

fn all_undated(records: Vec<BookingRecord>) -> Vec<BookingRecord> {
    records.into_iter().map(undated).collect()
}

/// The store in memory is the model: both return the same for thousands of random calls.
pub async fn it_returns_what_the_store_in_memory_returns<S: BookingStore>(store: &Arc<S>) {
    const STATES: [BookingState; 8] = [
        BookingState::Intended,
        BookingState::Sending,
        BookingState::Unknown,
        BookingState::Confirmed,
        SLOT_TAKEN,
        BookingState::Cancelling,
        BookingState::Cancelled,
        BookingState::Unresolved,
    ];
    let (model, by) = (MemoryBookingStore::new(), author());
    let mut dice = Dice(7);
    let mut observed: Vec<BookingRecord> = vec![begun(&model, &draft(1, 1)).await];
    store.begin(&as_draft(&observed[0]), &by).await.unwrap();
    for call in 0..1_000_usize {
        let practice = ods(dice.one_of(&["A20047", "A20047", "A20047", "Y00001"]));
        // Other slots and patients from time to time: the old ones are settled by then.
        let era = (call / 100) as i64 * 10;
        let (slot, patient) = (
            era + 1 + dice.throw(3) as i64,
            era + 1 + dice.throw(3) as i64,
        );
        let record = observed[dice.throw(observed.len() as u64) as usize].clone();
        let mut new = draft(slot, patient);
        new.practice = practice.clone();
        match dice.throw(13) {
            kind @ (0..4 | 8) => {
                if kind == 8 {
                    new = BookingDraft::cancelling(practice, new.appointment);
                } else if dice.throw(4) == 0 {
                    new.id = record.id;
                } else if dice.throw(4) == 0 {
                    new = new.in_state(SLOT_TAKEN);
                }
                let (ours, models) = (store.begin(&new, &by).await, model.begin(&new, &by).await);
                let models = models.unwrap();
                if let BeginOutcome::Started(record) = &models {
                    observed.push(record.clone());
                }
                assert_eq!(undated_outcome(ours.unwrap()), undated_outcome(models));
            }
            4..8 => {
                let mut change = BookingChange::to(dice.one_of(&STATES));
                if dice.throw(2) == 0 {
                    change = change.telling(dice.one_of(BookingNoticeKind::ALL));
                }
                if dice.throw(3) == 0 {
                    change = change.watched(BOOKING_WATCHED_FOR);
                }
                let ours = store.settle(&record, &change, &by).await.unwrap().unwrap();
                let models = model.settle(&record, &change, &by).await.unwrap().unwrap();
                observed.push(models.record.clone());
                assert_eq!(
                    (ours.changed, ours.blocked_by),
                    (models.changed, models.blocked_by)
                );
                assert_eq!(undated(ours.record), undated(models.record));
            }
            9 => {
                let (ours, models) = (store.get(&record.id).await, model.get(&record.id).await);
                assert_eq!(ours.unwrap().map(undated), models.unwrap().map(undated));
                let kinds = |notices: Vec<emis_booking::BookingNotice>| -> Vec<_> {
                    let kind = |it: emis_booking::BookingNotice| (it.id, it.kind, it.appointment);
                    notices.into_iter().map(kind).collect()
                };
                let ours = store.notices(&practice).await.unwrap();
                let models = model.notices(&practice).await.unwrap();
                assert_eq!(kinds(ours), kinds(models));
            }
            10 => {
                let ours = store.confirmed(&practice, &new.appointment).await.unwrap();
                let models = model.confirmed(&practice, &new.appointment).await.unwrap();
                assert_eq!(ours.map(undated), models.map(undated));
            }
            11 => {
                let ours = store.watched(&practice).await.unwrap();
                let models = model.watched(&practice).await.unwrap();
                assert_eq!(all_undated(ours), all_undated(models));
            }
            _ => {
                let ours = store.unsettled(&practice).await.unwrap();
                let models = model.unsettled(&practice).await.unwrap();
                assert_eq!(all_undated(ours), all_undated(models));
            }
        }
    }
}

fn as_draft(record: &BookingRecord) -> BookingDraft {
    BookingDraft::intended(record.id, record.practice.clone(), record.appointment)
}

/// Bookings, cancellations and notices are in the audit log with their author; an attempt that
/// changed nothing is not.
pub async fn each_step_is_in_the_audit_log<S>(store: &Arc<S>)
where
    S: BookingStore + AuditStore,
{
    let record = begun(&**store, &draft(1, 41)).await;
    begin(&**store, &draft(1, 42)).await;
    let sending = bring(&**store, record.clone(), &[BookingState::Sending]).await;
    let stale = change(&**store, &record, BookingChange::to(SLOT_TAKEN)).await;
    assert!(!stale.changed);
    let told = BookingChange::to(BookingState::Confirmed).telling(BookingNoticeKind::Booked);
    let confirmed = change(&**store, &sending, told).await.record;
    let practice = ods("A20047");
    let notice = store.notices(&practice).await.unwrap()[0].id;
    store
        .acknowledge_notice(&practice, &notice, by_author())
        .await
        .unwrap();
    bring(&**store, confirmed, &[BookingState::Cancelled]).await;
    let entries = store.entries(&practice.into(), 0, 9).await.unwrap();
    let events: Vec<_> = entries.iter().map(|entry| entry.event().unwrap()).collect();
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            let state = event.details().get("state").and_then(|it| it.as_str());
            (event.kind().clone(), state.unwrap_or_default())
        })
        .collect();
    assert_eq!(
        told,
        [
            (AuditEventKind::BOOKING_BEGUN, "intended"),
            (AuditEventKind::BOOKING_SETTLED, "sending"),
            (AuditEventKind::BOOKING_SETTLED, "confirmed"),
            (AuditEventKind::BOOKING_NOTICE_ACKNOWLEDGED, ""),
            (AuditEventKind::BOOKING_SETTLED, "cancelled"),
        ]
    );
    assert!(events.iter().all(|event| event.by() == by_author()));
    assert_eq!(events[0].details()["booking"], record.id.to_string());
}
