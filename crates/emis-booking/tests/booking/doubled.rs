//! A booking that a machine in between sends again after it was cancelled.

use emis_booking::{BookingNoticeKind as Notice, BookingState, CancelOutcome};
use emis_client::model::NewBooking;
use emis_types::Sensitive;
use jiff::SignedDuration;

use crate::world::World;

#[tokio::test]
async fn a_copy_of_a_booking_that_arrives_after_its_cancellation_is_cancelled_again() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let booked = world.booked(&slot, patient).await;
    let second = SignedDuration::from_secs(1);
    world.clock.advance(second);
    let cancelled = world.booking.cancel(&booked.id).await.unwrap();
    assert_eq!(cancelled, CancelOutcome::Cancelled);
    world.clock.advance(second);

    let staff = world.settings.booked_by.unwrap();
    let mut copy = NewBooking::new(slot.slot, patient, staff, "Booked online");
    copy.note = Some(Sensitive::new(booked.id.reference().to_string()));
    let arrived = world.client.appointments().book_appointment(&copy).await;
    assert!(arrived.is_ok());
    assert_eq!(world.patient_in(slot.slot), Some(patient));

    let found = world.booking.reconcile().await.unwrap();
    assert_eq!(found.settled[0].state, BookingState::Cancelled);
    assert_eq!(world.patient_in(slot.slot), None);
    assert_eq!(world.state(booked.id).await, BookingState::Cancelled);
    let told = [Notice::Booked, Notice::Cancelled, Notice::LateCancelled];
    assert_eq!(world.told(booked.id).await, told);
}
