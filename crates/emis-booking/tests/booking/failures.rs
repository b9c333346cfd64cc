//! Calls that are interrupted, refused or answered with malformed data: sent once, and never guessed.

use std::sync::Arc;

use emis_booking::{
    BOOKING_SETTLES_AFTER, BookingErrorKind, BookingNoticeKind, BookingOutcome, BookingState,
    CancelOutcome, CancelRefusal, Rejection,
};
use emis_client::ClientErrorKind;
use emis_sim::{Distortion, FalseAnswer, SimFault, SimOperation};
use emis_types::{Clock, ManualClock};
use jiff::{SignedDuration, Timestamp};

use crate::world::{NOW, World};

const NOT_BOOKED: BookingState = BookingState::Rejected(Rejection::NotBooked);

#[tokio::test]
async fn a_booking_whose_answer_was_lost_is_found_by_reading_back() {
    let unheard = [
        SimFault::DropAfterCommit,
        SimFault::StatusAfterCommit(500),
        SimFault::StatusAfterCommit(503),
        // A proxy sent the call twice, and the second was refused.
        SimFault::StatusAfterCommit(409),
        SimFault::StatusAfterCommit(404),
        SimFault::StatusAfterCommit(400),
        SimFault::StatusAfterCommit(401),
        SimFault::StatusAfterCommit(402),
        SimFault::StatusAfterCommit(403),
        SimFault::StatusAfterCommit(410),
        SimFault::StatusAfterCommit(422),
        SimFault::StatusAfterCommit(429),
        SimFault::StatusAfterCommit(451),
        SimFault::TrueBodyUnderStatus(500),
        SimFault::InsteadAfterCommit(FalseAnswer::ErrorObject),
        SimFault::TruncatedBody,
        SimFault::Distort(Distortion::MalformedRecord),
    ];
    for fault in unheard {
        let world = World::new().await;
        let (slot, patient) = (world.slot().await, world.patient());
        world
            .sim
            .faults()
            .next(SimOperation::BookAppointment, fault);
        let outcome = world
            .booking
            .book(&world.request(&slot, patient))
            .await
            .unwrap();
        assert!(
            matches!(outcome, BookingOutcome::Confirmed(_)),
            "{fault:?}: {outcome:?}"
        );
        assert_eq!(world.bookings_sent(), 1, "{fault:?}");
        assert_eq!(world.patient_in(slot.slot), Some(patient));
    }
}

#[tokio::test]
async fn a_booking_that_timed_out_after_it_was_made_is_found_by_reading_back() {
    let world = World::impatient().await;
    let (slot, patient) = (world.slot().await, world.patient());
    world
        .sim
        .faults()
        .next(SimOperation::BookAppointment, SimFault::StallAfterCommit);
    let outcome = world
        .booking
        .book(&world.request(&slot, patient))
        .await
        .unwrap();
    assert!(
        matches!(outcome, BookingOutcome::Confirmed(_)),
        "{outcome:?}"
    );
    assert_eq!(world.bookings_sent(), 1);
}

#[tokio::test]
async fn a_booking_that_timed_out_before_it_was_made_is_unknown_then_not_booked() {
    let world = World::impatient().await;
    let (slot, patient) = (world.slot().await, world.patient());
    world
        .sim
        .faults()
        .next(SimOperation::BookAppointment, SimFault::StallBeforeCommit);
    let request = world.request(&slot, patient);
    let outcome = world.booking.book(&request).await.unwrap();
    assert_eq!(outcome, BookingOutcome::Unknown(request.id));

    world.clock.advance(BOOKING_SETTLES_AFTER);
    let found = world.booking.reconcile().await.unwrap();
    assert_eq!(
        found.settled[0].state,
        BookingState::Rejected(Rejection::NotBooked)
    );
    assert_eq!(world.bookings_sent(), 1);
}

