//! A full disk, a read-only file, a file in use.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use emis_audit::{AuditStore, verify};
use emis_settings::{PracticeSettings, SettingsStore, StoreErrorKind};
use emis_store::SqliteStore;
use sqlx::Executor;

use super::raw;
use crate::support::{Directory, not_run, ods, save, told};

fn named(name: &str, version: u64) -> PracticeSettings {
    let mut settings = PracticeSettings::new(ods("A20047")).at_version(version);
    settings.set_name(Some(name)).unwrap();
    settings
}

#[tokio::test]
async fn a_store_that_another_process_holds_is_busy_and_keeps_what_it_has() {
    let directory = Directory::new();
    // What succeeds has time on a busy machine.
    let store = SqliteStore::open(directory.file()).unwrap();
    let kept = save(&store, &named("Before", 0)).await.unwrap();
    let patience = Duration::from_millis(50);
    let impatient = SqliteStore::open_with_patience(directory.file(), patience).unwrap();

    let mut other = raw(&directory).await;
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let error = save(&impatient, &named("Meanwhile", 1)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Busy, "{}", told(&error));
    // Reads still succeed.
    assert_eq!(store.load(&ods("A20047")).await.unwrap(), Some(kept));
    other.execute("ROLLBACK").await.unwrap();
    save(&store, &named("After", 1)).await.unwrap();
}

/// Root may write everything, so that another user runs the test then.
#[tokio::test]
async fn a_file_that_may_not_be_written_is_reported() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    save(&store, &named("Before", 0)).await.unwrap();
    store.close().await;
    let mut permissions = std::fs::metadata(directory.file()).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(directory.file(), permissions).unwrap();

    let mut options = std::fs::OpenOptions::new();
    if options.append(true).open(directory.file()).is_ok() {
        as_another_user("sqlite::faults::a_file_that_may_not_be_written_is_reported");
        return;
    }
    let store = SqliteStore::open(directory.file()).unwrap();
    let kept = store.load(&ods("A20047")).await.unwrap();
    assert_eq!(kept.unwrap().name(), Some("Before"));
    let error = save(&store, &named("After", 1)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::ReadOnly, "{}", told(&error));
}

#[cfg(unix)]
fn as_another_user(test: &str) {
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .current_dir("/")
        .uid(NOBODY)
        .gid(NOBODY)
        .output();
    match run {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(_) => not_run(&format!("{test}. No other user may run this test program.")),
    }
}

#[cfg(not(unix))]
fn as_another_user(test: &str) {
    not_run(&format!(
        "{test}. It takes a user who may not write everything."
    ));
}

#[tokio::test]
async fn a_full_disk_is_reported_and_nothing_acknowledged_is_lost() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let file = disk.directory.0.join("disk/emis.db");
    let store = SqliteStore::open(&file).unwrap();
    let mut kept = save(&store, &named("Before", 0)).await.unwrap();
    let error = loop {
        let mut next = kept.clone();
        let mut reminders = next.reminders().clone();
        // More of it every time, and other text.
        let body = format!("{{date}}{}{}", kept.version(), "x".repeat(4_000));
        reminders.templates = vec![emis_settings::Template::new(
            emis_settings::Channel::Email,
            body,
        )];
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

    // With free space writes succeed again.
    disk.remount("size=8m");
    save(&store, &kept).await.unwrap();
    assert_eq!(
        store
            .head(&ods("A20047").into())
            .await
            .unwrap()
            .unwrap()
            .number,
        kept.version() + 1
    );
}

/// A disk of one megabyte, if this user may mount one.
struct SmallDisk {
    directory: Directory,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let directory = Directory::new();
        let path = directory.0.join("disk");
        std::fs::create_dir(&path).unwrap();
        let disk = Self { directory };
        if disk.mounted(&["-t", "tmpfs", "-o", "size=1m", "tmpfs"], &path) {
            return Some(disk);
        }
        not_run("a full disk. Run the tests as a user who may mount a tmpfs.");
        None
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let path = self.directory.0.join("disk");
        assert!(self.mounted(&["-o", &options], &path), "{options}");
    }

    fn mounted(&self, arguments: &[&str], path: &Path) -> bool {
        let status = Command::new("mount").args(arguments).arg(path).output();
        status.is_ok_and(|output| output.status.success())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let path = self.directory.0.join("disk");
        let _ = Command::new("umount").arg("-l").arg(path).output();
    }
}
