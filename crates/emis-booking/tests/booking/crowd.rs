//! A crowd that searches and books at once costs few calls of EMIS, in any order.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use emis_booking::{
    Booking, BookingOutcome, BookingRequest, Confirmation, Rejection, SlotCache, SlotChoice,
    SlotSearch,
};
use emis_client::model::DateRange;
use emis_client::{Client, Operation, Request, Response, Transport, TransportError};
use emis_credentials::AccessToken;
use emis_sim::{PatientKind, SimOperation};
use emis_types::PatientNumber;
use futures_util::future::{join, join_all};
use jiff::SignedDuration;
use jiff::civil::{Date, date};
use tokio::sync::{Barrier, Semaphore};
use tokio::task::{JoinSet, unconstrained};
use tokio::time::Instant;

use crate::world::{World, patient_number};

const CROWD: usize = 200;
const SLOTS: i16 = 20;
/// A day that has no other free slots.
const DAY: Date = date(2026, 6, 6);

/// The calls for the patient who has the slot: their record, their appointments and the slot before
/// the booking; the booking; the slot and their appointments after it.
const TO_BOOK: usize = 6;
/// The calls for a patient who is told by EMIS that the slot is taken: their record, their
/// appointments and the slot.
const TO_BE_REFUSED: usize = 3;
/// The calls for the first search of a worker: the sessions, and the slots of the one that has any.
const TO_SEARCH: usize = 2;

/// Returns the calls that a crowd may cost in any order.
///
/// In a worker the requests for one slot take turns, so that it has one booking of a slot in
/// progress. If that booking is made, is in the way of another worker's, or reads that the slot is
/// taken, the worker knows that the slot is taken, and all others of its patients are told so
/// without a call. So each worker asks EMIS about each slot for one patient only: for one of them the
/// slot is booked, and the others are refused.
const fn most_calls(workers: usize) -> usize {
    let slots = SLOTS.unsigned_abs() as usize;
    slots * (TO_BOOK + (workers - 1) * TO_BE_REFUSED) + workers * TO_SEARCH
}

/// Self-booking in a worker of its own.
fn cached(world: &World) -> Booking {
    with_cache(world.booking.clone())
}

fn with_cache(booking: Booking) -> Booking {
    let cache = SlotCache::new(SignedDuration::from_secs(15));
    let booking = booking.with_cache(Arc::new(cache));
    // Turns are waited for on a slow machine too.
    booking.wait_for_twin(Duration::from_secs(3_600))
}

/// A transport that holds the calls of one operation.
#[derive(Debug)]
struct Holding {
    inner: Arc<dyn Transport>,
    operation: Operation,
    hold: Arc<Hold>,
}

#[derive(Debug)]
enum Hold {
    /// Until so many wait.
    Together(Barrier),
    /// Until there is a permit.
    Until(Semaphore),
}

impl Hold {
    fn over(self: &Arc<Self>, client: &Client, operation: Operation) -> Client {
        let hold = Arc::clone(self);
        client.with_transport_layer(|inner| {
            Arc::new(Holding {
                inner,
                operation,
                hold,
            })
        })
    }
}

#[async_trait]
impl Transport for Holding {
    async fn send(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        if request.operation() == self.operation {
            match &*self.hold {
                Hold::Together(barrier) => {
                    barrier.wait().await;
                }
                Hold::Until(open) => drop(open.acquire().await.unwrap()),
            }
        }
        self.inner.send(request, token).await
    }
}

fn crowd(world: &World) -> Vec<PatientNumber> {
    let patients = world.practice.patients();
    let able = patients.iter().filter(|it| it.kind == PatientKind::Regular);
    let numbers: Vec<_> = able.map(|it| patient_number(it.patient_number)).collect();
    numbers.into_iter().take(CROWD).collect()
}

/// Opens the session that the crowd wants. The client has a token then, which costs calls as well.
async fn open(world: &World) -> SlotSearch {
    let routine = world.settings.slot_types.first().unwrap().as_str();
    let start = DAY.at(9, 0, 0, 0);
    let opened = world
        .practice
        .staff_open_session(start, 10, SLOTS, routine.parse().unwrap());
    assert_eq!(opened.unwrap().len(), usize::try_from(SLOTS).unwrap());
    let search = SlotSearch::new(DAY.at(0, 0, 0, 0), DAY.at(23, 0, 0, 0));
    world.booking.free_slots(&search).await.unwrap();
    search
}

