//! Only proof concludes: the reference in EMIS's notes, that nothing was sent, or that no call can be
//! in flight any more.

use std::sync::Arc;

use emis_booking::{
    AppointmentKey, BOOKING_INTENT_EXPIRES_AFTER, BOOKING_SETTLES_AFTER, BOOKING_WATCHED_FOR,
    BookingNoticeKind as Notice, BookingOutcome, BookingRequest, BookingState, BookingStore,
    CancelOutcome, CancelRefusal, PatientIdentity, Rejection, SlotChoice,
};
use emis_messaging::TaskKind;
use emis_settings::LateArrivalPolicy;
use emis_sim::{SimFault, SimOperation};
use emis_types::{ManualClock, PatientNumber};
use jiff::SignedDuration;
use jiff::civil::date;

use crate::world::{NOW, World, run_until_await};

const NOT_BOOKED: BookingState = BookingState::Rejected(Rejection::NotBooked);

fn key(slot: &SlotChoice, patient: PatientNumber) -> AppointmentKey {
    AppointmentKey {
        session: slot.session,
        slot: slot.slot,
        patient,
        start: slot.start,
    }
}

fn reception_books(world: &World, slot: &SlotChoice, patient: PatientNumber) {
    let booked = world.practice.staff_book(slot.slot.get(), patient.get());
    booked.unwrap();
}

fn reception_cancels(world: &World, slot: &SlotChoice) {
    world.practice.staff_cancel(slot.slot.get()).unwrap();
}

/// A call that EMIS answers at once and performs later, by the minute.
fn late(minutes: i64, status: Option<u16>) -> SimFault {
    let after = SignedDuration::from_mins(minutes);
    SimFault::CommitLater { after, status }
}

fn advance(world: &World, minutes: i64) {
    world.clock.advance(SignedDuration::from_mins(minutes));
    world.sim.perform_late_commits();
}

// 1. Sighting without identity.

#[tokio::test]
async fn a_request_with_a_wrong_identity_never_becomes_anothers_appointment() {
    let world = World::new().await;
    let (slot, victim) = (world.slot().await, world.patient());
    let theirs = world.booked(&slot, victim).await;
    let wrong = PatientIdentity::date_of_birth(date(1901, 1, 1));
    for waits in 1.. {
        let request = BookingRequest::new(slot.clone(), victim, wrong);
        let done = !world.book_interrupted_at(&request, waits).await;
        world.settle().await;
        if let Some(record) = world.booking.record(&request.id).await.unwrap() {
            let mismatch = BookingState::Rejected(Rejection::IdentityMismatch);
            assert_eq!(record.state, mismatch, "stopped at {waits}");
        }
        world.booking.cancel(&request.id).await.ok();
        assert_eq!(world.cancellations_sent(), 0);
        assert_eq!(world.patient_in(slot.slot), Some(victim));
        world.clock.set_uk(NOW);
        if done {
            break;
        }
    }
    assert_eq!(world.state(theirs.id).await, BookingState::Confirmed);
}

#[tokio::test]
async fn an_appointment_has_one_confirmed_booking_while_a_reconciler_runs() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let first = world.request(&slot, patient);
    world.fail(SimOperation::BookAppointment, SimFault::DropAfterCommit);
    world.booking.book(&first).await.unwrap();
    for waits in 1.. {
        let second = world.request(&slot, patient);
        let booking = std::pin::pin!(world.booking.book(&second));
        let done = run_until_await(booking, waits).await.is_some();
        world.booking.reconcile().await.unwrap();
        let all = world.booking.of_patient(patient).await.unwrap();
        let confirmed = all.iter().filter(|it| it.state == BookingState::Confirmed);
        assert_eq!(confirmed.count(), 1, "stopped at {waits}");
        world.clock.advance(BOOKING_INTENT_EXPIRES_AFTER);
        if done {
            break;
        }
    }
    assert_eq!(world.bookings_sent(), 1);
}

