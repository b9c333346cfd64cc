//! Bookings: recorded before they are sent, settled once.

use std::sync::Arc;

use emis_audit::{AuditEventKind, AuditStore};
use emis_booking::{
    AppointmentKey, BeginOutcome, BookingId, BookingRecord, BookingState, BookingStore,
    MemoryBookingStore, Rejection,
};
use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{Dice, author, by_author, ods, second};

fn booking(slot: i64, patient: i64, begun_at: Timestamp) -> BookingRecord {
    let appointment = AppointmentKey {
        session: "70".parse().unwrap(),
        slot: slot.try_into().unwrap(),
        patient: patient.try_into().unwrap(),
        start: second(100_000),
    };
    BookingRecord::begun(BookingId::random(), ods("A20047"), appointment, begun_at)
}

/// A booking is read as it was recorded.
pub async fn a_booking_is_kept_as_it_was_begun<S: BookingStore>(store: &Arc<S>) {
    // To the nanosecond, before 1970 and in summer: any time that a clock may say.
    for (n, at) in ["2026-06-02T09:00:00.000000001Z", "1969-12-31T23:59:59.5Z"]
        .iter()
        .enumerate()
    {
        let n = n as i64 + 1;
        let begun = booking(n, n, at.parse().unwrap());
        assert_eq!(
            store.begin(&begun, by_author()).await.unwrap(),
            BeginOutcome::Started
        );
        assert_eq!(store.get(&begun.id).await.unwrap(), Some(begun));
    }
    assert_eq!(store.get(&BookingId::random()).await.unwrap(), None);
}

/// At most one booking of a slot, and one of a patient, is in flight.
pub async fn a_booking_in_flight_blocks_its_slot_and_patient_until_it_is_settled<
    S: BookingStore,
>(
    store: &Arc<S>,
) {
    let first = booking(1, 41, second(1));
    assert_eq!(
        store.begin(&first, by_author()).await.unwrap(),
        BeginOutcome::Started
    );
    assert_eq!(
        store.begin(&first, by_author()).await.unwrap(),
        BeginOutcome::AlreadyBegun(first.clone())
    );
    let same_slot = booking(1, 42, second(2));
    assert_eq!(
        store.begin(&same_slot, by_author()).await.unwrap(),
        BeginOutcome::SlotBusy(first.clone())
    );
    let same_patient = booking(2, 41, second(2));
    assert_eq!(
        store.begin(&same_patient, by_author()).await.unwrap(),
        BeginOutcome::PatientBusy(first.clone())
    );
    // Slot 1 and patient 41 of another practice are others.
    let mut elsewhere = booking(1, 41, second(2));
    elsewhere.practice = ods("Y00001");
    assert_eq!(
        store.begin(&elsewhere, by_author()).await.unwrap(),
        BeginOutcome::Started
    );

    let unknown = store
        .settle(&first.id, BookingState::Unknown, second(3), by_author())
        .await
        .unwrap()
        .unwrap();
    assert!(unknown.changed);
    assert_eq!(
        store.begin(&same_slot, by_author()).await.unwrap(),
        BeginOutcome::SlotBusy(unknown.record)
    );
    let rejected = BookingState::Rejected(Rejection::SlotTaken);
    store
        .settle(&first.id, rejected, second(4), by_author())
        .await
        .unwrap();
    assert_eq!(
        store.begin(&same_slot, by_author()).await.unwrap(),
        BeginOutcome::Started
    );
    assert_eq!(
        store.begin(&same_patient, by_author()).await.unwrap(),
        BeginOutcome::Started
    );
}

/// Of two settlements of a booking one changes the record.
pub async fn of_two_settlements_one_changes_the_record<S: BookingStore>(store: &Arc<S>) {
    let begun = booking(1, 41, second(1));
    store.begin(&begun, by_author()).await.unwrap();
    let first = store
        .settle(&begun.id, BookingState::Confirmed, second(2), by_author())
        .await
        .unwrap()
        .unwrap();
    let second_try = store
        .settle(&begun.id, BookingState::Confirmed, second(3), by_author())
        .await
        .unwrap()
        .unwrap();
    assert!(first.changed && !second_try.changed);
    assert_eq!(second_try.record, first.record);
    assert_eq!(first.record.changed_at, second(2));

    let unknown = store
        .settle(
            &BookingId::random(),
            BookingState::Confirmed,
            second(4),
            by_author(),
        )
        .await;
    assert_eq!(unknown.unwrap(), None);
}

