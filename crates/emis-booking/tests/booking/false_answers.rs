//! Answers with status 200 that are not the documented message prove nothing.

use emis_booking::{BOOKING_SETTLES_AFTER, BookingOutcome, BookingState, CancelOutcome, Rejection};
use emis_sim::{FalseAnswer, SimFault, SimOperation};
use jiff::SignedDuration;

use crate::world::World;

const LIES: [FalseAnswer; 6] = [
    FalseAnswer::ErrorObject,
    FalseAnswer::ErrorElement,
    FalseAnswer::ErrorResponse,
    FalseAnswer::SoapFault,
    FalseAnswer::ProxyJson,
    FalseAnswer::EmptyObject,
];

/// Replaces every answer that would show an appointment by a false one.
fn answer_falsely(world: &World, answer: FalseAnswer) {
    for operation in [
        SimOperation::GetSlotsForSessionV2,
        SimOperation::GetPatientAppointmentsV2,
    ] {
        let fault = SimFault::Instead(answer);
        world.sim.faults().times(operation, 100, fault);
    }
}

#[tokio::test]
async fn a_false_answer_does_not_settle_an_unknown_booking() {
    for answer in LIES {
        let world = World::new().await;
        let (slot, patient) = (world.slot().await, world.patient());
        let request = world.request(&slot, patient);
        let lost = SimFault::DropAfterCommit;
        world.sim.faults().next(SimOperation::BookAppointment, lost);
        let book = world.booking.book(&request);
        let while_it_is_sent = async {
            while world.bookings_sent() == 0 {
                tokio::task::yield_now().await;
            }
            answer_falsely(&world, answer);
        };
        let (outcome, ()) = tokio::join!(book, while_it_is_sent);
        assert_eq!(outcome.unwrap(), BookingOutcome::Unknown(request.id));

        world
            .clock
            .advance(BOOKING_SETTLES_AFTER + SignedDuration::from_mins(1));
        let found = world.booking.reconcile().await.unwrap();
        assert!(found.settled.is_empty(), "{answer:?}: {found:?}");
        assert_eq!(found.waiting.len(), 1, "{answer:?}: {found:?}");

        world.sim.faults().clear();
        let found = world.booking.reconcile().await.unwrap();
        assert_eq!(found.settled[0].state, BookingState::Confirmed);
        assert_eq!(world.patient_in(slot.slot), Some(patient));
    }
}

#[tokio::test]
async fn a_false_answer_does_not_confirm_a_failed_cancellation() {
    for answer in LIES {
        let world = World::new().await;
        let (slot, patient) = (world.slot().await, world.patient());
        let booked = world.booked(&slot, patient).await;
        let refused = SimFault::Status(503);
        world
            .sim
            .faults()
            .next(SimOperation::CancelAppointment, refused);
        let cancel = world.booking.cancel(&booked.id);
        let while_it_is_sent = async {
            while world.sim.count(SimOperation::CancelAppointment) == 0 {
                tokio::task::yield_now().await;
            }
            answer_falsely(&world, answer);
        };
        let (outcome, ()) = tokio::join!(cancel, while_it_is_sent);
        assert_eq!(outcome.unwrap(), CancelOutcome::Unknown, "{answer:?}");
        assert_eq!(world.patient_in(slot.slot), Some(patient));
    }
}

#[tokio::test]
async fn a_false_answer_offers_and_books_nothing() {
    for answer in LIES {
        let world = World::new().await;
        let (slot, patient) = (world.slot().await, world.patient());
        let fault = SimFault::Instead(answer);
        let reads = [
            SimOperation::GetPatientDemographics,
            SimOperation::GetPatientAppointmentsV2,
            SimOperation::GetAppointmentSessions,
            SimOperation::GetSlotsForSessionV2,
        ];
        for read in reads {
            world.sim.faults().times(read, 100, fault);
            let booked = world.booking.book(&world.request(&slot, patient)).await;
            let unavailable = BookingOutcome::Rejected(Rejection::Unavailable);
            let is_none = booked.as_ref().map_or(true, |it| *it == unavailable);
            assert!(is_none, "{answer:?} to {read:?}: {booked:?}");
            world.sim.faults().clear();
        }
        assert_eq!(world.bookings_sent(), 0);
    }
}