#[tokio::test]
async fn an_appointment_that_reception_booked_again_is_not_cancelled_under_the_old_id() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let booked = world.booked(&slot, patient).await;
    world.booking.cancel(&booked.id).await.unwrap();
    let second = world.booked(&slot, patient).await;
    reception_cancels(&world, &slot);
    reception_books(&world, &slot, patient);
    let sent = world.cancellations_sent();
    for id in [booked.id, second.id] {
        let outcome = world.booking.cancel(&id).await.unwrap();
        assert_ne!(outcome, CancelOutcome::Unknown);
    }
    let unclear = CancelOutcome::Refused(CancelRefusal::Unclear);
    assert_eq!(world.booking.cancel(&second.id).await.unwrap(), unclear);
    assert_eq!(world.cancellations_sent(), sent);
    assert_eq!(world.patient_in(slot.slot), Some(patient));

    // Reception's own can be cancelled as what it is.
    let outcome = world.booking.cancel_appointment(&key(&slot, patient)).await;
    assert_eq!(outcome.unwrap(), CancelOutcome::Cancelled);
    assert_eq!(world.state(second.id).await, BookingState::Cancelled);
}

#[tokio::test]
async fn a_patient_in_the_slot_without_the_reference_confirms_nothing() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let request = world.request(&slot, patient);
    world.fail(SimOperation::BookAppointment, SimFault::DropBeforeCommit);
    world.booking.book(&request).await.unwrap();
    reception_books(&world, &slot, patient);
    assert!(world.booking.reconcile().await.unwrap().settled.is_empty());
    world.settle().await;
    let already = BookingState::Rejected(Rejection::AlreadyBooked);
    assert_eq!(world.state(request.id).await, already);
    // They have the appointment, so they are not told to choose again; the practice looks.
    assert_eq!(world.told(request.id).await, [Notice::Unresolved]);
    let tasks = world.store.tasks();
    assert_eq!(
        tasks.last().map(|task| task.kind),
        Some(TaskKind::BookingInDoubt)
    );
}

// 2. Answers taken as proof.

#[tokio::test]
async fn no_error_status_after_the_commit_is_believed() {
    for status in [400, 401, 402, 403, 404, 409, 410, 422, 429, 451, 500, 503] {
        let world = World::new().await;
        let (slot, patient) = (world.slot().await, world.patient());
        let lie = SimFault::StatusAfterCommit(status);
        world.fail(SimOperation::BookAppointment, lie);
        let booked = world.booked(&slot, patient).await;
        world.fail(SimOperation::CancelAppointment, lie);
        let outcome = world.booking.cancel(&booked.id).await.unwrap();
        assert_eq!(outcome, CancelOutcome::Unknown, "{status}");
        world.settle().await;
        assert_eq!(world.state(booked.id).await, BookingState::Cancelled);
        assert_eq!(world.patient_in(slot.slot), None);
    }
}

// 3. Concluding while a call may still arrive.

#[tokio::test]
async fn another_patient_in_the_slot_concludes_nothing_while_the_call_may_arrive() {
    let world = World::new().await;
    let (slot, patients) = (world.slot().await, world.patients());
    let request = world.request(&slot, patients[0]);
    world.fail(SimOperation::BookAppointment, late(5, Some(409)));
    world.booking.book(&request).await.unwrap();
    reception_books(&world, &slot, patients[1]);
    assert!(world.booking.reconcile().await.unwrap().settled.is_empty());
    reception_cancels(&world, &slot);
    advance(&world, 5);
    assert_eq!(world.patient_in(slot.slot), Some(patients[0]));
    world.booking.reconcile().await.unwrap();
    assert_eq!(world.state(request.id).await, BookingState::Confirmed);
    assert_eq!(world.told(request.id).await, [Notice::Booked]);
}

#[tokio::test]
async fn an_empty_slot_concludes_no_cancellation_while_the_call_may_arrive() {
    let world = World::new().await;
    let (slot, patients) = (world.slot().await, world.patients());
    let booked = world.booked(&slot, patients[0]).await;
    world.fail(SimOperation::CancelAppointment, late(5, None));
    world.booking.cancel(&booked.id).await.unwrap();
    reception_cancels(&world, &slot);
    assert!(world.booking.reconcile().await.unwrap().settled.is_empty());
    // The slot stays in hand: a booking now would be undone by the late call.
    let again = world.request(&slot, patients[0]);
    let in_hand = BookingOutcome::Rejected(Rejection::BookingInProgress);
    assert_eq!(world.booking.book(&again).await.unwrap(), in_hand);
    advance(&world, 10);
    world.booking.reconcile().await.unwrap();
    assert_eq!(world.state(booked.id).await, BookingState::Cancelled);
    world.booked(&slot, patients[0]).await;
    world.booking.reconcile().await.unwrap();
    assert_eq!(world.patient_in(slot.slot), Some(patients[0]));
}

