//! A booking and a cancellation of one slot are never in flight together, so that neither undoes the
//! other's outcome.

use std::pin::pin;
use std::sync::Arc;

use emis_booking::{
    AppointmentKey, BookingNoticeKind, BookingOutcome, BookingRequest, BookingState, BookingStore,
    CancelOutcome, CancelRefusal, Rejection,
};
use emis_sim::{SimFault, SimOperation};
use emis_types::{Clock, ManualClock};
use jiff::{SignedDuration, Timestamp};

use crate::world::{NOW, World, run_until_await};

const IN_HAND: BookingOutcome = BookingOutcome::Rejected(Rejection::BookingInProgress);

#[tokio::test]
async fn a_slot_whose_cancellation_is_unsettled_is_not_booked() {
    let world = World::impatient().await;
    let (slot, patients) = (world.slot().await, world.patients());
    let booked = world.booked(&slot, patients[0]).await;
    let stall = SimFault::StallBeforeCommit;
    world
        .sim
        .faults()
        .next(SimOperation::CancelAppointment, stall);
    let cancelled = world.booking.cancel(&booked.id).await.unwrap();
    assert_eq!(cancelled, CancelOutcome::Unknown);

    // The patient is still in the slot, but the cancellation may take effect at any moment.
    let again = world.request(&slot, patients[0]);
    assert_eq!(world.booking.book(&again).await.unwrap(), IN_HAND);
    let other = world.request(&slot, patients[1]);
    let taken = BookingOutcome::Rejected(Rejection::SlotTaken);
    assert_eq!(world.booking.book(&other).await.unwrap(), taken);

    world.practice.staff_cancel(slot.slot.get()).unwrap();
    assert!(world.booking.reconcile().await.unwrap().settled.is_empty());
    assert_eq!(
        world.settle().await.settled[0].state,
        BookingState::Cancelled
    );
    let again = world.request(&slot, patients[0]);
    let outcome = world.booking.book(&again).await.unwrap();
    assert!(matches!(outcome, BookingOutcome::Confirmed(_)));
    assert_eq!(world.patient_in(slot.slot), Some(patients[0]));
}

#[tokio::test]
async fn a_booking_concurrent_with_a_cancellation_is_not_lost() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let (mut cancelled, mut kept) = (0, 0);
    // Each is stopped at each of its await points while the other runs.
    for waits in 1.. {
        let mut stopped = [true, true];
        for (cancels_first, stopped) in [true, false].into_iter().zip(&mut stopped) {
            let first = world.booked(&slot, patient).await;
            let request = world.request(&slot, patient);
            let mut cancel = pin!(world.booking.cancel(&first.id));
            let mut book = pin!(world.booking.book(&request));
            let booked = if cancels_first {
                *stopped = run_until_await(cancel.as_mut(), waits).await.is_none();
                let booked = book.await;
                if *stopped {
                    cancel.await.unwrap();
                }
                booked
            } else {
                let early = run_until_await(book.as_mut(), waits).await;
                *stopped = early.is_none();
                cancel.await.unwrap();
                match early {
                    Some(booked) => booked,
                    None => book.await,
                }
            };

            let in_book = world.patient_in(slot.slot) == Some(patient);
            let appointment = first.appointment;
            let standing = confirmed(&world, &appointment).await;
            assert_eq!(standing, in_book, "stopped at {waits}: {cancels_first}");
            if let BookingOutcome::Confirmed(told) = booked.unwrap() {
                let record = world.booking.record(&told.id).await.unwrap().unwrap();
                let expected = match in_book {
                    true => BookingState::Confirmed,
                    false => BookingState::Cancelled,
                };
                assert_eq!(
                    record.state, expected,
                    "stopped at {waits}: {cancels_first}"
                );
            }
            if in_book {
                kept += 1;
                let ours = world
                    .booking
                    .cancel_appointment(&appointment)
                    .await
                    .unwrap();
                assert_eq!(ours, CancelOutcome::Cancelled);
            } else {
                cancelled += 1;
            }
        }
        if !stopped.contains(&true) {
            break;
        }
    }
    assert!(cancelled > 0 && kept > 0, "{cancelled}, {kept}");
}

/// Returns true if the store has a confirmed booking of the appointment.
async fn confirmed(world: &World, appointment: &AppointmentKey) -> bool {
    let practice = world.practice.ods().parse().unwrap();
    let found = world.store.confirmed(&practice, appointment).await;
    found.unwrap().is_some()
}

