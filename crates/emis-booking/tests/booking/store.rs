//! The contract of a booking store, tested with the one in memory.

use std::sync::Arc;

use emis_audit::Provenance;
use emis_booking::{
    AppointmentKey, BeginOutcome, BookingId, BookingOutcome, BookingRecord, BookingState,
    BookingStore, MemoryBookingStore, Rejection,
};
use emis_types::{PatientNumber, SessionId, SlotId};
use jiff::{Timestamp, ToSpan};

static BY: Provenance = Provenance::unknown();

fn record(practice: &str, slot: i64, patient: i64, begun_at: Timestamp) -> BookingRecord {
    let appointment = AppointmentKey {
        session: SessionId::new(3).unwrap(),
        slot: SlotId::new(slot).unwrap(),
        patient: PatientNumber::new(patient).unwrap(),
        start: start(),
    };
    let practice = practice.parse().unwrap();
    BookingRecord::begun(BookingId::random(), practice, appointment, begun_at)
}

fn start() -> Timestamp {
    "2026-06-03T08:00:00Z".parse().unwrap()
}

const EVERY_STATE: [BookingState; 7] = [
    BookingState::Intended,
    BookingState::Unknown,
    BookingState::Confirmed,
    BookingState::Rejected(Rejection::SlotTaken),
    BookingState::Cancelling,
    BookingState::Cancelled,
    BookingState::Unresolved,
];

/// Returns the transitions from the first state to this one.
fn transitions_to(state: BookingState) -> Vec<BookingState> {
    match state {
        BookingState::Intended => vec![],
        BookingState::Cancelling | BookingState::Cancelled => vec![BookingState::Confirmed, state],
        state => vec![state],
    }
}

#[tokio::test]
async fn a_slot_and_a_patient_have_one_booking_in_flight() {
    for state in EVERY_STATE {
        let store = MemoryBookingStore::new();
        let first = record("A20047", 7, 501, start());
        assert_eq!(
            store.begin(&first, &BY).await.unwrap(),
            BeginOutcome::Started
        );
        for step in transitions_to(state) {
            assert!(
                store
                    .settle(&first.id, step, start(), &BY)
                    .await
                    .unwrap()
                    .unwrap()
                    .changed
            );
        }
        let first = store.get(&first.id).await.unwrap().unwrap();
        assert_eq!(first.state, state);

        let elsewhere = record("Z90001", 7, 501, start());
        assert_eq!(
            store.begin(&elsewhere, &BY).await.unwrap(),
            BeginOutcome::Started
        );
        let mut again = first.clone();
        again.state = BookingState::Intended;
        assert_eq!(
            store.begin(&again, &BY).await.unwrap(),
            BeginOutcome::AlreadyBegun(first.clone())
        );

        let same_slot = store
            .begin(&record("A20047", 7, 502, start()), &BY)
            .await
            .unwrap();
        let same_patient = store
            .begin(&record("A20047", 8, 501, start()), &BY)
            .await
            .unwrap();
        match state.is_in_flight() {
            true => assert_eq!(same_slot, BeginOutcome::SlotBusy(first.clone())),
            false => assert_eq!(same_slot, BeginOutcome::Started),
        }
        match state.is_being_booked() {
            true => assert_eq!(same_patient, BeginOutcome::PatientBusy(first)),
            false => assert_eq!(same_patient, BeginOutcome::Started),
        }
    }
}

/// A confirmed booking.
async fn confirmed(store: &MemoryBookingStore, slot: i64, patient: i64) -> BookingRecord {
    let begun = record("A20047", slot, patient, start());
    assert_eq!(
        store.begin(&begun, &BY).await.unwrap(),
        BeginOutcome::Started
    );
    let settled = store.settle(&begun.id, BookingState::Confirmed, start(), &BY);
    settled.await.unwrap().unwrap().record
}