/// A booking that arrives eleven minutes late, after it was rejected.
async fn arrived_late(world: &World) -> (BookingRequest, SlotChoice) {
    let slots = world.offered().await;
    let patient = world.patient();
    let request = world.request(&slots[0], patient);
    world.fail(SimOperation::BookAppointment, late(11, Some(503)));
    world.booking.book(&request).await.unwrap();
    world.settle().await;
    assert_eq!(world.state(request.id).await, NOT_BOOKED);
    world.booked(&slots[1], patient).await;
    advance(world, 1);
    assert_eq!(world.patient_in(slots[0].slot), Some(patient));
    (request, slots[0].clone())
}

#[tokio::test]
async fn a_late_arrival_is_cancelled_and_told() {
    let world = World::with(|settings| settings.max_future_per_patient = 1).await;
    let (request, slot) = arrived_late(&world).await;
    let found = world.booking.reconcile().await.unwrap();
    assert_eq!(found.settled[0].state, BookingState::Cancelled);
    assert_eq!(world.patient_in(slot.slot), None);
    let told = world.told(request.id).await;
    assert_eq!(told, [Notice::NotBooked, Notice::LateCancelled]);
    let patient = request.patient.get();
    assert_eq!(world.practice.bookings_for(patient).len(), 1);
}

#[tokio::test]
async fn a_late_arrival_is_kept_and_told() {
    let world = World::with(|settings| {
        settings.late_arrivals = LateArrivalPolicy::Keep;
    })
    .await;
    let (request, slot) = arrived_late(&world).await;
    let found = world.booking.reconcile().await.unwrap();
    assert_eq!(found.settled[0].state, BookingState::Confirmed);
    let told = world.told(request.id).await;
    assert_eq!(told, [Notice::NotBooked, Notice::LateKept]);
    assert_eq!(world.patient_in(slot.slot), Some(request.patient));
    let cancelled = world.booking.cancel(&request.id).await.unwrap();
    assert_eq!(cancelled, CancelOutcome::Cancelled);
}

#[tokio::test]
async fn a_late_arrival_whose_cancellation_fails_is_told() {
    let world = World::with(|settings| settings.max_future_per_patient = 1).await;
    let (request, _) = arrived_late(&world).await;
    world.fail(SimOperation::CancelAppointment, SimFault::Status(503));
    world.booking.reconcile().await.unwrap();
    assert_eq!(world.state(request.id).await, BookingState::Cancelling);
    world.settle().await;
    let told = world.told(request.id).await;
    assert_eq!(told, [Notice::NotBooked, Notice::LateKept]);
}

#[tokio::test]
async fn a_conclusion_is_looked_at_again_for_a_day() {
    let world = World::with(|settings| settings.max_future_per_patient = 1).await;
    let slot = world.offered().await.pop().unwrap();
    let request = world.request(&slot, world.patient());
    world.fail(SimOperation::BookAppointment, SimFault::DropBeforeCommit);
    world.booking.book(&request).await.unwrap();
    world.settle().await;
    let practice = world.practice.ods().parse().unwrap();
    let second = SignedDuration::from_secs(1);
    world.clock.advance(BOOKING_WATCHED_FOR - second);
    assert_eq!(world.store.watched(&practice).await.unwrap().len(), 1);
    world.clock.advance(second);
    assert_eq!(world.store.watched(&practice).await.unwrap(), []);
    let reads = world.sim.count(SimOperation::GetSlotsForSessionV2);
    world.booking.reconcile().await.unwrap();
    assert_eq!(world.sim.count(SimOperation::GetSlotsForSessionV2), reads);
}

#[tokio::test]
async fn a_cancellation_that_arrives_after_it_was_given_up_is_told() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let booked = world.booked(&slot, patient).await;
    world.fail(SimOperation::CancelAppointment, late(11, None));
    world.booking.cancel(&booked.id).await.unwrap();
    world.settle().await;
    assert_eq!(world.state(booked.id).await, BookingState::Confirmed);
    advance(&world, 1);
    world.booking.reconcile().await.unwrap();
    assert_eq!(world.state(booked.id).await, BookingState::Cancelled);
    let told = world.told(booked.id).await;
    let all = [Notice::Booked, Notice::StillBooked, Notice::Cancelled];
    assert_eq!(told, all);
}

