//! Settings: versioned, and changed by commands.

use std::sync::Arc;

use emis_audit::{AuditEventKind, AuditEventOutcome, AuditStore, ChainHead, Digest};
use emis_credentials::SealingIdentity;
use emis_settings::{
    Command, CommandErrorKind, CommandRequest, Commands, ExclusionStore, Feature, IdempotencyKey,
    Offset, PracticeSettings, ProblemCode, SaveOutcome, SettingsRevision, SettingsStore,
    StoreErrorKind,
};
use emis_types::ManualClock;
use tokio::task::JoinSet;

use super::{author, by_author, ods, second};

fn fresh(code: &str) -> PracticeSettings {
    PracticeSettings::new(ods(code))
}

async fn save<S: SettingsStore>(store: &S, settings: &PracticeSettings) -> PracticeSettings {
    let revision = SettingsRevision::new(settings.clone(), author(), second(1));
    match store.save(&revision).await.unwrap() {
        SaveOutcome::Saved(settings) => *settings,
        other => panic!("{other:?}"),
    }
}

async fn refusal<S: SettingsStore>(store: &S, settings: &PracticeSettings) -> StoreErrorKind {
    let revision = SettingsRevision::new(settings.clone(), author(), second(1));
    store.save(&revision).await.unwrap_err().kind()
}

fn commands<S>(store: &Arc<S>) -> Arc<Commands>
where
    S: SettingsStore + ExclusionStore + AuditStore + 'static,
{
    let recipient = SealingIdentity::generate().recipient();
    let clock = Arc::new(ManualClock::new(second(5)));
    let (settings, exclusions) = (Arc::clone(store), Arc::clone(store));
    Arc::new(Commands::new(
        settings,
        exclusions,
        store.clone(),
        recipient,
        clock,
    ))
}

fn name(name: &str) -> CommandRequest {
    CommandRequest::new(Command::SetName(Some(name.to_owned())), author())
}

/// A save returns the next version, and a load returns what was saved.
pub async fn saved_settings_are_loaded_at_the_next_version<S: SettingsStore>(store: &Arc<S>) {
    assert_eq!(store.load(&ods("A20047")).await.unwrap(), None);
    let mut settings = fresh("A20047");
    settings.update_organisation_id("50002").unwrap();
    let saved = save(&**store, &settings).await;
    assert_eq!(saved, settings.clone().at_version(1));
    assert_eq!(
        store.load(&ods("A20047")).await.unwrap(),
        Some(saved.clone())
    );

    settings = saved;
    settings.set_name(Some("Invented Surgery")).unwrap();
    let saved = save(&**store, &settings).await;
    assert_eq!(saved.version(), 2);
    assert_eq!(store.load(&ods("A20047")).await.unwrap(), Some(saved));
}

/// Practices are kept apart, and listed in the order of their codes.
pub async fn practices_are_kept_apart_and_listed_in_order<S: SettingsStore>(store: &Arc<S>) {
    assert_eq!(store.list().await.unwrap(), []);
    for code in ["Y00001", "A20047", "A2004"] {
        save(&**store, &fresh(code)).await;
    }
    let listed = store.list().await.unwrap();
    assert_eq!(listed, [ods("A2004"), ods("A20047"), ods("Y00001")]);
    let one = store.load(&ods("Y00001")).await.unwrap().unwrap();
    assert_eq!(one.ods_code(), &ods("Y00001"));
}

/// A save of stale settings is a conflict and changes nothing.
pub async fn a_stale_save_is_a_conflict_and_changes_nothing<S: SettingsStore>(store: &Arc<S>) {
    let loaded = save(&**store, &fresh("A20047")).await;
    let mut first = loaded.clone();
    first.set_name(Some("First")).unwrap();
    let kept = save(&**store, &first).await;

    let mut second = loaded;
    second.set_name(Some("Second")).unwrap();
    for stale in [second, fresh("A20047"), fresh("A20047").at_version(9)] {
        assert_eq!(refusal(&**store, &stale).await, StoreErrorKind::Conflict);
    }
    assert_eq!(store.load(&ods("A20047")).await.unwrap(), Some(kept));
}

/// A version that was never returned is a conflict.
pub async fn a_version_that_was_never_returned_is_a_conflict<S: SettingsStore>(store: &Arc<S>) {
    for version in [1, u64::MAX, i64::MAX as u64] {
        let settings = fresh("A20047").at_version(version);
        assert_eq!(refusal(&**store, &settings).await, StoreErrorKind::Conflict);
    }
    assert_eq!(store.load(&ods("A20047")).await.unwrap(), None);
}

