//! Killed at any point of sending with four workers: every reminder that is due is sent once.

use emis_store::PostgresStore;

use super::run;
use crate::support::crash;
use crate::support::postgres::{options, schema, url};
use crate::support::reminder_crash::{self, Post, Practice};

/// Sends until it is killed, if this program was started for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn child() {
    if let Ok(store) = std::env::var(crash::CHILD) {
        let (schema, url) = store.split_once(' ').unwrap();
        let practice = Practice::of_child();
        let store = PostgresStore::connect(options(url, schema)).await.unwrap();
        let store = store.with_simulated_clock(practice.clock());
        reminder_crash::work(store, practice).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_reminds_can_be_killed_at_any_point() {
    let Some(url) = url() else {
        return;
    };
    let schema = schema();
    let separator = if url.contains('?') { '&' } else { '?' };
    let named = format!("{schema} {url}{separator}application_name={schema}");
    let mut post = Post::open().await;
    for round in 0..crash::reminder_kills() {
        let child = "postgres::reminder_kills::child";
        let said = post.killed(child, &named, round).await;
        // The server may still run the last statement of the dead process.
        let end = format!(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity \
             WHERE application_name = '{schema}'"
        );
        run(url, "public", &end).await;
        let store = PostgresStore::connect(options(url, &schema)).await.unwrap();
        let store = store.with_simulated_clock(post.pass_time());
        post.check(store, &said).await;
    }
    println!("{} kills: {}", crash::reminder_kills(), post.counts);
    assert!(
        post.counts.handed_over > 0,
        "the children never got anything done"
    );
}
