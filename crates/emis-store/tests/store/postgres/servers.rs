//! Servers that restart, crash or do not answer.

use std::time::Duration;

use emis_audit::verify;
use emis_settings::{PracticeSettings, SettingsStore, StoreErrorKind};
use emis_store::PostgresStore;
use tokio::task::JoinSet;

use crate::support::postgres::{Cluster, options, url};
use crate::support::{not_run, ods, save, told};

/// Starts a server for one test.
fn cluster() -> Option<Cluster> {
    url()?;
    let cluster = Cluster::start();
    if cluster.is_none() {
        not_run("what becomes of a server, which takes an installed PostgreSQL.");
    }
    cluster
}

fn named(name: &str, version: u64) -> PracticeSettings {
    let mut settings = PracticeSettings::new(ods("A20047")).at_version(version);
    settings.set_name(Some(name)).unwrap();
    settings
}

/// Loads often enough at once that the pool opens all its connections.
async fn load_at_once(store: &PostgresStore, expected: &PracticeSettings) {
    let mut loads = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let store = store.clone();
        loads.spawn(async move { store.load(&ods("A20047")).await });
    }
    for loaded in loads.join_all().await {
        assert_eq!(loaded.unwrap().as_ref(), Some(expected));
    }
}

const CONNECTIONS: u32 = 6;

/// Every connection of the pool is dead then, and the next caller does not notice.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_server_fails_no_call() {
    let Some(cluster) = cluster() else {
        return;
    };
    let options = options(&cluster.url(), "emis").connections(CONNECTIONS);
    let store = PostgresStore::connect(options).await.unwrap();
    let mut kept = save(&store, &named("Before", 0)).await.unwrap();
    for (mode, first) in [("fast", true), ("immediate", true), ("fast", false)] {
        load_at_once(&store, &kept).await;
        cluster.restart(mode);
        if first {
            kept = save(&store, &kept).await.unwrap();
        }
        load_at_once(&store, &kept).await;
        kept = save(&store, &kept).await.unwrap();
    }
    let verified = verify(&store, &ods("A20047").into(), &[]).await.unwrap();
    assert_eq!(verified.entries, kept.version());
}

/// A server that takes connections and never answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_unavailable() {
    let Some(cluster) = cluster() else {
        return;
    };
    let patience = Duration::from_millis(500);
    let options = || options(&cluster.url(), "emis").patience(patience);
    let store = PostgresStore::connect(options()).await.unwrap();
    cluster.freeze();
    let refused = PostgresStore::connect(options()).await.unwrap_err();
    let waited = store.load(&ods("A20047")).await.unwrap_err();
    cluster.go_on();
    for error in [refused, waited] {
        let kind = StoreErrorKind::Unavailable;
        assert_eq!(error.kind(), kind, "{}", told(&error));
    }
}

#[tokio::test]
async fn a_server_that_crashes_is_unavailable() {
    let Some(cluster) = cluster() else {
        return;
    };
    let patience = Duration::from_secs(2);
    let options = options(&cluster.url(), "emis").patience(patience);
    let store = PostgresStore::connect(options).await.unwrap();
    let kept = save(&store, &named("Before", 0)).await.unwrap();
    cluster.crash();
    loop {
        // The last of its processes may live a moment longer.
        match save(&store, &kept).await {
            Ok(_) => {}
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            Err(error) => {
                let kind = StoreErrorKind::Unavailable;
                assert_eq!(error.kind(), kind, "{}", told(&error));
                assert!(
                    !told(&error).contains("emis-store-postgres"),
                    "{}",
                    told(&error)
                );
                break;
            }
        }
    }
}
