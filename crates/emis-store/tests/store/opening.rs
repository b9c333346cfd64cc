//! Opening files: new, old, damaged, foreign, out of reach, and by many at once.

use std::fs;
use std::sync::{Arc, Barrier};

use emis_settings::{PracticeSettings, SettingsStore, StoreErrorKind};
use emis_store::SqliteStore;
use rusqlite::Connection;

use crate::{Directory, ods, refusal};

#[tokio::test]
async fn a_directory_that_is_not_there_is_reported_and_not_made() {
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
    assert_eq!(refusal(&directory.file()), StoreErrorKind::Corrupt);
    assert_eq!(fs::read_to_string(directory.file()).unwrap(), text);
}

#[test]
fn a_database_of_something_else_is_refused_and_left_as_it_was() {
    let directory = Directory::new();
    let other = Connection::open(directory.file()).unwrap();
    other
        .execute_batch("CREATE TABLE recipes (name TEXT)")
        .unwrap();
    drop(other);
    let before = directory.bytes();
    assert_eq!(refusal(&directory.file()), StoreErrorKind::Corrupt);
    assert_eq!(directory.bytes(), before);
}

#[test]
fn a_store_of_a_newer_release_is_refused() {
    let directory = Directory::new();
    drop(SqliteStore::open(directory.file()).unwrap());
    let newer = Connection::open(directory.file()).unwrap();
    newer.pragma_update(None, "user_version", 999).unwrap();
    drop(newer);
    assert_eq!(refusal(&directory.file()), StoreErrorKind::Corrupt);
}

#[tokio::test]
async fn a_damaged_store_is_an_error_and_not_an_empty_one() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    store
        .save(&PracticeSettings::new(ods("A20047")))
        .await
        .unwrap();
    drop(store);

    // All pages but the first, so that the file still looks like a database.
    let mut bytes = fs::read(directory.file()).unwrap();
    bytes.iter_mut().skip(4096).for_each(|byte| *byte = 0x5a);
    fs::write(directory.file(), bytes).unwrap();

    let store = SqliteStore::open(directory.file()).unwrap();
    let error = store.load(&ods("A20047")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    let error = store.list().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
}

/// Who may write everywhere, as root may, can write to the store; nobody else can.
#[tokio::test]
async fn a_file_that_may_not_be_written_is_reported() {
    let directory = Directory::new();
    drop(SqliteStore::open(directory.file()).unwrap());
    let mut permissions = fs::metadata(directory.file()).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(directory.file(), permissions).unwrap();

    let may_write = fs::OpenOptions::new()
        .append(true)
        .open(directory.file())
        .is_ok();
    if may_write {
        let store = SqliteStore::open(directory.file()).unwrap();
        store
            .save(&PracticeSettings::new(ods("A20047")))
            .await
            .unwrap();
    } else {
        assert_eq!(refusal(&directory.file()), StoreErrorKind::Unavailable);
    }
}

#[test]
fn many_that_open_a_new_file_at_once_all_find_a_store() {
    const OPENERS: usize = 16;
    for _ in 0..8 {
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

#[test]
fn a_file_is_kept_with_write_ahead_logging() {
    let directory = Directory::new();
    drop(SqliteStore::open(directory.file()).unwrap());
    let connection = Connection::open(directory.file()).unwrap();
    let mode: String = connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn debug_does_not_show_where_the_file_is() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    assert_eq!(format!("{store:?}"), "SqliteStore { .. }");
}
