//! The metrics of the store name the operation, the practice and the outcome.

use emis_booking::{BookingChange, BookingState, BookingStore};
use emis_settings::SettingsStore;
use emis_store::SqliteStore;
use emis_store::telemetry::{OPERATION_DURATION, OPERATIONS, describe};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use crate::support::by_author;
use crate::support::everything::{begun, fill, practice};

/// Returns operation, practice and outcome of all calls, and their number.
fn counted(snapshotter: &Snapshotter) -> Vec<[String; 4]> {
    let snapshot = snapshotter.snapshot().into_vec();
    let mut counted = Vec::new();
    for (key, _, _, value) in snapshot {
        let label = |name: &str| {
            let mut labels = key.key().labels();
            let found = labels.find(|label| label.key() == name);
            found.map(|label| label.value().to_owned())
        };
        let DebugValue::Counter(number) = value else {
            assert_eq!(key.key().name(), OPERATION_DURATION);
            assert!(label("practice").is_some());
            continue;
        };
        assert_eq!(key.key().name(), OPERATIONS);
        let [operation, practice, outcome] =
            ["operation", "practice", "outcome"].map(|name| label(name).unwrap());
        counted.push([operation, practice, outcome, number.to_string()]);
    }
    counted.sort();
    counted
}

#[test]
fn every_operation_counts_with_its_practice_and_outcome() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    metrics::with_local_recorder(&recorder, || {
        describe();
        runtime.block_on(async {
            let store = SqliteStore::in_memory().unwrap();
            fill(&store).await;
            let begun = begun(&store, 2).await;
            let sending = BookingChange::to(BookingState::Sending);
            let settled = BookingStore::settle(&store, &begun, &sending, by_author());
            settled.await.unwrap().unwrap();
            store.list().await.unwrap();
            store.close().await;
            store.load(&practice()).await.unwrap_err();
        });
    });
    let counted = counted(&snapshotter);
    let count = |calls: [&str; 4]| counted.iter().filter(|it| **it == calls).count();
    assert_eq!(
        count(["settle_booking", "A20047", "ok", "2"]),
        1,
        "{counted:?}"
    );
    assert_eq!(
        count(["save_settings", "A20047", "ok", "1"]),
        1,
        "{counted:?}"
    );
    assert_eq!(
        count(["load_settings", "A20047", "unavailable", "1"]),
        1,
        "{counted:?}"
    );
    assert_eq!(
        count(["list_practices", "product", "ok", "1"]),
        1,
        "{counted:?}"
    );
}
