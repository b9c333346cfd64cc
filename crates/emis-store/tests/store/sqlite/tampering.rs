//! Changes to the file past the store: those to the audit log are found, the first broken link is
//! named, and damage is an error and never an empty answer.

use emis_audit::{
    AuditEvent, AuditEventKind, AuditLogId, AuditStore, ChainBreakKind, ChainHead, seal, verify,
};
use emis_booking::{BookingChange, BookingState, BookingStore};
use emis_settings::{RetentionPolicy, RetentionStore, SettingsStore, StoreError, StoreErrorKind};
use emis_store::SqliteStore;
use sqlx::{Executor, Row};

use super::{raw, run};
use crate::support::{Directory, author, by_author, cancellation, everything, ods, second};

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

/// Returns other values that a column could have, given one that it has: later and earlier times,
/// other numbers, other texts, nothing.
fn others(column: &str, kind: &str) -> Vec<String> {
    let own = match kind {
        "INTEGER" => vec![format!("{column} + 1"), "-9223372036854775808".to_owned()],
        "BLOB" => vec!["x'00'".to_owned()],
        _ => vec![
            "'damage'".to_owned(),
            "'2001-01-01T00:00:00.000000000Z'".to_owned(),
            "'2999-01-01T00:00:00.000000000Z'".to_owned(),
            format!("'{}'", "5".repeat(64)),
            format!("lower({column}) || ' '"),
        ],
    };
    own.into_iter().chain(["NULL".to_owned()]).collect()
}

/// The columns come from the file: one that is added is in this test, and must be in a digest.
#[tokio::test]
async fn a_change_to_any_column_of_any_record_is_found() {
    let directory = Directory::new();
    let filled = SqliteStore::open(directory.file()).unwrap();
    everything::fill(&filled).await;
    let good = filled.check_records().await.unwrap();
    assert!(good.is_good() && good.checked > 8, "{good:?}");
    filled.close().await;
    let copy = directory.0.join("copy.db");
    let mut unread = Vec::new();
    for (table, column, kind) in columns(&directory, false).await {
        let mut is_read = false;
        for value in others(&column, &kind) {
            std::fs::copy(directory.file(), &copy).unwrap();
            let sql = format!(
                "UPDATE OR IGNORE {table} SET {column} = {value} WHERE {column} IS NOT {value}"
            );
            if super::run_in(&copy, &sql).await == 0 {
                // The column can't be null, or has that value.
                continue;
            }
            let store = SqliteStore::open(&copy).unwrap();
            let report = store.check_records().await.unwrap();
            assert!(!report.is_good(), "{sql}");
            assert!(
                report.damaged.iter().all(|it| it.table == table),
                "{report:?}"
            );
            let errors: Vec<StoreError> = everything::read(&store).await;
            for error in &errors {
                assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{sql}");
            }
            is_read |= !errors.is_empty();
            store.close().await;
        }
        if !is_read {
            unread.push(format!("{table}.{column}"));
        }
    }
    assert_eq!(unread, FOUND_BY_THE_CHECK_ALONE);
}

/// Names under which rows are looked for: a read finds no row under another name, so only the check
/// of all records finds it. The tables of passwords are read by `contains` and `claim`, which fail
/// with an error of another type; places by `take_place`, which writes.
const FOUND_BY_THE_CHECK_ALONE: &[&str] = &[
    "refused_passwords.fingerprint",
    "refused_passwords.row_digest",
    "commands.practice",
    "commands.key",
    "exclusions.practice",
    "last_calls.practice",
    "call_verdicts.practice",
    "password_claims.fingerprint",
    "password_claims.until",
    "password_claims.expires_at",
    "password_claims.row_digest",
    "booking_notices.practice",
    "message_topics.reference",
    "tasks.practice",
    "tasks.acknowledged_at",
    "invitations.practice",
    "invitation_events.invitation",
    "invitation_events.practice",
    "identity_failures.practice",
    "booking_places.booking",
    "booking_places.practice",
    "booking_places.patient",
    "booking_places.day",
    "booking_places.row_digest",
    "reminders.practice",
    "reminder_polls.practice",
    "reminder_polls.kind",
    "reminder_polls.polled_at",
    "reminder_polls.row_digest",
    "planned_reminders.practice",
    "reminder_days.practice",
    "diagnoses.practice",
];

/// Retention goes by columns that are in the digests: it deletes nothing that was changed.
#[tokio::test]
async fn a_record_whose_times_were_changed_is_not_deleted() {
    let at = second(400_000);
    for change in [
        "UPDATE bookings SET changed_at = '2001-01-01T00:00:00.000000000Z' \
         WHERE patient = 1",
        "UPDATE bookings SET start = '2001-01-01T00:00:00.000000000Z' \
         WHERE patient = 1",
        "UPDATE bookings SET state = 'cancelled', changed_at = '2001-01-01T00:00:00.000000000Z' \
         WHERE patient = 1",
        "UPDATE reminders SET outcome = 'sent', settled_at = '2001-01-01T00:00:00.000000000Z'",
        "UPDATE exclusions SET ended_at = '2001-01-01T00:00:00.000000000Z'",
        "UPDATE commands SET at = '2001-01-01T00:00:00.000000000Z'",
    ] {
        let directory = Directory::new();
        let store = SqliteStore::open(directory.file()).unwrap();
        everything::fill(&store).await;
        let id = everything::booking(1).id;
        for state in [BookingState::Sending, BookingState::Confirmed] {
            let record = store.get(&id).await.unwrap().unwrap();
            BookingStore::settle(&store, &record, &BookingChange::to(state), by_author())
                .await
                .unwrap();
        }
        run(&directory, change).await;
        let practice = everything::practice();
        let by = by_author();
        let patient = 1.try_into().unwrap();
        let policy = RetentionPolicy::default();
        let removed = [
            store.forget_commands(at).await.err(),
            store.delete_expired(&policy, by, at).await.err(),
            store
                .delete_patient_records(&practice, patient, by, at)
                .await
                .err(),
            store.off_board(&practice, by, at).await.err(),
        ];
        let errors: Vec<_> = removed.into_iter().flatten().collect();
        assert!(!errors.is_empty(), "{change}");
        for error in errors {
            assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{change}");
        }
        assert_eq!(
            store.check_records().await.unwrap().damaged.len(),
            1,
            "{change}"
        );
    }
}

/// A write that would carry a change on, and give it a digest, fails instead.
#[tokio::test]
async fn a_write_does_not_carry_on_a_changed_record() {
    for change in [
        "UPDATE bookings SET patient = 2 WHERE patient = 1",
        "UPDATE reminders SET claimed_at = '2001-01-01T00:00:00.000000000Z'",
        "UPDATE exclusions SET since_by = '{}'",
        "UPDATE practice_settings SET version = 0",
        "UPDATE last_calls SET worked_at = '2001-01-01T00:00:00.000000000Z'",
        "UPDATE call_verdicts SET at = '2001-01-01T00:00:00.000000000Z'",
        "UPDATE diagnoses SET healthy = 1",
        "UPDATE password_claims SET expires_at = '2001-01-01T00:00:00.000000000Z'",
    ] {
        let directory = Directory::new();
        let store = SqliteStore::open(directory.file()).unwrap();
        everything::fill(&store).await;
        let changed = run(&directory, change).await;
        for (_, write) in cancellation::writes() {
            write(&store).await;
        }
        let report = store.check_records().await.unwrap();
        let damaged: u64 = report.damaged.iter().map(|it| it.records).sum();
        assert_eq!(damaged, changed, "{change}: {report:?}");
    }
}
