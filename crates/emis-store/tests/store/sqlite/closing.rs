//! Closing: afterwards no file of the store is open.

use emis_settings::{PracticeSettings, SettingsStore};
use emis_store::SqliteStore;

use crate::support::{Directory, ods, save};

/// Returns the files of a folder that this process has open.
#[cfg(target_os = "linux")]
fn open_files(directory: &Directory) -> Vec<std::path::PathBuf> {
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap();
    descriptors
        .filter_map(|it| std::fs::read_link(it.ok()?.path()).ok())
        .filter(|path| path.starts_with(&directory.0))
        .collect()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_closed_store_has_no_file_open_whatever_it_did_last() {
    let directory = Directory::new();
    let practice = ods("A20047");
    let mut settings = PracticeSettings::new(practice.clone());
    for round in 0..200 {
        let store = SqliteStore::open(directory.file()).unwrap();
        match round % 3 {
            0 => settings = save(&store, &settings).await.unwrap(),
            1 => drop(store.load(&practice).await.unwrap()),
            _ => {
                let mut reading = tokio::task::JoinSet::new();
                for _ in 0..4 {
                    let store = store.clone();
                    reading.spawn(async move { store.list().await });
                }
                settings = save(&store, &settings).await.unwrap();
                reading.join_all().await;
            }
        }
        store.close().await;
        let open = open_files(&directory);
        assert!(open.is_empty(), "round {round}: {open:?}");
    }
}
