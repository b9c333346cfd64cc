//! Identity attempts and the places of bookings.

use std::sync::Arc;

use emis_audit::{AuditStore, verify};
use emis_booking::{
    AdmissionStore, BookingId, DayLimits, IdentityAttemptOutcome, IdentityPolicy, IdentitySubject,
    InvitationId, PlaceOutcome,
};
use emis_settings::BookingSettings;
use emis_types::{OdsCode, PatientNumber};
use jiff::SignedDuration;
use tokio::task::JoinSet;

use super::{by_author, ods};

fn practice() -> OdsCode {
    ods("A20047")
}

fn number(number: i64) -> PatientNumber {
    PatientNumber::new(number).unwrap()
}

fn patient(n: i64) -> IdentitySubject {
    IdentitySubject::Patient(number(n))
}

/// A policy without waits.
fn patient_policy() -> IdentityPolicy {
    let mut policy = IdentityPolicy::default();
    policy.first_wait = SignedDuration::ZERO;
    policy
}

async fn attempt<S: AdmissionStore>(
    store: &Arc<S>,
    subjects: &[IdentitySubject],
    policy: &IdentityPolicy,
) -> IdentityAttemptOutcome {
    store
        .begin_attempt(&practice(), subjects, policy, by_author())
        .await
        .unwrap()
}

/// After some wrong identities the next must wait, and after many none is allowed.
pub async fn wrong_identities_are_slowed_and_locked<S: AdmissionStore>(store: &Arc<S>) {
    let (slow, fast) = (IdentityPolicy::default(), patient_policy());
    for _ in 0..5 {
        assert_eq!(
            attempt(store, &[patient(1)], &slow).await,
            IdentityAttemptOutcome::Allowed
        );
    }
    for _ in 0..3 {
        let IdentityAttemptOutcome::Wait(time) = attempt(store, &[patient(1)], &slow).await else {
            panic!("not slowed");
        };
        assert!(time.is_positive() && time <= SignedDuration::from_secs(30));
    }
    // Another patient does not wait, nor the same number at another practice.
    assert_eq!(
        attempt(store, &[patient(2)], &slow).await,
        IdentityAttemptOutcome::Allowed
    );
    let elsewhere = ods("B81010");
    assert_eq!(
        store
            .begin_attempt(&elsewhere, &[patient(1)], &slow, by_author())
            .await
            .unwrap(),
        IdentityAttemptOutcome::Allowed
    );

    for _ in 0..10 {
        assert_eq!(
            attempt(store, &[patient(3)], &fast).await,
            IdentityAttemptOutcome::Allowed
        );
    }
    let IdentityAttemptOutcome::Locked(time) = attempt(store, &[patient(3)], &fast).await else {
        panic!("not locked");
    };
    assert!(time > SignedDuration::from_hours(23) && time <= SignedDuration::from_hours(24));
    let locks = store.locks(&practice()).await.unwrap();
    assert_eq!(locks.len(), 1);
    assert_eq!((locks[0].subject, locks[0].failures), (patient(3), 10));

    let unlock = async |subject| {
        store
            .unlock(&practice(), &subject, by_author())
            .await
            .unwrap()
    };
    assert!(unlock(patient(3)).await);
    assert!(!unlock(patient(3)).await);
    assert!(store.locks(&practice()).await.unwrap().is_empty());
    assert_eq!(
        attempt(store, &[patient(3)], &fast).await,
        IdentityAttemptOutcome::Allowed
    );
}

/// A link is slowed whichever patient it is tried for, and a patient whichever way.
pub async fn an_attempt_counts_against_every_subject<S: AdmissionStore>(store: &Arc<S>) {
    let policy = IdentityPolicy::default();
    let link = IdentitySubject::Link(InvitationId::random());
    for _ in 0..5 {
        let outcome = attempt(store, &[patient(1), link], &policy).await;
        assert_eq!(outcome, IdentityAttemptOutcome::Allowed);
    }
    for slowed in [&[patient(1)][..], &[link], &[patient(2), link]] {
        let outcome = attempt(store, slowed, &policy).await;
        assert!(
            matches!(outcome, IdentityAttemptOutcome::Wait(_)),
            "{slowed:?}"
        );
    }
    // What was not allowed counts against neither.
    for _ in 0..5 {
        assert_eq!(
            attempt(store, &[patient(2)], &policy).await,
            IdentityAttemptOutcome::Allowed
        );
    }
}

/// Many attempts at once get no further than many in turn.
pub async fn of_many_concurrent_attempts_no_more_are_allowed<S>(store: &Arc<S>)
where
    S: AdmissionStore + 'static,
{
    let mut attempts = JoinSet::new();
    for _ in 0..40 {
        let store = Arc::clone(store);
        let policy = IdentityPolicy::default();
        attempts.spawn(async move { attempt(&store, &[patient(1)], &policy).await });
    }
    let attempts = attempts.join_all().await;
    let allowed = attempts
        .iter()
        .filter(|it| **it == IdentityAttemptOutcome::Allowed);
    assert_eq!(allowed.count(), 5);
}