/// Every state is read as it was recorded.
pub async fn every_state_comes_back_as_it_was_kept<S: BookingStore>(store: &Arc<S>) {
    let rejected = Rejection::ALL.iter().copied().map(BookingState::Rejected);
    // Unknown comes last, because it keeps the slot occupied.
    for state in rejected.chain([BookingState::Confirmed, BookingState::Unknown]) {
        let begun = booking(1, 41, second(1));
        store.begin(&begun, by_author()).await.unwrap();
        store
            .settle(&begun.id, state, second(2), by_author())
            .await
            .unwrap();
        assert_eq!(store.get(&begun.id).await.unwrap().unwrap().state, state);
    }
}

/// A cancellation and a booking of one slot are never in flight together.
pub async fn a_cancellation_and_a_booking_of_one_slot_are_never_in_flight_together<
    S: BookingStore,
>(
    store: &Arc<S>,
) {
    let (first, again) = (booking(1, 41, second(1)), booking(1, 41, second(3)));
    store.begin(&first, by_author()).await.unwrap();
    let confirmed = store.settle(&first.id, BookingState::Confirmed, second(2), by_author());
    let confirmed = confirmed.await.unwrap().unwrap().record;

    assert_eq!(
        store.begin(&again, by_author()).await.unwrap(),
        BeginOutcome::Started
    );
    let cancelling = || store.settle(&first.id, BookingState::Cancelling, second(4), by_author());
    let stopped = cancelling().await.unwrap().unwrap();
    assert!(!stopped.changed);
    assert_eq!(stopped.record, confirmed);

    let rejected = BookingState::Rejected(Rejection::AlreadyBooked);
    store
        .settle(&again.id, rejected, second(5), by_author())
        .await
        .unwrap();
    let cancelling = cancelling().await.unwrap().unwrap();
    assert!(cancelling.changed);
    assert_eq!(
        store
            .begin(&booking(1, 41, second(6)), by_author())
            .await
            .unwrap(),
        BeginOutcome::SlotBusy(cancelling.record.clone())
    );
    assert_eq!(
        store
            .begin(&booking(1, 42, second(6)), by_author())
            .await
            .unwrap(),
        BeginOutcome::SlotBusy(cancelling.record)
    );
}

/// Unsettled bookings are listed, oldest first.
pub async fn unsettled_bookings_are_listed_oldest_first<S: BookingStore>(store: &Arc<S>) {
    let bookings = [(1, 30), (2, 10), (3, 20), (4, 5)].map(|(n, at)| booking(n, n, second(at)));
    for booking in &bookings {
        store.begin(booking, by_author()).await.unwrap();
    }
    for (booking, state) in [
        (&bookings[2], BookingState::Unknown),
        (&bookings[3], BookingState::Confirmed),
    ] {
        let settled = store.settle(&booking.id, state, second(40), by_author());
        settled.await.unwrap();
    }
    let unsettled = store.unsettled(&ods("A20047")).await.unwrap();
    let ids: Vec<_> = unsettled.iter().map(|record| record.id).collect();
    assert_eq!(ids, [bookings[1].id, bookings[2].id, bookings[0].id]);
    assert_eq!(store.unsettled(&ods("Y00001")).await.unwrap(), []);
}

/// Of many concurrent bookings of one slot exactly one begins.
pub async fn of_many_concurrent_bookings_of_a_slot_one_begins<S>(store: &Arc<S>)
where
    S: BookingStore + 'static,
{
    let mut workers = JoinSet::new();
    for n in 0..45 {
        let store = Arc::clone(store);
        let booking = booking(1, n + 1, second(1));
        workers.spawn(async move { store.begin(&booking, by_author()).await.unwrap() });
    }
    let answers = workers.join_all().await;
    let started = answers
        .iter()
        .filter(|answer| **answer == BeginOutcome::Started);
    assert_eq!(started.count(), 1);
    let in_the_way = answers
        .iter()
        .filter(|answer| matches!(answer, BeginOutcome::SlotBusy(_)));
    assert_eq!(in_the_way.count(), 44);
}

