//! A key always gets the answer that it got first.

use std::sync::Arc;
use std::time::Duration;

use emis_booking::{BookingOutcome, BookingState, Rejection};
use emis_sim::{SimFault, SimOperation};

use crate::world::World;

#[tokio::test]
async fn a_double_click_waits_for_the_answer_to_the_first() {
    let world = World::new().await;
    let request = world.request(&world.slot().await, world.patient());
    let booking = world.booking.clone().wait_for_twin(Duration::from_secs(60));
    let clicks: Vec<_> = (0..10)
        .map(|_| {
            let (booking, request) = (booking.clone(), request.clone());
            tokio::spawn(async move { booking.book(&request).await.unwrap() })
        })
        .collect();
    let mut answers = Vec::new();
    for click in clicks {
        answers.push(click.await.unwrap());
    }
    assert!(matches!(answers[0], BookingOutcome::Confirmed(_)));
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert_eq!(world.bookings_sent(), 1);
}

#[tokio::test]
async fn a_copy_waits_no_longer_than_it_may() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    // The worker of the first died while it was sending.
    let request = || world.request(&slot, patient);
    let request = world.stopped_in(BookingState::Sending, request).await;
    let outcome = world.booking.book(&request).await.unwrap();
    assert_eq!(outcome, BookingOutcome::Unknown(request.id));
}

#[tokio::test]
async fn switching_booking_off_changes_no_answer() {
    let world = World::new().await;
    let slots = world.offered().await;
    let (confirmed, rejected) = (
        world.request(&slots[0], world.patients()[0]),
        world.request(&slots[0], world.patients()[1]),
    );
    let mut answers = Vec::new();
    for request in [&confirmed, &rejected] {
        answers.push(world.booking.book(request).await.unwrap());
    }
    let off = world.worker(Arc::new(world.clock.clone()), |settings| {
        settings.enabled = false;
        settings.booked_by = None;
    });
    // EMIS is asked for nothing but the details of the appointment.
    world.sim.api().set_reachable(false);
    for (request, mut answer) in [&confirmed, &rejected].into_iter().zip(answers) {
        if let BookingOutcome::Confirmed(confirmation) = &mut answer {
            confirmation.details = None;
        }
        assert_eq!(off.book(request).await.unwrap(), answer);
    }
}

#[tokio::test]
async fn a_rejection_from_before_the_ledger_is_recorded() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let request = world.request(&slot, patient);
    let off = world.worker(Arc::new(world.clock.clone()), |settings| {
        settings.enabled = false;
    });
    let not_offered = BookingOutcome::Rejected(Rejection::NotOffered);
    assert_eq!(off.book(&request).await.unwrap(), not_offered);
    assert_eq!(world.booking.book(&request).await.unwrap(), not_offered);

    let request = world.request(&slot, patient);
    world.clock.set(slot.start);
    let too_soon = BookingOutcome::Rejected(Rejection::TooSoon);
    assert_eq!(world.booking.book(&request).await.unwrap(), too_soon);
    world.clock.set_uk(crate::world::NOW);
    assert_eq!(world.booking.book(&request).await.unwrap(), too_soon);
    assert_eq!(world.bookings_sent(), 0);
}

#[tokio::test]
async fn a_rejection_stays_when_its_reason_is_gone() {
    let world = World::new().await;
    let (slot, patients) = (world.slot().await, world.patients());
    let booked = world
        .practice
        .staff_book(slot.slot.get(), patients[1].get());
    booked.unwrap();
    let request = world.request(&slot, patients[0]);
    let taken = BookingOutcome::Rejected(Rejection::SlotTaken);
    assert_eq!(world.booking.book(&request).await.unwrap(), taken);
    world.practice.staff_cancel(slot.slot.get()).unwrap();
    assert_eq!(world.booking.book(&request).await.unwrap(), taken);

    // So does one that another request was in the way of.
    world.fail(SimOperation::BookAppointment, SimFault::DropBeforeCommit);
    let first = world.request(&slot, patients[0]);
    world.booking.book(&first).await.unwrap();
    let second = world.request(&slot, patients[0]);
    let busy = BookingOutcome::Rejected(Rejection::BookingInProgress);
    assert_eq!(world.booking.book(&second).await.unwrap(), busy);
    world.settle().await;
    assert_eq!(world.booking.book(&second).await.unwrap(), busy);
    assert_eq!(world.bookings_sent(), 1);
}

#[tokio::test]
async fn a_key_whose_booking_was_cancelled_says_so() {
    let world = World::new().await;
    let request = world.request(&world.slot().await, world.patient());
    world.booking.book(&request).await.unwrap();
    world.booking.cancel(&request.id).await.unwrap();
    let outcome = world.booking.book(&request).await.unwrap();
    assert_eq!(outcome, BookingOutcome::Cancelled(request.id));
    assert_eq!(world.bookings_sent(), 1);
}
