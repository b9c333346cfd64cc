//! The outcomes of the product's own calls, shared by processes.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use emis_client::{CallObserver, Operation};
use emis_diagnostics::{
    ActivityLog, CallRefusal, CallVerdict, Capability, Cause, LastCalls, LastCallsStore,
    MemoryLastCallsStore,
};
use emis_settings::{StoreError, StoreErrorKind};
use emis_types::{Clock, ManualClock, OdsCode};
use jiff::SignedDuration;
use jiff::civil::date;

/// A store that counts its writes and can be made to fail.
#[derive(Debug, Default)]
struct Counting {
    kept: MemoryLastCallsStore,
    writes: AtomicUsize,
    verdict_writes: AtomicUsize,
    failures_left: AtomicUsize,
}

impl Counting {
    fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    fn verdict_writes(&self) -> usize {
        self.verdict_writes.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl LastCallsStore for Counting {
    async fn note_calls(&self, practice: &OdsCode, calls: &[LastCalls]) -> Result<(), StoreError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        let fewer = |left: usize| left.checked_sub(1);
        let failing = self
            .failures_left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer);
        if failing.is_ok() {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "out of order"));
        }
        self.kept.note_calls(practice, calls).await
    }

    async fn last_calls(&self, practice: &OdsCode) -> Result<Vec<LastCalls>, StoreError> {
        self.kept.last_calls(practice).await
    }

    async fn note_verdicts(
        &self,
        practice: &OdsCode,
        verdicts: &[CallVerdict],
    ) -> Result<(), StoreError> {
        self.verdict_writes.fetch_add(1, Ordering::SeqCst);
        self.kept.note_verdicts(practice, verdicts).await
    }

    async fn verdicts(&self, practice: &OdsCode) -> Result<Vec<CallVerdict>, StoreError> {
        self.kept.verdicts(practice).await
    }
}

fn practice() -> OdsCode {
    "A20047".parse().unwrap()
}

fn clock() -> ManualClock {
    ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0))
}

#[tokio::test]
async fn new_outcomes_are_written_once_a_minute() {
    let (clock, store) = (clock(), Counting::default());
    let log = ActivityLog::new(Arc::new(clock.clone()));
    log.share(&store, &practice()).await.unwrap();
    assert_eq!(store.writes(), 0);

    for second in 0..150 {
        log.answered(Operation::GetBookedPatientsV2);
        log.share(&store, &practice()).await.unwrap();
        assert_eq!(store.writes(), 1 + second / 60);
        assert_eq!(store.verdict_writes(), 1 + second / 60);
        clock.advance(SignedDuration::from_secs(1));
    }
    // Nothing happens for an hour, and nothing is written but the end of the last minute.
    for _ in 0..60 {
        clock.advance(SignedDuration::from_mins(1));
        log.share(&store, &practice()).await.unwrap();
    }
    assert_eq!((store.writes(), store.verdict_writes()), (4, 4));
    let kept = store.last_calls(&practice()).await.unwrap();
    assert_eq!(kept, log.last_calls());
}

#[tokio::test]
async fn a_failed_write_is_repeated() {
    let (clock, store) = (clock(), Counting::default());
    let log = ActivityLog::new(Arc::new(clock.clone()));
    log.note_worked(Capability::Sending);
    store.failures_left.store(1, Ordering::SeqCst);
    assert!(log.share(&store, &practice()).await.is_err());
    log.share(&store, &practice()).await.unwrap();
    let kept = store.last_calls(&practice()).await.unwrap();
    assert_eq!(kept, log.last_calls());
    assert_eq!(kept.first().and_then(|it| it.worked_at), Some(clock.now()));
}

#[tokio::test]
async fn outcomes_of_other_processes_are_not_written_back() {
    let (clock, store) = (clock(), Counting::default());
    let (one, other) = (
        ActivityLog::new(Arc::new(clock.clone())),
        ActivityLog::new(Arc::new(clock.clone())),
    );
    one.answered(Operation::BookAppointment);
    one.note_failed(Capability::Sending);
    one.share(&store, &practice()).await.unwrap();
    clock.advance(SignedDuration::from_hours(1));
    other.answered(Operation::GetOrganisationV2);
    other.learn(&store, &practice()).await.unwrap();

    let of = |capability| {
        let calls = other.last_calls();
        calls.into_iter().find(|it| it.capability == capability)
    };
    let before = clock.now() - SignedDuration::from_hours(1);
    let worked = |capability| of(capability).and_then(|it| it.worked_at);
    assert_eq!(worked(Capability::Booking), Some(before));
    assert_eq!(worked(Capability::Token), Some(clock.now()));
    assert_eq!(worked(Capability::Settings), Some(clock.now()));
    assert_eq!(worked(Capability::Sending), None);
    assert_eq!(
        of(Capability::Sending).and_then(|it| it.failed_at),
        Some(before)
    );
    // A failure of another process is not one of ours, and its times are not written back.
    assert_eq!(other.standing_failures(), []);
    other.share(&store, &practice()).await.unwrap();
    clock.advance(SignedDuration::from_hours(1));
    other.share(&store, &practice()).await.unwrap();
    assert_eq!((store.writes(), store.verdict_writes()), (2, 2));
}

#[test]
fn capability_names_are_unique_and_match_the_reports() {
    for &capability in Capability::ALL {
        assert_eq!(Capability::named(capability.as_str()), Some(capability));
        assert_eq!(
            serde_json::to_value(capability).unwrap(),
            capability.as_str()
        );
    }
    assert_eq!(Capability::named("telepathy"), None);
}

#[tokio::test]
async fn failures_corrected_in_one_process_are_cleared_in_all() {
    let (clock, store) = (clock(), MemoryLastCallsStore::new());
    let (one, other) = (
        ActivityLog::new(Arc::new(clock.clone())),
        ActivityLog::new(Arc::new(clock.clone())),
    );
    let calls = LastCalls {
        failed_at: Some(clock.now()),
        ..LastCalls::none(Capability::Patients)
    };
    store.note_calls(&practice(), &[calls]).await.unwrap();
    let refused = CallVerdict {
        operation: Operation::GetPatientDemographics,
        at: clock.now(),
        refusal: Some(CallRefusal {
            legacy_outcome: Some(3),
            message_id: None,
            failed: false,
        }),
    };
    store.note_verdicts(&practice(), &[refused]).await.unwrap();
    one.learn(&store, &practice()).await.unwrap();
    assert_eq!(one.standing_failures().len(), 1);
    assert_eq!(one.failing(), [calls]);

    clock.advance(SignedDuration::from_mins(5));
    one.put_right(Cause::ApplicationDeactivated);
    one.share(&store, &practice()).await.unwrap();
    other.learn(&store, &practice()).await.unwrap();
    for log in [&one, &other] {
        assert_eq!(log.standing_failures(), []);
        assert_eq!(log.failing(), []);
    }
}
