use emis_booking::{
    AppointmentKey, BookingErrorKind, BookingId, BookingNoticeKind, BookingState, CancelOutcome,
    CancelRefusal,
};
use emis_sim::{SimFault, SimOperation};
use jiff::{SignedDuration, ToSpan};

use crate::world::World;

#[tokio::test]
async fn a_cancellation_is_sent_once_and_confirmed_by_an_empty_slot() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let booked = world.booked(&slot, patient).await;
    assert_eq!(
        world.booking.cancel(&booked.id).await.unwrap(),
        CancelOutcome::Cancelled
    );
    assert_eq!(world.patient_in(slot.slot), None);
    // A repeated cancellation sends nothing.
    assert_eq!(
        world.booking.cancel(&booked.id).await.unwrap(),
        CancelOutcome::Cancelled
    );
    assert_eq!(world.cancellations_sent(), 1);
    // The slot is free for others.
    world.booked(&slot, world.patients()[1]).await;
}

#[tokio::test]
async fn the_cancellation_cut_off_holds_to_the_minute() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let booked = world.booked(&slot, patient).await;
    let cut_off = slot.start - 60.minutes();

    world.clock.set(cut_off + 1.second());
    let late = CancelOutcome::Refused(CancelRefusal::TooLate);
    assert_eq!(world.booking.cancel(&booked.id).await.unwrap(), late);
    assert_eq!(world.cancellations_sent(), 0);
    world.clock.set(cut_off);
    assert_eq!(
        world.booking.cancel(&booked.id).await.unwrap(),
        CancelOutcome::Cancelled
    );
}

#[tokio::test]
async fn an_appointment_that_has_begun_is_not_cancelled() {
    let world = World::with(|settings| settings.cancel_cut_off_minutes = 0).await;
    let slot = world.slot().await;
    let booked = world.booked(&slot, world.patient()).await;
    world.clock.set(slot.start);
    let late = CancelOutcome::Refused(CancelRefusal::TooLate);
    assert_eq!(world.booking.cancel(&booked.id).await.unwrap(), late);
}

#[tokio::test]
async fn a_patient_cannot_cancel_another_patients_appointment() {
    let world = World::new().await;
    let (slot, patients) = (world.slot().await, world.patients());
    let booked = world.booked(&slot, patients[0]).await;
    let theirs = AppointmentKey {
        patient: patients[1],
        ..booked.appointment
    };
    let not_booked = CancelOutcome::Refused(CancelRefusal::NotBooked);
    assert_eq!(
        world.booking.cancel_appointment(&theirs).await.unwrap(),
        not_booked
    );

    // A stale link: the slot was freed and given to another patient.
    world.practice.staff_cancel(slot.slot.get()).unwrap();
    world
        .practice
        .staff_book(slot.slot.get(), patients[1].get())
        .unwrap();
    assert_eq!(world.booking.cancel(&booked.id).await.unwrap(), not_booked);
    assert_eq!(world.cancellations_sent(), 0);
    assert_eq!(world.patient_in(slot.slot), Some(patients[1]));
}

#[tokio::test]
async fn an_appointment_at_another_time_is_not_cancelled() {
    let world = World::new().await;
    let booked = world.booked(&world.slot().await, world.patient()).await;
    let moved = AppointmentKey {
        start: booked.appointment.start + 10.minutes(),
        ..booked.appointment
    };
    let unclear = CancelOutcome::Refused(CancelRefusal::Unclear);
    assert_eq!(
        world.booking.cancel_appointment(&moved).await.unwrap(),
        unclear
    );
    assert_eq!(world.cancellations_sent(), 0);
}

#[tokio::test]
async fn an_appointment_that_reception_booked_can_be_cancelled() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    world
        .practice
        .staff_book(slot.slot.get(), patient.get())
        .unwrap();
    let appointment = AppointmentKey {
        session: slot.session,
        slot: slot.slot,
        patient,
        start: slot.start,
    };
    let outcome = world
        .booking
        .cancel_appointment(&appointment)
        .await
        .unwrap();
    assert_eq!(outcome, CancelOutcome::Cancelled);
    assert_eq!(world.patient_in(slot.slot), None);
}