/// Of many concurrent saves of one version exactly one succeeds, and its settings are kept.
pub async fn of_many_concurrent_saves_of_a_version_one_succeeds<S>(store: &Arc<S>)
where
    S: SettingsStore + 'static,
{
    for version in 0..3 {
        let mut savers = JoinSet::new();
        for n in 0..20 {
            let store = Arc::clone(store);
            let mut settings = fresh("A20047").at_version(version);
            settings.set_name(Some(&format!("Writer {n}"))).unwrap();
            let revision = SettingsRevision::new(settings, author(), second(n));
            savers.spawn(async move { store.save(&revision).await });
        }
        let (saved, refused): (Vec<_>, Vec<_>) =
            savers.join_all().await.into_iter().partition(Result::is_ok);
        assert_eq!((saved.len(), refused.len()), (1, 19));
        for error in refused {
            assert_eq!(error.unwrap_err().kind(), StoreErrorKind::Conflict);
        }
        let kept = store.load(&ods("A20047")).await.unwrap().unwrap();
        assert_eq!(
            saved[0].as_ref().unwrap(),
            &SaveOutcome::Saved(Box::new(kept))
        );
    }
}

/// A repeated key returns the recorded outcome, and another command under it is refused.
pub async fn a_command_with_a_key_is_done_once<S>(store: &Arc<S>)
where
    S: SettingsStore + ExclusionStore + AuditStore + 'static,
{
    let commands = commands(store);
    let practice = ods("A20047");
    let key = IdempotencyKey::random();
    let order = name("First")
        .with_idempotency_key(key.clone())
        .expecting_version(0);
    let done = commands.execute(&practice, &order).await.unwrap();
    assert_eq!((done.version, done.repeated), (1, false));
    commands.execute(&practice, &name("Second")).await.unwrap();
    // The version that it expects is stale by now.
    let again = commands.execute(&practice, &order).await.unwrap();
    assert_eq!((again.version, again.repeated), (1, true));
    let kept = store.load(&practice).await.unwrap().unwrap();
    assert_eq!((kept.name(), kept.version()), (Some("Second"), 2));

    let other = name("Third").with_idempotency_key(key.clone());
    let refused = commands.execute(&practice, &other).await.unwrap_err();
    assert_eq!(refused.kind(), CommandErrorKind::KeyReused);
    // The same key of another practice is another one.
    let elsewhere = commands.execute(&ods("Y00001"), &other).await.unwrap();
    assert!(!elsewhere.repeated);
    let record = store.command(&practice, &key).await.unwrap().unwrap();
    assert_eq!(record.version, 1);
}

/// Keys are forgotten after their time and not before; then the same command is a new one.
pub async fn keys_are_forgotten_after_their_time<S>(store: &Arc<S>)
where
    S: SettingsStore + AuditStore,
{
    let give = async |code: &str, version: u64, key: &str, at: i64| {
        let mut revision =
            SettingsRevision::new(fresh(code).at_version(version), author(), second(at));
        revision.key = Some((key.parse().unwrap(), Digest::of("it")));
        store.save(&revision).await.unwrap()
    };
    give("A20047", 0, "old", 1).await;
    give("A20047", 1, "young", 5).await;
    give("Y00001", 0, "old", 1).await;
    assert_eq!(store.forget_commands(second(1)).await.unwrap(), 0);
    assert!(matches!(
        give("A20047", 2, "old", 6).await,
        SaveOutcome::Repeated(_)
    ));

    assert_eq!(store.forget_commands(second(5)).await.unwrap(), 2);
    let known = async |key: &str| {
        let record = store.command(&ods("A20047"), &key.parse().unwrap()).await;
        record.unwrap().map(|record| record.version)
    };
    assert_eq!((known("old").await, known("young").await), (None, Some(2)));
    assert!(matches!(
        give("A20047", 2, "young", 6).await,
        SaveOutcome::Repeated(_)
    ));
    assert!(matches!(
        give("A20047", 2, "old", 6).await,
        SaveOutcome::Saved(_)
    ));
    assert_eq!(known("old").await, Some(3));
    let verified = emis_audit::verify(&**store, &ods("A20047").into(), &[]).await;
    assert_eq!(verified.unwrap().entries, 3);
}