#[tokio::test]
async fn a_booking_is_not_cancelled_while_its_slot_is_in_flight() {
    let store = MemoryBookingStore::new();
    let first = confirmed(&store, 7, 501).await;
    let again = record("A20047", 7, 501, start() + 1.minute());
    assert_eq!(
        store.begin(&again, &BY).await.unwrap(),
        BeginOutcome::Started
    );

    let cancelling = || {
        store.settle(
            &first.id,
            BookingState::Cancelling,
            start() + 2.minutes(),
            &BY,
        )
    };
    let stopped = cancelling().await.unwrap().unwrap();
    assert!(!stopped.changed);
    assert_eq!(stopped.record, first);
    // An observed state is stored nevertheless.
    let rejected = BookingState::Rejected(Rejection::AlreadyBooked);
    store
        .settle(&again.id, rejected, start(), &BY)
        .await
        .unwrap();
    assert!(cancelling().await.unwrap().unwrap().changed);
    assert!(!cancelling().await.unwrap().unwrap().changed);
}

#[tokio::test]
async fn the_cancellation_of_an_unknown_appointment_begins_a_record() {
    let store = MemoryBookingStore::new();
    let booking = record("A20047", 8, 501, start());
    store.begin(&booking, &BY).await.unwrap();
    let practice = || "A20047".parse().unwrap();
    let of_slot = |slot| {
        let appointment = record("A20047", slot, 501, start()).appointment;
        BookingRecord::cancelling(practice(), appointment, start())
    };
    // Another booking of the patient is no obstacle; a booking of the slot in flight is.
    let started = of_slot(7);
    assert_eq!(
        store.begin(&started, &BY).await.unwrap(),
        BeginOutcome::Started
    );
    assert_eq!(
        store.begin(&of_slot(7), &BY).await.unwrap(),
        BeginOutcome::SlotBusy(started.clone())
    );
    assert_eq!(
        store.begin(&of_slot(8), &BY).await.unwrap(),
        BeginOutcome::SlotBusy(booking.clone())
    );
    let unsettled = store.unsettled(&practice()).await.unwrap();
    assert_eq!(unsettled.len(), 2);
    assert!(unsettled.contains(&started) && unsettled.contains(&booking));
}

#[tokio::test]
async fn the_confirmed_booking_of_an_appointment_is_found() {
    let store = MemoryBookingStore::new();
    let practice = "A20047".parse().unwrap();
    let wanted = record("A20047", 7, 501, start());
    let find = || store.confirmed(&practice, &wanted.appointment);
    let mut later = record("A20047", 7, 501, start());
    later.appointment.start = start() + 5.minutes();
    for other in [
        record("A20047", 7, 502, start()),
        record("A20047", 8, 501, start()),
        record("Z90001", 7, 501, start()),
        later,
    ] {
        store.begin(&other, &BY).await.unwrap();
        let settled = store.settle(&other.id, BookingState::Confirmed, start(), &BY);
        assert!(settled.await.unwrap().unwrap().changed);
        assert_eq!(find().await.unwrap(), None);
    }

    store.begin(&wanted, &BY).await.unwrap();
    assert_eq!(find().await.unwrap(), None, "not confirmed yet");
    let settled = store.settle(&wanted.id, BookingState::Confirmed, start(), &BY);
    let older = settled.await.unwrap().unwrap().record;
    assert_eq!(find().await.unwrap(), Some(older));
    // The later booking takes precedence: reception had freed the slot.
    let newer = record("A20047", 7, 501, start() + 1.minute());
    store.begin(&newer, &BY).await.unwrap();
    let settled = store.settle(&newer.id, BookingState::Confirmed, start(), &BY);
    let newer = settled.await.unwrap().unwrap().record;
    assert_eq!(find().await.unwrap(), Some(newer));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_concurrent_begins_starts() {
    let store = Arc::new(MemoryBookingStore::new());
    let tasks: Vec<_> = (0..50)
        .map(|patient| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .begin(&record("A20047", 7, 501 + patient, start()), &BY)
                    .await
                    .unwrap()
            })
        })
        .collect();
    let mut started = 0;
    for task in tasks {
        started += usize::from(task.await.unwrap() == BeginOutcome::Started);
    }
    assert_eq!(started, 1);
}

