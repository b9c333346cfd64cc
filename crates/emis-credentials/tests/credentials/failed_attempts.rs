//! Failed attempts and failing stores: they do not lock the account either.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use emis_credentials::{
    ApiUser, MemoryRefusedPasswordStore, OpenIdTokenSource, PasswordFingerprint,
    RefusedPasswordStore, RefusedPasswordStoreError, ReleaseOutcome, SealContext, SealingIdentity,
    TokenErrorKind as Kind, TokenSource, release_password,
};
use emis_types::{ManualClock, ResponsibleParty};
use jiff::{SignedDuration, Timestamp};
use wiremock::ResponseTemplate;

use crate::support::{Identity, clock, granted, password, refused, wrong_password};

fn fingerprint() -> PasswordFingerprint {
    let practice = SealContext::new("A20047".parse().unwrap(), "50002".parse().unwrap());
    let user = ApiUser::new("patchs", "Invented-Password-1".into()).unwrap();
    SealingIdentity::generate().fingerprint(&user, &practice)
}

/// A source as a process makes it at its start.
fn process(
    identity: &Identity,
    clock: &ManualClock,
    memory: &Arc<impl RefusedPasswordStore + 'static>,
    fingerprints: &[PasswordFingerprint],
) -> OpenIdTokenSource {
    identity
        .source(password())
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap()
        .remembering(Arc::clone(memory) as _, fingerprints.iter().copied())
}

/// A process that a supervisor restarts every minute is held back by the attempts of the others.
#[tokio::test]
async fn processes_without_an_outcome_make_few_attempts_together() {
    let locked = || refused("access_denied", "AADB2C90114: locked for now");
    let page = || ResponseTemplate::new(400).set_body_raw("<html>Sorry</html>", "text/html");
    for answer in [ResponseTemplate::new(500), page(), locked()] {
        let identity = Identity::answering([answer]).await;
        let memory = Arc::new(MemoryRefusedPasswordStore::new());
        let (clock, password) = (clock(), fingerprint());
        for minute in 1..=15 {
            let source = process(&identity, &clock, &memory, &[password]);
            let error = source.token().await.unwrap_err();
            if minute > 3 {
                assert_eq!(error.kind(), Kind::Busy);
                assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
                assert!(error.to_string().contains("several attempts"), "{error}");
                assert!(error.to_string().contains("no one has to act"), "{error}");
                assert_eq!(error.responsible_party(), ResponsibleParty::NoOne);
            }
            clock.advance(SignedDuration::from_mins(1));
        }
        assert_eq!(identity.count(), 3);

        // It is over by itself, and what ends well counts no more.
        identity.answer([granted("one")]);
        for _ in 0..10 {
            let source = process(&identity, &clock, &memory, &[password]);
            assert_eq!(source.token().await.unwrap().expose(), "one");
        }
    }
}

/// A wait that ends by itself names no one; one that does not names who must act.
#[tokio::test]
async fn a_diagnosis_that_may_not_send_the_password_names_who_must_act() {
    for (refused_before, party, who) in [
        (false, ResponsibleParty::Emis, "EMIS has to answer"),
        (true, ResponsibleParty::Practice, "the practice has to"),
    ] {
        let identity = Identity::answering([ResponseTemplate::new(500)]).await;
        let memory = Arc::new(MemoryRefusedPasswordStore::new());
        let (clock, password) = (clock(), fingerprint());
        if refused_before {
            memory.remember(&password).await.unwrap();
            let released = release_password(&*memory, &[password], false, &clock).await;
            assert_eq!(released.unwrap(), ReleaseOutcome::Released);
        }
        let diagnose = async || {
            clock.advance(SignedDuration::from_mins(20));
            let source = process(&identity, &clock, &memory, &[password]);
            source.fresh_token().await.unwrap_err()
        };
        for _ in 0..3 - u8::from(refused_before) {
            assert_eq!(diagnose().await.kind(), Kind::Unreachable);
        }
        let error = diagnose().await;
        assert_eq!(
            (error.kind(), error.responsible_party()),
            (Kind::Busy, party)
        );
        assert!(error.to_string().contains(who), "{error}");
        assert_eq!(error.is_retryable(), !refused_before);
    }
}

