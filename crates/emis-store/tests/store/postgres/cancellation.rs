//! Futures that are dropped: whole or not at all, and nothing stays locked.

use emis_store::PostgresStore;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

use crate::support::cancellation::{clock, drop_after, numbers_of_polls, probe, writes};
use crate::support::everything::fill;
use crate::support::postgres::{options, schema, url};

/// Returns the names of the tables of the store.
async fn tables(raw: &mut PgConnection, schema: &str) -> Vec<String> {
    let select = format!(
        "SELECT '{schema}.' || tablename FROM pg_tables \
         WHERE schemaname = '{schema}' AND tablename <> 'emis_store' ORDER BY 1"
    );
    let rows = raw.fetch_all(AssertSqlSafe(select)).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Returns every row of every table, in the same order each time.
async fn contents(raw: &mut PgConnection, tables: &[String]) -> Vec<String> {
    let mut contents = Vec::new();
    for table in tables {
        // Leases of messages and reminders, and polls, go by the server's clock too.
        let columns = match table.rsplit('.').next() {
            Some("messages") => "(reference, state, attempts, changed_at)",
            Some("reminders") => {
                "(slot, patient, start, channel, contact, claimed_at, outcome, settled_at, \
                 reference, generation, owner, gone_at)"
            }
            Some("reminder_polls") => "(practice, kind)",
            _ => "it",
        };
        let select = format!("SELECT {columns}::text FROM {table} AS it ORDER BY 1");
        for row in raw.fetch_all(AssertSqlSafe(select)).await.unwrap() {
            let row: String = row.get(0);
            // By the server's clock, and different each time.
            let row = match row.rsplitn(3, ',').last() {
                Some(claim) if table.ends_with("password_claims") => claim.to_owned(),
                _ => row,
            };
            contents.push(format!("{table} {row}"));
        }
    }
    contents
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_future_is_dropped_happened_whole_or_not_at_all() {
    let Some(url) = url() else {
        return;
    };
    let schema = schema();
    let connect = async || {
        let store = PostgresStore::connect(options(url, &schema).connections(2)).await;
        store.unwrap().with_simulated_clock(clock())
    };
    let (store, other) = (connect().await, connect().await);
    let mut raw = PgConnection::connect(url).await.unwrap();
    let tables = tables(&mut raw, &schema).await;
    let empty = format!("TRUNCATE {}", tables.join(", "));

    let mut in_the_middle = 0;
    for (name, write) in writes() {
        raw.execute(AssertSqlSafe(empty.clone())).await.unwrap();
        fill(&store).await;
        probe(&other).await;
        let before = contents(&mut raw, &tables).await;
        raw.execute(AssertSqlSafe(empty.clone())).await.unwrap();
        fill(&store).await;
        write(&store).await;
        probe(&other).await;
        let after = contents(&mut raw, &tables).await;
        assert_ne!(before, after, "{name} writes nothing");

        for polls in numbers_of_polls() {
            raw.execute(AssertSqlSafe(empty.clone())).await.unwrap();
            fill(&store).await;
            let done = drop_after(write(&store), polls).await;
            probe(&other).await;
            // The transaction that was left is over when its connection is at rest.
            let idle = format!(
                "SELECT count(*) FROM pg_stat_activity AS a JOIN pg_locks AS l USING (pid) \
                 WHERE l.relation::regclass::text LIKE '{schema}.%'"
            );
            while raw
                .fetch_one(AssertSqlSafe(idle.clone()))
                .await
                .unwrap()
                .get::<i64, _>(0)
                > 0
            {}
            let found = contents(&mut raw, &tables).await;
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
