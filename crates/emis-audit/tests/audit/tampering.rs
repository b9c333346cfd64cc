//! Every field of every row is covered: a change to any of them is found and named.

use emis_audit::ChainBreakKind as Kind;
use emis_audit::{
    AuditEvent, AuditEventKind, AuditStore as _, ChainHead, ChainStart, Digest, delete_sealed,
    pseudonymise, seal, verify,
};
use serde_json::json;

use crate::memory::{Log, MemoryLogs};
use crate::{first_break, log, manager, record, second};

/// A log whose first segment is deleted, with a seal, a deletion and a redaction in it:
/// the entries 5 to 16.
async fn rich_log() -> (MemoryLogs, ChainHead) {
    let store = MemoryLogs::default();
    let by = manager();
    for segment in [0..4, 10..13] {
        record(&store, segment).await;
        seal(&store, &log(), &by, second(20))
            .await
            .unwrap()
            .unwrap();
    }
    let deleted = delete_sealed(&store, &log(), second(9), &[], &by, second(30)).await;
    assert_eq!(deleted.unwrap().len(), 1);
    record(&store, 31..34).await;
    let patient = "1".parse().unwrap();
    let replaced = pseudonymise(&store, &log(), patient, "erased-1", &by, second(40)).await;
    assert_eq!(replaced.unwrap(), 2);
    let head = record(&store, 41..43).await;
    let report = verify(&store, &log(), &[head]).await.unwrap();
    assert_eq!((report.first, report.entries), (5, 12));
    (store, head)
}

#[tokio::test]
async fn a_change_to_any_field_of_any_entry_is_found() {
    let (store, head) = rich_log().await;
    let intact = store.log();
    type Tamper = fn(&mut Log, usize);
    let fields: [(&str, Tamper); 6] = [
        ("chain", |log, n| {
            log.entries[n].log = "Y00001".parse().unwrap()
        }),
        ("number", |log, n| log.entries[n].number += 100),
        ("previous", |log, n| {
            log.entries[n].previous = Digest::of("x")
        }),
        ("digest", |log, n| log.entries[n].digest = Digest::of("x")),
        ("body", |log, n| {
            let body = &mut log.entries[n].body;
            *body = body.replace("u-117", "u-118");
        }),
        ("row", |log, n| drop(log.entries.remove(n))),
    ];
    for (field, tamper) in fields {
        for n in 0..intact.entries.len() {
            store.restore(intact.clone());
            store.tamper(|log| tamper(log, n));
            let found = verify(&store, &log(), &[]).await;
            assert!(
                found.is_err(),
                "{field} of entry {}",
                intact.entries[n].number
            );
            let (number, _) = first_break(&store, &[head]).await;
            let expected = intact.entries[n].number;
            assert!(
                (expected..=expected + 1).contains(&number),
                "{field} of entry {expected}: {number}"
            );
        }
    }
}

#[tokio::test]
async fn a_change_to_any_field_beside_the_entries_is_found() {
    let (store, _) = rich_log().await;
    let intact = store.log();
    type Tamper = fn(&mut Log);
    let fields: [(&str, Tamper); 7] = [
        ("number, less", |log| log.head.number -= 1),
        ("number, more", |log| log.head.number += 1),
        ("digest", |log| log.head.digest = Digest::of("x")),
        ("number and digest, of the entry before", |log| {
            let before = &log.entries[log.entries.len() - 2];
            (log.head.number, log.head.digest) = (before.number, before.digest);
        }),
        ("first, less", |log| log.start.number -= 1),
        ("first, more", |log| log.start.number += 1),
        ("first_previous", |log| log.start.previous = Digest::of("x")),
    ];
    for (field, tamper) in fields {
        store.restore(intact.clone());
        store.tamper(tamper);
        assert!(verify(&store, &log(), &[]).await.is_err(), "{field}");
    }
}