/// A person who releases the password again and again does not lock the account either.
#[tokio::test]
async fn a_refusal_that_is_forgotten_repeatedly_is_tried_a_few_times() {
    let identity = Identity::answering([wrong_password()]).await;
    let memory = Arc::new(MemoryRefusedPasswordStore::new());
    let (clock, password) = (clock(), fingerprint());
    let again = async || {
        memory.forget(&password).await.unwrap();
        let source = process(&identity, &clock, &memory, &[password]);
        source.token().await.unwrap_err().kind()
    };
    for number in 1..=10 {
        let expected = match number {
            1..=3 => Kind::InvalidUserCredentials,
            _ => Kind::Busy,
        };
        assert_eq!(again().await, expected);
    }
    assert_eq!(identity.count(), 3);
    clock.advance(SignedDuration::from_mins(15));
    assert_eq!(again().await, Kind::InvalidUserCredentials);
}

/// An attempt counts even if its runtime is shut down in the middle.
#[test]
fn an_attempt_that_was_cut_off_counts() {
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let server = runtime();
    let never = wrong_password().set_delay(Duration::from_secs(3600));
    let identity = server.block_on(Identity::answering([never]));
    let memory = Arc::new(MemoryRefusedPasswordStore::new());
    let (clock, password) = (clock(), fingerprint());
    for _ in 0..3 {
        let cut_off = runtime();
        let source = process(&identity, &clock, &memory, &[password]);
        let tried = identity.count() + 1;
        cut_off.spawn(async move { source.token().await });
        server.block_on(identity.arrived(tried));
        cut_off.shutdown_background();
        clock.advance(SignedDuration::from_mins(1));
    }
    let next = process(&identity, &clock, &memory, &[password]);
    let error = server.block_on(next.token()).unwrap_err();
    assert_eq!((error.kind(), identity.count()), (Kind::Busy, 3));
}

/// A store that accepts claims, and nothing else while it is told so.
#[derive(Debug, Default)]
struct Failing {
    inner: MemoryRefusedPasswordStore,
    no_refusals: AtomicBool,
    no_claim_of: Option<PasswordFingerprint>,
}

#[async_trait]
impl RefusedPasswordStore for Failing {
    async fn contains(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<bool, RefusedPasswordStoreError> {
        self.inner.contains(password).await
    }
    async fn remember(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<(), RefusedPasswordStoreError> {
        if self.no_refusals.load(Ordering::SeqCst) {
            return Err(RefusedPasswordStoreError);
        }
        self.inner.remember(password).await
    }
    async fn forget(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<(), RefusedPasswordStoreError> {
        self.inner.forget(password).await
    }
    async fn claim(
        &self,
        password: &PasswordFingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, RefusedPasswordStoreError> {
        if self.no_claim_of.as_ref() == Some(password) {
            return Err(RefusedPasswordStoreError);
        }
        self.inner.claim(password, now, until).await
    }
    async fn release(
        &self,
        password: &PasswordFingerprint,
        until: Timestamp,
    ) -> Result<(), RefusedPasswordStoreError> {
        self.inner.release(password, until).await
    }
}

#[tokio::test]
async fn a_refusal_that_could_not_be_recorded_is_recorded_later() {
    let identity = Identity::answering([wrong_password()]).await;
    let memory = Arc::new(Failing::default());
    memory.no_refusals.store(true, Ordering::SeqCst);
    let (clock, password) = (clock(), fingerprint());
    let source = process(&identity, &clock, &memory, &[password]);
    let error = source.token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidUserCredentials);
    for _ in 0..10 {
        clock.advance(SignedDuration::from_mins(5));
        assert_eq!(source.token().await.unwrap_err().kind(), Kind::HeldBack);
    }
    assert!(!memory.contains(&password).await.unwrap());

    memory.no_refusals.store(false, Ordering::SeqCst);
    clock.advance(SignedDuration::from_mins(5));
    assert_eq!(source.token().await.unwrap_err().kind(), Kind::HeldBack);
    assert!(memory.contains(&password).await.unwrap());
    assert_eq!(identity.count(), 1);

    // From then on it is the memory that decides.
    identity.answer([granted("one")]);
    memory.forget(&password).await.unwrap();
    clock.advance(SignedDuration::from_mins(5));
    assert_eq!(source.token().await.unwrap().expose(), "one");
}

#[tokio::test]
async fn a_claim_made_before_the_store_failed_is_released() {
    let identity = Identity::answering([granted("one")]).await;
    let (one, two) = (fingerprint(), fingerprint());
    let (first, second) = if one.as_bytes() < two.as_bytes() {
        (one, two)
    } else {
        (two, one)
    };
    let memory = Arc::new(Failing {
        no_claim_of: Some(second),
        ..Failing::default()
    });
    let clock = clock();
    let both = process(&identity, &clock, &memory, &[first, second]);
    let error = both.token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::StoreUnavailable);
    assert_eq!(identity.count(), 0);
    let other = process(&identity, &clock, &memory, &[first]);
    assert_eq!(other.token().await.unwrap().expose(), "one");
}
