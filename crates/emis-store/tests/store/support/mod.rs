//! Helpers of the tests of both stores.

#![allow(dead_code, reason = "each of the tests uses some of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, OnceLock};

use emis_audit::{Actor, Provenance};
use emis_settings::{PracticeSettings, SaveOutcome, SettingsRevision, SettingsStore, StoreError};
use emis_test_support::LeakGuard;
use emis_types::OdsCode;
use jiff::Timestamp;

pub(crate) mod booking_crash;
pub(crate) mod booking_model;
pub(crate) mod cancellation;
pub(crate) mod crash;
pub(crate) mod everything;
pub(crate) mod line;
pub(crate) mod links;
pub(crate) mod migrated;
pub(crate) mod notices;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod reminder_crash;

/// A directory of one test, removed when the test or the test program ends, in any way. While it
/// exists, no output may hold the password that the tests enter.
#[derive(Debug)]
pub(crate) struct Directory(pub(crate) PathBuf, LeakGuard);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = all_directories().join(number.to_string());
        fs::create_dir(&path).unwrap();
        Self(path, LeakGuard::for_words(["Invented-Passw0rd"]))
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("emis.db")
    }

    /// Every byte that SQLite wrote: the database, its log and its index.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let files = fs::read_dir(&self.0).unwrap();
        files
            .flat_map(|file| fs::read(file.unwrap().path()).unwrap())
            .collect()
    }
}

/// Returns the folder of the directories of this program.
fn all_directories() -> &'static Path {
    static ALL: OnceLock<(PathBuf, Option<Child>)> = OnceLock::new();
    let (path, _) = ALL.get_or_init(|| {
        let name = format!("emis-store-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        let keeper = keeper(&path);
        (path, keeper)
    });
    path
}

/// Waits until this program has ended, which closes the pipe, and clears up.
#[cfg(unix)]
fn keeper(path: &Path) -> Option<Child> {
    use std::os::unix::process::CommandExt;
    const KEEPER: &str = "trap '' INT TERM HUP; cat >/dev/null; rm -rf \"$1\"";
    let mut keeper = Command::new("/bin/sh");
    keeper.args(["-c", KEEPER, "keeper"]).arg(path);
    keeper.current_dir("/").stdin(Stdio::piped());
    keeper.stdout(Stdio::null()).stderr(Stdio::null());
    keeper.process_group(0).spawn().ok()
}

/// Does nothing: directories that a test forgets stay.
#[cfg(not(unix))]
fn keeper(_: &Path) -> Option<Child> {
    None
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Prints what was not tested, past the test harness, which hides the output of tests that pass.
pub(crate) fn not_run(what: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "\nNOT RUN: {what}");
}

pub(crate) fn ods(code: &str) -> OdsCode {
    code.parse().unwrap()
}

/// Returns an arbitrary day at `n` seconds.
pub(crate) fn second(n: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + n).unwrap()
}

pub(crate) fn author() -> Provenance {
    Provenance::of(Actor::user("u-117").unwrap())
}

/// Returns a borrowed author.
pub(crate) fn by_author() -> &'static Provenance {
    static AUTHOR: LazyLock<Provenance> = LazyLock::new(author);
    &AUTHOR
}

pub(crate) async fn save<S: SettingsStore>(
    store: &S,
    settings: &PracticeSettings,
) -> Result<PracticeSettings, StoreError> {
    let revision = SettingsRevision::new(settings.clone(), author(), second(1));
    match store.save(&revision).await? {
        SaveOutcome::Saved(settings) => Ok(*settings),
        other => panic!("{other:?}"),
    }
}

/// Returns the error with all its causes, as it may be logged.
pub(crate) fn told(error: &StoreError) -> String {
    let mut text = format!("{error:?}");
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = next {
        text.push_str(&format!(" {cause}"));
        next = cause.source();
    }
    text
}
