//! Killed at any point: nothing acknowledged is lost, and nothing is half done.

use emis_store::SqliteStore;

use crate::support::{Directory, crash};

/// Writes until it is killed, if this program was started for that.
#[tokio::test]
async fn child() {
    if let Ok(file) = std::env::var(crash::CHILD) {
        crash::work(&SqliteStore::open(file).unwrap()).await;
    }
}

#[tokio::test]
async fn a_process_can_be_killed_at_any_point() {
    let directory = Directory::new();
    let file = directory.file();
    let mut told = 0;
    for round in 0..crash::kills() {
        let acknowledged =
            crash::killed("sqlite::kills::child", file.to_str().unwrap(), round, &[]);
        told += acknowledged.len();
        let store = SqliteStore::open(&file).unwrap();
        crash::check(&store, &acknowledged).await;
    }
    assert!(told > 0, "the children never got anything done");
}
