//! Operates a store from the command line: see `docs/operations.md`.
//!
//! ```text
//! store enter STORE ODS NAME       creates or renames a practice
//! store practices STORE            lists the practices with the versions of their settings
//! store backup STORE COPY          copies a SQLite store while it is in use
//! store verify STORE [ANCHORS]     verifies every audit log, against the anchors in a file if given
//! store anchor STORE ANCHORS       verifies every audit log and appends its head to the file
//! store export STORE ODS           writes a practice's audit log as JSON Lines
//! store move STORE OTHER ODS       moves a practice with everything to another store
//! store forget STORE DAYS          forgets the keys of commands that are older
//! store expire STORE               deletes records that are past their retention period
//! store erase STORE ODS PATIENT    erases a patient from a practice's records
//! store off-board STORE ODS        deletes everything of a practice but its audit log
//! ```
//!
//! A STORE is a SQLite file, or the URL of a PostgreSQL database: `postgres://...`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use emis_audit::{
    Actor, AuditStore, FileAnchorStore, Provenance, anchor_heads, check_anchors, export,
};
use emis_settings::{
    PracticeSettings, RetentionPolicy, RetentionStore, SettingsRevision, SettingsStore,
    erase_patient,
};
use emis_store::{MoveReport, PostgresOptions, PostgresStore, SqliteStore};
use emis_types::{Clock, OdsCode, SystemClock};
use jiff::SignedDuration;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

enum Store {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

macro_rules! as_trait {
    ($name:ident -> $trait:ident) => {
        fn $name(&self) -> &dyn $trait {
            match self {
                Self::Sqlite(store) => store,
                Self::Postgres(store) => store,
            }
        }
    };
}

impl Store {
    async fn open(place: &str) -> Outcome<Self> {
        Ok(if place.starts_with("postgres") {
            let options = PostgresOptions::new(place.into())?;
            Self::Postgres(PostgresStore::connect(options).await?)
        } else {
            Self::Sqlite(SqliteStore::open(place)?)
        })
    }

    as_trait!(settings -> SettingsStore);
    as_trait!(audit -> AuditStore);
    as_trait!(records -> RetentionStore);

    async fn move_to(&self, other: &Self, practice: &OdsCode) -> Outcome<MoveReport> {
        let (by, now) = (by()?, SystemClock.now());
        let moved = match (self, other) {
            (Self::Sqlite(from), Self::Sqlite(to)) => {
                from.move_practice(to, practice, &by, now).await
            }
            (Self::Sqlite(from), Self::Postgres(to)) => {
                from.move_practice(to, practice, &by, now).await
            }
            (Self::Postgres(from), Self::Sqlite(to)) => {
                from.move_practice(to, practice, &by, now).await
            }
            (Self::Postgres(from), Self::Postgres(to)) => {
                from.move_practice(to, practice, &by, now).await
            }
        };
        Ok(moved?)
    }

    /// Closes the store: its file is not open any more when the program says that it is done.
    async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}

fn by() -> Outcome<Provenance> {
    Ok(Provenance::of(Actor::system("store")?))
}

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [command, place, rest @ ..] = words.as_slice() else {
        return Err("usage: store COMMAND STORE ..., as in the documentation above".into());
    };
    let store = Store::open(place).await?;
    let outcome = run(command, &store, rest).await;
    store.close().await;
    outcome
}

async fn run(command: &str, store: &Store, rest: &[&str]) -> Outcome {
    let now = SystemClock.now();
    match (command, rest) {
        ("enter", [ods, name]) => enter(store.settings(), ods.parse()?, name).await,
        ("practices", []) => practices(store.settings()).await,
        ("backup", [copy]) => match store {
            Store::Sqlite(store) => Ok(store.back_up(*copy).await?),
            Store::Postgres(_) => Err("use pg_dump".into()),
        },
        // Nothing was noted there.
        ("verify", []) => verify(command, store.audit(), "/dev/null").await,
        ("verify" | "anchor", [file]) => verify(command, store.audit(), file).await,
        ("export", [ods]) => {
            export(store.audit(), &ods.parse()?, &mut std::io::stdout()).await?;
            Ok(())
        }
        ("move", [other, ods]) => {
            let other = Store::open(other).await?;
            let moved = store.move_to(&other, &ods.parse()?).await;
            other.close().await;
            println!("{ods}: {} records moved", moved?.records);
            Ok(())
        }
        ("forget", [days]) => {
            let days: u16 = days.parse()?;
            let before = now - SignedDuration::from_hours(24 * i64::from(days));
            let forgotten = store.settings().forget_commands(before).await?;
            println!("{forgotten} keys forgotten");
            Ok(())
        }
        ("expire", []) => {
            let (policy, by) = (RetentionPolicy::default(), by()?);
            for (ods, deleted) in store.records().delete_expired(&policy, &by, now).await? {
                println!("{ods} {deleted:?}");
            }
            Ok(())
        }
        ("erase", [ods, patient]) => {
            let (ods, patient) = (ods.parse()?, patient.parse()?);
            let (records, audit, by) = (store.records(), store.audit(), by()?);
            let outcome = erase_patient(records, audit, &ods, patient, &by, now).await?;
            println!("{outcome:?}");
            Ok(())
        }
        ("off-board", [ods]) => {
            let outcome = store
                .records()
                .off_board(&ods.parse()?, &by()?, now)
                .await?;
            println!("{outcome:?}");
            Ok(())
        }
        _ => Err("no such command, or other arguments than it takes".into()),
    }
}

async fn enter(store: &dyn SettingsStore, practice: OdsCode, name: &str) -> Outcome {
    let kept = store.load(&practice).await?;
    let mut settings = kept.unwrap_or_else(|| PracticeSettings::new(practice));
    settings.set_name(Some(name))?;
    let revision = SettingsRevision::new(settings, by()?, SystemClock.now());
    store.save(&revision).await?;
    Ok(())
}

async fn practices(store: &dyn SettingsStore) -> Outcome {
    for practice in store.list().await? {
        if let Some(settings) = store.load(&practice).await? {
            println!("{practice} version {}", settings.version());
        }
    }
    Ok(())
}

async fn verify(command: &str, store: &dyn AuditStore, file: &str) -> Outcome {
    let anchors = FileAnchorStore::new(file);
    let report = match command {
        "anchor" => anchor_heads(store, &anchors, SystemClock.now()).await?,
        _ => check_anchors(store, &anchors).await?,
    };
    for (log, verified) in &report.verified {
        println!("{log} {} entries", verified.entries);
    }
    println!("{} anchors compared", report.compared);
    match report.failed.first() {
        Some((_, error)) => Err(error.report().into()),
        None => Ok(()),
    }
}