#[tokio::test]
async fn a_worker_whose_clock_is_eleven_minutes_ahead_concludes_nothing_early() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let request = world.request(&slot, patient);
    world.fail(SimOperation::BookAppointment, late(5, None));
    world.booking.book(&request).await.unwrap();
    let ahead = ManualClock::at_uk(NOW);
    ahead.advance(SignedDuration::from_mins(11));
    let ahead = world.worker(Arc::new(ahead), |_| {});
    let found = ahead.reconcile().await.unwrap();
    assert!(found.settled.is_empty(), "{found:?}");
    advance(&world, 5);
    ahead.reconcile().await.unwrap();
    assert_eq!(world.state(request.id).await, BookingState::Confirmed);
}

#[tokio::test]
async fn a_worker_that_stood_still_sends_nothing() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let (mut intended, mut sending) = (0, 0);
    for waits in 1..=40 {
        let sent = world.bookings_sent();
        let request = world.request(&slot, patient);
        let mut booking = std::pin::pin!(world.booking.book(&request));
        if run_until_await(booking.as_mut(), waits).await.is_some() {
            break;
        }
        let stored = world.booking.record(&request.id).await.unwrap();
        world.clock.advance(SignedDuration::from_mins(11));
        world.booking.reconcile().await.unwrap();
        let outcome = booking.await;
        match stored.map(|record| record.state) {
            Some(BookingState::Intended) => {
                intended += 1;
                let rejected = BookingOutcome::Rejected(Rejection::NotBooked);
                assert_eq!(outcome.unwrap(), rejected, "stopped at {waits}");
                assert_eq!(world.bookings_sent(), sent, "stopped at {waits}");
            }
            // The call was on its way: what it did late is found.
            Some(_) => sending += 1,
            // Its identity was being checked: it is as if the request had come now.
            None => {}
        }
        world.booking.reconcile().await.unwrap();
        let stands = world.state(request.id).await == BookingState::Confirmed;
        assert_eq!(world.patient_in(slot.slot).is_some(), stands);
        if stands {
            world.booking.cancel(&request.id).await.unwrap();
        }
        world.clock.set_uk(NOW);
    }
    assert!(intended > 0 && sending > 0, "{intended}, {sending}");
}

// 4. Overwriting.

#[tokio::test]
async fn what_a_reconciler_saw_before_does_not_overwrite_what_happened_since() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    // What was concluded is watched, so that a run grows from round to round.
    for waits in 1..=12 {
        let request = world.request(&slot, patient);
        world.fail(SimOperation::BookAppointment, SimFault::DropAfterCommit);
        let lost = SimFault::Status(500);
        let unread = async {
            let sent = world.bookings_sent();
            while world.bookings_sent() == sent {
                tokio::task::yield_now().await;
            }
            world.fail(SimOperation::GetSlotsForSessionV2, lost);
        };
        let (outcome, ()) = tokio::join!(world.booking.book(&request), unread);
        assert_eq!(outcome.unwrap(), BookingOutcome::Unknown(request.id));

        // One reconciler stops in its middle; another settles; the patient cancels, and that is lost.
        let mut slow = std::pin::pin!(world.booking.reconcile());
        let done = run_until_await(slow.as_mut(), waits).await.is_some();
        world.booking.reconcile().await.unwrap();
        world.fail(SimOperation::CancelAppointment, late(5, None));
        let cancelled = world.booking.cancel(&request.id).await.unwrap();
        assert_eq!(cancelled, CancelOutcome::Unknown);
        if !done {
            slow.await.unwrap();
        }
        assert_eq!(world.state(request.id).await, BookingState::Cancelling);
        advance(&world, 5);
        world.settle().await;
        assert_eq!(world.state(request.id).await, BookingState::Cancelled);
        world.clock.set_uk(NOW);
        if done {
            break;
        }
    }
}

// 7. Telling.

