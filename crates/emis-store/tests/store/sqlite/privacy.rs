//! The contents of the file, and its readers.

use std::collections::BTreeSet;

use emis_credentials::SealingIdentity;
use emis_settings::{PracticeSettings, SettingsStore, StoreErrorKind};
use emis_store::SqliteStore;
use sqlx::Row;

use super::{raw, run};
use crate::support::{Directory, ods, save, told};

#[tokio::test]
async fn the_password_is_nowhere_in_the_files() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    let mut entered = PracticeSettings::new(ods("A20047"));
    let recipient = SealingIdentity::generate().recipient();
    let password = "Invented-Passw0rd".into();
    entered
        .update_connection("50002", "patchs", password, recipient)
        .unwrap();
    save(&store, &entered).await.unwrap();

    let holds = |bytes: &[u8], text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    // While it is open, with the log beside it, and after closing.
    let open = directory.bytes();
    store.close().await;
    for bytes in [open, directory.bytes()] {
        assert!(
            holds(&bytes, "patchs"),
            "the username should be in the files"
        );
        assert!(!holds(&bytes, "Invented-Passw0rd"));
        // The same in base64, at each of the three offsets.
        for text in [
            "SW52ZW50ZWQtUGFzc3cwcm",
            "ludmVudGVkLVBhc3N3MHJk",
            "JbnZlbnRlZC1QYXNzdzByZ",
        ] {
            assert!(!holds(&bytes, text));
        }
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_an_error_without_its_text() {
    for document in [
        "not JSON",
        r#"{"ods_code": "A20047", "schema_version": 3}"#,
        r#"{"ods_code": "A20047", "organisation_id": "07700900123"}"#,
        r#"{"ods_code": "Y00001"}"#,
    ] {
        let directory = Directory::new();
        let store = SqliteStore::open(directory.file()).unwrap();
        save(&store, &PracticeSettings::new(ods("A20047")))
            .await
            .unwrap();
        let sql = format!("UPDATE practice_settings SET document = '{document}'");
        run(&directory, &sql).await;

        let error = store.load(&ods("A20047")).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{document}");
        let printed = told(&error);
        assert!(
            !printed.contains("07700900123") && !printed.contains("Y00001"),
            "{printed}"
        );
    }
}

#[tokio::test]
async fn reminders_hold_ids_and_times_and_nothing_else() {
    let directory = Directory::new();
    drop(SqliteStore::open(directory.file()).unwrap());
    let columns = sqlx::query("SELECT name FROM pragma_table_info('reminders')")
        .fetch_all(&mut raw(&directory).await)
        .await
        .unwrap();
    let columns: BTreeSet<String> = columns.iter().map(|row| row.get(0)).collect();
    let expected = [
        "channel",
        "claimed_at",
        "contact",
        "generation",
        "gone_at",
        "lease_ends_at",
        "minutes_before",
        "outcome",
        "owner",
        "patient",
        "practice",
        "reference",
        "row_digest",
        "settled_at",
        "settled_by",
        "slot",
        "start",
    ];
    assert_eq!(columns, expected.map(str::to_owned).into());
}

/// A table that is added must be erased with the patient, in `RetentionStore`, before it is added here.
#[tokio::test]
async fn no_table_names_a_patient_that_an_erasure_does_not_know() {
    let directory = Directory::new();
    drop(SqliteStore::open(directory.file()).unwrap());
    let named = "SELECT m.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c \
         WHERE m.type = 'table' AND c.name = 'patient' ORDER BY 1";
    let mut raw = raw(&directory).await;
    let tables = sqlx::query(named).fetch_all(&mut raw).await.unwrap();
    let tables: Vec<String> = tables.iter().map(|row| row.get(0)).collect();
    let expected = [
        "booking_notices",
        "booking_places",
        "bookings",
        "exclusions",
        "invitations",
        "message_topics",
        "planned_reminders",
        "reminders",
        "tasks",
    ];
    assert_eq!(tables, expected);
}

#[cfg(unix)]
#[test]
fn the_file_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let directory = Directory::new();
    let _store = SqliteStore::open(directory.file()).unwrap();
    let mode = std::fs::metadata(directory.file())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
