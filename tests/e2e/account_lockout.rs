//! The product never locks a practice's account: not with hundreds of callers, not with many processes
//! over one database, and not with processes that are killed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use crate::support::{Failure, World, environment};
use emis_partner::credentials::{SealingIdentity, TokenErrorKind};
use emis_partner::diagnostics::Product;
use emis_partner::messaging::Outbox;
use emis_partner::store::SqliteStore;
use emis_partner::types::{Clock, ManualClock};
use emis_partner::{EmisPartner, Environment, Practice};
use emis_sim::{SimFault, SimOperation};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use tokio::process::{Child, Command};

/// A database file, deleted at the end of the test.
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

/// Returns the practice as seen by a product started with this database and key.
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

/// Returns the kind of error with which a token was refused.
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

/// The environment variable with the arguments of the child process.
const TOLD: &str = "EMIS_TEST_TO_BE_KILLED";

/// Runs in the child process: requests a token and reports the outcome.
#[tokio::test]
async fn child_process_that_is_killed() -> Result<(), Failure> {
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
        return Err("unexpected arguments".into());
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
    assert_eq!(kind, TokenErrorKind::Busy, "the process was not killed");
    Ok(())
}

#[tokio::test]
async fn processes_killed_before_the_answer_do_not_lock_the_account() -> Result<(), Failure> {
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

    // EMIS counts each attempt, and its answers never arrive.
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
            Some(status) => assert!(status.success(), "the process withheld the password"),
            None => {
                child.kill().await?;
                killed += 1;
            }
        }
        world.clock.advance(SignedDuration::from_mins(1));
    }
    assert_eq!((killed, tries()), (3, 3));

    // Once EMIS answers again, the next process learns the cause for all.
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
        "the account is not locked"
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
        database.0.to_str().ok_or("the path is not valid UTF-8")?,
        key.expose_secret(),
        emis.ods(),
        &world.clock.now().to_string(),
    ]
    .join("\n");
    let child = Command::new(std::env::current_exe()?)
        .args(["--exact", "account_lockout::child_process_that_is_killed"])
        .env(TOLD, told)
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    Ok(child)
}
