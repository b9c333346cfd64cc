//! Rotation of the keys that open practices' passwords, while the product is running.

use std::sync::Arc;

use crate::support::{Failure, World, environment};
use emis_partner::credentials::{IdentityRing, Recipients, SealingIdentity};
use emis_partner::diagnostics::Product;
use emis_partner::messaging::Outbox;
use emis_partner::store::SqliteStore;
use emis_partner::{EmisPartner, ErrorKind};

/// Processes of the product that share a store, each with its own keys.
struct Processes<'w> {
    world: &'w World,
    store: Arc<SqliteStore>,
}

impl Processes<'_> {
    fn start(&self, keys: &[&SealingIdentity]) -> Result<EmisPartner, Failure> {
        let ring = IdentityRing::new(keys.iter().copied().cloned())?;
        let partner = EmisPartner::builder(
            Product::new("Patchs", "patchs")?,
            environment(&self.world.sim)?,
            ring,
            Arc::clone(&self.store),
            Arc::new(Outbox::new()),
        );
        Ok(partner.clock(Arc::new(self.world.clock.clone())).build()?)
    }
}

#[tokio::test]
async fn keys_are_rotated_without_interruption() -> Result<(), Failure> {
    let world = World::new().await?;
    let emis = world.sim.practice();
    let processes = Processes {
        world: &world,
        store: Arc::new(SqliteStore::in_memory()?),
    };
    let ods = || emis.ods().parse();
    let (old, new) = (SealingIdentity::generate(), SealingIdentity::generate());

    let first = processes.start(&[&old])?;
    let practice = first.practice(ods()?);
    practice
        .settings()
        .update_connection(emis.cdb(), emis.username(), emis.password().into())
        .await?;
    assert!(practice.diagnosis().run().await?.healthy);

    // The new key is added second everywhere, then moved first, so that every process can open it.
    let second = processes.start(&[&old, &new])?;
    let third = processes.start(&[&new, &old])?;
    for partner in [&second, &third] {
        assert!(partner.practice(ods()?).diagnosis().run().await?.healthy);
    }
    let needing = || third.practices_needing(old.recipient().id());
    assert_eq!(needing().await?, [ods()?]);

    let attempts = world.sim.password_attempts(emis.username());
    let report = third.reseal_api_users().await?;
    assert_eq!(report.resealed, [ods()?]);
    assert!(report.failed.is_empty());
    assert_eq!(needing().await?, []);

    // Running processes continue without logging in again.
    for partner in [&second, &third] {
        partner
            .practice(ods()?)
            .client()
            .await?
            .token_claims()
            .await?;
    }
    assert_eq!(world.sim.password_attempts(emis.username()), attempts);

    // The old key is retired.
    let last = processes.start(&[&new])?;
    assert!(last.practice(ods()?).diagnosis().run().await?.healthy);
    let again = last.reseal_api_users().await?;
    assert_eq!((again.resealed.len(), again.unchanged), (0, vec![ods()?]));

    let left_behind = processes.start(&[&old])?;
    let error = left_behind.practice(ods()?).client().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Sealed);
    Ok(())
}

#[tokio::test]
async fn a_refused_password_stays_refused_under_the_new_key() -> Result<(), Failure> {
    let world = World::new().await?;
    let emis = world.sim.practice();
    let processes = Processes {
        world: &world,
        store: Arc::new(SqliteStore::in_memory()?),
    };
    let (old, new) = (SealingIdentity::generate(), SealingIdentity::generate());
    let ods = || emis.ods().parse();
    let practice = processes.start(&[&old])?.practice(ods()?);
    practice
        .settings()
        .update_connection(emis.cdb(), emis.username(), "Wrong-Password-1".into())
        .await?;
    practice.diagnosis().run().await?;

    let report = processes.start(&[&new, &old])?.reseal_api_users().await?;
    assert_eq!(report.resealed.len(), 1);
    let practice = processes.start(&[&new])?.practice(ods()?);
    assert!(!practice.diagnosis().run().await?.healthy);
    assert_eq!(world.sim.password_attempts(emis.username()), 1);
    Ok(())
}

#[tokio::test]
async fn a_lost_key_of_one_practice_does_not_stop_the_others() -> Result<(), Failure> {
    let world = World::new().await?;
    let processes = Processes {
        world: &world,
        store: Arc::new(SqliteStore::in_memory()?),
    };
    let [lost, old, new] = std::array::from_fn(|_| SealingIdentity::generate());
    for (ods, key) in [("A20047", &lost), ("A20048", &old), ("A20049", &old)] {
        let practice = processes.start(&[key])?.practice(ods.parse()?);
        practice
            .settings()
            .update_connection("50002", "patchs", "Invented-Password-1".into())
            .await?;
    }
    let partner = processes.start(&[&new, &old])?;
    let report = partner.reseal_api_users().await?;
    assert_eq!(report.resealed, ["A20048".parse()?, "A20049".parse()?]);
    let (failed, error) = report.failed.first().ok_or("nothing failed")?;
    assert_eq!(failed.as_str(), "A20047");
    assert!(emis_partner::types::report(error).contains("another key"));
    let needing = partner.practices_needing(lost.recipient().id()).await?;
    assert_eq!(needing, ["A20047".parse()?]);
    Ok(())
}

#[tokio::test]
async fn a_recovery_key_opens_too_and_an_own_key_is_required() -> Result<(), Failure> {
    let world = World::new().await?;
    let (ours, recovery) = (SealingIdentity::generate(), SealingIdentity::generate());
    let store = Arc::new(SqliteStore::in_memory()?);
    let build = |recipients: Recipients| {
        let partner = EmisPartner::builder(
            Product::new("Patchs", "patchs")?,
            environment(&world.sim)?,
            ours.clone(),
            Arc::clone(&store),
            Arc::new(Outbox::new()),
        );
        Ok::<_, Failure>(partner.recipients(recipients).build())
    };
    let both = Recipients::new([ours.recipient(), recovery.recipient()])?;
    let practice = build(both)??.practice("A20047".parse()?);
    practice
        .settings()
        .update_connection("50002", "patchs", "Invented-Password-1".into())
        .await?;
    let settings = practice.settings().load().await?;
    let sealed = settings.api_user().ok_or("no API user")?;
    let context = settings.seal_context().ok_or("no context")?;
    recovery.open(sealed, &context)?;

    let error = build(recovery.recipient().into())?.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    Ok(())
}
