//! Changes to the file past the store: those to the audit log are found, the first broken link is
//! named, and damage is an error and never an empty answer.

use emis_audit::{
    AuditEvent, AuditEventKind, AuditLogId, AuditStore, ChainBreakKind, ChainHead, seal, verify,
};
use emis_settings::{StoreError, StoreErrorKind};
use emis_store::SqliteStore;
use sqlx::{Executor, Row};

use super::{raw, run};
use crate::support::{Directory, author, by_author, everything, ods, second};

fn chain() -> AuditLogId {
    ods("A20047").into()
}

/// A chain of ten entries, the fifth of them the seal of a segment, changed by a statement.
async fn tampered(statement: &str) -> (SqliteStore, ChainHead, Directory) {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    for n in 0..9 {
        let event = AuditEvent::new(AuditEventKind::new("test.happened"), second(n), author());
        store.record(&chain(), &event).await.unwrap();
        if n == 3 {
            seal(&store, &chain(), by_author(), second(n))
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
async fn an_unrecorded_deletion_is_found() {
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

/// Without the last entries and with its note of the end changed too, the log is whole: a head that
/// was noted elsewhere shows it.
#[tokio::test]
async fn an_end_that_was_cut_off_is_found_by_a_noted_head() {
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

/// Returns table, name and type of the columns of all tables, or of those of the audit log.
async fn columns(directory: &Directory, of_audit_log: bool) -> Vec<(String, String, String)> {
    let columns = "SELECT m.name, c.name, c.type \
         FROM sqlite_schema AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'";
    let rows = raw(directory).await.fetch_all(columns).await.unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .filter(|(table, _, _): &(String, _, _)| table.starts_with("audit_") == of_audit_log)
        .collect()
}

/// The columns come from the file: one that is added is in this test, and must be in a digest.
#[tokio::test]
async fn a_change_to_any_column_of_the_audit_log_is_found() {
    let (_, _, sample) = tampered("SELECT 1").await;
    let columns = columns(&sample, true).await;
    assert_eq!(columns.len(), 10, "{columns:?}");
    for (table, column, kind) in columns {
        let other = format!("'{}'", "5".repeat(64));
        let values = match kind.as_str() {
            "INTEGER" => ["0", "-1", "5", "99"],
            _ => ["''", "'Y00001'", "'2001-01-01T00:00:00.000000000Z'", &other],
        };
        for value in values {
            let row = match table.as_str() {
                "audit_entries" => "number = 3",
                _ => "chain = 'A20047'",
            };
            let change = format!(
                "UPDATE OR IGNORE {table} SET {column} = {value} WHERE {row} AND {column} <> {value}"
            );
            let (store, head, directory) = tampered("SELECT 1").await;
            if run(&directory, &change).await == 0 {
                // Another entry has that number.
                continue;
            }
            let found = verify(&store, &chain(), &[head]).await;
            assert!(found.is_err(), "{change}");
        }
    }
}

/// A stored value that can't be read is an error; the columns of which that is not so are listed.
#[tokio::test]
async fn damage_in_any_column_is_an_error_and_never_an_empty_answer() {
    let directory = Directory::new();
    let filled = SqliteStore::open(directory.file()).unwrap();
    everything::fill(&filled).await;
    filled.close().await;
    let mut unnoticed = Vec::new();
    for (number, (table, column, kind)) in columns(&directory, false).await.iter().enumerate() {
        let copy = directory.0.join(format!("{number}.db"));
        std::fs::copy(directory.file(), &copy).unwrap();
        let store = SqliteStore::open(&copy).unwrap();
        let damage = match kind.as_str() {
            "INTEGER" => "-9223372036854775808",
            "BLOB" => "x'00'",
            _ => "'damage'",
        };
        let sql = format!("UPDATE OR IGNORE {table} SET {column} = {damage}");
        super::run_in(&copy, &sql).await;
        let errors: Vec<StoreError> = everything::read(&store).await;
        for error in &errors {
            assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{sql}");
        }
        if errors.is_empty() {
            unnoticed.push(format!("{table}.{column}"));
        }
    }
    assert_eq!(unnoticed, UNNOTICED);
}

/// Names of rows, under which a damaged one is not found; columns that are written and not read; and
/// times that only delay a deletion, or let a claim be replaced.
const UNNOTICED: &[&str] = &[
    "practice_settings.ods_code",
    "reminders.practice",
    "reminders.settled_at",
    "reminders.settled_by",
    "refused_passwords.fingerprint",
    "bookings.practice",
    "commands.practice",
    "commands.key",
    "commands.at",
    "exclusions.practice",
    "exclusions.number",
    "exclusions.ended_by",
    "last_calls.practice",
    "last_calls.capability",
    "call_verdicts.practice",
    "call_verdicts.operation",
    "password_claims.fingerprint",
    "password_claims.until",
    "password_claims.expires_at",
];
