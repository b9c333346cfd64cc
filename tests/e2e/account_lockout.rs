//! A practice's account is never locked by the product: not by hundreds of callers, not by many
//! processes over one database, and not by processes that are killed in the middle.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use crate::support::{Failure, World, environment};
use emis_partner::credentials::{SealingIdentity, TokenErrorKind};
use emis_partner::diagnostics::Product;
use emis_partner::reminders::Outbox;
use emis_partner::store::SqliteStore;
use emis_partner::types::{Clock, ManualClock};
use emis_partner::{EmisPartner, Environment, Practice};
use emis_sim::{SimFault, SimOperation};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use tokio::process::{Child, Command};

/// A database in a file, which is gone at the end of the test.
struct Database(PathBuf);

impl Database {
    fn new(name: &str) -> Self {
        let name = format!("emis-{name}-{}.sqlite", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(end);
            drop(std::fs::remove_file(path));
        }
    }
}

/// The practice, as a process of the product has it that was started with this database and key.
fn process(
    environment: Environment,
    database: &Path,
    key: &SealingIdentity,
    clock: &ManualClock,
    ods: &str,
) -> Result<Practice, Failure> {
    let partner = EmisPartner::builder(
        Product::new("Patchs", "patchs")?,
        environment,
        key.clone(),
        Arc::new(SqliteStore::open(database)?),
        Arc::new(Outbox::new()),
    );
    let partner = partner.clock(Arc::new(clock.clone())).build()?;
    Ok(partner.practice(ods.parse()?))
}

/// How a token was refused.
async fn refusal(practice: &Practice) -> Result<TokenErrorKind, Failure> {
    let error = practice.client().await?.token_claims().await.err();
    let kind = error.and_then(|error| error.token_error().map(|error| error.kind()));
    kind.ok_or_else(|| "a wrong password that was not refused".into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wrong_password_reaches_emis_once_from_500_callers_and_after_restarts()
-> Result<(), Failure> {
    let world = World::new().await?;
    let emis = world.sim.practice();
    let (database, key) = (Database::new("callers"), SealingIdentity::generate());
    let start = || {
        let environment = environment(&world.sim)?;
        process(environment, &database.0, &key, &world.clock, emis.ods())
    };
    start()?
        .settings()
        .update_connection(emis.cdb(), emis.username(), "Wrong-Password-1".into())
        .await?;
    for _restart in 0..2 {
        let mut callers = Vec::new();
        for _ in 0..5 {
            let practice = start()?;
            callers.extend((0..100).map(|_| {
                let practice = practice.clone();
                tokio::spawn(async move { refusal(&practice).await.map_err(|e| e.to_string()) })
            }));
        }
        for caller in callers {
            let kind = caller.await??;
            assert!(
                matches!(
                    kind,
                    TokenErrorKind::InvalidUserCredentials | TokenErrorKind::HeldBack
                ),
                "{kind:?}"
            );
        }
        assert_eq!(world.sim.password_attempts(emis.username()), 1);
        world.clock.advance(SignedDuration::from_hours(3));
    }
    Ok(())
}

/// What a process is told that is started to be killed.
const TOLD: &str = "EMIS_TEST_TO_BE_KILLED";

/// Such a process: it asks for a token, and says what came of it.
#[tokio::test]
async fn in_a_process_that_was_started_to_be_killed() -> Result<(), Failure> {
    let Ok(told) = std::env::var(TOLD) else {
        return Ok(());
    };
    let told: Vec<&str> = told.split('\n').collect();
    let &[
        api,
        identity,
        application,
        client,
        secret,
        database,
        key,
        ods,
        now,
    ] = told.as_slice()
    else {
        return Err("it was told something else".into());
    };
    let environment = Environment {
        api_url: api.parse()?,
        identity_url: identity.parse()?,
        application_id: application.parse()?,
        client: emis_partner::credentials::ClientCredentials::new(client, secret.into()),
    };
    let clock = ManualClock::new(now.parse()?);
    let practice = process(environment, Path::new(database), &key.parse()?, &clock, ods)?;
    let kind = refusal(&practice).await?;
    assert_eq!(kind, TokenErrorKind::Busy, "it was not killed");
    Ok(())
}

#[tokio::test]
async fn processes_that_are_killed_before_they_hear_the_answer_do_not_lock_the_account()
-> Result<(), Failure> {
    let world = World::new().await?;
    let (sim, emis) = (&world.sim, world.sim.practice());
    let (database, key) = (Database::new("killed"), SealingIdentity::generate());
    let start = || {
        process(
            environment(sim)?,
            &database.0,
            &key,
            &world.clock,
            emis.ods(),
        )
    };
    start()?
        .settings()
        .update_connection(emis.cdb(), emis.username(), "Wrong-Password-1".into())
        .await?;
    sim.identity().lock_users_after(Some(5));
    let tries = || sim.password_attempts(emis.username());

    // EMIS counts each try, and its answers never arrive.
    sim.faults()
        .times(SimOperation::Token, 100, SimFault::StallAfterCommit);
    let mut killed = 0;
    for _minute in 0..10 {
        let before = tries();
        let mut child = child(&world, &database, &key)?;
        let ended = loop {
            if let Some(status) = child.try_wait()? {
                break Some(status);
            }
            if tries() > before {
                break None;
            }
            tokio::task::yield_now().await;
        };
        match ended {
            Some(status) => assert!(status.success(), "it held the password back"),
            None => {
                child.kill().await?;
                killed += 1;
            }
        }
        world.clock.advance(SignedDuration::from_mins(1));
    }
    assert_eq!((killed, tries()), (3, 3));

    // Once EMIS answers again, the next one finds out what is wrong, once and for all.
    sim.faults().clear();
    world.clock.advance(SignedDuration::from_mins(15));
    let next = start()?;
    assert_eq!(
        refusal(&next).await?,
        TokenErrorKind::InvalidUserCredentials
    );
    assert_eq!(refusal(&start()?).await?, TokenErrorKind::HeldBack);
    assert_eq!(tries(), 4);
    next.settings()
        .update_api_user(emis.username(), emis.password().into())
        .await?;
    assert!(
        next.client().await?.token_claims().await.is_ok(),
        "it is not locked"
    );
    Ok(())
}

fn child(world: &World, database: &Database, key: &SealingIdentity) -> Result<Child, Failure> {
    let (sim, emis) = (&world.sim, world.sim.practice());
    let key = key.expose_secret();
    let told = [
        sim.api_url(),
        sim.identity_url(),
        sim.application_id(),
        sim.client_id(),
        sim.client_secret(),
        database.0.to_str().ok_or("a path that is no text")?,
        key.expose_secret(),
        emis.ods(),
        &world.clock.now().to_string(),
    ]
    .join("\n");
    let child = Command::new(std::env::current_exe()?)
        .args([
            "--exact",
            "account_lockout::in_a_process_that_was_started_to_be_killed",
        ])
        .env(TOLD, told)
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    Ok(child)
}
