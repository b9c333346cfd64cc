//! No free connection, a lost connection, a full disk, a read-only role.

use std::process::Command;
use std::time::Duration;

use emis_audit::verify;
use emis_settings::{Channel, PracticeSettings, SettingsStore, StoreErrorKind, Template};
use emis_store::PostgresStore;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use tokio::task::JoinSet;

use super::run;
use crate::support::postgres::{options, schema, url};
use crate::support::{by_author, not_run, ods, save, second, told};

fn named(name: &str, version: u64) -> PracticeSettings {
    let mut settings = PracticeSettings::new(ods("A20047")).at_version(version);
    settings.set_name(Some(name)).unwrap();
    settings
}

/// A caller waits neither for a connection nor for a locked practice longer than its patience.
#[tokio::test(flavor = "multi_thread")]
async fn no_caller_waits_longer_than_its_patience() {
    let Some(url) = url() else {
        return;
    };
    let schema = schema();
    let open = || options(url, &schema).connections(1);
    // What succeeds has time on a busy machine.
    let store = PostgresStore::connect(open()).await.unwrap();
    let impatient = open().patience(Duration::from_secs(1));
    let impatient = PostgresStore::connect(impatient).await.unwrap();
    let kept = save(&store, &named("Before", 0)).await.unwrap();

    let mut other = PgConnection::connect(url).await.unwrap();
    let lock = format!("BEGIN; SELECT 1 FROM {schema}.audit_chains FOR UPDATE");
    other.execute(AssertSqlSafe(lock)).await.unwrap();
    let mut waiting = JoinSet::new();
    for n in 0..4 {
        let store = impatient.clone();
        waiting.spawn(async move { save(&store, &named(&format!("Writer {n}"), 1)).await });
    }
    for refused in waiting.join_all().await {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Busy, "{}", told(&error));
    }
    assert_eq!(store.load(&ods("A20047")).await.unwrap(), Some(kept));
    other.execute("ROLLBACK").await.unwrap();
    save(&store, &named("After", 1)).await.unwrap();
    verify(&store, &ods("A20047").into(), &[]).await.unwrap();
}

/// Both sides of such a move would wait for each other.
#[tokio::test]
async fn a_move_to_the_same_database_changes_nothing() {
    let Some(url) = url() else {
        return;
    };
    let schema = schema();
    let open = |patience| {
        let options = options(url, &schema).patience(Duration::from_secs(patience));
        PostgresStore::connect(options)
    };
    let (store, same) = (open(30).await.unwrap(), open(1).await.unwrap());
    let kept = save(&store, &named("Before", 0)).await.unwrap();
    let practice = ods("A20047");
    let moved = store.move_practice(&same, &practice, by_author(), second(1));
    let error = moved.await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Busy, "{}", told(&error));
    assert_eq!(store.load(&practice).await.unwrap(), Some(kept));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_in_a_transaction_leaves_nothing_half_done() {
    let Some(url) = url() else {
        return;
    };
    let schema = schema();
    let store = PostgresStore::connect(options(url, &schema)).await.unwrap();
    save(&store, &named("Before", 0)).await.unwrap();
    let mut other = PgConnection::connect(url).await.unwrap();
    let lock = format!("BEGIN; SELECT 1 FROM {schema}.audit_chains FOR UPDATE");
    other.execute(AssertSqlSafe(lock)).await.unwrap();
    let cut_off = tokio::spawn({
        let store = store.clone();
        async move { save(&store, &named("Cut off", 1)).await }
    });
    // As soon as it waits within its transaction, the server ends the connection.
    let end = format!(
        "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%' \
         AND pid IN (SELECT pid FROM pg_locks WHERE relation = '{schema}.audit_chains'::regclass)) x"
    );
    // From outside of any transaction: within one, everything looks as it did at first.
    let mut admin = PgConnection::connect(url).await.unwrap();
    loop {
        let row = admin.fetch_one(AssertSqlSafe(end.clone())).await.unwrap();
        if sqlx::Row::get::<i64, _>(&row, 0) > 0 {
            break;
        }
    }
    let error = cut_off.await.unwrap().unwrap_err();
    assert_eq!(
        error.kind(),
        StoreErrorKind::Unavailable,
        "{}",
        told(&error)
    );
    other.execute("ROLLBACK").await.unwrap();
    let kept = store.load(&ods("A20047")).await.unwrap().unwrap();
    assert_eq!((kept.name(), kept.version()), (Some("Before"), 1));
    save(&store, &named("After", 1)).await.unwrap();
    verify(&store, &ods("A20047").into(), &[]).await.unwrap();
}

