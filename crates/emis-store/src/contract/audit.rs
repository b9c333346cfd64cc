//! The audit logs.

use std::sync::Arc;

use emis_audit::{
    AuditEntry, AuditEvent, AuditEventKind, AuditLogId, AuditStore, ChainBreakKind, ChainHead,
    ChainStart, LogChange, delete_sealed, export, pseudonymise, seal, verify,
};
use jiff::Timestamp;
use serde_json::json;
use tokio::task::JoinSet;

use super::{author, ods, second};

fn chain() -> AuditLogId {
    ods("A20047").into()
}

fn event(at: Timestamp) -> AuditEvent {
    AuditEvent::new(AuditEventKind::new("test.happened"), at, author())
        .detail("note", "\u{1f9ea}\u{0}'")
}

async fn record<S: AuditStore>(store: &S, seconds: impl IntoIterator<Item = i64>) {
    for n in seconds {
        store.record(&chain(), &event(second(n))).await.unwrap();
    }
}

/// Each entry has the next number and the digest of the one before.
pub async fn a_log_grows_and_verifies<S: AuditStore>(store: &Arc<S>) {
    let empty = verify(&**store, &chain(), &[]).await.unwrap();
    assert_eq!((empty.entries, empty.head), (0, None));
    assert_eq!(store.head(&chain()).await.unwrap(), None);
    record(&**store, 0..30).await;
    let verified = verify(&**store, &chain(), &[]).await.unwrap();
    assert_eq!((verified.entries, verified.first), (30, 1));
    assert_eq!(verified.head, store.head(&chain()).await.unwrap());

    let entries = store.entries(&chain(), 10, 5).await.unwrap();
    let numbers: Vec<_> = entries.iter().map(AuditEntry::number).collect();
    assert_eq!(numbers, [11, 12, 13, 14, 15]);
    assert!(entries.iter().all(AuditEntry::is_intact));
    assert_eq!(entries[0].event().unwrap(), event(second(10)));
    assert_eq!(entries[1].previous(), entries[0].digest());
}

/// Every practice has a log of its own, and the product has one.
pub async fn logs_are_kept_apart<S: AuditStore>(store: &Arc<S>) {
    assert_eq!(store.logs().await.unwrap(), []);
    let chains = [
        AuditLogId::Product,
        ods("A20047").into(),
        ods("Y00001").into(),
    ];
    for (n, chain) in (1..).zip(&chains) {
        for _ in 0..n {
            store.record(chain, &event(second(n))).await.unwrap();
        }
    }
    assert_eq!(store.logs().await.unwrap(), chains);
    for (n, chain) in (1..).zip(&chains) {
        assert_eq!(verify(&**store, chain, &[]).await.unwrap().entries, n);
    }
}

/// Concurrent events get one entry each.
pub async fn concurrent_events_get_one_entry_each<S>(store: &Arc<S>)
where
    S: AuditStore + 'static,
{
    let mut workers = JoinSet::new();
    for n in 0..40 {
        let store = Arc::clone(store);
        workers.spawn(async move {
            let recorded = store.record(&chain(), &event(second(n))).await;
            recorded.unwrap().number
        });
    }
    let mut numbers = workers.join_all().await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=40).collect::<Vec<u64>>());
    verify(&**store, &chain(), &[]).await.unwrap();
}

/// The order of entries is that of their numbers, even if the clock goes backwards.
pub async fn a_clock_that_goes_backwards_breaks_nothing<S: AuditStore>(store: &Arc<S>) {
    record(&**store, [100, 50, -3_000_000_000, 50]).await;
    let verified = verify(&**store, &chain(), &[]).await.unwrap();
    assert_eq!(verified.entries, 4);
    let entries = store.entries(&chain(), 0, 9).await.unwrap();
    let times: Vec<_> = entries.iter().map(|e| e.event().unwrap().at()).collect();
    assert_eq!(times, [100, 50, -3_000_000_000, 50].map(second));
}

