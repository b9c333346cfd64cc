//! Killed at any point of booking, cancelling and moving: every booking is settled, and the patient told.

use emis_store::SqliteStore;
use emis_test_support::report;

use crate::support::booking_crash::{self, Practice, Surgery};
use crate::support::{Directory, crash};

/// Books until it is killed, if this program was started for that.
#[tokio::test]
async fn child() {
    if let Ok(file) = std::env::var(crash::CHILD) {
        let practice = Practice::of_child();
        let store = SqliteStore::open(file).unwrap();
        let store = store.with_simulated_clock(practice.clock());
        booking_crash::work(store, practice).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_books_can_be_killed_at_any_point() {
    let directory = Directory::new();
    let file = directory.file();
    let mut surgery = Surgery::open().await;
    for round in 0..crash::kills() {
        let child = "sqlite::booking_kills::child";
        let (practice, said) = surgery.killed(child, file.to_str().unwrap(), round).await;
        let store = SqliteStore::open(&file).unwrap();
        let store = store.with_simulated_clock(surgery.pass_time());
        surgery.check(store, &practice, &said).await;
    }
    report(format!(
        "SQLite: {} kills: {}",
        crash::kills(),
        surgery.counts
    ));
    assert!(
        surgery.counts.acknowledged > 0,
        "the children never got anything done"
    );
}