#[tokio::test]
async fn what_a_dropped_reconciler_settled_is_still_told() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    for waits in 1..=12 {
        let request = world.request(&slot, patient);
        world.fail(SimOperation::BookAppointment, SimFault::DropBeforeCommit);
        world.booking.book(&request).await.unwrap();
        world.clock.advance(BOOKING_SETTLES_AFTER);
        let dropped = run_until_await(std::pin::pin!(world.booking.reconcile()), waits).await;
        world.booking.reconcile().await.unwrap();
        assert_eq!(world.told(request.id).await, [Notice::NotBooked]);
        world.clock.set_uk(NOW);
        if dropped.is_some() {
            break;
        }
    }
    let notices = world.booking.notices().await.unwrap();
    for notice in &notices {
        assert!(world.booking.acknowledge(&notice.id).await.unwrap());
        assert!(!world.booking.acknowledge(&notice.id).await.unwrap());
    }
    assert_eq!(world.booking.notices().await.unwrap(), []);
}

// 8. What was never sent frees slot and patient within a minute.

#[tokio::test]
async fn what_was_never_sent_frees_slot_and_patient_within_a_minute() {
    let world = World::new().await;
    let (slots, patients) = (world.offered().await, world.patients());
    let mut intents = 0;
    for waits in 1.. {
        let request = world.request(&slots[0], patients[0]);
        if !world.book_interrupted_at(&request, waits).await {
            break;
        }
        let stored = world.booking.record(&request.id).await.unwrap();
        if stored.is_none_or(|record| record.state != BookingState::Intended) {
            break;
        }
        intents += 1;
        world.clock.advance(BOOKING_INTENT_EXPIRES_AFTER);
        // Its slot and its patient are free, without a reconciler.
        let other = world.booked(&slots[0], patients[1]).await;
        world.booking.cancel(&other.id).await.unwrap();
        assert_eq!(world.state(request.id).await, NOT_BOOKED);
        let rejected = BookingOutcome::Rejected(Rejection::NotBooked);
        assert_eq!(world.booking.book(&request).await.unwrap(), rejected);
        world.clock.set_uk(NOW);
    }
    let _ = intents;
}

// Where EMIS returns no notes.

async fn without_notes() -> World {
    let world = World::with(|settings| settings.emis_returns_notes = false).await;
    world.sim.api().set_returns_notes(false);
    world
}

#[tokio::test]
async fn without_notes_a_booking_is_confirmed_by_emis_and_the_patient_in_the_slot() {
    let world = without_notes().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let booked = world.booked(&slot, patient).await;
    let outcome = world.booking.cancel(&booked.id).await.unwrap();
    assert_eq!(outcome, CancelOutcome::Cancelled);
    assert_eq!(world.patient_in(slot.slot), None);
}

#[tokio::test]
async fn without_notes_an_unclear_answer_waits_until_no_call_can_be_in_flight() {
    let world = without_notes().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let request = world.request(&slot, patient);
    world.fail(SimOperation::BookAppointment, SimFault::DropAfterCommit);
    let outcome = world.booking.book(&request).await.unwrap();
    assert_eq!(outcome, BookingOutcome::Unknown(request.id));
    assert!(world.booking.reconcile().await.unwrap().settled.is_empty());
    world.settle().await;
    assert_eq!(world.state(request.id).await, BookingState::Confirmed);
}

#[tokio::test]
async fn without_notes_a_late_arrival_is_left_to_a_person() {
    let world = without_notes().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let request = world.request(&slot, patient);
    world.fail(SimOperation::BookAppointment, late(11, None));
    world.booking.book(&request).await.unwrap();
    world.settle().await;
    assert_eq!(world.state(request.id).await, NOT_BOOKED);
    advance(&world, 1);
    world.booking.reconcile().await.unwrap();
    assert_eq!(world.state(request.id).await, BookingState::Unresolved);
    assert_eq!(world.cancellations_sent(), 0);
    let told = world.told(request.id).await;
    assert_eq!(told, [Notice::NotBooked, Notice::Unresolved]);
}

#[tokio::test]
async fn notes_that_emis_does_not_return_confirm_nothing() {
    let world = World::new().await;
    world.sim.api().set_returns_notes(false);
    let (slot, patient) = (world.slot().await, world.patient());
    let request = world.request(&slot, patient);
    let outcome = world.booking.book(&request).await.unwrap();
    assert_eq!(outcome, BookingOutcome::Unknown(request.id));
}
