//! What a wrong clock dated does not outlive its correction.

use emis_booking::{
    BOOKING_SETTLES_AFTER, BookingNoticeKind, BookingOutcome, BookingRequest, BookingState,
    IdentityAttemptOutcome, IdentityFailures, IdentityPolicy, Rejection,
};
use emis_sim::{SimFault, SimOperation};
use emis_types::Clock;
use jiff::SignedDuration;

use crate::world::{NOW, World};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A practice whose clock is a day fast, and a slot that is later still.
async fn fast() -> (World, impl Fn() -> BookingRequest) {
    let world = World::new().await;
    let slot = world.offered().await.pop().unwrap();
    let request = world.request(&slot, world.patient());
    world.clock.advance(DAY);
    (world, move || {
        request.clone().with_id(emis_booking::BookingId::random())
    })
}

/// Another patient can have the slot.
async fn is_free(world: &World, of: &BookingRequest) {
    let other = world.patients()[1];
    let request = world.request(&of.slot, other);
    let outcome = world.booking.book(&request).await.unwrap();
    assert!(
        matches!(outcome, BookingOutcome::Confirmed(_)),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn an_intent_of_a_fast_clock_expires() {
    let (world, request) = fast().await;
    let request = world.stopped_in(BookingState::Intended, request).await;
    world.drain_requests().await;
    world.clock.set_uk(NOW);
    is_free(&world, &request).await;
    world.booking.reconcile().await.unwrap();
    let state = world.state(request.id).await;
    assert!(matches!(state, BookingState::Rejected(_)), "{state}");
}

#[tokio::test]
async fn a_call_of_a_fast_clock_is_waited_for_by_a_right_one() {
    let (world, request) = fast().await;
    // Its worker dies before the call.
    let request = world.stopped_in(BookingState::Sending, request).await;
    world.drain_requests().await;
    world.clock.set_uk(NOW);
    world.booking.reconcile().await.unwrap();
    assert_eq!(world.state(request.id).await, BookingState::Unknown);
    world.clock.advance(BOOKING_SETTLES_AFTER);
    world.booking.reconcile().await.unwrap();
    let rejected = BookingState::Rejected(Rejection::NotBooked);
    assert_eq!(world.state(request.id).await, rejected);
    is_free(&world, &request).await;
}

#[tokio::test]
async fn an_unknown_outcome_of_a_fast_clock_becomes_a_task() {
    let (world, request) = fast().await;
    let request = request();
    world.fail(SimOperation::BookAppointment, SimFault::DropBeforeCommit);
    let outcome = world.booking.book(&request).await.unwrap();
    assert_eq!(outcome, BookingOutcome::Unknown(request.id));
    world.clock.set_uk(NOW);
    world.booking.reconcile().await.unwrap();
    assert_eq!(world.state(request.id).await, BookingState::Unresolved);
    assert_eq!(world.store.tasks().len(), 1);
    let told = world.told(request.id).await;
    assert_eq!(told, [BookingNoticeKind::Unresolved]);
    is_free(&world, &request).await;
}

#[tokio::test]
async fn a_lock_of_a_fast_clock_is_void() {
    let (policy, now) = (IdentityPolicy::default(), World::new().await.clock.now());
    let locked = |ahead| {
        let until = now + policy.lock_for + ahead;
        IdentityFailures::stored(policy.lock_after, until, Some(until))
    };
    let allowed = IdentityAttemptOutcome::Allowed;
    let outcome = locked(SignedDuration::ZERO).outcome(&policy, now);
    assert_eq!(outcome, IdentityAttemptOutcome::Locked(policy.lock_for));
    assert_eq!(locked(DAY).outcome(&policy, now), allowed);
    // It leaves no wrong attempts behind.
    let next = locked(DAY).and_one(&policy, now);
    assert_eq!((next.count, next.locked_until), (1, None));
    let wait = IdentityFailures::stored(5, now + policy.lock_for + DAY, None);
    assert_eq!(wait.outcome(&policy, now), allowed);
}
