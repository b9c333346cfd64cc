//! Killed at any point of booking, cancelling and moving: every booking is settled, and the patient told.

use emis_store::PostgresStore;
use emis_test_support::report;

use super::run;
use crate::support::booking_crash::{self, Practice, Surgery};
use crate::support::crash;
use crate::support::postgres::{options, schema, url};

/// Books until it is killed, if this program was started for that.
#[tokio::test]
async fn child() {
    if let Ok(store) = std::env::var(crash::CHILD) {
        let (schema, url) = store.split_once(' ').unwrap();
        let practice = Practice::of_child();
        let store = PostgresStore::connect(options(url, schema)).await.unwrap();
        let store = store.with_simulated_clock(practice.clock());
        booking_crash::work(store, practice).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_books_can_be_killed_at_any_point() {
    let Some(url) = url() else {
        return;
    };
    let schema = schema();
    let separator = if url.contains('?') { '&' } else { '?' };
    let named = format!("{schema} {url}{separator}application_name={schema}");
    let mut surgery = Surgery::open().await;
    for round in 0..crash::kills() {
        let child = "postgres::booking_kills::child";
        let (practice, said) = surgery.killed(child, &named, round).await;
        // The server may still run the last statement of the dead process.
        let end = format!(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity \
             WHERE application_name = '{schema}'"
        );
        run(url, "public", &end).await;
        let store = PostgresStore::connect(options(url, &schema)).await.unwrap();
        let store = store.with_simulated_clock(surgery.pass_time());
        surgery.check(store, &practice, &said).await;
    }
    report(format!(
        "PostgreSQL: {} kills: {}",
        crash::kills(),
        surgery.counts
    ));
    assert!(
        surgery.counts.acknowledged > 0,
        "the children never got anything done"
    );
}