#[tokio::test]
async fn a_booking_in_flight_is_not_cancelled_under_another_id() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let first = world.booked(&slot, patient).await;
    // A worker died while the second was in flight.
    let again = || world.request(&slot, patient);
    world.stopped_in(BookingState::Intended, again).await;
    let refused = CancelOutcome::Refused(CancelRefusal::BookingInProgress);
    assert_eq!(world.booking.cancel(&first.id).await.unwrap(), refused);
    assert_eq!(world.cancellations_sent(), 0);
    assert_eq!(world.patient_in(slot.slot), Some(patient));
}

#[tokio::test]
async fn an_appointment_booked_here_has_one_booking() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let request = |world: &World| -> BookingRequest { world.request(&slot, patient) };
    let first = world.booked(&slot, patient).await;
    let second = request(&world);
    let already = BookingOutcome::Rejected(Rejection::AlreadyBooked);
    for _ in 0..2 {
        assert_eq!(world.booking.book(&second).await.unwrap(), already);
    }
    assert_eq!(world.bookings_sent(), 1);

    world.booking.cancel(&first.id).await.unwrap();
    let outcome = world.booking.book(&second).await.unwrap();
    assert_eq!(outcome, already, "a repeated form books nothing");
    let third = world.booked(&slot, patient).await;
    assert_ne!(third.id, first.id);
    assert_eq!(world.bookings_sent(), 2);
}

#[tokio::test]
async fn an_appointment_booked_by_reception_stays_receptions() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    world
        .practice
        .staff_book(slot.slot.get(), patient.get())
        .unwrap();
    let request = world.request(&slot, patient);
    let already = BookingOutcome::Rejected(Rejection::AlreadyBooked);
    assert_eq!(world.booking.book(&request).await.unwrap(), already);
    assert_eq!(world.bookings_sent(), 0);
    let outcome = world.booking.cancel(&request.id).await.unwrap();
    assert_eq!(outcome, CancelOutcome::Refused(CancelRefusal::NotBooked));
    assert_eq!(world.patient_in(slot.slot), Some(patient));
}

#[tokio::test]
async fn the_cancellation_of_an_appointment_booked_by_reception_is_recorded() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    world
        .practice
        .staff_book(slot.slot.get(), patient.get())
        .unwrap();
    let request = world.request(&slot, patient);
    let appointment = AppointmentKey {
        session: slot.session,
        slot: slot.slot,
        patient,
        start: slot.start,
    };
    let drop = SimFault::DropBeforeCommit;
    world
        .sim
        .faults()
        .next(SimOperation::CancelAppointment, drop);
    for _ in 0..2 {
        let outcome = world
            .booking
            .cancel_appointment(&appointment)
            .await
            .unwrap();
        assert_eq!(outcome, CancelOutcome::Unknown);
    }
    assert_eq!(
        world.cancellations_sent(),
        1,
        "a repeated cancellation sends nothing"
    );
    assert_eq!(world.booking.book(&request).await.unwrap(), IN_HAND);

    let settled = world.settle().await.settled;
    assert_eq!(
        settled[0].state,
        BookingState::Confirmed,
        "the booking is still confirmed"
    );
    let outcome = world
        .booking
        .cancel_appointment(&appointment)
        .await
        .unwrap();
    assert_eq!(outcome, CancelOutcome::Cancelled);
    let record = world.booking.record(&settled[0].id).await.unwrap().unwrap();
    assert_eq!(
        record.state,
        BookingState::Cancelled,
        "under the ID of the new booking"
    );
}

/// A clock that advances by four minutes at every reading.
#[derive(Debug)]
struct LeapingClock(ManualClock);

impl Clock for LeapingClock {
    fn now(&self) -> Timestamp {
        self.0.advance(SignedDuration::from_mins(4));
        self.0.now()
    }
}

#[tokio::test]
async fn a_worker_past_its_deadline_does_not_cancel() {
    let world = World::new().await;
    let booked = world.booked(&world.slot().await, world.patient()).await;
    let held_up = world.worker(Arc::new(LeapingClock(world.clock.clone())), |_| {});
    let refused = CancelOutcome::Refused(CancelRefusal::Refused);
    assert_eq!(held_up.cancel(&booked.id).await.unwrap(), refused);
    assert_eq!(world.cancellations_sent(), 0);
    // The answer may be lost: it is told.
    let told = world.told(booked.id).await;
    assert_eq!(told.last(), Some(&BookingNoticeKind::StillBooked));
    world.clock.set_uk(NOW);
    let outcome = world.booking.cancel(&booked.id).await.unwrap();
    assert_eq!(outcome, CancelOutcome::Cancelled);
}