#[tokio::test]
async fn an_unknown_booking_is_an_error() {
    let world = World::new().await;
    let error = world
        .booking
        .cancel(&BookingId::random())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), BookingErrorKind::UnknownBooking);
}

#[tokio::test]
async fn a_refused_cancellation_is_unknown_until_it_can_no_longer_take_effect() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let booked = world.booked(&slot, patient).await;

    for status in [403, 409, 503] {
        world.fail(SimOperation::CancelAppointment, SimFault::Status(status));
        let outcome = world.booking.cancel(&booked.id).await.unwrap();
        assert_eq!(outcome, CancelOutcome::Unknown, "{status} proves nothing");
        world.settle().await;
        assert_eq!(world.state(booked.id).await, BookingState::Confirmed);
        let told = world.told(booked.id).await;
        assert_eq!(told.last(), Some(&BookingNoticeKind::StillBooked));
    }

    // Nothing was cancelled, and the patient can try again.
    assert_eq!(world.patient_in(slot.slot), Some(patient));
    assert_eq!(
        world.booking.cancel(&booked.id).await.unwrap(),
        CancelOutcome::Cancelled
    );
}

#[tokio::test]
async fn a_cancellation_whose_answer_was_lost_is_found_by_reading_back() {
    for fault in [
        SimFault::DropAfterCommit,
        SimFault::StatusAfterCommit(500),
        SimFault::StatusAfterCommit(404),
        SimFault::TruncatedBody,
    ] {
        let world = World::new().await;
        let booked = world.booked(&world.slot().await, world.patient()).await;
        world
            .sim
            .faults()
            .next(SimOperation::CancelAppointment, fault);
        // The slot is empty, but the call may be in flight once more: it is not given to others.
        let outcome = world.booking.cancel(&booked.id).await.unwrap();
        assert_eq!(outcome, CancelOutcome::Unknown, "{fault:?}");
        world.settle().await;
        assert_eq!(world.state(booked.id).await, BookingState::Cancelled);
        let told = world.told(booked.id).await;
        assert_eq!(told.last(), Some(&BookingNoticeKind::Cancelled));
        assert_eq!(world.cancellations_sent(), 1);
    }
}

#[tokio::test]
async fn an_interrupted_cancellation_is_unknown_until_reconciled() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let booked = world.booked(&slot, patient).await;
    world
        .sim
        .faults()
        .next(SimOperation::CancelAppointment, SimFault::DropBeforeCommit);
    let outcome = world.booking.cancel(&booked.id).await.unwrap();
    assert_eq!(outcome, CancelOutcome::Unknown);
    assert!(outcome.to_string().contains("Contact your GP practice"));

    // A repeated cancellation sends nothing.
    assert_eq!(
        world.booking.cancel(&booked.id).await.unwrap(),
        CancelOutcome::Unknown
    );
    assert_eq!(world.cancellations_sent(), 1);

    assert_eq!(world.booking.reconcile().await.unwrap().waiting.len(), 1);
    world.clock.advance(SignedDuration::from_mins(10));
    let settled = world.booking.reconcile().await.unwrap().settled;
    assert_eq!(
        settled[0].state,
        BookingState::Confirmed,
        "the booking is still confirmed"
    );
    assert_eq!(
        world.booking.cancel(&booked.id).await.unwrap(),
        CancelOutcome::Cancelled
    );
    assert_eq!(world.patient_in(slot.slot), None);
}

#[tokio::test]
async fn two_workers_cancel_once() {
    let world = World::new().await;
    let booked = world.booked(&world.slot().await, world.patient()).await;
    let cancel = || {
        let booking = world.booking.clone();
        tokio::spawn(async move { booking.cancel(&booked.id).await })
    };
    let (one, other) = (cancel(), cancel());
    let outcomes = [one.await.unwrap().unwrap(), other.await.unwrap().unwrap()];
    assert!(outcomes.contains(&CancelOutcome::Cancelled), "{outcomes:?}");
    assert_eq!(world.cancellations_sent(), 1);
}