/// An export has one line of JSON for each entry, by which the entry can be checked.
pub async fn a_log_is_exported_line_by_line<S: AuditStore>(store: &Arc<S>) {
    record(&**store, 0..7).await;
    let mut out = Vec::new();
    assert_eq!(export(&**store, &chain(), &mut out).await.unwrap(), 7);
    let text = String::from_utf8(out).unwrap();
    assert!(text.ends_with('\n'));
    let entries: Vec<AuditEntry> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(entries.iter().all(AuditEntry::is_intact));
    assert_eq!(entries, store.entries(&chain(), 0, 99).await.unwrap());
}

/// Old segments are deleted whole, oldest first, and the rest still verifies.
pub async fn old_segments_are_deleted_and_the_rest_verifies<S: AuditStore>(store: &Arc<S>) {
    let (chain, by) = (chain(), author());
    assert_eq!(seal(&**store, &chain, &by, second(0)).await.unwrap(), None);
    record(&**store, 0..3).await;
    let first = seal(&**store, &chain, &by, second(3))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((first.first, first.last), (1, 3));
    assert_eq!(seal(&**store, &chain, &by, second(4)).await.unwrap(), None);
    record(&**store, 5..9).await;
    let next = seal(&**store, &chain, &by, second(9))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((next.first, next.last), (4, 8));
    record(&**store, 10..12).await;
    verify(&**store, &chain, &[]).await.unwrap();

    let gone = delete_sealed(&**store, &chain, second(4), &[], &by, second(20))
        .await
        .unwrap();
    assert_eq!(gone, [first]);
    let verified = verify(&**store, &chain, &[]).await.unwrap();
    assert_eq!((verified.first, verified.entries), (4, 9));
    // Now the rest.
    let gone = delete_sealed(&**store, &chain, second(90), &[], &by, second(21))
        .await
        .unwrap();
    assert_eq!(gone, [next]);
    record(&**store, 30..33).await;
    seal(&**store, &chain, &by, second(40))
        .await
        .unwrap()
        .unwrap();
    let gone = delete_sealed(&**store, &chain, second(90), &[], &by, second(41))
        .await
        .unwrap();
    assert_eq!(gone.len(), 1);
    let verified = verify(&**store, &chain, &[]).await.unwrap();
    assert_eq!(verified.first, gone[0].last + 1);
    let mut out = Vec::new();
    assert_eq!(
        export(&**store, &chain, &mut out).await.unwrap(),
        verified.entries
    );
}

/// Neither unsealed entries are deleted, nor a segment with an entry that is not old enough.
pub async fn only_sealed_and_old_segments_are_deleted<S: AuditStore>(store: &Arc<S>) {
    let (chain, by) = (chain(), author());
    record(&**store, 0..3).await;
    let delete = |before| delete_sealed(&**store, &chain, before, &[], &by, second(50));
    assert_eq!(delete(second(99)).await.unwrap(), []);
    // The clock went backwards: the newest event is in the middle.
    record(&**store, [30, 4]).await;
    seal(&**store, &chain, &by, second(5))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(delete(second(30)).await.unwrap(), []);
    assert_eq!(delete(second(31)).await.unwrap().len(), 1);
    verify(&**store, &chain, &[]).await.unwrap();
}

/// A noted head reveals what the log alone does not.
pub async fn a_noted_head_is_compared<S: AuditStore>(store: &Arc<S>) {
    record(&**store, 0..5).await;
    let noted = store.head(&chain()).await.unwrap().unwrap();
    record(&**store, 5..8).await;
    verify(&**store, &chain(), &[noted]).await.unwrap();

    for (noted, kind) in [
        (ChainHead { number: 4, ..noted }, ChainBreakKind::NotAsNoted),
        (
            ChainHead {
                number: 9,
                digest: noted.digest,
            },
            ChainBreakKind::Missing,
        ),
    ] {
        let broken = verify(&**store, &chain(), &[noted]).await.unwrap_err();
        let broken = broken.chain_break().unwrap();
        assert_eq!((broken.number, broken.kind), (noted.number, kind));
    }
}