/// Deletes what came before the entry with index `first`, as an attacker who knows the code does:
/// with an entry that says so, and everything after it computed anew.
fn forge_deletion(log: &mut Log, first: usize) {
    let before = log.entries[first - 1].clone();
    log.entries.drain(..first);
    log.start = ChainStart {
        number: before.number + 1,
        previous: before.digest,
    };
    let through = json!({"first": 1, "last": before.number, "digest": before.digest});
    let forged = AuditEvent::new(AuditEventKind::AUDIT_DELETED, second(50), manager())
        .detail("through", through);
    log.entries[0].body = serde_json::to_string(&forged).unwrap();
    log.recompute(0);
}

#[tokio::test]
async fn a_forged_deletion_past_the_noted_entry_is_an_error() {
    let store = MemoryLogs::default();
    let noted = record(&store, 0..5).await;
    record(&store, 5..12).await;
    store.tamper(|log| forge_deletion(log, 8));
    // The log alone is beyond reproach.
    verify(&store, &log(), &[]).await.unwrap();
    assert_eq!(first_break(&store, &[noted]).await, (5, Kind::NotCovered));
}

#[tokio::test]
async fn a_log_computed_anew_differs_from_what_was_noted() {
    let store = MemoryLogs::default();
    let noted = record(&store, 0..5).await;
    record(&store, 5..9).await;
    store.tamper(|log| {
        log.entries[2].body = log.entries[2].body.replace("u-117", "u-118");
        log.recompute(2);
    });
    verify(&store, &log(), &[]).await.unwrap();
    assert_eq!(first_break(&store, &[noted]).await, (5, Kind::NotAsNoted));
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_missing_if_it_was_noted() {
    let store = MemoryLogs::default();
    let noted = record(&store, 0..5).await;
    store.tamper(|log| {
        log.entries.pop();
        log.head = ChainHead {
            number: 4,
            digest: log.entries[3].digest,
        };
    });
    verify(&store, &log(), &[]).await.unwrap();
    assert_eq!(first_break(&store, &[noted]).await, (5, Kind::Missing));
}

#[tokio::test]
async fn a_deletion_that_no_entry_records_is_an_error() {
    let store = MemoryLogs::default();
    record(&store, 0..6).await;
    store.tamper(|log| {
        let before = log.entries[1].clone();
        log.entries.drain(..2);
        log.start = ChainStart {
            number: 3,
            previous: before.digest,
        };
    });
    let expected = (3, Kind::UnrecordedDeletion);
    assert_eq!(first_break(&store, &[]).await, expected);
}

#[tokio::test]
async fn a_body_that_was_taken_out_and_put_back_is_an_error() {
    let store = MemoryLogs::default();
    record(&store, 0..4).await;
    let original = store.log().entries[1].body.clone();
    let patient = "1".parse().unwrap();
    pseudonymise(&store, &log(), patient, "erased-1", &manager(), second(9))
        .await
        .unwrap();
    verify(&store, &log(), &[]).await.unwrap();
    store.tamper(|log| log.entries[1].body = original);
    assert_eq!(first_break(&store, &[]).await, (2, Kind::Changed));
}

#[tokio::test]
async fn a_seal_of_something_else_is_an_error() {
    let store = MemoryLogs::default();
    record(&store, 0..3).await;
    let kind = AuditEventKind::AUDIT_SEALED;
    let segment = json!({"first": 1, "last": 3, "digest": Digest::of("x")});
    let forged = AuditEvent::new(kind, second(4), manager()).detail("segment", segment);
    emis_audit::AuditStore::record(&store, &log(), &forged)
        .await
        .unwrap();
    assert_eq!(first_break(&store, &[]).await, (4, Kind::SealBroken));
    assert!(seal(&store, &log(), &manager(), second(5)).await.is_err());
    // Nothing is appended to a log that is broken.
    assert_eq!(store.head(&log()).await.unwrap().unwrap().number, 4);
}