#[tokio::test]
async fn a_free_slot_after_an_interrupted_call_leaves_the_outcome_unknown() {
    for fault in [
        SimFault::DropBeforeCommit,
        SimFault::Status(409),
        SimFault::Status(500),
        SimFault::Instead(FalseAnswer::HtmlPage),
    ] {
        let world = World::new().await;
        let (slots, patient) = (world.offered().await, world.patient());
        let request = world.request(&slots[0], patient);
        world
            .sim
            .faults()
            .next(SimOperation::BookAppointment, fault);
        let unknown = BookingOutcome::Unknown(request.id);
        assert_eq!(
            world.booking.book(&request).await.unwrap(),
            unknown,
            "{fault:?}"
        );

        // The same request is answered without a call. Another request of the patient waits, and no
        // other patient's request for the slot is sent.
        assert_eq!(world.booking.book(&request).await.unwrap(), unknown);
        let elsewhere = world
            .booking
            .book(&world.request(&slots[1], patient))
            .await
            .unwrap();
        assert_eq!(
            elsewhere,
            BookingOutcome::Rejected(Rejection::BookingInProgress)
        );
        let rival = world.patients()[1];
        let other = world
            .booking
            .book(&world.request(&slots[0], rival))
            .await
            .unwrap();
        assert_eq!(other, BookingOutcome::Rejected(Rejection::SlotTaken));
        let cancelled = world.booking.cancel(&request.id).await.unwrap();
        let in_progress = CancelOutcome::Refused(CancelRefusal::BookingInProgress);
        assert_eq!(cancelled, in_progress);

        // One second before the time limit nothing is settled.
        world
            .clock
            .advance(BOOKING_SETTLES_AFTER - SignedDuration::from_secs(1));
        let early = world.booking.reconcile().await.unwrap();
        assert!(early.settled.is_empty() && early.waiting.len() == 1);
        world.clock.advance(SignedDuration::from_secs(1));
        let late = world.booking.reconcile().await.unwrap();
        assert_eq!(
            late.settled[0].state,
            BookingState::Rejected(Rejection::NotBooked)
        );
        assert!(
            world.booking.reconcile().await.unwrap().settled.is_empty(),
            "reported once"
        );

        assert_eq!(world.bookings_sent(), 1);
        assert_eq!(world.patient_in(slots[0].slot), None);
        world.booked(&slots[0], patient).await;
    }
}

#[tokio::test]
async fn a_booking_that_cannot_be_read_back_is_unknown_then_confirmed() {
    let world = World::impatient().await;
    let (slots, patients) = (world.offered().await, world.patients());
    let reads = [
        SimOperation::GetSlotsForSessionV2,
        SimOperation::GetPatientAppointmentsV2,
    ];
    for (read, (slot, patient)) in reads.into_iter().zip(slots.iter().zip(patients)) {
        let sent_before = world.bookings_sent();
        world
            .sim
            .faults()
            .next(SimOperation::BookAppointment, SimFault::StallAfterCommit);
        let request = world.request(slot, patient);
        let while_it_hangs = async {
            while world.bookings_sent() == sent_before {
                tokio::task::yield_now().await;
            }
            world.sim.faults().next(read, SimFault::Status(500));
        };
        let (outcome, ()) = tokio::join!(world.booking.book(&request), while_it_hangs);
        assert_eq!(
            outcome.unwrap(),
            BookingOutcome::Unknown(request.id),
            "{read:?}"
        );

        let found = world.booking.reconcile().await.unwrap();
        assert_eq!(found.settled[0].state, BookingState::Confirmed);
        assert_eq!(world.bookings_sent(), sent_before + 1);
    }
}

