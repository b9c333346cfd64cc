//! The ledger of bookings: begun before sent, settled once.

use emis_booking::{
    Appointment, Begin, BookingId, BookingLedger, BookingRecord, BookingState, MemoryLedger,
    Rejection,
};
use emis_store::SqliteStore;
use emis_types::OdsCode;
use jiff::Timestamp;
use proptest::prelude::*;
use tokio::task::JoinSet;

use crate::{Directory, ods, second};

fn booking(slot: i64, patient: i64, begun_at: Timestamp) -> BookingRecord {
    let appointment = Appointment {
        session: "70".parse().unwrap(),
        slot: slot.try_into().unwrap(),
        patient: patient.try_into().unwrap(),
        start: second(100_000),
    };
    BookingRecord::begun(BookingId::random(), ods("A20047"), appointment, begun_at)
}

#[tokio::test]
async fn a_booking_is_kept_as_it_was_begun() {
    let store = SqliteStore::in_memory().unwrap();
    // To the nanosecond, before 1970 and in summer: whatever a clock may say.
    for (n, at) in ["2026-06-02T09:00:00.000000001Z", "1969-12-31T23:59:59.5Z"]
        .iter()
        .enumerate()
    {
        let n = n as i64 + 1;
        let begun = booking(n, n, at.parse().unwrap());
        assert_eq!(store.begin(&begun).await.unwrap(), Begin::Started);
        assert_eq!(store.get(&begun.id).await.unwrap(), Some(begun));
    }
    assert_eq!(store.get(&BookingId::random()).await.unwrap(), None);
}

#[tokio::test]
async fn what_is_in_hand_stands_in_the_way_until_it_is_settled() {
    let store = SqliteStore::in_memory().unwrap();
    let first = booking(1, 41, second(1));
    assert_eq!(store.begin(&first).await.unwrap(), Begin::Started);
    assert_eq!(
        store.begin(&first).await.unwrap(),
        Begin::AlreadyBegun(first.clone())
    );
    let same_slot = booking(1, 42, second(2));
    assert_eq!(
        store.begin(&same_slot).await.unwrap(),
        Begin::SlotInHand(first.clone())
    );
    let same_patient = booking(2, 41, second(2));
    assert_eq!(
        store.begin(&same_patient).await.unwrap(),
        Begin::PatientInHand(first.clone())
    );
    // Another practice's slot 1 and patient 41 are somebody else's.
    let mut elsewhere = booking(1, 41, second(2));
    elsewhere.practice = ods("Y00001");
    assert_eq!(store.begin(&elsewhere).await.unwrap(), Begin::Started);

    let unknown = store
        .settle(&first.id, BookingState::Unknown, second(3))
        .await
        .unwrap()
        .unwrap();
    assert!(unknown.changed);
    assert_eq!(
        store.begin(&same_slot).await.unwrap(),
        Begin::SlotInHand(unknown.record)
    );
    let rejected = BookingState::Rejected(Rejection::SlotTaken);
    store.settle(&first.id, rejected, second(4)).await.unwrap();
    assert_eq!(store.begin(&same_slot).await.unwrap(), Begin::Started);
    assert_eq!(store.begin(&same_patient).await.unwrap(), Begin::Started);
}

#[tokio::test]
async fn of_two_who_settle_one_changes_the_record() {
    let store = SqliteStore::in_memory().unwrap();
    let begun = booking(1, 41, second(1));
    store.begin(&begun).await.unwrap();
    let first = store
        .settle(&begun.id, BookingState::Confirmed, second(2))
        .await
        .unwrap()
        .unwrap();
    let second_try = store
        .settle(&begun.id, BookingState::Confirmed, second(3))
        .await
        .unwrap()
        .unwrap();
    assert!(first.changed && !second_try.changed);
    assert_eq!(second_try.record, first.record);
    assert_eq!(first.record.changed_at, second(2));

    let nobody = store
        .settle(&BookingId::random(), BookingState::Confirmed, second(4))
        .await;
    assert_eq!(nobody.unwrap(), None);
}

#[tokio::test]
async fn every_state_comes_back_as_it_was_kept() {
    let store = SqliteStore::in_memory().unwrap();
    let rejected = Rejection::ALL.iter().copied().map(BookingState::Rejected);
    // Unknown comes last, because it keeps the slot in hand.
    for state in rejected.chain([BookingState::Confirmed, BookingState::Unknown]) {
        let begun = booking(1, 41, second(1));
        store.begin(&begun).await.unwrap();
        store.settle(&begun.id, state, second(2)).await.unwrap();
        assert_eq!(store.get(&begun.id).await.unwrap().unwrap().state, state);
    }
}