/// Searches, chooses, and takes the alternatives until none is left.
async fn come(booking: Booking, search: SlotSearch, wish: Wish) -> Option<Confirmation> {
    let found = booking.free_slots(&search).await.unwrap();
    let mut wanted = match found.slots.len() {
        0 => return None,
        many => found.slots[wish.luck % many].choice(),
    };
    loop {
        let asked = (wish.book)(&wanted);
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

struct Wish {
    luck: usize,
    book: Box<dyn Fn(&SlotChoice) -> BookingRequest + Send + Sync>,
}

async fn rush(
    world: &World,
    workers: &[Booking],
    search: &SlotSearch,
) -> Vec<(PatientNumber, Option<Confirmation>)> {
    let mut coming = JoinSet::new();
    for (n, patient) in crowd(world).into_iter().enumerate() {
        let identity = world.identity(patient);
        let book = move |slot: &SlotChoice| BookingRequest::new(slot.clone(), patient, identity);
        let wish = Wish {
            luck: n * 7,
            book: Box::new(book),
        };
        let booking = workers[n % workers.len()].clone();
        let coming_here = come(booking, search.clone(), wish);
        coming.spawn(async move { (patient, coming_here.await) });
    }
    coming.join_all().await
}

async fn check(world: &World, workers: &[Booking]) {
    let search = open(world).await;
    let before = world.sim.journal().len();
    let outcomes = rush(world, workers, &search).await;
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
    assert!(calls <= most_calls(workers.len()), "{calls}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_patients_for_twenty_slots_cost_few_calls_of_emis() {
    const { assert!(most_calls(1) < 10 * SLOTS as usize) };
    let world = World::crowded().await;
    check(&world, &[cached(&world)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_over_four_workers_costs_few_calls_of_emis() {
    const { assert!(most_calls(4) < 20 * SLOTS as usize) };
    let world = World::crowded().await;
    let workers: Vec<_> = (0..4).map(|_| cached(&world)).collect();
    check(&world, &workers).await;
}

/// Lets a patient of each worker want the same slot. Returns the number that have it.
async fn all_want(world: &World, workers: &[Booking], requests: Vec<BookingRequest>) -> usize {
    let slot = requests[0].slot.slot;
    let asked = workers.iter().zip(&requests);
    let outcomes = join_all(asked.map(|(worker, request)| worker.book(request))).await;
    let mut booked = 0;
    for (outcome, request) in outcomes.into_iter().zip(&requests) {
        match outcome.unwrap() {
            BookingOutcome::Confirmed(_) => {
                assert_eq!(world.patient_in(slot), Some(request.patient));
                booked += 1;
            }
            other => assert_eq!(other, BookingOutcome::Rejected(Rejection::SlotTaken)),
        }
    }
    booked
}

#[tokio::test]
async fn the_worst_order_costs_as_many_calls_as_were_allowed_for() {
    let world = World::crowded().await;
    let search = open(&world).await;
    let before = world.sim.journal().len();
    let workers: Vec<_> = (0..4).map(|_| cached(&world)).collect();
    let mut slots = Vec::new();
    for worker in &workers {
        slots = worker.free_slots(&search).await.unwrap().slots;
    }
    let mut patients = crowd(&world).into_iter();
    // Each worker comes to each slot when another has booked it and its own searches do not show it.
    for (n, slot) in slots.iter().enumerate() {
        for place in 0..workers.len() {
            let worker = &workers[(n + place) % workers.len()];
            let request = world.request(&slot.choice(), patients.next().unwrap());
            let outcome = worker.book(&request).await.unwrap();
            assert_eq!(matches!(outcome, BookingOutcome::Confirmed(_)), place == 0);
        }
    }
    let calls = world.sim.journal().len() - before;
    assert_eq!(calls, most_calls(workers.len()));
    // From then on each worker knows.
    for slot in &slots {
        let patients = patients.by_ref().take(workers.len());
        let requests = patients.map(|patient| world.request(&slot.choice(), patient));
        assert_eq!(all_want(&world, &workers, requests.collect()).await, 0);
    }
    assert_eq!(world.sim.journal().len() - before, calls);
}

#[tokio::test]
async fn workers_that_come_at_the_same_moment_ask_once_for_each_slot() {
    let world = World::crowded().await;
    let search = open(&world).await;
    // The first patients of all workers pass the checks that cost nothing before any goes on.
    let together = Arc::new(Hold::Together(Barrier::new(4)));
    let client = together.over(&world.client, Operation::GetPatientDemographics);
    let workers: Vec<_> = (0..4)
        .map(|_| with_cache(world.booking_over(client.clone())))
        .collect();
    let slots = workers[0].free_slots(&search).await.unwrap().slots;
    let mut patients = crowd(&world).into_iter();
    let mut requests = |slot: &SlotChoice| -> Vec<_> {
        let patients = patients.by_ref().take(workers.len());
        patients
            .map(|patient| world.request(slot, patient))
            .collect()
    };
    let most = TO_BOOK + (workers.len() - 1) * TO_BE_REFUSED;
    for slot in &slots {
        let before = world.sim.journal().len();
        let first = requests(&slot.choice());
        assert_eq!(all_want(&world, &workers, first).await, 1);
        let calls = world.sim.journal().len() - before;
        assert!(calls <= most, "{calls}");
        let second = requests(&slot.choice());
        assert_eq!(all_want(&world, &workers, second).await, 0);
        assert_eq!(world.sim.journal().len() - before, calls, "all know");
    }
    assert_eq!(world.bookings_sent(), slots.len());
}

#[tokio::test]
async fn a_first_search_takes_no_second_longer_than_the_simulator() {
    let world = World::crowded().await;
    let search = open(&world).await;
    let appointments = world.client.appointments();
    // What EMIS takes for the same answers, one after the other.
    let began = Instant::now();
    let sessions = appointments.get_appointment_sessions(DateRange::day(DAY), None);
    for session in sessions.await.unwrap().items {
        appointments
            .get_slots_for_session(session.id)
            .await
            .unwrap();
    }
    let simulator = began.elapsed();
    let began = Instant::now();
    let found = cached(&world).free_slots(&search).await.unwrap();
    let took = began.elapsed();
    assert_eq!(found.slots.len(), usize::try_from(SLOTS).unwrap());
    assert!(
        took <= simulator + Duration::from_secs(1),
        "{took:?}, {simulator:?}"
    );
}

#[tokio::test]
async fn searches_at_once_share_one_read() {
    let world = World::new().await;
    let search = open(&world).await;
    let closed = Arc::new(Hold::Until(Semaphore::new(0)));
    let client = closed.over(&world.client, Operation::GetAppointmentSessions);
    let booking = world.booking_over(client);
    let count = |operation| world.sim.count(operation);
    let sessions = count(SimOperation::GetAppointmentSessions);
    let open_for_all = async {
        if let Hold::Until(closed) = &*closed {
            closed.add_permits(1);
        }
    };
    // All have asked before the first read is answered. What the first reads may be too old for the
    // others: they share the second.
    let all = join_all((0..50).map(|_| booking.free_slots(&search)));
    let (all, ()) = unconstrained(join(all, open_for_all)).await;
    for found in all {
        assert_eq!(found.unwrap().slots.len(), usize::try_from(SLOTS).unwrap());
    }
    assert_eq!(count(SimOperation::GetAppointmentSessions), sessions + 2);

    // With a cache that keeps what was read some seconds ago, one read serves all.
    let slots = count(SimOperation::GetSlotsForSessionV2);
    let booking = with_cache(booking);
    for found in join_all((0..50).map(|_| booking.free_slots(&search))).await {
        assert_eq!(found.unwrap().slots.len(), usize::try_from(SLOTS).unwrap());
    }
    assert_eq!(count(SimOperation::GetAppointmentSessions), sessions + 3);
    assert_eq!(count(SimOperation::GetSlotsForSessionV2), slots + 1);
}

#[tokio::test]
async fn a_booking_and_a_cancellation_correct_the_cache() {
    let world = World::new().await;
    let search = open(&world).await;
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