#[tokio::test]
async fn a_state_changes_only_by_allowed_transitions() {
    for from in EVERY_STATE {
        for to in EVERY_STATE {
            let store = MemoryBookingStore::new();
            let begun = record("A20047", 7, 501, start());
            store.begin(&begun, &BY).await.unwrap();
            for step in transitions_to(from) {
                store.settle(&begun.id, step, start(), &BY).await.unwrap();
            }
            let later = start() + 1.minute();
            let settlement = store
                .settle(&begun.id, to, later, &BY)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(settlement.changed, from.may_become(to));
            let (state, changed_at) = match settlement.changed {
                true => (to, later),
                false => (from, start()),
            };
            assert_eq!(settlement.record.state, state, "{from} to {to}");
            assert_eq!(settlement.record.changed_at, changed_at);
            assert_eq!(store.get(&begun.id).await.unwrap(), Some(settlement.record));
        }
    }
    let unknown = BookingId::random();
    let store = MemoryBookingStore::new();
    let settled = store
        .settle(&unknown, BookingState::Confirmed, start(), &BY)
        .await
        .unwrap();
    assert_eq!(settled, None);
}

#[test]
fn an_observed_state_replaces_a_concluded_one() {
    let not_booked = BookingState::Rejected(Rejection::NotBooked);
    assert!(not_booked.may_become(BookingState::Confirmed));
    assert!(!BookingState::Confirmed.may_become(not_booked));
    assert!(!BookingState::Confirmed.may_become(BookingState::Unknown));
    assert!(
        EVERY_STATE
            .iter()
            .all(|state| !BookingState::Cancelled.may_become(*state))
    );
    assert!(
        EVERY_STATE.iter().all(|state| !state.may_become(*state)),
        "no change is no change"
    );
}

#[tokio::test]
async fn unsettled_bookings_of_the_practice_come_oldest_first() {
    let store = MemoryBookingStore::new();
    let newer = record("A20047", 7, 501, start() + 1.minute());
    let older = record("A20047", 8, 502, start());
    let elsewhere = record("Z90001", 7, 501, start());
    let settled = record("A20047", 9, 503, start());
    for record in [&newer, &older, &elsewhere, &settled] {
        store.begin(record, &BY).await.unwrap();
    }
    store
        .settle(&settled.id, BookingState::Confirmed, start(), &BY)
        .await
        .unwrap();
    let unsettled = store.unsettled(&"A20047".parse().unwrap()).await.unwrap();
    assert_eq!(unsettled, [older, newer]);
}

#[test]
fn states_round_trip_through_storage() {
    let rejected = Rejection::ALL
        .iter()
        .map(|rejection| BookingState::Rejected(*rejection));
    for state in EVERY_STATE.into_iter().chain(rejected) {
        assert_eq!(state.to_string().parse(), Ok(state));
    }
    for text in ["", "Confirmed", "rejected", "rejected/", "rejected/no-such"] {
        assert!(text.parse::<BookingState>().is_err(), "{text}");
    }
}

#[test]
fn ids_round_trip_through_storage() {
    let id = BookingId::random();
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(BookingId::from(*id.as_uuid()), id);
    assert_eq!(
        serde_json::from_str::<BookingId>(&format!("\"{id}\"")).unwrap(),
        id
    );
    assert!("7".parse::<BookingId>().is_err());
    assert_ne!(BookingId::random(), id);
}

#[test]
fn outcomes_follow_the_state() {
    let mut record = record("A20047", 7, 501, start());
    assert_eq!(
        BookingOutcome::of(&record),
        Some(BookingOutcome::Unknown(record.id))
    );
    record.state = BookingState::Confirmed;
    let Some(BookingOutcome::Confirmed(confirmation)) = BookingOutcome::of(&record) else {
        panic!("not confirmed")
    };
    assert_eq!(confirmation.appointment, record.appointment);
    let text = BookingOutcome::Confirmed(confirmation).to_string();
    assert_eq!(
        text,
        "Your appointment is booked for Wednesday 3 June 2026 at 9am."
    );
    record.state = BookingState::Unresolved;
    assert_eq!(
        BookingOutcome::of(&record),
        Some(BookingOutcome::Unknown(record.id))
    );
    record.state = BookingState::Cancelled;
    assert_eq!(BookingOutcome::of(&record), None);
}
