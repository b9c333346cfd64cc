//! Killed at any point: nothing acknowledged is lost, and nothing is half done.

use emis_store::PostgresStore;

use super::run;
use crate::support::crash;
use crate::support::postgres::{options, schema, url};

/// Writes until it is killed, if this program was started for that.
#[tokio::test]
async fn child() {
    if let Ok(store) = std::env::var(crash::CHILD) {
        let (schema, url) = store.split_once(' ').unwrap();
        let store = PostgresStore::connect(options(url, schema)).await.unwrap();
        crash::work(&store).await;
    }
}

#[tokio::test]
async fn a_process_can_be_killed_at_any_point() {
    let Some(url) = url() else {
        return;
    };
    let schema = schema();
    let separator = if url.contains('?') { '&' } else { '?' };
    let child = format!("{schema} {url}{separator}application_name={schema}");
    let mut told = 0;
    for round in 0..crash::kills() {
        let acknowledged = crash::killed("postgres::kills::child", &child, round, &[]);
        told += acknowledged.len();
        // The server may still run the last statement of the dead process, and commit it between
        // two reads of the check.
        let end = format!(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity \
             WHERE application_name = '{schema}'"
        );
        run(url, "public", &end).await;
        let store = PostgresStore::connect(options(url, &schema)).await.unwrap();
        crash::check(&store, &acknowledged).await;
    }
    assert!(told > 0, "the children never got anything done");
}
