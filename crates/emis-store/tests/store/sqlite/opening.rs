//! Opening files: new, old, damaged, foreign, out of reach, and by many at once.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Barrier};

use emis_settings::{PracticeSettings, SettingsStore, StoreErrorKind};
use emis_store::SqliteStore;
use sqlx::Row;

use super::{private, raw, run};
use crate::support::{Directory, ods, save, told};

/// Opens a store that must not open, and checks that the error tells nothing of the path.
fn refusal(path: &Path) -> StoreErrorKind {
    let error = SqliteStore::open(path).unwrap_err();
    let text = told(&error);
    assert!(!text.contains("emis-store-"), "the path is in: {text}");
    error.kind()
}

#[test]
fn a_directory_that_is_not_there_is_reported_and_not_made() {
    let directory = Directory::new();
    let missing = directory.0.join("nowhere");
    assert_eq!(
        refusal(&missing.join("emis.db")),
        StoreErrorKind::Unavailable
    );
    assert!(!missing.exists());
}

#[test]
fn a_directory_is_no_store() {
    assert_eq!(refusal(&Directory::new().0), StoreErrorKind::Unavailable);
}

#[test]
fn a_file_of_something_else_is_refused_and_left_as_it_was() {
    let directory = Directory::new();
    let text = "surgery opening hours\n".repeat(500);
    fs::write(directory.file(), &text).unwrap();
    private(&directory.file());
    assert_eq!(refusal(&directory.file()), StoreErrorKind::Corrupt);
    assert_eq!(fs::read_to_string(directory.file()).unwrap(), text);
}

#[tokio::test]
async fn a_database_of_something_else_is_refused_and_left_as_it_was() {
    let directory = Directory::new();
    run(&directory, "CREATE TABLE recipes (name TEXT)").await;
    let before = directory.bytes();
    assert_eq!(refusal(&directory.file()), StoreErrorKind::Corrupt);
    assert_eq!(directory.bytes(), before);
}

#[tokio::test]
async fn a_store_of_a_newer_release_is_refused() {
    let directory = Directory::new();
    drop(SqliteStore::open(directory.file()).unwrap());
    run(&directory, "PRAGMA user_version = 999").await;
    assert_eq!(refusal(&directory.file()), StoreErrorKind::Corrupt);
}

#[tokio::test]
async fn a_closed_store_is_unavailable_and_has_no_log_file() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    save(&store, &PracticeSettings::new(ods("A20047")))
        .await
        .unwrap();
    let clone = store.clone();
    store.close().await;
    // SQLite keeps it beside a file that is open.
    assert!(!directory.0.join("emis.db-wal").exists());
    let error = clone.load(&ods("A20047")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);

    let again = SqliteStore::open(directory.file()).unwrap();
    assert!(again.load(&ods("A20047")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_damaged_store_is_an_error_and_not_an_empty_one() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    save(&store, &PracticeSettings::new(ods("A20047")))
        .await
        .unwrap();
    store.close().await;
    run(&directory, "PRAGMA wal_checkpoint(TRUNCATE)").await;

    // All pages but the first, so that the file still looks like a database.
    let mut bytes = fs::read(directory.file()).unwrap();
    bytes.iter_mut().skip(4096).for_each(|byte| *byte = 0x5a);
    fs::write(directory.file(), bytes).unwrap();

    let error = match SqliteStore::open(directory.file()) {
        Ok(store) => store.load(&ods("A20047")).await.unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
}

#[test]
fn many_that_open_a_new_file_at_once_all_find_a_store() {
    const OPENERS: usize = 16;
    for _ in 0..5 {
        let directory = Directory::new();
        let start = Arc::new(Barrier::new(OPENERS));
        let openers: Vec<_> = (0..OPENERS)
            .map(|_| {
                let (start, file) = (Arc::clone(&start), directory.file());
                std::thread::spawn(move || {
                    start.wait();
                    SqliteStore::open(file).map(drop)
                })
            })
            .collect();
        for opener in openers {
            opener.join().unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn a_file_is_kept_with_write_ahead_logging() {
    let directory = Directory::new();
    drop(SqliteStore::open(directory.file()).unwrap());
    let mut raw = raw(&directory).await;
    let mode = sqlx::query("PRAGMA journal_mode").fetch_one(&mut raw);
    assert_eq!(mode.await.unwrap().get::<String, _>(0), "wal");
}

#[test]
fn debug_does_not_show_where_the_file_is() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    assert_eq!(format!("{store:?}"), "SqliteStore { .. }");
}

#[tokio::test]
async fn everything_is_there_after_closing_and_opening_again() {
    let directory = Directory::new();
    let identity = emis_credentials::SealingIdentity::generate();
    let mut entered = PracticeSettings::new(ods("A20047"));
    entered
        .update_connection(
            "50002",
            "patchs",
            "Invented-Passw0rd".into(),
            identity.recipient(),
        )
        .unwrap();
    let store = SqliteStore::open(directory.file()).unwrap();
    let saved = save(&store, &entered).await.unwrap();
    store.close().await;

    let store = SqliteStore::open(directory.file()).unwrap();
    let loaded = store.load(&ods("A20047")).await.unwrap().unwrap();
    assert_eq!(loaded, saved);
    let context = loaded.seal_context().unwrap();
    let opened = identity.open(loaded.api_user().unwrap(), &context).unwrap();
    assert_eq!(opened.username(), "patchs");
}

#[tokio::test]
async fn a_backup_is_a_store_with_everything_in_it() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    let saved = save(&store, &PracticeSettings::new(ods("A20047")))
        .await
        .unwrap();
    let copy = directory.0.join("copy.db");
    store.back_up(&copy).await.unwrap();
    // A backup never replaces another.
    assert!(store.back_up(&copy).await.is_err());
    let copied = SqliteStore::open(&copy).unwrap();
    assert_eq!(copied.load(&ods("A20047")).await.unwrap(), Some(saved));
}
