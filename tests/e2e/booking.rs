//! Booking through the facade: never lost and never sent twice, despite faults.

use crate::support::{Failure, World, known};
use emis_partner::booking::{BookingOutcome, BookingRequest, CancelOutcome, Rejection};
use emis_partner::types::PatientNumber;
use emis_sim::{PatientKind, SimFault, SimOperation};
use jiff::SignedDuration;

#[tokio::test]
async fn a_patient_books_and_cancels() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let slot = world.offered_slot().await?;
    let person = world.free_patients().next().expect("a patient is free");
    let (patient, identity) = known(&person)?;

    let outcome = world
        .practice
        .booking()
        .book(&BookingRequest::new(slot.choice(), patient, identity))
        .await?;
    let BookingOutcome::Confirmed(confirmed) = outcome else {
        panic!("{outcome}")
    };
    assert_eq!(
        world.sim.practice().booking_of(slot.slot.get()),
        Some(patient.get())
    );
    assert_ne!(
        world.offered_slot().await?.slot,
        slot.slot,
        "the slot is no longer offered"
    );

    assert_eq!(
        world.practice.booking().cancel(&confirmed.id).await?,
        CancelOutcome::Cancelled
    );
    assert_eq!(world.sim.practice().booking_of(slot.slot.get()), None);
    assert_eq!(
        world.offered_slot().await?.slot,
        slot.slot,
        "the slot is offered again"
    );
    Ok(())
}

#[tokio::test]
async fn a_slot_taken_between_search_and_booking_is_refused() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let slot = world.offered_slot().await?;
    let mut people = world.free_patients();
    let (first, second) = (people.next().expect("one"), people.next().expect("another"));
    world
        .sim
        .practice()
        .staff_book(slot.slot.get(), first.patient_number)?;

    let (patient, identity) = known(&second)?;
    let outcome = world
        .practice
        .booking()
        .book(&BookingRequest::new(slot.choice(), patient, identity))
        .await?;
    assert_eq!(
        outcome,
        BookingOutcome::Rejected(Rejection::SlotTaken),
        "{outcome}"
    );
    assert_eq!(
        world.sim.count(SimOperation::BookAppointment),
        0,
        "the conflict was found before sending"
    );
    assert_eq!(
        world.sim.practice().booking_of(slot.slot.get()),
        Some(first.patient_number)
    );
    Ok(())
}

#[tokio::test]
async fn two_concurrent_bookings_of_one_slot_book_it_once() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let slot = world.offered_slot().await?;
    let mut people = world.free_patients();
    let (one, other) = (
        known(&people.next().expect("one"))?,
        known(&people.next().expect("other"))?,
    );
    let request = |(patient, identity)| BookingRequest::new(slot.choice(), patient, identity);
    let (a, b) = (request(one), request(other));
    let (a, b) = tokio::join!(
        world.practice.booking().book(&a).into_future(),
        world.practice.booking().book(&b).into_future()
    );
    let confirmed = [a?, b?]
        .iter()
        .filter(|o| matches!(o, BookingOutcome::Confirmed(_)))
        .count();
    assert_eq!(confirmed, 1);
    assert_eq!(world.sim.count(SimOperation::BookAppointment), 1);
    Ok(())
}

#[tokio::test]
async fn a_booking_whose_answer_is_lost_is_found_by_reading_back() -> Result<(), Failure> {
    for fault in [
        SimFault::StallAfterCommit,
        SimFault::DropAfterCommit,
        SimFault::StatusAfterCommit(500),
    ] {
        let world = World::impatient().await?;
        let slot = world.offered_slot().await?;
        let (patient, identity) = known(&world.free_patients().next().expect("a patient"))?;
        world
            .sim
            .faults()
            .next(SimOperation::BookAppointment, fault);

        let request = BookingRequest::new(slot.choice(), patient, identity);
        let outcome = world.practice.booking().book(&request).await?;
        assert!(
            matches!(outcome, BookingOutcome::Confirmed(_)),
            "{fault:?}: {outcome}"
        );
        assert_eq!(
            world.sim.count(SimOperation::BookAppointment),
            1,
            "{fault:?}: booked once"
        );
        assert_eq!(
            world.sim.practice().booking_of(slot.slot.get()),
            Some(patient.get())
        );

        let again = world.practice.booking().book(&request).await?;
        assert_eq!(again, outcome, "the same request again is the same booking");
        assert_eq!(world.sim.count(SimOperation::BookAppointment), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_booking_that_never_arrived_is_unknown_until_it_is_settled() -> Result<(), Failure> {
    let world = World::impatient().await?;
    let slot = world.offered_slot().await?;
    let (patient, identity) = known(&world.free_patients().next().expect("a patient"))?;
    world
        .sim
        .faults()
        .next(SimOperation::BookAppointment, SimFault::DropBeforeCommit);

    let request = BookingRequest::new(slot.choice(), patient, identity);
    let outcome = world.practice.booking().book(&request).await?;
    assert!(matches!(outcome, BookingOutcome::Unknown(_)), "{outcome}");

    world.clock.advance(SignedDuration::from_mins(15));
    let settled = world.practice.booking().reconcile().await?;
    assert_eq!((settled.settled.len(), settled.waiting.len()), (1, 0));
    let outcome = world.practice.booking().book(&request).await?;
    assert!(
        matches!(outcome, BookingOutcome::Rejected(_)),
        "nothing was booked: {outcome}"
    );
    assert_eq!(world.sim.practice().booking_of(slot.slot.get()), None);
    assert_eq!(
        world.sim.count(SimOperation::BookAppointment),
        1,
        "it was sent once"
    );
    Ok(())
}

#[tokio::test]
async fn a_patient_with_another_identity_is_not_booked() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let slot = world.offered_slot().await?;
    let mut people = world.free_patients();
    let (one, other) = (
        people.next().expect("one"),
        people.find(|p| p.dob.year() < 1980).expect("other"),
    );
    let (number, _) = known(&one)?;
    let (_, identity) = known(&other)?;
    let outcome = world
        .practice
        .booking()
        .book(&BookingRequest::new(slot.choice(), number, identity))
        .await?;
    assert_eq!(
        outcome,
        BookingOutcome::Rejected(Rejection::IdentityMismatch)
    );

    for kind in [
        PatientKind::Deceased,
        PatientKind::Deducted,
        PatientKind::Dummy,
    ] {
        let number = world
            .sim
            .practice()
            .patient_of_kind(kind)
            .expect("the patient exists");
        let person = world.sim.practice().patient(number).expect("they exist");
        let (_, identity) = known(&person)?;
        let number = PatientNumber::new(number.into())?;
        let request = BookingRequest::new(slot.choice(), number, identity);
        let outcome = world.practice.booking().book(&request).await?;
        assert!(
            matches!(outcome, BookingOutcome::Rejected(_)),
            "{kind:?}: {outcome}"
        );
    }
    assert_eq!(world.sim.count(SimOperation::BookAppointment), 0);
    Ok(())
}
