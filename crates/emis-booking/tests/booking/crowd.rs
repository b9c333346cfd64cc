//! A crowd that searches and books at once costs few calls of EMIS.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use emis_booking::{
    Booking, BookingOutcome, Confirmation, Rejection, SlotCache, SlotChoice, SlotSearch,
};
use emis_sim::{PatientKind, SimOperation};
use emis_types::PatientNumber;
use jiff::SignedDuration;
use jiff::civil::{Date, date};
use tokio::task::JoinSet;

use crate::world::{World, patient_number};

const CROWD: usize = 200;
const SLOTS: i16 = 20;
/// A day that has no other free slots.
const DAY: Date = date(2026, 6, 6);

fn cached(world: &World) -> Booking {
    let cache = SlotCache::new(SignedDuration::from_secs(15));
    let booking = world.booking.clone().with_cache(Arc::new(cache));
    booking.wait_for_twin(Duration::from_secs(10))
}

fn crowd(world: &World) -> Vec<PatientNumber> {
    let patients = world.practice.patients();
    let able = patients.iter().filter(|it| it.kind == PatientKind::Regular);
    let numbers: Vec<_> = able.map(|it| patient_number(it.patient_number)).collect();
    numbers.into_iter().take(CROWD).collect()
}

/// Opens the session that the crowd wants.
fn open(world: &World) -> SlotSearch {
    let routine = world.settings.slot_types.first().unwrap().as_str();
    let start = DAY.at(9, 0, 0, 0);
    let opened = world
        .practice
        .staff_open_session(start, 10, SLOTS, routine.parse().unwrap());
    assert_eq!(opened.unwrap().len(), usize::try_from(SLOTS).unwrap());
    SlotSearch::new(DAY.at(0, 0, 0, 0), DAY.at(23, 0, 0, 0))
}

/// Searches, chooses, and takes the alternatives until none is left.
async fn come(booking: Booking, search: SlotSearch, request: Request) -> Option<Confirmation> {
    let found = booking.free_slots(&search).await.unwrap();
    let mut wanted = match found.slots.len() {
        0 => return None,
        many => found.slots[request.luck % many].choice(),
    };
    loop {
        let asked = (request.book)(&wanted);
        let answer = booking.book_or_suggest(&asked, &search).await.unwrap();
        match answer.outcome {
            BookingOutcome::Confirmed(confirmation) => return Some(confirmation),
            BookingOutcome::Rejected(Rejection::SlotTaken) => {}
            other => panic!("{other:?}"),
        }
        match answer.alternatives.first() {
            Some(next) => wanted = next.choice(),
            None => return None,
        }
    }
}

struct Request {
    luck: usize,
    book: Box<dyn Fn(&SlotChoice) -> emis_booking::BookingRequest + Send + Sync>,
}

async fn rush(world: &World, workers: &[Booking]) -> Vec<(PatientNumber, Option<Confirmation>)> {
    let search = open(world);
    let mut coming = JoinSet::new();
    for (n, patient) in crowd(world).into_iter().enumerate() {
        let identity = world.identity(patient);
        let book = move |slot: &SlotChoice| {
            emis_booking::BookingRequest::new(slot.clone(), patient, identity)
        };
        let request = Request {
            luck: n * 7,
            book: Box::new(book),
        };
        let booking = workers[n % workers.len()].clone();
        let coming_here = come(booking, search.clone(), request);
        coming.spawn(async move { (patient, coming_here.await) });
    }
    coming.join_all().await
}

