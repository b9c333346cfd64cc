//! Closing: afterwards no file of the store is open.

use emis_settings::{PracticeSettings, SettingsStore};
use emis_store::SqliteStore;

use crate::support::{Directory, crash, ods, save};

/// Returns the files of a folder that this process has open.
#[cfg(target_os = "linux")]
fn open_files(directory: &Directory) -> Vec<std::path::PathBuf> {
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap();
    descriptors
        .filter_map(|it| std::fs::read_link(it.ok()?.path()).ok())
        .filter(|path| path.starts_with(&directory.0))
        .collect()
}

/// Writes, reads, closes, and restores a backup, again and again.
#[cfg(target_os = "linux")]
async fn close_and_restore() {
    let directory = Directory::new();
    let practice = ods("A20047");
    let store = SqliteStore::open(directory.file()).unwrap();
    let kept = save(&store, &PracticeSettings::new(practice.clone())).await;
    let (kept, backup) = (kept.unwrap(), directory.0.join("backup.db"));
    store.back_up(&backup).await.unwrap();
    store.close().await;
    for round in 0..crash::kills() {
        let store = SqliteStore::open(directory.file()).unwrap();
        if round % 3 != 0 {
            let mut reading = tokio::task::JoinSet::new();
            for _ in 0..4 {
                let store = store.clone();
                reading.spawn(async move { store.list().await });
            }
            reading.join_all().await;
        }
        if round % 3 != 1 {
            save(&store, &kept).await.unwrap();
        }
        store.close().await;
        let open = open_files(&directory);
        assert!(open.is_empty(), "round {round}: {open:?}");

        for file in ["emis.db", "emis.db-wal", "emis.db-shm"] {
            let _ = std::fs::remove_file(directory.0.join(file));
        }
        std::fs::copy(&backup, directory.file()).unwrap();
        let restored = SqliteStore::open(directory.file()).unwrap();
        let found = restored.load(&practice).await.unwrap();
        assert_eq!(found.as_ref(), Some(&kept), "round {round}");
        restored.close().await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_closed_store_has_no_file_open_and_can_be_restored() {
    close_and_restore().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_store_closed_on_one_thread_has_no_file_open_and_can_be_restored() {
    close_and_restore().await;
}