#[tokio::test]
async fn the_unsettled_are_listed_oldest_first_after_a_crash() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    let bookings: Vec<_> = [(1, 30), (2, 10), (3, 20), (4, 5)]
        .map(|(n, at)| booking(n, n, second(at)))
        .into();
    for booking in &bookings {
        store.begin(booking).await.unwrap();
    }
    store
        .settle(&bookings[2].id, BookingState::Unknown, second(40))
        .await
        .unwrap();
    store
        .settle(&bookings[3].id, BookingState::Confirmed, second(40))
        .await
        .unwrap();
    std::mem::forget(store);

    let store = SqliteStore::open(directory.file()).unwrap();
    let unsettled = store.unsettled(&ods("A20047")).await.unwrap();
    let ids: Vec<_> = unsettled.iter().map(|record| record.id).collect();
    assert_eq!(ids, [bookings[1].id, bookings[2].id, bookings[0].id]);
    assert_eq!(store.unsettled(&ods("Y00001")).await.unwrap(), []);
}

#[tokio::test]
async fn a_cancellation_under_way_is_unsettled() {
    let store = SqliteStore::in_memory().unwrap();
    let begun = booking(1, 41, second(1));
    store.begin(&begun).await.unwrap();
    for (at, state) in (2..).zip([BookingState::Confirmed, BookingState::Cancelling]) {
        assert!(
            store
                .settle(&begun.id, state, second(at))
                .await
                .unwrap()
                .unwrap()
                .changed
        );
    }
    assert_eq!(store.unsettled(&ods("A20047")).await.unwrap().len(), 1);
    store
        .settle(&begun.id, BookingState::Cancelled, second(4))
        .await
        .unwrap();
    assert_eq!(store.unsettled(&ods("A20047")).await.unwrap(), []);
}