async fn check(world: &World, workers: &[Booking]) -> usize {
    let before = world.sim.journal().len();
    let outcomes = rush(world, workers).await;
    let calls = world.sim.journal().len() - before;
    assert_eq!(outcomes.len(), CROWD);
    let mut booked = BTreeSet::new();
    let mut refused = 0;
    for (patient, outcome) in outcomes {
        let theirs = world.practice.bookings_for(patient.get());
        let Some(confirmation) = outcome else {
            let of_day = theirs.iter().filter(|slot| slot.start.date() == DAY);
            assert_eq!(of_day.count(), 0, "told that nothing is left");
            refused += 1;
            continue;
        };
        let slot = confirmation.appointment.slot;
        assert_eq!(world.patient_in(slot), Some(patient));
        let note = world.facts(slot).note.unwrap();
        assert!(confirmation.id.reference().is_in(&note));
        assert!(booked.insert(slot), "each slot once");
    }
    assert_eq!(booked.len(), usize::try_from(SLOTS).unwrap());
    assert_eq!(refused, CROWD - booked.len());
    assert_eq!(world.bookings_sent(), booked.len());
    println!(
        "{} confirmed, {refused} truthful, {} workers: {:.1} calls of EMIS for each confirmed booking",
        booked.len(),
        workers.len(),
        calls as f64 / booked.len() as f64,
    );
    calls / booked.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_patients_for_twenty_slots_cost_few_calls_of_emis() {
    let world = World::crowded().await;
    assert!(check(&world, &[cached(&world)]).await <= 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_over_four_workers_costs_few_calls_of_emis() {
    let world = World::crowded().await;
    let workers: Vec<_> = (0..4).map(|_| cached(&world)).collect();
    assert!(check(&world, &workers).await <= 20);
}

#[tokio::test]
async fn searches_at_once_share_one_read() {
    let world = World::new().await;
    let search = open(&world);
    world.booking.free_slots(&search).await.unwrap();
    let count = |operation| world.sim.count(operation);
    let sessions = count(SimOperation::GetAppointmentSessions);
    let slots = count(SimOperation::GetSlotsForSessionV2);
    let all = (0..50).map(|_| world.booking.free_slots(&search));
    for found in futures_util::future::join_all(all).await {
        assert_eq!(found.unwrap().slots.len(), usize::try_from(SLOTS).unwrap());
    }
    // Not fifty times: once, and again for those that came while others were reading.
    assert!(count(SimOperation::GetAppointmentSessions) <= 12 * sessions);
    assert!(count(SimOperation::GetSlotsForSessionV2) <= 12 * slots);
}

#[tokio::test]
async fn a_booking_and_a_cancellation_correct_the_cache() {
    let world = World::new().await;
    let search = open(&world);
    let booking = cached(&world);
    let slots = booking.free_slots(&search).await.unwrap().slots;
    let (slot, patient) = (slots[0].choice(), world.patient());
    let request = world.request(&slot, patient);
    let BookingOutcome::Confirmed(booked) = booking.book(&request).await.unwrap() else {
        panic!("not booked");
    };
    let before = world.sim.journal().len();
    let found = booking.free_slots(&search).await.unwrap().slots;
    assert!(found.iter().all(|it| it.slot != slot.slot));
    assert_eq!(found.len(), slots.len() - 1);
    assert_eq!(world.sim.journal().len(), before, "no call");
    // Another patient is told so, with the nearest others, for no call either.
    let late = world.request(&slot, world.patients()[1]);
    let answer = booking.book_or_suggest(&late, &search).await.unwrap();
    let taken = BookingOutcome::Rejected(Rejection::SlotTaken);
    assert_eq!((answer.outcome, answer.alternatives.len()), (taken, 5));
    assert_eq!(answer.alternatives[0].slot, slots[1].slot);
    assert_eq!(world.sim.journal().len(), before);

    booking.cancel(&booked.id).await.unwrap();
    let found = booking.free_slots(&search).await.unwrap().slots;
    assert_eq!(found.len(), slots.len());

    // What reception does is seen once the entry has expired.
    world.practice.staff_block(slot.slot.get()).unwrap();
    assert_eq!(
        booking.free_slots(&search).await.unwrap().slots.len(),
        slots.len()
    );
    world.clock.advance(SignedDuration::from_secs(15));
    assert_eq!(
        booking.free_slots(&search).await.unwrap().slots.len(),
        slots.len() - 1
    );
}
