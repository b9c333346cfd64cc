//! A store, looked after from the command line: see `docs/operations.md`.
//!
//! ```text
//! store enter STORE ODS NAME       begins a practice
//! store practices STORE            lists the practices with the versions of their settings
//! store backup STORE COPY          copies a SQLite store while it is in use
//! store verify STORE               follows every audit chain; fails at a broken link
//! store export STORE ODS           writes a practice's audit trail as JSON Lines
//! store move STORE OTHER ODS       moves a practice with everything to another store
//! store forget STORE DAYS          forgets the keys of commands that are older than that
//! ```
//!
//! A STORE is a SQLite file, or the URL of a PostgreSQL database: `postgres://...`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use emis_audit::{Actor, AuditStore, Provenance, export, verify};
use emis_settings::{PracticeSettings, SettingsRevision, SettingsStore};
use emis_store::{MoveReport, PostgresOptions, PostgresStore, SqliteStore};
use emis_types::{Clock, OdsCode, SystemClock};
use jiff::SignedDuration;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

enum Store {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
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

    fn settings(&self) -> &dyn SettingsStore {
        match self {
            Self::Sqlite(store) => store,
            Self::Postgres(store) => store,
        }
    }

    fn trail(&self) -> &dyn AuditStore {
        match self {
            Self::Sqlite(store) => store,
            Self::Postgres(store) => store,
        }
    }

    async fn move_to(&self, other: &Self, practice: &OdsCode) -> Outcome<MoveReport> {
        let (by, now) = (by()?, SystemClock.now());
        Ok(match (self, other) {
            (Self::Sqlite(from), Self::Sqlite(to)) => {
                from.move_practice(to, practice, &by, now).await?
            }
            (Self::Sqlite(from), Self::Postgres(to)) => {
                from.move_practice(to, practice, &by, now).await?
            }
            (Self::Postgres(from), Self::Sqlite(to)) => {
                from.move_practice(to, practice, &by, now).await?
            }
            (Self::Postgres(from), Self::Postgres(to)) => {
                from.move_practice(to, practice, &by, now).await?
            }
        })
    }
}

fn by() -> Outcome<Provenance> {
    Ok(Provenance::of(Actor::system("store")?))
}

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["enter", store, ods, name] => enter(store, ods, name).await,
        ["practices", store] => practices(store).await,
        ["backup", store, copy] => Ok(SqliteStore::open(store)?.back_up(copy).await?),
        ["verify", store] => verify_all(store).await,
        ["export", store, ods] => {
            let chain = ods.parse()?;
            export(
                Store::open(store).await?.trail(),
                &chain,
                &mut std::io::stdout(),
            )
            .await?;
            Ok(())
        }
        ["move", store, other, ods] => {
            let (from, to) = (Store::open(store).await?, Store::open(other).await?);
            let moved = from.move_to(&to, &ods.parse()?).await?;
            println!("{ods}: {} records moved", moved.records);
            Ok(())
        }
        ["forget", store, days] => {
            let days: u16 = days.parse()?;
            let before = SystemClock.now() - SignedDuration::from_hours(24 * i64::from(days));
            let store = Store::open(store).await?;
            let forgotten = store.settings().forget_commands(before).await?;
            println!("{forgotten} keys forgotten");
            Ok(())
        }
        _ => Err("usage: store enter|practices|backup|verify|export|move|forget, as above".into()),
    }
}

async fn enter(store: &str, ods: &str, name: &str) -> Outcome {
    let store = Store::open(store).await?;
    let practice: OdsCode = ods.parse()?;
    let kept = store.settings().load(&practice).await?;
    let mut settings = kept.unwrap_or_else(|| PracticeSettings::new(practice));
    settings.set_name(Some(name))?;
    let revision = SettingsRevision::new(settings, by()?, SystemClock.now());
    store.settings().save(&revision).await?;
    Ok(())
}

async fn practices(store: &str) -> Outcome {
    let store = Store::open(store).await?;
    for practice in store.settings().list().await? {
        if let Some(settings) = store.settings().load(&practice).await? {
            println!("{practice} version {}", settings.version());
        }
    }
    Ok(())
}

async fn verify_all(store: &str) -> Outcome {
    let store = Store::open(store).await?;
    for chain in store.trail().logs().await? {
        let verified = verify(store.trail(), &chain, &[]).await?;
        if let Some(head) = verified.head {
            println!(
                "{chain} {} entries, {} {}",
                verified.entries, head.number, head.digest
            );
        }
    }
    Ok(())
}
