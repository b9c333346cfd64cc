//! Heads noted outside the store.

use std::path::PathBuf;

use emis_audit::{
    AuditAnchor, AuditAnchorStore as _, AuditErrorKind, AuditLogId, AuditStore as _,
    ChainBreakKind, FileAnchorStore, anchor_heads, check_anchors, delete_sealed, seal,
};

use crate::memory::MemoryLogs;
use crate::{event, log, manager, record, second};

/// A folder that is removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("emis-audit-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("anchors.jsonl")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn each_head_is_noted_once_and_checked_from_then_on() {
    let folder = Folder::new("once");
    let (store, anchors) = (MemoryLogs::default(), FileAnchorStore::new(folder.file()));
    assert_eq!(anchors.anchors().await.unwrap(), []);
    let head = record(&store, 0..3).await;
    let product = store.record(&AuditLogId::Product, &event(4)).await.unwrap();
    for _ in 0..2 {
        let report = anchor_heads(&store, &anchors, second(5)).await.unwrap();
        assert!(report.is_good());
        assert_eq!(report.verified.len(), 2);
    }
    let noted = [
        AuditAnchor::new(AuditLogId::Product, product, second(5)),
        AuditAnchor::new(log(), head, second(5)),
    ];
    assert_eq!(anchors.anchors().await.unwrap(), noted);
    record(&store, 6..9).await;
    anchor_heads(&store, &anchors, second(9)).await.unwrap();
    let report = check_anchors(&store, &anchors).await.unwrap();
    assert!(report.is_good() && report.compared == 3);
}

#[tokio::test]
async fn a_forged_log_is_reported_and_not_noted() {
    let folder = Folder::new("forged");
    let (store, anchors) = (MemoryLogs::default(), FileAnchorStore::new(folder.file()));
    record(&store, 0..4).await;
    anchor_heads(&store, &anchors, second(5)).await.unwrap();
    record(&store, 5..8).await;
    store.tamper(|log| {
        log.entries[1].body = log.entries[1].body.replace("u-117", "u-118");
        log.recompute(1);
    });
    let report = anchor_heads(&store, &anchors, second(9)).await.unwrap();
    let [(failed, error)] = report.failed.as_slice() else {
        panic!("{report:?}");
    };
    let kind = error.chain_break().unwrap().kind;
    assert_eq!((failed, kind), (&log(), ChainBreakKind::NotAsNoted));
    assert_eq!(
        error.report(),
        "audit log A20047: entry 4 differs from the head that was noted"
    );
    assert_eq!(anchors.anchors().await.unwrap().len(), 1);

    store.drop_log();
    let report = check_anchors(&store, &anchors).await.unwrap();
    let kind = report.failed[0].1.chain_break().unwrap().kind;
    assert_eq!(kind, ChainBreakKind::Missing, "a log that is gone");
}

#[tokio::test]
async fn older_anchors_are_covered_by_the_one_noted_before_a_deletion() {
    let folder = Folder::new("deletion");
    let (store, anchors) = (MemoryLogs::default(), FileAnchorStore::new(folder.file()));
    let by = manager();
    for seconds in [0..2, 2..4] {
        record(&store, seconds).await;
        anchor_heads(&store, &anchors, second(4)).await.unwrap();
    }
    seal(&store, &log(), &by, second(5)).await.unwrap();
    anchor_heads(&store, &anchors, second(6)).await.unwrap();
    let noted: Vec<_> = anchors
        .anchors()
        .await
        .unwrap()
        .iter()
        .map(|a| a.head)
        .collect();
    let deleted = delete_sealed(&store, &log(), second(9), &noted, &by, second(10)).await;
    assert_eq!(deleted.unwrap().len(), 1);
    assert!(check_anchors(&store, &anchors).await.unwrap().is_good());
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("mode");
    let anchors = FileAnchorStore::new(folder.file());
    let store = MemoryLogs::default();
    let head = record(&store, 0..1).await;
    let anchor = AuditAnchor::new(log(), head, second(1));
    anchors.append(std::slice::from_ref(&anchor)).await.unwrap();
    let mode = |file| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.file()), 0o600);
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.file(), open).unwrap();
    for refused in [
        anchors.anchors().await.err(),
        anchors.append(&[]).await.err(),
    ] {
        assert_eq!(refused.unwrap().kind(), AuditErrorKind::Anchors);
    }
}

#[tokio::test]
async fn a_line_that_a_crash_cut_off_is_dropped() {
    let folder = Folder::new("crash");
    let anchors = FileAnchorStore::new(folder.file());
    let store = MemoryLogs::default();
    let head = record(&store, 0..1).await;
    let anchor = AuditAnchor::new(log(), head, second(1));
    let one = std::slice::from_ref(&anchor);
    anchors.append(one).await.unwrap();
    let mut text = std::fs::read_to_string(folder.file()).unwrap();
    text.push_str(r#"{"log":"A200"#);
    std::fs::write(folder.file(), &text).unwrap();
    assert_eq!(anchors.anchors().await.unwrap(), one);
    anchors.append(one).await.unwrap();
    assert_eq!(anchors.anchors().await.unwrap().len(), 2);
    // A whole line that can't be read is no crash.
    text.push('\n');
    std::fs::write(folder.file(), text).unwrap();
    assert!(anchors.anchors().await.is_err());
}
