//! Bookings whose outcome stays unknown: given up in time, and settled by hand.

use emis_booking::{
    BOOKING_GIVES_UP_AFTER, BOOKING_SETTLES_AFTER, BookingErrorKind, BookingId, BookingNoticeKind,
    BookingOutcome, BookingRecord, BookingRequest, BookingState, CancelOutcome, CancelRefusal,
    Rejection,
};
use emis_sim::{Distortion, SimFault, SimOperation};
use jiff::SignedDuration;

use crate::world::World;

const NOT_BOOKED: BookingState = BookingState::Rejected(Rejection::NotBooked);

/// Makes every answer to one operation unusable.
fn break_reading(world: &World, operation: SimOperation, fault: SimFault) {
    world.sim.faults().times(operation, 50, fault);
}

/// A booking that was interrupted after it was made, and can't be read back.
async fn in_doubt(world: &World) -> BookingRecord {
    let (slot, patient) = (world.slot().await, world.patient());
    let request = world.request(&slot, patient);
    book_unread(world, &request).await;
    world.booking.record(&request.id).await.unwrap().unwrap()
}

/// Books, and lets reading back fail once.
async fn book_unread(world: &World, request: &BookingRequest) {
    world.fail(SimOperation::BookAppointment, SimFault::DropAfterCommit);
    let while_it_is_sent = async {
        while world.bookings_sent() == 0 {
            tokio::task::yield_now().await;
        }
        world.fail(SimOperation::GetSlotsForSessionV2, SimFault::Status(500));
    };
    let (outcome, ()) = tokio::join!(world.booking.book(request), while_it_is_sent);
    assert_eq!(outcome.unwrap(), BookingOutcome::Unknown(request.id));
}

async fn waits(world: &World) -> bool {
    let found = world.booking.reconcile().await.unwrap();
    assert!(found.settled.is_empty() && found.stopped_by.is_none());
    assert_eq!(found.waiting.len() + found.unresolved.len(), 1);
    found.unresolved.is_empty()
}

#[tokio::test]
async fn an_unknown_booking_is_unresolved_once_its_appointment_has_begun() {
    let unclear = [
        (
            SimOperation::GetPatientAppointmentsV2,
            SimFault::Distort(Distortion::MalformedRecord),
        ),
        (
            SimOperation::GetPatientAppointmentsV2,
            SimFault::Status(500),
        ),
        (SimOperation::GetSlotsForSessionV2, SimFault::Status(500)),
    ];
    for (operation, fault) in unclear {
        let world = World::new().await;
        let record = in_doubt(&world).await;
        let start = record.appointment.start;
        assert!(start.duration_since(record.begun_at) < BOOKING_GIVES_UP_AFTER);
        break_reading(&world, operation, fault);
        world.clock.set(start - SignedDuration::from_secs(1));
        assert!(waits(&world).await, "{operation:?}");
        world.clock.set(start);
        assert!(!waits(&world).await, "{operation:?}");

        // Reported once, and its outcome stays unknown.
        let again = world.booking.reconcile().await.unwrap();
        assert!(again.unresolved.is_empty() && again.waiting.is_empty());
        let kept = world.booking.record(&record.id).await.unwrap().unwrap();
        assert_eq!(kept.state, BookingState::Unresolved);
        let told = world.told(record.id).await;
        assert_eq!(told, [BookingNoticeKind::Unresolved], "told once");
        let refused = CancelOutcome::Refused(CancelRefusal::Unclear);
        assert_eq!(world.booking.cancel(&record.id).await.unwrap(), refused);
    }
}

