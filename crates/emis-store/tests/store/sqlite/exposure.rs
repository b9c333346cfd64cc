//! Files that only their owner can read, and that are whole or missing.

use std::fs;

use emis_audit::{AuditEvent, AuditEventKind, AuditStore};
use emis_settings::{PracticeSettings, SettingsStore, StoreErrorKind};
use emis_store::SqliteStore;

use crate::support::{Directory, author, ods, save, second, told};

/// Returns the names in a folder, sorted.
fn names(directory: &Directory) -> Vec<String> {
    let files = fs::read_dir(&directory.0).unwrap();
    let mut names: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_empty_file_is_refused_and_left_as_it_was() {
    let directory = Directory::new();
    super::private(&directory.file());
    let error = SqliteStore::open(directory.file()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{}", told(&error));
    assert_eq!(fs::metadata(directory.file()).unwrap().len(), 0);
    assert_eq!(names(&directory), ["emis.db"]);
}

#[tokio::test]
async fn a_backup_that_fails_leaves_nothing_and_replaces_nothing() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    save(&store, &PracticeSettings::new(ods("A20047")))
        .await
        .unwrap();
    let taken = directory.0.join("taken.db");
    fs::write(&taken, "of somebody else").unwrap();
    assert!(store.back_up(&taken).await.is_err());
    assert_eq!(fs::read_to_string(&taken).unwrap(), "of somebody else");
    let missing = directory.0.join("missing/copy.db");
    assert!(store.back_up(&missing).await.is_err());
    let files = names(&directory);

    // Half of it is written when it fails: the last page can't be read.
    for n in 0..200 {
        let event = AuditEvent::new(AuditEventKind::new("test.happened"), second(n), author());
        store.record(&ods("A20047").into(), &event).await.unwrap();
    }
    store.close().await;
    let mut bytes = fs::read(directory.file()).unwrap();
    bytes
        .iter_mut()
        .rev()
        .take(4096)
        .for_each(|byte| *byte = 0x5a);
    fs::write(directory.file(), bytes).unwrap();
    let files: Vec<_> = files
        .into_iter()
        .filter(|it| !it.contains("-wal") && !it.contains("-shm"))
        .collect();
    let damaged = SqliteStore::open(directory.file()).unwrap();
    let error = damaged
        .back_up(directory.0.join("copy.db"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{}", told(&error));
    damaged.close().await;
    assert_eq!(names(&directory), files);
}

/// The file of a backup that was killed is swept by the next of the same name, and by no other.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_a_killed_backup_left_is_swept() {
    // No process has a number as high as this.
    const GONE: u32 = u32::MAX;
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    let own = std::process::id();
    let stale = [
        format!("copy.db.new-{GONE}-0"),
        format!("copy.db.new-{GONE}-0-journal"),
        format!("copy.db.new-{own}-{}", u32::MAX),
    ];
    let parent = std::os::unix::process::parent_id();
    let kept = [
        format!("copy.db.new-{parent}-0"),
        format!("other.db.new-{GONE}-0"),
        format!("copy.db.new-{GONE}-0.txt"),
        "copy.db.new-moon".to_owned(),
    ];
    for name in stale.iter().chain(&kept) {
        fs::write(directory.0.join(name), "half of it").unwrap();
    }
    store.back_up(directory.0.join("copy.db")).await.unwrap();
    let left = names(&directory);
    assert!(stale.iter().all(|name| !left.contains(name)), "{left:?}");
    assert!(kept.iter().all(|name| left.contains(name)), "{left:?}");
}

#[cfg(unix)]
mod modes {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn a_store_made_through_a_link_is_private() {
        let directory = Directory::new();
        let (first, second) = (directory.0.join("first"), directory.0.join("second"));
        symlink("second", &first).unwrap();
        symlink(directory.0.join("emis.db"), &second).unwrap();
        let store = SqliteStore::open(&first).unwrap();
        save(&store, &PracticeSettings::new(ods("A20047")))
            .await
            .unwrap();
        for name in ["emis.db", "emis.db-wal", "emis.db-shm"] {
            assert_eq!(mode(&directory.0.join(name)), 0o600, "{name}");
        }
        assert!(first.is_symlink() && second.is_symlink());
    }

    #[tokio::test]
    async fn a_backup_is_private() {
        let directory = Directory::new();
        let store = SqliteStore::open(directory.file()).unwrap();
        let copy = directory.0.join("copy.db");
        store.back_up(&copy).await.unwrap();
        assert_eq!(mode(&copy), 0o600);
        let link = directory.0.join("link.db");
        symlink("elsewhere.db", &link).unwrap();
        assert!(
            store.back_up(&link).await.is_err(),
            "a link is a name that is taken"
        );
    }

    #[tokio::test]
    async fn a_database_that_others_can_read_or_write_is_refused() {
        let directory = Directory::new();
        let store = SqliteStore::open(directory.file()).unwrap();
        store.close().await;
        for open in [0o640, 0o604, 0o660, 0o666, 0o602] {
            let permissions = Permissions::from_mode(open);
            fs::set_permissions(directory.file(), permissions).unwrap();
            let error = SqliteStore::open(directory.file()).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{open:o}");
            assert!(told(&error).contains("0600"), "{}", told(&error));
        }
        super::super::private(&directory.file());
        let store = SqliteStore::open(directory.file()).unwrap();
        assert!(store.list().await.unwrap().is_empty());
    }
}
