//! No practice is locked out: a password that was, or may have been, refused is not sent again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use emis_credentials::{
    ApiUser, Grant, MemoryRefusedPasswordStore, OpenIdTokenSource, PasswordFingerprint,
    RefusedPasswordStore, RefusedPasswordStoreError, SealContext, SealingIdentity,
    TokenErrorKind as Kind, TokenSource,
};
use emis_types::ManualClock;
use jiff::{SignedDuration, Timestamp};
use wiremock::ResponseTemplate;

use crate::support::{Identity, clock, granted, password, refused};

fn wrong_password() -> ResponseTemplate {
    refused(
        "invalid_grant",
        "AADB2C90225: The username or password is invalid.",
    )
}

fn fingerprint_of(identity: &SealingIdentity, text: &str) -> PasswordFingerprint {
    let practice = SealContext::new("A20047".parse().unwrap(), "50002".parse().unwrap());
    let user = ApiUser::new("patchs", text.to_owned().into()).unwrap();
    identity.fingerprint(&user, &practice)
}

/// A source as a process makes it at its start, with the store that all of them share.
fn process(
    identity: &Identity,
    clock: &ManualClock,
    memory: &Arc<dyn RefusedPasswordStore>,
    password_fingerprint: PasswordFingerprint,
) -> OpenIdTokenSource {
    let source = identity.source(password()).clock(Arc::new(clock.clone()));
    source
        .build()
        .unwrap()
        .remembering(Arc::clone(memory), [password_fingerprint])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wrong_password_is_sent_once_by_hundreds_of_callers_and_never_after_a_restart() {
    let identity = Identity::answering([wrong_password()]).await;
    let memory: Arc<dyn RefusedPasswordStore> = Arc::new(MemoryRefusedPasswordStore::new());
    let key = SealingIdentity::generate();
    let clock = clock();
    for _restart in 0..3 {
        let source = process(&identity, &clock, &memory, fingerprint_of(&key, "wrong"));
        let callers: Vec<_> = (0..500)
            .map(|_| {
                let source = source.clone();
                tokio::spawn(async move { source.token().await.unwrap_err().kind() })
            })
            .collect();
        for caller in callers {
            let kind = caller.await.unwrap();
            assert!(
                matches!(kind, Kind::InvalidUserCredentials | Kind::HeldBack),
                "{kind:?}"
            );
        }
        assert_eq!(
            source.fresh_token().await.unwrap_err().kind(),
            Kind::HeldBack
        );
        clock.advance(SignedDuration::from_hours(2));
        assert_eq!(source.token().await.unwrap_err().kind(), Kind::HeldBack);
    }
    assert_eq!(identity.count(), 1);
}

#[tokio::test]
async fn a_password_that_was_corrected_in_emis_is_tried_again_once_it_is_forgotten() {
    let identity = Identity::answering([wrong_password(), granted("one")]).await;
    let memory: Arc<dyn RefusedPasswordStore> = Arc::new(MemoryRefusedPasswordStore::new());
    let refused = fingerprint_of(&SealingIdentity::generate(), "right after all");
    let clock = clock();
    let source = process(&identity, &clock, &memory, refused);
    assert_eq!(
        source.token().await.unwrap_err().kind(),
        Kind::InvalidUserCredentials
    );

    memory.forget(&refused).await.unwrap();
    clock.advance(SignedDuration::from_secs(30));
    assert_eq!(source.token().await.unwrap().expose(), "one");
    assert!(!memory.contains(&refused).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_processes_that_start_at_once_one_finds_out_that_a_password_is_wrong() {
    let identity = Identity::answering([wrong_password()]).await;
    let memory: Arc<dyn RefusedPasswordStore> = Arc::new(MemoryRefusedPasswordStore::new());
    let password = fingerprint_of(&SealingIdentity::generate(), "wrong");
    identity.close_gate();
    let processes: Vec<_> = (0..20)
        .map(|_| {
            let source = process(&identity, &clock(), &memory, password);
            tokio::spawn(async move { source.token().await.unwrap_err().kind() })
        })
        .collect();
    identity.arrived(1).await;
    identity.open_gate();
    let mut refused = 0;
    for process in processes {
        match process.await.unwrap() {
            Kind::InvalidUserCredentials => refused += 1,
            kind => assert_eq!(kind, Kind::HeldBack),
        }
    }
    assert_eq!((refused, identity.count()), (1, 1));
}

#[tokio::test]
async fn processes_with_a_right_password_take_turns() {
    let identity = Identity::answering([granted("one")]).await;
    let memory: Arc<dyn RefusedPasswordStore> = Arc::new(MemoryRefusedPasswordStore::new());
    let password = fingerprint_of(&SealingIdentity::generate(), "right");
    for process_number in 1..=3 {
        let source = process(&identity, &clock(), &memory, password);
        assert_eq!(source.token().await.unwrap().expose(), "one");
        assert_eq!(identity.count(), process_number);
    }
}

#[tokio::test]
async fn an_attempt_without_an_outcome_keeps_every_process_from_the_next() {
    let identity = Identity::answering([ResponseTemplate::new(500), granted("one")]).await;
    let memory: Arc<dyn RefusedPasswordStore> = Arc::new(MemoryRefusedPasswordStore::new());
    let password = fingerprint_of(&SealingIdentity::generate(), "unanswered");
    let clock = clock();
    let source = process(&identity, &clock, &memory, password);
    assert_eq!(source.token().await.unwrap_err().kind(), Kind::Unreachable);

    let started_anew = identity
        .source(self::password())
        .clock(Arc::new(clock.clone()))
        .timeout(Duration::from_secs(2))
        .build()
        .unwrap()
        .remembering(Arc::clone(&memory), [password]);
    assert_eq!(started_anew.token().await.unwrap_err().kind(), Kind::Busy);
    assert_eq!(identity.count(), 1);

    clock.advance(SignedDuration::from_mins(1));
    assert_eq!(started_anew.token().await.unwrap().expose(), "one");
}

#[tokio::test]
async fn a_refusal_is_known_by_every_key_in_use() {
    let identity = Identity::answering([wrong_password()]).await;
    let memory: Arc<dyn RefusedPasswordStore> = Arc::new(MemoryRefusedPasswordStore::new());
    let (old, new) = (SealingIdentity::generate(), SealingIdentity::generate());
    let (by_old, by_new) = (fingerprint_of(&old, "wrong"), fingerprint_of(&new, "wrong"));
    memory.remember(&by_old).await.unwrap();
    // A process that holds both keys passes on what was known by the old one.
    let source = identity.source(password()).clock(Arc::new(clock()));
    let source = source
        .build()
        .unwrap()
        .remembering(Arc::clone(&memory), [by_new, by_old]);
    assert_eq!(source.token().await.unwrap_err().kind(), Kind::HeldBack);
    assert!(memory.contains(&by_new).await.unwrap());
    assert_eq!(identity.count(), 0);
}

#[tokio::test]
async fn without_its_store_a_password_is_not_sent() {
    #[derive(Debug)]
    struct Gone;

    #[async_trait]
    impl RefusedPasswordStore for Gone {
        async fn contains(
            &self,
            _: &PasswordFingerprint,
        ) -> Result<bool, RefusedPasswordStoreError> {
            Err(RefusedPasswordStoreError)
        }
        async fn remember(&self, _: &PasswordFingerprint) -> Result<(), RefusedPasswordStoreError> {
            Err(RefusedPasswordStoreError)
        }
        async fn forget(&self, _: &PasswordFingerprint) -> Result<(), RefusedPasswordStoreError> {
            Err(RefusedPasswordStoreError)
        }
        async fn claim(
            &self,
            _: &PasswordFingerprint,
            _: Timestamp,
            _: Timestamp,
        ) -> Result<bool, RefusedPasswordStoreError> {
            Err(RefusedPasswordStoreError)
        }
        async fn release(
            &self,
            _: &PasswordFingerprint,
            _: Timestamp,
        ) -> Result<(), RefusedPasswordStoreError> {
            Err(RefusedPasswordStoreError)
        }
    }

    let identity = Identity::answering([granted("one")]).await;
    let memory: Arc<dyn RefusedPasswordStore> = Arc::new(Gone);
    let unknown = fingerprint_of(&SealingIdentity::generate(), "any");
    let source = process(&identity, &clock(), &memory, unknown);
    assert_eq!(
        source.token().await.unwrap_err().kind(),
        Kind::StoreUnavailable
    );
    assert_eq!(identity.count(), 0);
}

#[test]
fn a_fingerprint_tells_passwords_practices_and_keys_apart_and_nothing_else() {
    let (key, other_key) = (SealingIdentity::generate(), SealingIdentity::generate());
    let same = fingerprint_of(&key, "secret-word");
    assert_eq!(same, fingerprint_of(&key, "secret-word"));
    assert_ne!(same, fingerprint_of(&key, "secret-words"));
    assert_ne!(same, fingerprint_of(&other_key, "secret-word"));
    let elsewhere = SealContext::new("A20048".parse().unwrap(), "50002".parse().unwrap());
    let user = ApiUser::new("patchs", "secret-word".to_owned().into()).unwrap();
    assert_ne!(same, key.fingerprint(&user, &elsewhere));
    assert_eq!(format!("{same:?}"), "PasswordFingerprint([redacted])");
}

/// Answers that do not say what became of the password, as a proxy in the way gives them.
fn unintelligible_answers() -> Vec<(&'static str, ResponseTemplate)> {
    let html =
        |status| ResponseTemplate::new(status).set_body_raw("<html>Sorry</html>", "text/html");
    vec![
        ("400 html", html(400)),
        ("400 empty", ResponseTemplate::new(400)),
        (
            "400 without a word",
            ResponseTemplate::new(400).set_body_string("{}"),
        ),
        ("401 empty", ResponseTemplate::new(401)),
        ("403 html", html(403)),
        ("404", ResponseTemplate::new(404)),
        ("423", ResponseTemplate::new(423)),
        (
            "302",
            ResponseTemplate::new(302).insert_header("location", "https://example.com/"),
        ),
        ("200 html", html(200)),
        ("500", ResponseTemplate::new(500)),
    ]
}

#[tokio::test]
async fn a_refusal_that_cannot_be_read_is_not_tried_on_every_call() {
    for (name, answer) in unintelligible_answers() {
        let identity = Identity::answering([answer]).await;
        let clock = clock();
        let source = identity
            .source(password())
            .clock(Arc::new(clock.clone()))
            .build()
            .unwrap();
        for _ in 0..20 {
            source.token().await.unwrap_err();
        }
        assert_eq!(identity.count(), 1, "{name}");
        // A caller every ten seconds, for an hour.
        for _ in 0..360 {
            clock.advance(SignedDuration::from_secs(10));
            source.token().await.unwrap_err();
        }
        assert!(
            (2..=8).contains(&identity.count()),
            "{name}: {} times",
            identity.count()
        );
    }
}

#[tokio::test]
async fn without_a_password_there_is_nothing_to_lock() {
    let html = ResponseTemplate::new(400).set_body_raw("<html>Sorry</html>", "text/html");
    let identity = Identity::answering([html, granted("one")]).await;
    let source = identity
        .source(Grant::ClientCredentials)
        .clock(Arc::new(clock()))
        .build()
        .unwrap();
    assert_eq!(source.token().await.unwrap_err().kind(), Kind::Malformed);
    assert_eq!(source.token().await.unwrap().expose(), "one");
}

#[tokio::test]
async fn a_fresh_token_tells_whether_the_password_still_works_and_costs_nothing_else() {
    let identity = Identity::answering([granted("one"), granted("two"), wrong_password()]).await;
    let source = identity
        .source(password())
        .clock(Arc::new(clock()))
        .build()
        .unwrap();
    assert_eq!(source.token().await.unwrap().expose(), "one");
    assert_eq!(source.fresh_token().await.unwrap().expose(), "two");
    assert_eq!(
        source.token().await.unwrap().expose(),
        "two",
        "it takes the other's place"
    );

    let error = source.fresh_token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidUserCredentials);
    assert_eq!(
        source.token().await.unwrap().expose(),
        "two",
        "what is good stays in use"
    );
    assert_eq!(
        source.fresh_token().await.unwrap_err().kind(),
        Kind::HeldBack
    );
    assert_eq!(identity.count(), 3);
}