#[tokio::test]
async fn a_read_only_role_is_reported() {
    let Some(url) = url() else {
        return;
    };
    let schema = schema();
    let store = PostgresStore::connect(options(url, &schema)).await.unwrap();
    let kept = save(&store, &named("Before", 0)).await.unwrap();
    let separator = if url.contains('?') { '&' } else { '?' };
    let read_only = format!("{url}{separator}options=-c%20default_transaction_read_only=on");
    let store = PostgresStore::connect(options(&read_only, &schema))
        .await
        .unwrap();
    assert_eq!(store.load(&ods("A20047")).await.unwrap(), Some(kept));
    let error = save(&store, &named("After", 1)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::ReadOnly, "{}", told(&error));
}

#[tokio::test]
async fn a_full_disk_is_reported_and_nothing_acknowledged_is_lost() {
    let Some(url) = url().filter(|_| std::env::var_os("DATABASE_URL").is_none()) else {
        return;
    };
    let schema = schema();
    let Some(disk) = SmallDisk::mount(&schema) else {
        not_run("a full disk. Run the tests as a user who may mount a tmpfs.");
        return;
    };
    let make = format!("CREATE TABLESPACE {schema} LOCATION '{}'", disk.0);
    run(url, "public", &make).await;
    let small = format!("{url}&options=-c%20default_tablespace={schema}");
    let store = PostgresStore::connect(options(&small, &schema))
        .await
        .unwrap();
    let mut kept = save(&store, &named("Before", 0)).await.unwrap();
    let error = loop {
        let mut next = kept.clone();
        let mut reminders = next.reminders().clone();
        let texts = (0..20).map(|n| {
            // Something that does not compress.
            let digest = emis_audit::Digest::of(format!("{n} {}", kept.version()));
            let mut template =
                Template::new(Channel::Email, format!("{{date}} {digest}").repeat(9));
            let letter = char::from(b'a' + n);
            template.language = format!("a{letter}").parse().unwrap();
            template
        });
        reminders.templates = texts.collect();
        next.set_reminders(reminders).unwrap();
        match save(&store, &next).await {
            Ok(saved) => kept = saved,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), StoreErrorKind::Full, "{}", told(&error));
    assert_eq!(
        store.load(&ods("A20047")).await.unwrap(),
        Some(kept.clone())
    );
    let verified = verify(&store, &ods("A20047").into(), &[]).await.unwrap();
    assert_eq!(verified.entries, kept.version());
    run(url, "public", &format!("DROP SCHEMA {schema} CASCADE")).await;
    run(url, "public", &format!("DROP TABLESPACE {schema}")).await;
}

/// A disk of three megabytes for the server, if this user may mount one.
struct SmallDisk(String);

impl SmallDisk {
    fn mount(name: &str) -> Option<Self> {
        let path = std::env::temp_dir().join(format!("emis-store-disk-{name}"));
        std::fs::create_dir(&path).unwrap();
        let disk = Self(path.to_str().unwrap().to_owned());
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                "size=3m,uid=postgres,gid=postgres,mode=700",
                "tmpfs",
            ])
            .arg(&path)
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then_some(disk)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l", &self.0]).output();
        let _ = std::fs::remove_dir(&self.0);
    }
}