/// A noted entry that was deleted is covered by a later noted head, and by nothing else.
pub async fn a_noted_entry_that_is_not_covered_is_an_error<S: AuditStore>(store: &Arc<S>) {
    let (chain, by) = (chain(), author());
    record(&**store, 0..3).await;
    let early = store.head(&chain).await.unwrap().unwrap();
    record(&**store, 3..6).await;
    let sealed = seal(&**store, &chain, &by, second(6))
        .await
        .unwrap()
        .unwrap();
    let late = store.head(&chain).await.unwrap().unwrap();
    let deleted = delete_sealed(&**store, &chain, second(9), &[late], &by, second(10)).await;
    assert_eq!(deleted.unwrap(), [sealed]);
    let last = ChainHead {
        number: sealed.last,
        digest: sealed.digest,
    };
    verify(&**store, &chain, &[late, early]).await.unwrap();
    verify(&**store, &chain, &[last]).await.unwrap();
    let broken = verify(&**store, &chain, &[early]).await.unwrap_err();
    let broken = broken.chain_break().unwrap();
    assert_eq!(
        (broken.number, broken.kind),
        (early.number, ChainBreakKind::NotCovered)
    );
}

/// A change that was decided on a stale head is not made.
pub async fn a_change_to_a_log_that_has_grown_is_not_made<S: AuditStore>(store: &Arc<S>) {
    record(&**store, 0..2).await;
    let head = store.head(&chain()).await.unwrap().unwrap();
    record(&**store, 2..3).await;
    let start = ChainStart {
        number: 3,
        previous: head.digest,
    };
    let change = LogChange::DropBefore(start);
    let made = store
        .record_change(&chain(), head, &event(second(9)), &change)
        .await;
    assert_eq!(made.unwrap(), None);
    assert_eq!(verify(&**store, &chain(), &[]).await.unwrap().entries, 3);
}

/// The number of a patient is replaced in every entry, and the log still verifies.
pub async fn a_patient_is_replaced_by_a_pseudonym<S: AuditStore>(store: &Arc<S>) {
    let (chain, by) = (chain(), author());
    for patient in [7, 8, 7] {
        let event = event(second(1)).detail("patient", patient);
        store.record(&chain, &event).await.unwrap();
    }
    // As calls of EMIS name a patient: in text, among other ids.
    for patient in ["7", "8"] {
        let ids = json!({"patientNumber": patient, "documentId": "4711", "slotId": "7"});
        let event = event(second(1)).detail("ids", ids);
        store.record(&chain, &event).await.unwrap();
    }
    let noted = store.head(&chain).await.unwrap().unwrap();
    let patient = "7".parse().unwrap();
    for replaced in [3, 0] {
        let erase = pseudonymise(&**store, &chain, patient, "erased-1", &by, second(2));
        assert_eq!(erase.await.unwrap(), replaced);
    }
    assert_eq!(verify(&**store, &chain, &[noted]).await.unwrap().entries, 6);
    let entries = store.entries(&chain, 0, 9).await.unwrap();
    let patients: Vec<_> = entries
        .iter()
        .map(|entry| entry.event().unwrap().details().get("patient").cloned())
        .collect();
    let erased = Some("erased-1".into());
    assert_eq!(
        patients[..4],
        [erased.clone(), Some(8.into()), erased, None]
    );
    let ids = |place: usize| entries[place].event().unwrap().details()["ids"].clone();
    assert_eq!(
        ids(3),
        json!({"patientNumber": "erased-1", "documentId": "erased-1", "slotId": "7"})
    );
    assert_eq!(
        ids(4),
        json!({"patientNumber": "8", "documentId": "4711", "slotId": "7"})
    );
    let by_whom = entries[5].event().unwrap();
    assert_eq!(
        (by_whom.kind(), by_whom.by()),
        (&AuditEventKind::AUDIT_REDACTED, &by)
    );
}
