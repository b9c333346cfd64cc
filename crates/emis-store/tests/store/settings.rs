//! Settings: kept, versioned, sealed.

use emis_credentials::SealingIdentity;
use emis_settings::{PracticeSettings, SettingsStore, StoreErrorKind};
use emis_store::SqliteStore;
use rusqlite::Connection;
use tokio::task::JoinSet;

use crate::{Directory, ods};

fn settings(code: &str) -> PracticeSettings {
    PracticeSettings::new(ods(code))
}

#[tokio::test]
async fn what_is_saved_is_loaded_at_the_next_version() {
    let store = SqliteStore::in_memory().unwrap();
    assert_eq!(store.load(&ods("A20047")).await.unwrap(), None);

    let mut settings = settings("A20047");
    settings.update_organisation_id("50002").unwrap();
    let saved = store.save(&settings).await.unwrap();
    assert_eq!(saved, settings.clone().at_version(1));
    assert_eq!(
        store.load(&ods("A20047")).await.unwrap(),
        Some(saved.clone())
    );

    settings = saved;
    settings.set_name(Some("Invented Surgery")).unwrap();
    let saved = store.save(&settings).await.unwrap();
    assert_eq!(saved.version(), 2);
    assert_eq!(store.load(&ods("A20047")).await.unwrap(), Some(saved));
}

#[tokio::test]
async fn practices_are_kept_apart_and_listed_in_order() {
    let store = SqliteStore::in_memory().unwrap();
    assert_eq!(store.list().await.unwrap(), []);
    for code in ["Y00001", "A20047"] {
        store.save(&settings(code)).await.unwrap();
    }
    assert_eq!(store.list().await.unwrap(), [ods("A20047"), ods("Y00001")]);
    let one = store.load(&ods("Y00001")).await.unwrap().unwrap();
    assert_eq!(one.ods_code(), &ods("Y00001"));
}

#[tokio::test]
async fn who_saves_second_is_told_and_changes_nothing() {
    let store = SqliteStore::in_memory().unwrap();
    let loaded = store.save(&settings("A20047")).await.unwrap();

    let mut first = loaded.clone();
    first.set_name(Some("First")).unwrap();
    let kept = store.save(&first).await.unwrap();

    let mut second = loaded;
    second.set_name(Some("Second")).unwrap();
    for stale in [second, settings("A20047"), settings("A20047").at_version(9)] {
        let error = store.save(&stale).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Conflict);
    }
    assert_eq!(store.load(&ods("A20047")).await.unwrap(), Some(kept));
}

#[tokio::test]
async fn versions_that_nobody_was_given_are_conflicts() {
    let store = SqliteStore::in_memory().unwrap();
    for version in [1, u64::MAX, i64::MAX as u64] {
        let error = store
            .save(&settings("A20047").at_version(version))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Conflict);
    }
    assert_eq!(store.load(&ods("A20047")).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_save_the_same_version_exactly_one_succeeds() {
    let directory = Directory::new();
    // Two stores on one file, as two processes would have.
    let stores = [(); 2].map(|()| SqliteStore::open(directory.file()).unwrap());
    for version in 0..3 {
        let mut savers = JoinSet::new();
        for n in 0..20 {
            let store = stores[n % 2].clone();
            let mut settings = settings("A20047").at_version(version);
            settings.set_name(Some(&format!("Writer {n}"))).unwrap();
            savers.spawn(async move { store.save(&settings).await });
        }
        let (saved, refused): (Vec<_>, Vec<_>) =
            savers.join_all().await.into_iter().partition(Result::is_ok);
        assert_eq!((saved.len(), refused.len()), (1, 19));
        for error in refused {
            assert_eq!(error.unwrap_err().kind(), StoreErrorKind::Conflict);
        }
        let kept = stores[0].load(&ods("A20047")).await.unwrap();
        assert_eq!(kept.as_ref(), saved[0].as_ref().ok());
    }
}

#[tokio::test]
async fn everything_is_there_after_closing_and_opening_again() {
    let directory = Directory::new();
    let identity = SealingIdentity::generate();
    let mut entered = settings("A20047");
    let password = secrecy::SecretString::from("Invented-Passw0rd");
    entered
        .update_connection("50002", "patchs", password, identity.recipient())
        .unwrap();
    let store = SqliteStore::open(directory.file()).unwrap();
    let saved = store.save(&entered).await.unwrap();
    drop(store);

    let store = SqliteStore::open(directory.file()).unwrap();
    let loaded = store.load(&ods("A20047")).await.unwrap().unwrap();
    assert_eq!(loaded, saved);
    let context = loaded.seal_context().unwrap();
    let opened = identity.open(loaded.api_user().unwrap(), &context).unwrap();
    assert_eq!(opened.username(), "patchs");
}

#[tokio::test]
async fn the_password_is_nowhere_in_the_files() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    let mut entered = settings("A20047");
    let recipient = SealingIdentity::generate().recipient();
    let password = secrecy::SecretString::from("Invented-Passw0rd");
    entered
        .update_connection("50002", "patchs", password, &recipient)
        .unwrap();
    store.save(&entered).await.unwrap();

    let holds = |bytes: &[u8], text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    // While it is open, with the log beside it, and after closing.
    for bytes in [directory.bytes(), {
        drop(store);
        directory.bytes()
    }] {
        assert!(
            holds(&bytes, "patchs"),
            "the username should be in the files"
        );
        assert!(!holds(&bytes, "Invented-Passw0rd"));
        // The same in base64, at each of the three offsets.
        for text in [
            "SW52ZW50ZWQtUGFzc3cwcm",
            "ludmVudGVkLVBhc3N3MHJk",
            "JbnZlbnRlZC1QYXNzdzByZ",
        ] {
            assert!(!holds(&bytes, text));
        }
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_an_error_without_its_text() {
    for document in [
        "not JSON",
        r#"{"ods_code": "A20047", "schema_version": 2}"#,
        r#"{"ods_code": "A20047", "organisation_id": "07700900123"}"#,
        r#"{"ods_code": "Y00001"}"#,
    ] {
        let directory = Directory::new();
        let store = SqliteStore::open(directory.file()).unwrap();
        store.save(&settings("A20047")).await.unwrap();
        let changed = Connection::open(directory.file())
            .unwrap()
            .execute("UPDATE practice_settings SET document = ?1", [document])
            .unwrap();
        assert_eq!(changed, 1);

        let error = store.load(&ods("A20047")).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{document}");
        let printed = format!("{error:?}");
        assert!(
            !printed.contains("07700900123") && !printed.contains("Y00001"),
            "{printed}"
        );
    }
}
