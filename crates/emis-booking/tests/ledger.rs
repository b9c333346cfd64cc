//! What a ledger promises, shown by the one in memory.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what went wrong by failing"
)]

use std::sync::Arc;

use emis_booking::{
    Begin, BookingId, BookingLedger, BookingOutcome, BookingRecord, BookingState, Intent,
    MemoryLedger, Rejection,
};
use emis_types::{PatientNumber, SessionId, SlotId};
use jiff::{Timestamp, ToSpan};

fn record(practice: &str, slot: i64, patient: i64, begun_at: Timestamp) -> BookingRecord {
    let intent = Intent {
        id: BookingId::random(),
        practice: practice.parse().unwrap(),
        session: SessionId::new(3).unwrap(),
        slot: SlotId::new(slot).unwrap(),
        slot_type: "4".parse().unwrap(),
        start: start(),
        patient: PatientNumber::new(patient).unwrap(),
    };
    BookingRecord::begun(intent, begun_at)
}

fn start() -> Timestamp {
    "2026-06-03T08:00:00Z".parse().unwrap()
}

const EVERY_STATE: [BookingState; 6] = [
    BookingState::Intended,
    BookingState::Unknown,
    BookingState::Confirmed,
    BookingState::Rejected(Rejection::SlotTaken),
    BookingState::Cancelling,
    BookingState::Cancelled,
];

/// Every state and the ways to it from the first.
fn way_to(state: BookingState) -> Vec<BookingState> {
    match state {
        BookingState::Intended => vec![],
        BookingState::Cancelling | BookingState::Cancelled => vec![BookingState::Confirmed, state],
        state => vec![state],
    }
}

#[tokio::test]
async fn a_slot_and_a_patient_are_in_hand_once() {
    for state in EVERY_STATE {
        let ledger = MemoryLedger::new();
        let first = record("A20047", 7, 501, start());
        assert_eq!(ledger.begin(&first).await.unwrap(), Begin::Started);
        for step in way_to(state) {
            assert!(
                ledger
                    .settle(&first.id, step, start())
                    .await
                    .unwrap()
                    .unwrap()
                    .changed
            );
        }
        let first = ledger.get(&first.id).await.unwrap().unwrap();
        assert_eq!(first.state, state);

        let elsewhere = record("Z90001", 7, 501, start());
        assert_eq!(ledger.begin(&elsewhere).await.unwrap(), Begin::Started);
        let mut again = first.clone();
        again.state = BookingState::Intended;
        assert_eq!(
            ledger.begin(&again).await.unwrap(),
            Begin::AlreadyBegun(first.clone())
        );

        let same_slot = ledger
            .begin(&record("A20047", 7, 502, start()))
            .await
            .unwrap();
        let same_patient = ledger
            .begin(&record("A20047", 8, 501, start()))
            .await
            .unwrap();
        if state.is_in_hand() {
            assert_eq!(same_slot, Begin::SlotInHand(first.clone()));
            assert_eq!(same_patient, Begin::PatientInHand(first));
        } else {
            assert_eq!((same_slot, same_patient), (Begin::Started, Begin::Started));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_begin_at_once_one_starts() {
    let ledger = Arc::new(MemoryLedger::new());
    let tasks: Vec<_> = (0..50)
        .map(|patient| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                ledger
                    .begin(&record("A20047", 7, 501 + patient, start()))
                    .await
                    .unwrap()
            })
        })
        .collect();
    let mut started = 0;
    for task in tasks {
        started += usize::from(task.await.unwrap() == Begin::Started);
    }
    assert_eq!(started, 1);
}

#[tokio::test]
async fn a_state_changes_only_as_it_may() {
    for from in EVERY_STATE {
        for to in EVERY_STATE {
            let ledger = MemoryLedger::new();
            let begun = record("A20047", 7, 501, start());
            ledger.begin(&begun).await.unwrap();
            for step in way_to(from) {
                ledger.settle(&begun.id, step, start()).await.unwrap();
            }
            let later = start() + 1.minute();
            let settlement = ledger.settle(&begun.id, to, later).await.unwrap().unwrap();
            assert_eq!(settlement.changed, from.may_become(to));
            let (state, changed_at) = match settlement.changed {
                true => (to, later),
                false => (from, start()),
            };
            assert_eq!(settlement.record.state, state, "{from} to {to}");
            assert_eq!(settlement.record.changed_at, changed_at);
            assert_eq!(
                ledger.get(&begun.id).await.unwrap(),
                Some(settlement.record)
            );
        }
    }
    let unknown = BookingId::random();
    let ledger = MemoryLedger::new();
    let settled = ledger
        .settle(&unknown, BookingState::Confirmed, start())
        .await
        .unwrap();
    assert_eq!(settled, None);
}

#[test]
fn what_was_seen_wins_over_what_was_concluded() {
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
    let ledger = MemoryLedger::new();
    let newer = record("A20047", 7, 501, start() + 1.minute());
    let older = record("A20047", 8, 502, start());
    let elsewhere = record("Z90001", 7, 501, start());
    let settled = record("A20047", 9, 503, start());
    for record in [&newer, &older, &elsewhere, &settled] {
        ledger.begin(record).await.unwrap();
    }
    ledger
        .settle(&settled.id, BookingState::Confirmed, start())
        .await
        .unwrap();
    let unsettled = ledger.unsettled(&"A20047".parse().unwrap()).await.unwrap();
    assert_eq!(unsettled, [older, newer]);
}

#[test]
fn states_survive_storage() {
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
fn ids_survive_storage() {
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
    assert_eq!(confirmation.appointment, record.appointment());
    let text = BookingOutcome::Confirmed(confirmation).to_string();
    assert_eq!(
        text,
        "Your appointment is booked for Wednesday 3 June 2026 at 09:00."
    );
    record.state = BookingState::Cancelled;
    assert_eq!(BookingOutcome::of(&record), None);
}