/// Of many concurrent calls with one command one executes it.
pub async fn a_command_repeated_concurrently_is_executed_once<S>(store: &Arc<S>)
where
    S: SettingsStore + 'static,
{
    let key = IdempotencyKey::random();
    let mut givers = JoinSet::new();
    for _ in 0..20 {
        let (store, key) = (Arc::clone(store), key.clone());
        let mut revision = SettingsRevision::new(fresh("A20047"), author(), second(1));
        revision.key = Some((key, Digest::of("the same")));
        givers.spawn(async move { store.save(&revision).await.unwrap() });
    }
    let saved = givers.join_all().await;
    let now = saved
        .iter()
        .filter(|saved| matches!(saved, SaveOutcome::Saved(_)));
    assert_eq!(now.count(), 1);
    let kept = store.load(&ods("A20047")).await.unwrap().unwrap();
    assert_eq!(kept.version(), 1);
}

/// Of different concurrent commands under one key one is executed, and the others are
/// refused.
pub async fn of_concurrent_commands_under_one_key_one_is_executed<S>(store: &Arc<S>)
where
    S: SettingsStore + ExclusionStore + AuditStore + 'static,
{
    let processes = [commands(store), commands(store)];
    for round in 1..=5 {
        let key = IdempotencyKey::random();
        let mut givers = JoinSet::new();
        for n in 0..8 {
            let commands = Arc::clone(&processes[n % 2]);
            let order = name(&format!("Surgery {n}")).with_idempotency_key(key.clone());
            givers.spawn(async move { commands.execute(&ods("A20047"), &order).await });
        }
        let given = givers.join_all().await;
        let (done, refused): (Vec<_>, Vec<_>) = given.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), refused.len()), (1, 7));
        for refused in refused {
            let kind = refused.unwrap_err().kind();
            assert_eq!(kind, CommandErrorKind::KeyReused);
        }
        let kept = store.load(&ods("A20047")).await.unwrap().unwrap();
        assert_eq!(kept.version(), round);
    }
}

/// Concurrent commands without a common key are all executed.
pub async fn no_concurrent_command_is_lost<S>(store: &Arc<S>)
where
    S: SettingsStore + ExclusionStore + AuditStore + 'static,
{
    // Each has a queue of its own, as a process has.
    let processes = [commands(store), commands(store)];
    let mut givers = JoinSet::new();
    for n in 0..40 {
        let commands = Arc::clone(&processes[n % 2]);
        let practice = ods(["A20047", "Y00001"][n / 20]);
        givers.spawn(async move {
            let order = name(&format!("Surgery {n}"));
            commands.execute(&practice, &order).await.unwrap().version
        });
    }
    let mut versions = givers.join_all().await;
    versions.sort_unstable();
    let each_twice: Vec<u64> = (1..=20).flat_map(|version| [version, version]).collect();
    assert_eq!(versions, each_twice);
}

/// A change of stale settings fails with the author and the changed fields.
pub async fn a_conflict_names_the_author_and_the_changed_fields<S>(store: &Arc<S>)
where
    S: SettingsStore + ExclusionStore + AuditStore + 'static,
{
    let commands = commands(store);
    let practice = ods("A20047");
    let seen = commands
        .execute(&practice, &name("Seen"))
        .await
        .unwrap()
        .version;

    let mut reminders = fresh("A20047").reminders().clone();
    reminders.offsets = [Offset::WorkingDays(1)].into();
    reminders.minimum_age_years = 18;
    let first = Command::ChangeReminders(Box::new(reminders));
    let first = CommandRequest::new(first, author()).expecting_version(seen);
    commands.execute(&practice, &first).await.unwrap();

    let late =
        CommandRequest::new(Command::Disable(Feature::Reminders), author()).expecting_version(seen);
    let refused = commands.execute(&practice, &late).await.unwrap_err();
    assert_eq!(refused.kind(), CommandErrorKind::Conflict);
    assert_eq!(refused.edits().len(), 1);
    let edit = &refused.edits()[0];
    assert_eq!((edit.version, &edit.by), (2, by_author()));
    assert_eq!(
        edit.paths,
        ["reminders.minimum_age_years", "reminders.offsets"]
    );
    let kept = store.load(&practice).await.unwrap().unwrap();
    assert!(kept.reminders().enabled, "nothing was changed");
}