/// Of a concurrent cancellation and booking of one slot one begins.
pub async fn of_a_concurrent_cancellation_and_booking_one_begins<S>(store: &Arc<S>)
where
    S: BookingStore + 'static,
{
    for slot in 1..=20 {
        let first = booking(slot, slot, second(1));
        store.begin(&first, by_author()).await.unwrap();
        let confirmed = store.settle(&first.id, BookingState::Confirmed, second(2), by_author());
        confirmed.await.unwrap();

        let (cancel, book) = (Arc::clone(store), Arc::clone(store));
        let cancelling = tokio::spawn(async move {
            let by = author();
            let settled = cancel.settle(&first.id, BookingState::Cancelling, second(3), &by);
            settled.await.unwrap().unwrap().changed
        });
        let booking = booking(slot, slot, second(3));
        let begun = tokio::spawn(async move {
            let begun = book.begin(&booking, by_author()).await.unwrap();
            matches!(begun, BeginOutcome::Started)
        });
        assert_ne!(cancelling.await.unwrap(), begun.await.unwrap());
    }
}

/// The store in memory is the model: both return the same for thousands of random calls.
pub async fn it_returns_what_the_store_in_memory_returns<S: BookingStore>(store: &Arc<S>) {
    const STATES: [BookingState; 7] = [
        BookingState::Intended,
        BookingState::Unknown,
        BookingState::Confirmed,
        BookingState::Rejected(Rejection::SlotTaken),
        BookingState::Cancelling,
        BookingState::Cancelled,
        BookingState::Unresolved,
    ];
    let (model, by) = (MemoryBookingStore::new(), author());
    let mut dice = Dice(7);
    let mut ids = vec![BookingId::random()];
    for now in (0..1_000).map(second) {
        let practice = ods(dice.one_of(&["A20047", "A20047", "A20047", "Y00001"]));
        // Other slots and patients from time to time: the old ones are settled by then.
        let era = (now.as_second() % 1_000 / 100) * 10;
        let (slot, patient) = (
            era + 1 + dice.throw(3) as i64,
            era + 1 + dice.throw(3) as i64,
        );
        let id = dice.one_of(&ids);
        let appointment = booking(slot, patient, now).appointment;
        match dice.throw(12) {
            0..4 => {
                let mut begun = booking(slot, patient, now);
                begun.practice = practice;
                if dice.throw(4) == 0 {
                    begun.id = id;
                }
                ids.push(begun.id);
                let answers = (
                    store.begin(&begun, &by).await,
                    model.begin(&begun, &by).await,
                );
                assert_eq!(answers.0.unwrap(), answers.1.unwrap());
            }
            4..8 => {
                let state = dice.one_of(&STATES);
                let ours = store.settle(&id, state, now, &by).await;
                let models = model.settle(&id, state, now, &by).await;
                assert_eq!(ours.unwrap(), models.unwrap());
            }
            8 => {
                let begun = BookingRecord::cancelling(practice, appointment, now);
                ids.push(begun.id);
                let answers = (
                    store.begin(&begun, &by).await,
                    model.begin(&begun, &by).await,
                );
                assert_eq!(answers.0.unwrap(), answers.1.unwrap());
            }
            9 => assert_eq!(store.get(&id).await.unwrap(), model.get(&id).await.unwrap()),
            10 => assert_eq!(
                store.confirmed(&practice, &appointment).await.unwrap(),
                model.confirmed(&practice, &appointment).await.unwrap()
            ),
            _ => assert_eq!(
                store.unsettled(&practice).await.unwrap(),
                model.unsettled(&practice).await.unwrap()
            ),
        }
    }
}

/// Bookings and cancellations are in the audit log with their author; an attempt that changed
/// nothing is not.
pub async fn each_step_is_in_the_audit_log<S>(store: &Arc<S>)
where
    S: BookingStore + AuditStore,
{
    let (begun, by) = (booking(1, 41, second(1)), author());
    store.begin(&begun, &by).await.unwrap();
    store.begin(&booking(1, 42, second(2)), &by).await.unwrap();
    for state in [
        BookingState::Confirmed,
        BookingState::Intended,
        BookingState::Cancelled,
    ] {
        store
            .settle(&begun.id, state, second(3), &by)
            .await
            .unwrap();
    }
    let entries = store.entries(&ods("A20047").into(), 0, 9).await.unwrap();
    let events: Vec<_> = entries.iter().map(|entry| entry.event().unwrap()).collect();
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event.kind().clone(),
                event.details()["state"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (AuditEventKind::BOOKING_BEGUN, "intended"),
            (AuditEventKind::BOOKING_SETTLED, "confirmed"),
            (AuditEventKind::BOOKING_SETTLED, "cancelled"),
        ]
    );
    assert!(events.iter().all(|event| event.by() == &by));
    assert_eq!(events[0].details()["booking"], begun.id.to_string());
}
