//! Fleets of simulated practices, above the facade.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails fails its test"
)]

use std::future::pending;
use std::num::NonZeroUsize;
use std::sync::Arc;

use emis_diagnostics::{Cause, Product, ResponsibleParty};
use emis_fleet::{
    Fleet, FleetOptions, FleetReport, FleetSummary, NotCheckedReason, PracticeHealth,
    PracticeState, sweep,
};
use emis_partner::credentials::{ClientCredentials, SealingIdentity};
use emis_partner::messaging::Outbox;
use emis_partner::store::SqliteStore;
use emis_partner::{EmisPartner, Environment};
use emis_sim::{Sim, SimOperation};
use emis_types::{ManualClock, OdsCode};
use jiff::civil::date;

use PracticeState::{Broken, Healthy};

const CONCURRENCY: usize = 3;

struct World {
    sim: Sim,
    partner: EmisPartner,
    options: FleetOptions,
}

impl World {
    async fn with(practices: u32) -> Self {
        let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
        let sim = Sim::builder().practices(practices).patients(20);
        let sim = sim.clock(Arc::new(clock.clone())).start().await.unwrap();
        let environment = Environment {
            api_url: sim.api_url().parse().unwrap(),
            identity_url: sim.identity_url().parse().unwrap(),
            application_id: sim.application_id().parse().unwrap(),
            client: ClientCredentials::new(sim.client_id(), sim.client_secret().into()),
        };
        let partner = EmisPartner::builder(
            Product::new("Patchs", "patchs").unwrap(),
            environment,
            SealingIdentity::generate(),
            Arc::new(SqliteStore::in_memory().unwrap()),
            Arc::new(Outbox::new()),
        );
        let partner = partner.clock(Arc::new(clock)).build().unwrap();
        for emis in sim.practices() {
            let practice = partner.practice(emis.ods().parse().unwrap());
            let password = emis.password().into();
            practice
                .settings()
                .update_connection(emis.cdb(), emis.username(), password)
                .await
                .unwrap();
        }
        let options = FleetOptions::new().concurrency(NonZeroUsize::new(CONCURRENCY).unwrap());
        Self {
            sim,
            partner,
            options,
        }
    }

    async fn diagnose(&self) -> FleetReport {
        let mut done = Vec::new();
        let fleet = Fleet::new(self.partner.clone()).options(self.options);
        let report = fleet.diagnose(
            |progress| {
                assert_eq!(progress.total, self.sim.practices().len());
                let healthy = progress.report.map(|report| report.healthy);
                assert_eq!(
                    healthy == Some(true),
                    *progress.health == PracticeHealth::Healthy
                );
                done.push(progress.done);
            },
            pending(),
        );
        let report = report.await.unwrap();
        assert_eq!(done, Vec::from_iter(1..=done.len()));
        report
    }
}

#[tokio::test]
async fn practices_are_grouped_by_cause_and_compared_with_last_time() {
    let world = World::with(7).await;
    assert_eq!(world.diagnose().await.exit_code(), 0);
    let emis = world.sim.practices();

    emis[0].emas().lock_user();
    emis[1].emas().lock_user();
    emis[2].emas().deactivate_application();
    let broken = world.diagnose().await;
    assert_eq!((broken.exit_code(), broken.healthy()), (1, 4));
    let groups = broken.groups();
    assert_eq!(groups[0].cause, Cause::UserLocked);
    assert_eq!(groups[1].cause, Cause::ApplicationDeactivated);
    assert_eq!(groups[0].responsible, ResponsibleParty::Practice);

    let json = broken.summary(None).to_json();
    let before = FleetSummary::from_json(&json).unwrap();
    let same = world.diagnose().await.since(&before);
    assert!(same.changes.is_empty());
    assert_eq!(same.exit_code(), 0, "a known cause is not worse");
}

