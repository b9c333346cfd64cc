//! Stores that earlier releases made, with data in them.

use std::sync::{Arc, Barrier};

use emis_settings::SettingsStore;
use emis_store::SqliteStore;
use sqlx::Row;

use super::{raw, run};
use crate::support::{Directory, migrated, ods};

/// Stores of earlier releases, as SQL: never changed.
const EARLIER: &[&str] = &[
    include_str!("../earlier_releases/sqlite_1.sql"),
    include_str!("../earlier_releases/sqlite_2.sql"),
    include_str!("../earlier_releases/sqlite_3.sql"),
    include_str!("../earlier_releases/sqlite_4.sql"),
    include_str!("../earlier_releases/sqlite_5.sql"),
    include_str!("../earlier_releases/sqlite_6.sql"),
];

async fn made_by(release: &str) -> Directory {
    let directory = Directory::new();
    run(&directory, release).await;
    directory
}

#[tokio::test]
async fn a_store_of_every_earlier_release_is_brought_up_to_date_with_all_that_is_in_it() {
    for release in EARLIER {
        let directory = made_by(release).await;
        let store = SqliteStore::open(directory.file()).unwrap();
        let records = store.check_records().await.unwrap();
        assert!(records.is_good() && records.checked > 4, "{records:?}");
        migrated::check(&store).await;
        assert!(store.check_records().await.unwrap().is_good());
    }
}

#[tokio::test]
async fn an_old_store_that_many_open_at_once_is_migrated_once() {
    const OPENERS: usize = 8;
    for release in EARLIER {
        let directory = made_by(release).await;
        let start = Arc::new(Barrier::new(OPENERS));
        let openers: Vec<_> = (0..OPENERS)
            .map(|_| {
                let (start, file) = (Arc::clone(&start), directory.file());
                std::thread::spawn(move || {
                    start.wait();
                    SqliteStore::open(file)
                })
            })
            .collect();
        for opener in openers {
            let store = opener.join().unwrap().unwrap();
            assert_eq!(store.list().await.unwrap(), [ods("A20047")]);
        }
        let mut raw = raw(&directory).await;
        let version = sqlx::query("PRAGMA user_version").fetch_one(&mut raw);
        assert_eq!(version.await.unwrap().get::<i64, _>(0), 12);
    }
}
