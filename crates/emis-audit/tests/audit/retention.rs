//! Seals and deletions: decided by nothing but digested entries.

use emis_audit::{
    AuditEvent, AuditEventKind, AuditStore as _, ChainStart, LogChange, delete_sealed, seal, verify,
};
use serde_json::json;

use crate::memory::MemoryLogs;
use crate::{log, manager, record, second};

#[tokio::test]
async fn segments_go_when_every_event_in_them_is_old() {
    let (store, by) = (MemoryLogs::default(), manager());
    // The clock went backwards: the newest event is in the middle.
    record(&store, [1, 30, 4]).await;
    let first = seal(&store, &log(), &by, second(5)).await.unwrap().unwrap();
    record(&store, [6, 7]).await;
    let next = seal(&store, &log(), &by, second(8)).await.unwrap().unwrap();
    assert_eq!(
        (first.first, first.last, next.first, next.last),
        (1, 3, 4, 6)
    );
    for (before, gone) in [(30, vec![]), (31, vec![first, next]), (99, vec![])] {
        let head = store.head(&log()).await.unwrap().unwrap();
        let deleted = delete_sealed(&store, &log(), second(before), &[head], &by, second(50)).await;
        assert_eq!(deleted.unwrap(), gone, "{before}");
        verify(&store, &log(), &[head]).await.unwrap();
    }
    assert_eq!(
        seal(&store, &log(), &by, second(60))
            .await
            .unwrap()
            .unwrap()
            .first,
        7
    );
    assert_eq!(seal(&store, &log(), &by, second(61)).await.unwrap(), None);
}

#[tokio::test]
async fn nothing_is_deleted_from_a_log_that_does_not_verify() {
    let (store, by) = (MemoryLogs::default(), manager());
    record(&store, 0..4).await;
    seal(&store, &log(), &by, second(5)).await.unwrap();
    record(&store, 6..8).await;
    // An event that claims to be older than it is.
    store.tamper(|log| log.entries[2].body = log.entries[1].body.clone());
    let before = store.log().entries.len();
    let deleted = delete_sealed(&store, &log(), second(99), &[], &by, second(100)).await;
    assert!(deleted.unwrap_err().chain_break().is_some());
    assert_eq!(store.log().entries.len(), before);
}

#[tokio::test]
async fn a_deletion_during_a_verification_is_no_break() {
    let (store, by) = (MemoryLogs::default(), manager());
    record(&store, 0..4).await;
    let sealed = seal(&store, &log(), &by, second(5)).await.unwrap().unwrap();
    record(&store, 6..8).await;
    store.meddle(move |kept| {
        kept.make(&LogChange::DropBefore(ChainStart {
            number: sealed.last + 1,
            previous: sealed.digest,
        }));
        let kind = AuditEventKind::AUDIT_DELETED;
        let event = AuditEvent::new(kind, second(9), manager()).detail("through", json!(sealed));
        kept.append(&log(), &event);
    });
    let report = verify(&store, &log(), &[]).await.unwrap();
    assert_eq!((report.first, report.entries), (5, 4));
}