#[tokio::test]
async fn a_cancellation_and_a_booking_of_one_slot_are_never_under_way_together() {
    let store = SqliteStore::in_memory().unwrap();
    let (first, again) = (booking(1, 41, second(1)), booking(1, 41, second(3)));
    store.begin(&first).await.unwrap();
    let confirmed = store.settle(&first.id, BookingState::Confirmed, second(2));
    let confirmed = confirmed.await.unwrap().unwrap().record;

    assert_eq!(store.begin(&again).await.unwrap(), Begin::Started);
    let cancelling = || store.settle(&first.id, BookingState::Cancelling, second(4));
    let stopped = cancelling().await.unwrap().unwrap();
    assert!(!stopped.changed);
    assert_eq!(stopped.record, confirmed);

    let rejected = BookingState::Rejected(Rejection::AlreadyBooked);
    store.settle(&again.id, rejected, second(5)).await.unwrap();
    let cancelling = cancelling().await.unwrap().unwrap();
    assert!(cancelling.changed);
    assert_eq!(
        store.begin(&booking(1, 41, second(6))).await.unwrap(),
        Begin::SlotInHand(cancelling.record.clone())
    );
    assert_eq!(
        store.begin(&booking(1, 42, second(6))).await.unwrap(),
        Begin::SlotInHand(cancelling.record)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_cancellation_and_a_booking_at_once_one_begins() {
    let directory = Directory::new();
    let stores = [(); 2].map(|()| SqliteStore::open(directory.file()).unwrap());
    for slot in 1..=20 {
        let first = booking(slot, slot, second(1));
        stores[0].begin(&first).await.unwrap();
        let confirmed = stores[0].settle(&first.id, BookingState::Confirmed, second(2));
        confirmed.await.unwrap();

        let (cancel, book) = (stores[0].clone(), stores[1].clone());
        let cancelling = tokio::spawn(async move {
            let settled = cancel.settle(&first.id, BookingState::Cancelling, second(3));
            settled.await.unwrap().unwrap().changed
        });
        let booking = booking(slot, slot, second(3));
        let begun =
            tokio::spawn(
                async move { matches!(book.begin(&booking).await.unwrap(), Begin::Started) },
            );
        assert_ne!(cancelling.await.unwrap(), begun.await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_begin_the_same_slot_exactly_one_starts() {
    let directory = Directory::new();
    let stores = [(); 3].map(|()| SqliteStore::open(directory.file()).unwrap());
    let mut workers = JoinSet::new();
    for n in 0..45 {
        let store = stores[n % 3].clone();
        let booking = booking(1, n as i64 + 1, second(1));
        workers.spawn(async move { store.begin(&booking).await.unwrap() });
    }
    let answers = workers.join_all().await;
    let started = answers
        .iter()
        .filter(|answer| **answer == Begin::Started)
        .count();
    assert_eq!(started, 1);
    let in_the_way = answers
        .iter()
        .filter(|answer| matches!(answer, Begin::SlotInHand(_)));
    assert_eq!(in_the_way.count(), 44);
}

#[derive(Debug, Clone)]
enum Step {
    Begin {
        id: u8,
        practice: OdsCode,
        slot: i64,
        patient: i64,
    },
    Settle {
        id: u8,
        state: BookingState,
    },
    Cancel {
        slot: i64,
        patient: i64,
    },
    Get(u8),
    Confirmed {
        practice: OdsCode,
        slot: i64,
        patient: i64,
    },
    Unsettled(OdsCode),
}

fn id(n: u8) -> BookingId {
    format!("00000000-0000-4000-8000-0000000000{n:02}")
        .parse()
        .unwrap()
}

fn step() -> impl Strategy<Value = Step> {
    let practice = prop_oneof![4 => Just(ods("A20047")), 1 => Just(ods("Y00001"))];
    let state = prop_oneof![
        Just(BookingState::Intended),
        Just(BookingState::Unknown),
        Just(BookingState::Confirmed),
        Just(BookingState::Rejected(Rejection::SlotTaken)),
        Just(BookingState::Cancelling),
        Just(BookingState::Cancelled),
        Just(BookingState::Unresolved),
    ];
    prop_oneof![
        4 => (0..6u8, practice.clone(), 1..4i64, 1..4i64)
            .prop_map(|(id, practice, slot, patient)| Step::Begin { id, practice, slot, patient }),
        4 => (0..6u8, state).prop_map(|(id, state)| Step::Settle { id, state }),
        1 => (1..4i64, 1..4i64).prop_map(|(slot, patient)| Step::Cancel { slot, patient }),
        1 => (0..6u8).prop_map(Step::Get),
        1 => (practice.clone(), 1..4i64, 1..4i64)
            .prop_map(|(practice, slot, patient)| Step::Confirmed { practice, slot, patient }),
        1 => practice.prop_map(Step::Unsettled),
    ]
}

proptest! {
    /// The ledger in memory is the model: both must answer alike, whatever is asked.
    #[test]
    fn it_answers_as_the_ledger_in_memory_does(steps in proptest::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (store, model) = (SqliteStore::in_memory().unwrap(), MemoryLedger::new());
            for (step, now) in steps.into_iter().zip((1..).map(second)) {
                match step {
                    Step::Begin { id: n, practice, slot, patient } => {
                        let mut booking = booking(slot, patient, now);
                        (booking.id, booking.practice) = (id(n), practice);
                        prop_assert_eq!(
                            store.begin(&booking).await.unwrap(),
                            model.begin(&booking).await.unwrap()
                        );
                    }
                    Step::Settle { id: n, state } => prop_assert_eq!(
                        store.settle(&id(n), state, now).await.unwrap(),
                        model.settle(&id(n), state, now).await.unwrap()
                    ),
                    Step::Cancel { slot, patient } => {
                        let appointment = booking(slot, patient, now).appointment;
                        let begun = BookingRecord::cancelling(ods("A20047"), appointment, now);
                        prop_assert_eq!(
                            store.begin(&begun).await.unwrap(),
                            model.begin(&begun).await.unwrap()
                        );
                    }
                    Step::Confirmed { practice, slot, patient } => {
                        let appointment = booking(slot, patient, now).appointment;
                        prop_assert_eq!(
                            store.confirmed(&practice, &appointment).await.unwrap(),
                            model.confirmed(&practice, &appointment).await.unwrap()
                        );
                    }
                    Step::Get(n) => prop_assert_eq!(
                        store.get(&id(n)).await.unwrap(),
                        model.get(&id(n)).await.unwrap()
                    ),
                    Step::Unsettled(practice) => prop_assert_eq!(
                        store.unsettled(&practice).await.unwrap(),
                        model.unsettled(&practice).await.unwrap()
                    ),
                }
            }
            Ok(())
        })?;
    }
}