#[tokio::test]
async fn a_refusal_over_an_empty_slot_is_unknown_until_no_call_can_be_in_flight() {
    for status in [400, 401, 402, 403, 404, 409, 410, 422, 429, 451, 500, 503] {
        let world = World::new().await;
        let (slot, patient) = (world.slot().await, world.patient());
        world.fail(SimOperation::BookAppointment, SimFault::Status(status));
        let request = world.request(&slot, patient);
        let outcome = world.booking.book(&request).await.unwrap();
        assert_eq!(outcome, BookingOutcome::Unknown(request.id), "{status}");
        assert!(world.booking.reconcile().await.unwrap().settled.is_empty());
        let found = world.settle().await;
        assert_eq!(found.settled[0].state, NOT_BOOKED, "{status}");
        assert_eq!(world.told(request.id).await, [BookingNoticeKind::NotBooked]);
        world.booked(&slot, patient).await;
    }
}

#[tokio::test]
async fn a_failed_check_books_nothing() {
    // Before anything is stored, a failure is an error, and the same request may come again.
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    world.fail(SimOperation::GetPatientDemographics, SimFault::Status(500));
    let request = world.request(&slot, patient);
    let error = world.booking.book(&request).await.unwrap_err();
    assert_eq!(error.kind(), BookingErrorKind::Emis);
    assert_eq!(world.booking.record(&request.id).await.unwrap(), None);
    let outcome = world.booking.book(&request).await.unwrap();
    assert!(matches!(outcome, BookingOutcome::Confirmed(_)));

    // From then on it is an answer, and comes again.
    for operation in [
        SimOperation::GetPatientAppointmentsV2,
        SimOperation::GetAppointmentSessions,
        SimOperation::GetSlotsForSessionV2,
    ] {
        let world = World::new().await;
        let (slot, patient) = (world.slot().await, world.patient());
        world.fail(operation, SimFault::Status(500));
        let request = world.request(&slot, patient);
        let unavailable = BookingOutcome::Rejected(Rejection::Unavailable);
        for _ in 0..2 {
            let outcome = world.booking.book(&request).await.unwrap();
            assert_eq!(outcome, unavailable, "{operation:?}");
        }
        assert_eq!(world.bookings_sent(), 0);
        assert!(world.booking.reconcile().await.unwrap().waiting.is_empty());
        world.booked(&slot, patient).await;
    }
}

