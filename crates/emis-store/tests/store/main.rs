//! The SQLite store through the traits that it implements.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod bookings;
mod opening;
mod refused;
mod reminders;
mod settings;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use emis_settings::StoreErrorKind;
use emis_store::SqliteStore;
use emis_types::OdsCode;
use jiff::Timestamp;

/// A directory of its own for one test, removed when the test is over.
#[derive(Debug)]
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("emis-store-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("emis.db")
    }

    /// Every byte that SQLite wrote: the database, its log and its index.
    fn bytes(&self) -> Vec<u8> {
        let files = fs::read_dir(&self.0).unwrap();
        files
            .flat_map(|file| fs::read(file.unwrap().path()).unwrap())
            .collect()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Opens a store that must not open, and checks that the error tells nothing of the path.
fn refusal(path: &Path) -> StoreErrorKind {
    let error = SqliteStore::open(path).unwrap_err();
    let mut text = format!("{error:?}");
    let mut next: Option<&dyn std::error::Error> = Some(&error);
    while let Some(cause) = next {
        text.push_str(&format!(" {cause}"));
        next = cause.source();
    }
    assert!(!text.contains("emis-store-"), "the path is in: {text}");
    error.kind()
}

fn ods(code: &str) -> OdsCode {
    code.parse().unwrap()
}

/// So many seconds into an arbitrary day.
fn second(n: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + n).unwrap()
}