#[tokio::test]
async fn an_unknown_booking_blocks_others_for_at_most_a_day() {
    let world = World::with(|settings| settings.max_future_per_patient = 2).await;
    let slots = world.offered().await;
    let far_ahead = slots.last().unwrap();
    let patient = world.patient();
    let request = world.request(far_ahead, patient);
    book_unread(&world, &request).await;
    let operation = SimOperation::GetPatientAppointmentsV2;
    break_reading(
        &world,
        operation,
        SimFault::Distort(Distortion::MalformedRecord),
    );

    world
        .clock
        .advance(BOOKING_GIVES_UP_AFTER - SignedDuration::from_secs(1));
    assert!(waits(&world).await);
    world.clock.advance(SignedDuration::from_secs(1));
    assert!(!waits(&world).await);
    world.sim.faults().clear();
    let unknown = BookingOutcome::Unknown(request.id);
    assert_eq!(world.booking.book(&request).await.unwrap(), unknown);
    world.booked(&world.slot().await, patient).await;
}

#[tokio::test]
async fn an_unknown_booking_waits_while_the_connection_is_broken() {
    let world = World::new().await;
    let record = in_doubt(&world).await;
    world.clock.set(record.appointment.start);
    world.practice.emas().deactivate_application();
    let found = world.booking.reconcile().await.unwrap();
    assert!(found.unresolved.is_empty() && found.stopped_by.is_some());
    world.practice.emas().activate_application();
    let settled = world.booking.reconcile().await.unwrap().settled;
    assert_eq!(settled[0].state, BookingState::Confirmed);
}

#[tokio::test]
async fn an_unknown_cancellation_becomes_unresolved() {
    let world = World::new().await;
    let booked = world.booked(&world.slot().await, world.patient()).await;
    let drop = SimFault::DropBeforeCommit;
    world
        .sim
        .faults()
        .next(SimOperation::CancelAppointment, drop);
    world.booking.cancel(&booked.id).await.unwrap();
    let operation = SimOperation::GetPatientAppointmentsV2;
    break_reading(
        &world,
        operation,
        SimFault::Distort(Distortion::MalformedRecord),
    );
    world.clock.advance(BOOKING_GIVES_UP_AFTER);
    assert!(!waits(&world).await);

    let seen = world
        .booking
        .settle_by_hand(&booked.id, BookingState::Cancelled);
    assert!(seen.await.unwrap().changed);
    let outcome = world.booking.cancel(&booked.id).await.unwrap();
    assert_eq!(outcome, CancelOutcome::Cancelled);
}

#[tokio::test]
async fn a_booking_is_settled_by_hand_once_no_call_is_in_flight() {
    let world = World::new().await;
    let record = in_doubt(&world).await;
    let by_hand = |state| world.booking.settle_by_hand(&record.id, state);
    let early = by_hand(NOT_BOOKED).await.unwrap();
    assert!(!early.changed, "the call may still take effect");

    world.clock.advance(BOOKING_SETTLES_AFTER);
    for nonsense in [BookingState::Intended, BookingState::Cancelling] {
        let settlement = by_hand(nonsense).await.unwrap();
        assert!(!settlement.changed);
        assert_eq!(settlement.record, record);
    }
    assert!(by_hand(BookingState::Unresolved).await.unwrap().changed);
    let contradicted = by_hand(NOT_BOOKED).await.unwrap();
    assert!(!contradicted.changed, "EMIS has it, with our reference");
    let slot = record.appointment.slot.get();
    world.practice.staff_cancel(slot).unwrap();
    let contradicted = by_hand(BookingState::Confirmed).await.unwrap();
    assert!(!contradicted.changed, "nobody is in the slot");
    assert!(by_hand(NOT_BOOKED).await.unwrap().changed);
    let told = world.told(record.id).await;
    assert_eq!(
        told,
        [BookingNoticeKind::Unresolved, BookingNoticeKind::NotBooked]
    );
    assert!(world.booking.reconcile().await.unwrap().waiting.is_empty());

    let nobodys = BookingId::random();
    let error = world.booking.settle_by_hand(&nobodys, NOT_BOOKED).await;
    assert_eq!(error.unwrap_err().kind(), BookingErrorKind::UnknownBooking);
}
