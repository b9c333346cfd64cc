//! Futures that are dropped: whole or not at all, and nothing stays locked.

use std::path::Path;

use emis_store::SqliteStore;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

use crate::support::Directory;
use crate::support::cancellation::{clock, drop_after, numbers_of_polls, probe, writes};
use crate::support::everything::fill;

/// Returns every row of every table, in the same order each time.
async fn contents(file: &Path) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(file);
    let mut raw = SqliteConnection::connect_with(&options).await.unwrap();
    let columns = "SELECT m.name, group_concat('quote(\"' || c.name || '\")', ' || '','' || ') \
         FROM sqlite_schema AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' \
         GROUP BY m.name ORDER BY m.name";
    let mut contents = Vec::new();
    for row in raw.fetch_all(columns).await.unwrap() {
        let (table, columns): (String, String) = (row.get(0), row.get(1));
        let select = format!("SELECT {columns} FROM {table} ORDER BY 1");
        for row in raw.fetch_all(AssertSqlSafe(select)).await.unwrap() {
            contents.push(format!("{table} {}", row.get::<String, _>(0)));
        }
    }
    raw.close().await.unwrap();
    contents
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_future_is_dropped_happened_whole_or_not_at_all() {
    let directory = Directory::new();
    let filled = SqliteStore::open(directory.file()).unwrap();
    fill(&filled.clone().with_clock(clock())).await;
    filled.close().await;

    let mut in_the_middle = 0;
    for (name, write) in writes() {
        let copy = |run: &str| {
            let file = directory.0.join(format!("{name} {run}.db"));
            std::fs::copy(directory.file(), &file).unwrap();
            file
        };
        let before = copy("before");
        let store = SqliteStore::open(&before).unwrap();
        probe(&store).await;
        store.close().await;
        let before = contents(&before).await;
        let after = copy("after");
        let store = SqliteStore::open(&after).unwrap().with_clock(clock());
        write(&store).await;
        probe(&store).await;
        store.close().await;
        let after = contents(&after).await;
        assert_ne!(before, after, "{name} writes nothing");

        for polls in numbers_of_polls() {
            let file = copy(&polls.to_string());
            let store = SqliteStore::open(&file).unwrap().with_clock(clock());
            let done = drop_after(write(&store), polls).await;
            // In place of another process.
            let other = SqliteStore::open(&file).unwrap();
            probe(&other).await;
            other.close().await;
            store.close().await;
            let found = contents(&file).await;
            assert!(
                found == before || found == after,
                "{name} after {polls} polls: {found:#?}"
            );
            in_the_middle += u32::from(polls > 0 && !done);
            if done {
                assert_eq!(found, after, "{name}");
                break;
            }
        }
    }
    assert!(in_the_middle > 0, "no write was dropped in its middle");
}