#[tokio::test]
async fn a_booking_whose_worker_died_is_settled_by_another() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let (mut made, mut not_made) = (0, 0);
    // The worker is stopped at each of its await points.
    for waits in 1.. {
        let sent_before = world.bookings_sent();
        let request = world.request(&slot, patient);
        let died = world.book_interrupted_at(&request, waits).await;
        world.clock.advance(BOOKING_SETTLES_AFTER);
        world.drain_requests().await;
        world.booking.reconcile().await.unwrap();

        let booked = world.patient_in(slot.slot) == Some(patient);
        let record = world.booking.record(&request.id).await.unwrap();
        // Until the identity was checked, nothing is stored.
        let expected = match (booked, &record) {
            (true, _) => Some(BookingState::Confirmed),
            (false, None) => None,
            (false, Some(_)) => Some(NOT_BOOKED),
        };
        let state = record.map(|record| record.state);
        assert_eq!(state, expected, "stopped at await {waits}");
        let told = world.told(request.id).await.pop();
        let expected = state.map(|state| match state {
            BookingState::Confirmed => BookingNoticeKind::Booked,
            _ => BookingNoticeKind::NotBooked,
        });
        assert_eq!(told, expected, "stopped at await {waits}");
        assert!(world.bookings_sent() <= sent_before + 1);
        if !died {
            break;
        }
        if booked {
            made += 1;
            world.practice.staff_cancel(slot.slot.get()).unwrap();
        } else {
            not_made += 1;
        }
        // Back to a time at which the notice is long enough.
        world.clock.set_uk(NOW);
    }
    assert!(
        made > 0 && not_made > 0,
        "stopped before and after: {not_made}, {made}"
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
async fn a_worker_past_its_deadline_does_not_book() {
    let world = World::new().await;
    let request = world.request(&world.slot().await, world.patient());
    let held_up = world.worker(Arc::new(LeapingClock(world.clock.clone())), |settings| {
        settings.minimum_notice_minutes = 0;
    });
    let outcome = held_up.book(&request).await.unwrap();
    assert_eq!(outcome, BookingOutcome::Rejected(Rejection::NotBooked));
    assert_eq!(world.bookings_sent(), 0);
}

#[tokio::test]
async fn reconciling_stops_when_the_connection_fails_and_continues_later() {
    let world = World::new().await;
    let (slots, patients) = (world.offered().await, world.patients());
    for (slot, patient) in slots.iter().zip(patients).take(3) {
        world
            .sim
            .faults()
            .next(SimOperation::BookAppointment, SimFault::DropBeforeCommit);
        world
            .booking
            .book(&world.request(slot, patient))
            .await
            .unwrap();
    }
    world.clock.advance(BOOKING_SETTLES_AFTER);
    world.practice.emas().deactivate_application();
    let found = world.booking.reconcile().await.unwrap();
    assert_eq!(found.waiting.len(), 3);
    let stopped_by = found.stopped_by.unwrap();
    assert_eq!(
        stopped_by.emis().unwrap().kind(),
        ClientErrorKind::Forbidden
    );

    world.practice.emas().activate_application();
    world
        .sim
        .faults()
        .next(SimOperation::GetSlotsForSessionV2, SimFault::Status(500));
    let found = world.booking.reconcile().await.unwrap();
    assert_eq!(
        (found.settled.len(), found.waiting.len()),
        (2, 1),
        "one record is unreadable"
    );
    assert!(found.stopped_by.is_none());
    assert_eq!(world.booking.reconcile().await.unwrap().settled.len(), 1);
}

#[tokio::test]
async fn errors_and_debug_output_hold_nothing_about_the_patient() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    world
        .sim
        .faults()
        .next(SimOperation::BookAppointment, SimFault::Status(400));
    world.fail(SimOperation::GetPatientDemographics, SimFault::Status(500));
    let request = world.request(&slot, patient);
    let error = world.booking.book(&request).await.unwrap_err();
    let facts = world.practice.patient(patient.get()).unwrap();
    let text = format!(
        "{error} {error:?} {} {request:?} {:?}",
        error.report(),
        world.booking
    );
    for secret in [
        facts.nhs_number.unwrap(),
        facts.dob.to_string(),
        facts.family_name,
        world.practice.password(),
    ] {
        assert!(!text.contains(&secret), "{text}");
    }
}

#[tokio::test]
async fn a_booking_that_was_not_made_gives_its_place_back() {
    let world = World::with(|settings| {
        settings.max_future_per_patient = 5;
        settings.max_a_day_per_patient = Some(1);
    })
    .await;
    let (slots, patient) = (world.offered().await, world.patient());
    world.fail(SimOperation::BookAppointment, SimFault::DropBeforeCommit);
    let request = world.request(&slots[0], patient);
    let unknown = BookingOutcome::Unknown(request.id);
    assert_eq!(world.booking.book(&request).await.unwrap(), unknown);
    world.settle().await;
    assert_eq!(
        world.state(request.id).await,
        BookingState::Rejected(Rejection::NotBooked)
    );
    world.booked(&slots[1], patient).await;
    let limit = BookingOutcome::Rejected(Rejection::PatientDayLimit);
    let third = world.request(&slots[2], patient);
    assert_eq!(world.booking.book(&third).await.unwrap(), limit);
}

#[tokio::test]
async fn appointments_that_cannot_be_read_are_counted() {
    let world = World::new().await;
    let patient = world.patient();
    world.booked(&world.slot().await, patient).await;
    let found = world.booking.appointments_of(patient).await.unwrap();
    assert_eq!((found.appointments.len(), found.unread), (1, 0));
    let malformed = SimFault::Distort(Distortion::MalformedRecord);
    world.fail(SimOperation::GetPatientAppointmentsV2, malformed);
    let found = world.booking.appointments_of(patient).await.unwrap();
    assert!(found.unread > 0, "{found:?}");
}
