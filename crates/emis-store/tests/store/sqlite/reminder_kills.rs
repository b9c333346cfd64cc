//! Killed at any point of sending with four workers: every reminder that is due is sent once.

use emis_store::SqliteStore;

use crate::support::reminder_crash::{self, Post, Practice};
use crate::support::{Directory, crash};

/// Sends until it is killed, if this program was started for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn child() {
    if let Ok(file) = std::env::var(crash::CHILD) {
        let practice = Practice::of_child();
        let store = SqliteStore::open(file).unwrap();
        let store = store.with_simulated_clock(practice.clock());
        reminder_crash::work(store, practice).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_reminds_can_be_killed_at_any_point() {
    let directory = Directory::new();
    let file = directory.file();
    let mut post = Post::open().await;
    for round in 0..crash::reminder_kills() {
        let child = "sqlite::reminder_kills::child";
        let said = post.killed(child, file.to_str().unwrap(), round).await;
        let store = SqliteStore::open(&file).unwrap();
        let store = store.with_simulated_clock(post.pass_time());
        post.check(store, &said).await;
    }
    println!("{} kills: {}", crash::reminder_kills(), post.counts);
    assert!(
        post.counts.handed_over > 0,
        "the children never got anything done"
    );
}
