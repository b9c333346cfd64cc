//! The last calls.

use std::sync::Arc;

use emis_client::Operation;
use emis_diagnostics::{CallRefusal, CallVerdict, Capability, LastCalls, LastCallsStore};
use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{ods, second};

fn calls(capability: Capability, worked: Option<i64>, failed: Option<i64>) -> LastCalls {
    LastCalls {
        capability,
        worked_at: worked.map(second),
        failed_at: failed.map(second),
    }
}

/// The later of two times is kept, and an unknown time changes nothing.
pub async fn the_later_time_is_kept<S: LastCallsStore>(store: &Arc<S>) {
    let practice = ods("A20047");
    assert_eq!(store.last_calls(&practice).await.unwrap(), []);
    store.note_calls(&practice, &[]).await.unwrap();

    let booking = |worked, failed| calls(Capability::Booking, worked, failed);
    for (noted, expected) in [
        (booking(None, Some(5)), booking(None, Some(5))),
        (booking(Some(10), None), booking(Some(10), Some(5))),
        (booking(Some(9), Some(4)), booking(Some(10), Some(5))),
        (booking(Some(11), Some(12)), booking(Some(11), Some(12))),
        (booking(None, None), booking(Some(11), Some(12))),
    ] {
        store.note_calls(&practice, &[noted]).await.unwrap();
        assert_eq!(store.last_calls(&practice).await.unwrap(), [expected]);
    }
    // To the nanosecond.
    let precise: Timestamp = "2026-06-10T09:00:00.123456789Z".parse().unwrap();
    let mut noted = booking(None, None);
    noted.worked_at = Some(precise);
    store.note_calls(&practice, &[noted]).await.unwrap();
    let kept = store.last_calls(&practice).await.unwrap();
    assert_eq!(kept[0].worked_at, Some(precise));
}

/// Practices and capabilities are kept apart, and returned in order.
pub async fn practices_and_capabilities_are_kept_apart<S: LastCallsStore>(store: &Arc<S>) {
    let mut all: Vec<_> = (0..)
        .zip(Capability::ALL)
        .map(|(n, &capability)| calls(capability, Some(n), None))
        .collect();
    let (one, other) = (ods("A20047"), ods("Y00001"));
    all.reverse();
    store.note_calls(&one, &all).await.unwrap();
    all.reverse();
    assert_eq!(store.last_calls(&one).await.unwrap(), all);
    assert_eq!(store.last_calls(&other).await.unwrap(), []);
}

/// The later of two verdicts on an operation is kept, of two of the same time the one that was
/// recorded last. Practices and operations are kept apart.
pub async fn the_last_verdict_on_each_operation_is_kept<S: LastCallsStore>(store: &Arc<S>) {
    let (practice, other) = (ods("A20047"), ods("Y00001"));
    assert_eq!(store.verdicts(&practice).await.unwrap(), []);
    store.note_verdicts(&practice, &[]).await.unwrap();

    let refusal = CallRefusal {
        legacy_outcome: Some(3),
        message_id: Some("6f2c1d80-0000-4000-8000-000000000001".parse().unwrap()),
        failed: false,
    };
    let bare = CallRefusal {
        legacy_outcome: None,
        message_id: None,
        failed: false,
    };
    let booking = |at, refusal| CallVerdict {
        operation: Operation::BookAppointment,
        at: second(at),
        refusal,
    };
    for (noted, expected) in [
        (booking(5, None), booking(5, None)),
        (booking(7, Some(refusal)), booking(7, Some(refusal))),
        (booking(6, None), booking(7, Some(refusal))),
        (booking(7, Some(bare)), booking(7, Some(bare))),
        (booking(7, None), booking(7, None)),
        (booking(8, Some(refusal)), booking(8, Some(refusal))),
    ] {
        store.note_verdicts(&practice, &[noted]).await.unwrap();
        assert_eq!(store.verdicts(&practice).await.unwrap(), [expected]);
    }
    assert_eq!(store.verdicts(&other).await.unwrap(), []);

    let mut all: Vec<_> = (10..)
        .zip(Operation::ALL)
        .map(|(at, &operation)| CallVerdict {
            operation,
            at: second(at),
            refusal: (at % 2 == 0).then_some(refusal),
        })
        .collect();
    all.reverse();
    store.note_verdicts(&practice, &all).await.unwrap();
    all.reverse();
    assert_eq!(store.verdicts(&practice).await.unwrap(), all);
}

/// Of many concurrent writes the latest time is kept.
pub async fn of_many_concurrent_notes_the_latest_is_kept<S>(store: &Arc<S>)
where
    S: LastCallsStore + 'static,
{
    let mut writers = JoinSet::new();
    for n in 0..20 {
        let store = Arc::clone(store);
        writers.spawn(async move {
            let mut noted = [
                calls(Capability::Booking, Some(n), Some(20 - n)),
                calls(Capability::Token, Some(n), None),
            ];
            if n % 2 == 0 {
                noted.reverse();
            }
            store.note_calls(&ods("A20047"), &noted).await.unwrap();
        });
    }
    writers.join_all().await;
    let kept = store.last_calls(&ods("A20047")).await.unwrap();
    assert_eq!(
        kept,
        [
            calls(Capability::Token, Some(19), None),
            calls(Capability::Booking, Some(19), Some(20)),
        ]
    );
}