/// A right identity ends the count; an attempt that could not be made does not add to it.
pub async fn a_proved_identity_is_forgotten_and_a_returned_one_not_counted<S>(store: &Arc<S>)
where
    S: AdmissionStore,
{
    let policy = IdentityPolicy::default();
    let subjects = [patient(1), IdentitySubject::Link(InvitationId::random())];
    for _ in 0..50 {
        assert_eq!(
            attempt(store, &subjects, &policy).await,
            IdentityAttemptOutcome::Allowed
        );
        store.return_attempt(&practice(), &subjects).await.unwrap();
    }
    for _ in 0..4 {
        for _ in 0..5 {
            assert_eq!(
                attempt(store, &subjects, &policy).await,
                IdentityAttemptOutcome::Allowed
            );
        }
        store.forget_attempts(&practice(), &subjects).await.unwrap();
    }
}

fn limits(per_patient: u32, per_practice: Option<u32>) -> DayLimits {
    let mut settings = BookingSettings::default();
    settings.max_a_day_per_patient = Some(per_patient);
    settings.max_a_day = per_practice;
    DayLimits::of(&settings)
}

async fn place<S: AdmissionStore>(store: &Arc<S>, n: i64, limits: DayLimits) -> PlaceOutcome {
    let booking = BookingId::random();
    store
        .take_place(&practice(), number(n), &booking, limits)
        .await
        .unwrap()
}

/// A patient and a practice have so many places a day, and a booking one of them.
pub async fn places_are_taken_within_the_limits<S: AdmissionStore>(store: &Arc<S>) {
    use PlaceOutcome::{PatientLimit, PracticeLimit, Taken};
    let most = limits(2, Some(3));
    let first = BookingId::random();
    for _ in 0..5 {
        assert_eq!(
            store
                .take_place(&practice(), number(1), &first, most)
                .await
                .unwrap(),
            Taken
        );
    }
    assert_eq!(place(store, 1, most).await, Taken);
    assert_eq!(place(store, 1, most).await, PatientLimit);
    assert_eq!(place(store, 2, most).await, Taken);
    assert_eq!(place(store, 2, most).await, PracticeLimit);
    assert_eq!(place(store, 2, limits(2, None)).await, Taken);
    assert_eq!(
        store
            .take_place(&ods("B81010"), number(1), &BookingId::random(), most)
            .await
            .unwrap(),
        Taken
    );
}

/// A place that is returned can be taken again, once.
pub async fn a_place_that_is_returned_is_taken_again<S: AdmissionStore>(store: &Arc<S>) {
    use PlaceOutcome::{PatientLimit, Taken};
    let (most, booking) = (limits(1, None), BookingId::random());
    let own = practice();
    let take = store.take_place(&own, number(1), &booking, most);
    assert_eq!(take.await.unwrap(), Taken);
    assert_eq!(place(store, 1, most).await, PatientLimit);
    // Of another practice or booking nothing is returned.
    store.return_place(&ods("B81010"), &booking).await.unwrap();
    let other = BookingId::random();
    store.return_place(&practice(), &other).await.unwrap();
    assert_eq!(place(store, 1, most).await, PatientLimit);
    for _ in 0..2 {
        store.return_place(&practice(), &booking).await.unwrap();
    }
    assert_eq!(place(store, 1, most).await, Taken);
    assert_eq!(place(store, 1, most).await, PatientLimit);
}

/// Many bookings at once get no more places than many in turn.
pub async fn of_many_concurrent_bookings_no_more_get_a_place<S>(store: &Arc<S>)
where
    S: AdmissionStore + 'static,
{
    let mut bookings = JoinSet::new();
    for n in 1..=30 {
        let store = Arc::clone(store);
        bookings.spawn(async move { place(&store, n, limits(1, Some(7))).await });
    }
    let places = bookings.join_all().await;
    let taken = places.iter().filter(|it| **it == PlaceOutcome::Taken);
    assert_eq!(taken.count(), 7);
}

/// A lock and its end are in the audit log, with the member of staff who lifted it.
pub async fn locks_are_in_the_audit_log<S: AdmissionStore + AuditStore>(store: &Arc<S>) {
    for _ in 0..11 {
        attempt(store, &[patient(501)], &patient_policy()).await;
    }
    assert!(
        store
            .unlock(&practice(), &patient(501), by_author())
            .await
            .unwrap()
    );
    let log = practice().into();
    verify(&**store, &log, &[]).await.unwrap();
    let entries = store.entries(&log, 0, 100).await.unwrap();
    let bodies: Vec<_> = entries.iter().map(|entry| entry.body()).collect();
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].contains("identity.locked") && bodies[0].contains("501"));
    assert!(bodies[1].contains("identity.unlocked") && bodies[1].contains("u-117"));
}
