//! Somebody who may write to the file changes the audit trail: the first broken link is named.

use emis_audit::{
    AuditEvent, AuditEventKind, AuditLogId, AuditStore, ChainBreakKind, ChainHead, seal, verify,
};
use emis_store::SqliteStore;

use super::run;
use crate::support::{Directory, ods, second, somebody, them};

fn chain() -> AuditLogId {
    ods("A20047").into()
}

/// A chain of ten entries, the fifth of them the seal of a segment, changed by a statement.
async fn tampered(statement: &str) -> (SqliteStore, ChainHead, Directory) {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    for n in 0..9 {
        let event = AuditEvent::new(AuditEventKind::new("test.happened"), second(n), somebody());
        store.record(&chain(), &event).await.unwrap();
        if n == 3 {
            seal(&store, &chain(), them(), second(n))
                .await
                .unwrap()
                .unwrap();
        }
    }
    let head = store.head(&chain()).await.unwrap().unwrap();
    verify(&store, &chain(), &[]).await.unwrap();
    run(&directory, statement).await;
    (store, head, directory)
}

async fn break_of(store: &SqliteStore, noted: &[ChainHead]) -> (u64, ChainBreakKind) {
    let broken = verify(store, &chain(), noted).await.unwrap_err();
    let broken = broken.chain_break().unwrap();
    let named = format!("entry {}", broken.number);
    assert!(broken.to_string().contains(&named));
    (broken.number, broken.kind)
}

#[tokio::test]
async fn the_first_broken_link_is_named() {
    for (statement, number, kind) in [
        // Somebody else did it, and later.
        (
            "UPDATE audit_entries SET body = replace(body, 'u-117', 'u-118') WHERE number >= 7",
            7,
            ChainBreakKind::Changed,
        ),
        (
            "UPDATE audit_entries SET digest = 'none' WHERE number = 3",
            3,
            ChainBreakKind::Changed,
        ),
        (
            "UPDATE audit_entries SET previous = digest WHERE number = 4",
            4,
            ChainBreakKind::Changed,
        ),
        (
            "UPDATE audit_entries SET number = 99 WHERE number = 2",
            2,
            ChainBreakKind::Missing,
        ),
        (
            "DELETE FROM audit_entries WHERE number = 6",
            6,
            ChainBreakKind::Missing,
        ),
        (
            "DELETE FROM audit_entries WHERE number = 10",
            10,
            ChainBreakKind::Missing,
        ),
        (
            "DELETE FROM audit_entries WHERE number <= 2",
            1,
            ChainBreakKind::Missing,
        ),
        ("DELETE FROM audit_entries", 1, ChainBreakKind::Missing),
    ] {
        let (store, _, _directory) = tampered(statement).await;
        assert_eq!(break_of(&store, &[]).await, (number, kind), "{statement}");
    }
}

#[tokio::test]
async fn a_beginning_that_is_gone_without_a_word_is_noticed() {
    let (store, _, _directory) = tampered(
        "UPDATE audit_chains SET first = 5, first_previous =
             (SELECT digest FROM audit_entries WHERE number = 4);
         DELETE FROM audit_entries WHERE number <= 4",
    )
    .await;
    assert_eq!(
        break_of(&store, &[]).await,
        (5, ChainBreakKind::UnrecordedDeletion)
    );
}

/// Who takes the last entries away, and the note of the end as well, leaves a chain that is
/// whole: an end that was kept elsewhere shows it.
#[tokio::test]
async fn an_end_that_was_cut_off_is_noticed_by_who_kept_it() {
    let (store, head, _directory) = tampered(
        "DELETE FROM audit_entries WHERE number > 8;
         UPDATE audit_chains SET number = 8,
             digest = (SELECT digest FROM audit_entries WHERE number = 8)",
    )
    .await;
    assert_eq!(verify(&store, &chain(), &[]).await.unwrap().entries, 8);
    assert_eq!(
        break_of(&store, &[head]).await,
        (9, ChainBreakKind::Missing)
    );
}
