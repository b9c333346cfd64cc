//! Schemas that earlier releases made, with data in by_author, and many processes at once.

use emis_settings::{SettingsStore, StoreErrorKind};
use emis_store::PostgresStore;
use tokio::task::JoinSet;

use super::run;
use crate::support::postgres::{options, schema, url};
use crate::support::{migrated, ods, told};

/// Stores of earlier releases, as SQL: never changed.
const EARLIER: &[&str] = &[
    include_str!("../earlier_releases/postgres_1.sql"),
    include_str!("../earlier_releases/postgres_2.sql"),
    include_str!("../earlier_releases/postgres_3.sql"),
    include_str!("../earlier_releases/postgres_4.sql"),
    include_str!("../earlier_releases/postgres_5.sql"),
    include_str!("../earlier_releases/postgres_6.sql"),
];

async fn made_by(url: &str, release: &str) -> String {
    let schema = schema();
    run(url, "public", &format!("CREATE SCHEMA {schema}")).await;
    run(url, &schema, release).await;
    schema
}

#[tokio::test]
async fn a_schema_of_every_earlier_release_is_brought_up_to_date_with_all_that_is_in_it() {
    let Some(url) = url() else {
        return;
    };
    for release in EARLIER {
        let schema = made_by(url, release).await;
        let store = PostgresStore::connect(options(url, &schema)).await.unwrap();
        let records = store.check_records().await.unwrap();
        assert!(records.is_good() && records.checked > 4, "{records:?}");
        migrated::check(&store).await;
        assert!(store.check_records().await.unwrap().is_good());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_processes_that_start_at_once_one_migrates() {
    let Some(url) = url() else {
        return;
    };
    let earlier = EARLIER.iter().copied().map(Some);
    for release in earlier.chain([None]) {
        let schema = match release {
            Some(release) => made_by(url, release).await,
            None => schema(),
        };
        let mut processes = JoinSet::new();
        for _ in 0..12 {
            processes.spawn(PostgresStore::connect(options(url, &schema).connections(1)));
        }
        let expected = release.map(|_| ods("A20047"));
        for store in processes.join_all().await {
            let listed = store.unwrap().list().await.unwrap();
            assert_eq!(listed, expected.clone().into_iter().collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn a_schema_of_something_else_or_of_a_newer_release_is_refused() {
    let Some(url) = url() else {
        return;
    };
    let foreign = schema();
    run(url, "public", &format!("CREATE SCHEMA {foreign}")).await;
    run(url, &foreign, "CREATE TABLE recipes (name TEXT)").await;
    let newer = schema();
    drop(PostgresStore::connect(options(url, &newer)).await.unwrap());
    run(url, &newer, "UPDATE emis_store SET version = 999").await;
    for schema in [foreign, newer] {
        let refused = PostgresStore::connect(options(url, &schema))
            .await
            .unwrap_err();
        assert_eq!(
            refused.kind(),
            StoreErrorKind::Corrupt,
            "{}",
            told(&refused)
        );
    }
}
