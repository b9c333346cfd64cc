//! Stores, their backups and their audit logs.

use super::{Directory, complaint, emis, printed};

#[test]
fn a_backup_is_restored() {
    let directory = Directory::new();
    let (store, backup) = (directory.file("practices.db"), directory.file("backup.db"));
    let run = |arguments: &[&str]| emis(&[&["--store", &store], arguments].concat());
    printed(&run(&["settings", "name", "A20047", "Invented Surgery"]));
    printed(&run(&["store", "backup", &backup]));
    printed(&run(&["settings", "name", "A20047", "Not the Surgery"]));
    assert!(printed(&run(&["practices"])).contains("version 2 Not the Surgery"));

    printed(&run(&["store", "restore", &backup]));
    assert!(printed(&run(&["practices"])).contains("version 1 Invented Surgery"));
    let verified = printed(&run(&["store", "verify"]));
    assert!(verified.contains("A20047 1 entries"), "{verified}");
    assert!(verified.contains("1 records compared"), "{verified}");
    let replaced = directory.file("practices.db.replaced");
    let replaced = printed(&emis(&["--store", &replaced, "practices"]));
    assert!(replaced.contains("version 2"), "{replaced}");
}

/// The link stays a link, and the store behind it is restored with its log, privately.
#[cfg(unix)]
#[test]
fn a_backup_is_restored_through_a_link() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    let directory = Directory::new();
    let (link, backup) = (directory.file("practices.db"), directory.file("backup.db"));
    let data = directory.file("data");
    fs::create_dir(&data).unwrap();
    symlink("data/real.db", &link).unwrap();
    let run = |arguments: &[&str]| emis(&[&["--store", &link], arguments].concat());
    printed(&run(&["settings", "name", "A20047", "Invented Surgery"]));
    printed(&run(&["store", "backup", &backup]));
    printed(&run(&["settings", "name", "A20047", "Not the Surgery"]));
    // As a process that was killed leaves it: the log belongs to the replaced store alone.
    fs::write(format!("{data}/real.db-wal"), "").unwrap();
    // As a copy on another disk may be, and as a restore that was killed left it.
    fs::set_permissions(&backup, Permissions::from_mode(0o644)).unwrap();
    fs::write(format!("{data}/real.db.restoring"), "half of it").unwrap();

    printed(&run(&["store", "restore", &backup]));
    assert!(printed(&run(&["practices"])).contains("version 1 Invented Surgery"));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let replaced = format!("{data}/real.db.replaced");
    let replaced = printed(&emis(&["--store", &replaced, "practices"]));
    assert!(replaced.contains("version 2"), "{replaced}");

    // One that is refused leaves nothing that others can read either.
    fs::write(&backup, "opening hours").unwrap();
    fs::set_permissions(&backup, Permissions::from_mode(0o644)).unwrap();
    for ending in ["", "-wal", "-shm"] {
        let kept = format!("{data}/real.db.replaced{ending}");
        assert!(!ending.is_empty() || fs::exists(&kept).unwrap());
        let _ = fs::remove_file(kept);
    }
    complaint(&run(&["store", "restore", &backup]));
    let files = fs::read_dir(&data).unwrap().map(Result::unwrap);
    for file in files.chain(fs::read_dir(&directory.0).unwrap().map(Result::unwrap)) {
        let name = file.file_name().into_string().unwrap();
        assert!(!name.contains("restoring"), "{name}");
        let mode = file.metadata().unwrap().permissions().mode();
        let is_store = name.starts_with("real.db");
        assert!(!is_store || mode & 0o077 == 0, "{name} {mode:o}");
    }
}

#[test]
fn what_is_no_store_does_not_replace_one() {
    let directory = Directory::new();
    let (store, other) = (directory.file("practices.db"), directory.file("other.db"));
    printed(&emis(&[
        "--store",
        &store,
        "settings",
        "name",
        "A20047",
        "Invented Surgery",
    ]));
    std::fs::write(&other, "opening hours").unwrap();
    complaint(&emis(&["--store", &store, "store", "restore", &other]));
    assert!(printed(&emis(&["--store", &store, "practices"])).contains("Invented Surgery"));
}

#[test]
fn a_rewritten_audit_log_is_found_by_its_anchors() {
    let directory = Directory::new();
    let (store, anchors) = (
        directory.file("practices.db"),
        directory.file("anchors.jsonl"),
    );
    let older = directory.file("older.db");
    let run = |arguments: &[&str]| emis(&[&["--store", &store], arguments].concat());
    printed(&run(&["settings", "name", "A20047", "Invented Surgery"]));
    printed(&run(&["store", "backup", &older]));
    printed(&run(&["settings", "name", "A20047", "Another Name"]));
    printed(&run(&["audit", "anchor", &anchors]));
    assert!(printed(&run(&["audit", "verify", "--anchors", &anchors])).contains("1 anchors"));
    // A log that goes on differently from an earlier entry verifies by itself, but not by its anchor.
    printed(&emis(&[
        "--store",
        &older,
        "settings",
        "name",
        "A20047",
        "A Third Name",
    ]));
    printed(&emis(&["--store", &older, "audit", "verify"]));
    let verified = emis(&["--store", &older, "audit", "verify", "--anchors", &anchors]);
    assert_eq!(verified.status.code(), Some(1));
    let log = printed(&run(&["audit", "export", "A20047"]));
    assert_eq!(log.lines().count(), 2, "{log}");
}

#[test]
fn a_practice_is_moved_and_off_boarded() {
    let directory = Directory::new();
    let (one, other) = (directory.file("one.db"), directory.file("other.db"));
    printed(&emis(&[
        "--store",
        &one,
        "settings",
        "name",
        "A20047",
        "Invented Surgery",
    ]));
    printed(&emis(&[
        "--store", &one, "store", "move", "A20047", "--to", &other,
    ]));
    assert_eq!(printed(&emis(&["--store", &one, "practices"])), "");
    assert!(printed(&emis(&["--store", &other, "practices"])).contains("Invented Surgery"));
    let by = [
        "--store",
        &other,
        "--by",
        "u-9",
        "store",
        "off-board",
        "A20047",
    ];
    printed(&emis(&by));
    assert_eq!(printed(&emis(&["--store", &other, "practices"])), "");
    assert!(printed(&emis(&["--store", &other, "audit", "export", "A20047"])).contains("u-9"));
}

#[test]
fn a_plan_of_reminders_is_shown_and_nothing_sent() {
    let practices = printed(&emis(&["practices", "--simulate"]));
    let practice = practices.split_whitespace().next().unwrap();
    let plan = printed(&emis(&["reminders", "plan", practice, "--simulate"]));
    assert!(plan.contains("messages due: "), "{plan}");
    assert!(plan.contains("\nsms: slot "), "{plan}");
    let json = &[
        "reminders",
        "run",
        practice,
        "--dry-run",
        "--simulate",
        "--json",
    ];
    let plan: serde_json::Value = serde_json::from_str(&printed(&emis(json))).unwrap();
    assert!(!plan["due"].as_array().unwrap().is_empty());
    let doubt = printed(&emis(&["messages", "doubt", practice, "--simulate"]));
    assert_eq!(doubt.trim(), "");
}
