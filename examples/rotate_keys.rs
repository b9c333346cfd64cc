//! Creates, rotates and retires the keys that open practices' passwords, without downtime.
//!
//! ```text
//! rotate_keys new KEYS                        creates a key file with a new key
//! rotate_keys enter STORE KEYS ODS CDB USER   stores an API user; $API_PASSWORD is sealed
//! rotate_keys reseal STORE KEYS               seals all API users to the first key of KEYS
//! rotate_keys needed STORE KEYS               fails while a practice needs another key of KEYS
//! ```
//!
//! `docs/security.md` describes the procedure. It can run while the product is running.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;

use emis_partner::audit::{Actor, Provenance};
use emis_partner::credentials::{FileKeySource, KeySource, SealingIdentity};
use emis_partner::settings::{
    PracticeSettings, SettingsRevision, SettingsStore, practices_needing, reseal_api_users,
};
use emis_partner::store::SqliteStore;
use emis_partner::types::{Clock, SystemClock};
use secrecy::ExposeSecret;

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["new", keys] => new(keys),
        ["enter", store, keys, ods, cdb, user] => enter(store, keys, ods, cdb, user).await,
        ["reseal", store, keys] => reseal(store, keys).await,
        ["needed", store, keys] => needed(store, keys).await,
        _ => Err(
            "usage: rotate_keys new|enter|reseal|needed; see the documentation of the example"
                .into(),
        ),
    }
}

/// Creates a key file that only its owner can read. Fails if the file exists.
fn new(keys: &str) -> Outcome {
    let identity = SealingIdentity::generate();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(keys)?;
    let recipient = identity.recipient();
    writeln!(file, "# {} {recipient}", recipient.id())?;
    writeln!(file, "{}", identity.expose_secret().expose_secret())?;
    file.sync_all()?;
    println!("{keys}: key {} for {recipient}", recipient.id());
    Ok(())
}

/// Stores an API user as a settings page does, which needs only the recipient.
async fn enter(store: &str, keys: &str, ods: &str, cdb: &str, user: &str) -> Outcome {
    let recipient = FileKeySource::new(keys).load()?.first_recipient();
    let store = SqliteStore::open(store)?;
    let ods_code = ods.parse()?;
    let stored = store.load(&ods_code).await?;
    let mut settings = stored.unwrap_or_else(|| PracticeSettings::new(ods_code));
    let password = std::env::var("API_PASSWORD")?.into();
    settings.update_connection(cdb, user, password, recipient)?;
    let by = Provenance::of(Actor::system("rotate_keys")?);
    let revision = SettingsRevision::new(settings, by, SystemClock.now());
    store.save(&revision).await?;
    println!("{ods}: sealed to key {}", recipient.id());
    Ok(())
}

async fn reseal(store: &str, keys: &str) -> Outcome {
    let ring = FileKeySource::new(keys).load()?;
    let recipients = ring.first_recipient().into();
    let store = SqliteStore::open(store)?;
    let report = reseal_api_users(&store, &store, &ring, &recipients, &SystemClock).await?;
    println!(
        "{} sealed again to key {}, {} unchanged",
        report.resealed.len(),
        ring.first_recipient().id(),
        report.unchanged.len(),
    );
    for (practice, error) in &report.failed {
        println!("{practice}: {}", emis_partner::types::report(error));
    }
    match report.failed.len() {
        0 => Ok(()),
        failed => Err(format!("{failed} practices were not sealed again").into()),
    }
}

async fn needed(store: &str, keys: &str) -> Outcome {
    let ring = FileKeySource::new(keys).load()?;
    let first = ring.first_recipient();
    let store = SqliteStore::open(store)?;
    let mut still_needed = false;
    for key in ring.iter().map(|key| key.recipient().id()) {
        if key == first.id() {
            continue;
        }
        let practices = practices_needing(&store, key, &(&first).into()).await?;
        println!("key {key} is needed by {} practices", practices.len());
        for practice in &practices {
            println!("  {practice}");
        }
        still_needed |= !practices.is_empty();
    }
    match still_needed {
        true => Err("an old key is still needed".into()),
        false => Ok(()),
    }
}