/// Refused commands are in the audit log like executed ones, without what was typed.
pub async fn a_refused_command_is_in_the_audit_log<S>(store: &Arc<S>)
where
    S: SettingsStore + ExclusionStore + AuditStore + 'static,
{
    let commands = commands(store);
    let order = CommandRequest::new(Command::UpdateOrganisationId("Y00001".to_owned()), author());
    let refused = commands.execute(&ods("A20047"), &order).await.unwrap_err();
    assert_eq!(
        refused.problems()[0].code(),
        ProblemCode::OrganisationIdIsOdsCode
    );
    let entries = store.entries(&ods("A20047").into(), 0, 9).await.unwrap();
    let event = entries[0].event().unwrap();
    assert_eq!(event.kind(), &AuditEventKind::SETTINGS_REFUSED);
    assert_eq!(event.outcome(), AuditEventOutcome::Failure);
    assert_eq!(
        event.details()["problems"][0],
        "organisation-id-is-ods-code"
    );
    assert!(!entries[0].body().contains("Y00001"));
    assert_eq!(store.load(&ods("A20047")).await.unwrap(), None);
}

/// A change and its event are written together, without secrets; a failed change leaves no event.
pub async fn a_change_and_its_event_are_written_together<S>(store: &Arc<S>)
where
    S: SettingsStore + AuditStore,
{
    let chain = ods("A20047").into();
    let mut settings = fresh("A20047");
    let identity = SealingIdentity::generate();
    let password = "Invented-Passw0rd".into();
    settings
        .update_connection("50002", "patchs", password, identity.recipient())
        .unwrap();
    let saved = save(&**store, &settings).await;
    let head = store.head(&chain).await.unwrap().unwrap();
    assert_eq!(head.number, 1);
    assert_eq!(refusal(&**store, &settings).await, StoreErrorKind::Conflict);
    assert_eq!(store.head(&chain).await.unwrap(), Some(head));
    save(&**store, &saved).await;
    assert!(matches!(
        store.head(&chain).await.unwrap(),
        Some(ChainHead { number: 2, .. })
    ));

    let entries = store.entries(&chain, 0, 9).await.unwrap();
    let event = entries[0].event().unwrap();
    assert_eq!(event.kind(), &AuditEventKind::SETTINGS_CHANGED);
    assert_eq!((event.by(), event.at()), (by_author(), second(1)));
    let changes = event.details()["changes"].as_array().unwrap();
    let paths: Vec<_> = changes
        .iter()
        .map(|c| c["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["api_user", "organisation_id"]);
    for secret in ["patchs", "Passw0rd", "age-encryption"] {
        assert!(!entries[0].body().contains(secret), "{secret}");
    }
}

/// SQL, emoji, right-to-left text, NUL and ten million characters are kept whole, or refused
/// with nothing changed.
pub async fn any_text_is_kept_whole_or_refused<S>(store: &Arc<S>)
where
    S: SettingsStore + AuditStore,
{
    let hostile = [
        "'); DROP TABLE practice_settings; --".to_owned(),
        "\" OR 1=1 /* $1 ? :a".to_owned(),
        "\u{1f468}\u{200d}\u{1f9b1} \u{202e}\u{5d0}\u{5d1}\u{5d2} \u{feff}e\u{301}".to_owned(),
        "before\u{0}after".to_owned(),
        "\u{10ffff}\u{fffd}\\u0000\\".to_owned(),
        "x".repeat(1_000_000),
    ];
    let mut version = 0;
    for text in hostile {
        // A newer release may allow what this one refuses.
        let settings: PracticeSettings = serde_json::from_value(serde_json::json!({
            "ods_code": "A20047", "version": version, "telepathy": text,
            "schema_version": 2,
        }))
        .unwrap();
        let revision = SettingsRevision::new(settings, author(), second(1));
        match store.save(&revision).await {
            Ok(SaveOutcome::Saved(saved)) => {
                let kept = store.load(&ods("A20047")).await.unwrap().unwrap();
                assert!(kept == *saved, "not kept as it was");
                let kept = serde_json::to_value(&kept).unwrap();
                assert!(kept["telepathy"] == text.as_str(), "not kept as it was");
                version = saved.version();
            }
            Ok(other) => panic!("{other:?}"),
            Err(refused) => assert_eq!(refused.kind(), StoreErrorKind::Unstorable),
        }
    }
    emis_audit::verify(&**store, &ods("A20047").into(), &[])
        .await
        .unwrap();
}