#[tokio::test]
async fn changes_are_listed_worst_first() {
    let world = World::with(4).await;
    let emis = world.sim.practices();
    emis[0].emas().lock_user();
    let before = world.diagnose().await.summary(None);
    assert_eq!(before.healthy(), 3);

    emis[1].emas().deactivate_application();
    emis[2].emas().set_rbac_role(false);
    let trend = world.diagnose().await.since(&before);
    assert_eq!((trend.healthy_before, trend.healthy_now), (3, 1));
    assert_eq!(trend.exit_code(), 1);
    let text = trend.to_string();
    assert!(text.starts_with("Since 02/06/2026 10:00 UK time: 1 healthy, 3 before.\n"));
    assert!(text.contains("1 practice broken: RBAC role or activity missing (EMIS-D09)\n    "));

    // A practice that could not be diagnosed keeps its state.
    let codes = emis.iter().map(|it| it.ods().parse::<OdsCode>().unwrap());
    let now = world.partner.clock().now();
    let fails = |_| async { Err("the store failed".to_owned()) };
    let failed = sweep(codes, world.options, now, fails, |_| {}, pending()).await;
    assert_eq!(failed.exit_code(), 2);
    let why = NotCheckedReason::Failed("the store failed".to_owned());
    assert!(failed.not_checked().all(|(_, it)| *it == why));
    let trend = failed.since(&before);
    assert_eq!((trend.changes.len(), trend.exit_code()), (0, 2));
    assert_eq!(failed.summary(Some(&before)).practices, before.practices);

    // Practices come and go.
    let mut fewer = before.clone();
    let (code, state) = fewer.practices.pop_last().unwrap();
    let trend = before.since(&fewer);
    assert_eq!(
        (trend.changes[0].was, trend.changes[0].is),
        (None, Some(state))
    );
    let trend = fewer.since(&before);
    assert_eq!(
        (&trend.changes[0].ods_code, trend.changes[0].is),
        (&code, None)
    );
    assert!(matches!(state, Healthy | Broken(_)));
}

#[tokio::test]
async fn an_outage_is_found_once() {
    let mut world = World::with(30).await;
    world.options = world
        .options
        .shared_cause_after(NonZeroUsize::new(4).unwrap());
    world.sim.identity().set_reachable(false);
    let down = world.diagnose().await;
    let shared = down.shared_cause.unwrap();
    assert_eq!(shared.cause, Cause::EmisSilent);
    // The own network is checked first.
    assert_eq!(shared.check_first, Some(Cause::Unreachable));
    assert_eq!(shared.responsible, ResponsibleParty::Product);
    assert_eq!(down.exit_code(), 2);
    assert_eq!(down.groups()[0].practices.len(), 4);
    assert_eq!(down.not_checked().count(), 26);
    let asked = world.sim.count(SimOperation::GetHealth);
    assert!((4..4 + CONCURRENCY).contains(&asked), "{asked} asked");

    // Practices that were not asked keep their state.
    world.sim.identity().set_reachable(true);
    let before = world.diagnose().await.summary(None);
    assert_eq!(before.healthy(), 30);
    assert_eq!(down.since(&before).healthy_now, 26);
}

#[tokio::test]
async fn a_fault_of_the_product_is_no_letter_to_thirty_practices() {
    let world = World::with(30).await;
    // EMIS no longer knows the application ID. Each practice sees a deactivated application.
    world.sim.api().set_application_id_ok(false);
    let report = world.diagnose().await;
    let shared = report.shared_cause.unwrap();
    assert_eq!(shared.cause, Cause::ApplicationDeactivated);
    assert_eq!(shared.check_first, Some(Cause::ApplicationIdNotMatched));
    assert_eq!(shared.responsible, ResponsibleParty::Product);
    assert_eq!((shared.practices, shared.checked), (10, 10));
    assert!(
        report
            .groups()
            .iter()
            .all(|group| group.responsible != ResponsibleParty::Practice)
    );
    assert!(
        report
            .to_string()
            .contains("Do not ask the practices to act.")
    );
    world.sim.api().set_application_id_ok(true);

    // All users locked at once is a question to EMIS.
    for emis in world.sim.practices() {
        emis.emas().lock_user();
    }
    let locked = world.diagnose().await.shared_cause.unwrap();
    assert_eq!(locked.responsible, ResponsibleParty::Emis);
}

#[tokio::test]
async fn practices_that_differ_share_no_cause() {
    let world = World::with(12).await;
    for emis in world.sim.practices().iter().step_by(2) {
        emis.emas().lock_user();
    }
    let report = world.diagnose().await;
    assert_eq!(report.shared_cause, None);
    assert_eq!(report.groups()[0].responsible, ResponsibleParty::Practice);
}
