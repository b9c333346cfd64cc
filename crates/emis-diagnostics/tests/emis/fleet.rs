//! Many practices at once, and what has changed since last time.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails fails its test"
)]

use std::future::pending;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use emis_diagnostics::Cause;
use emis_diagnostics::fleet::{
    FleetOptions, FleetReport, FleetSummary, PracticeHealth, PracticeState, Unchecked, diagnose_all,
};
use emis_sim::{Operation, Sim};
use emis_types::{Clock, OdsCode};

use PracticeState::{Broken, Healthy};

use crate::support::{Story, open};

const AT_ONCE: usize = 3;

async fn fleet(practices: u32) -> Vec<Story> {
    let office = open(Sim::builder().practices(practices)).await;
    let practices = office.sim.practices().iter().cloned();
    practices
        .map(|practice| Story::at(Arc::clone(&office), practice))
        .collect()
}

async fn diagnose(stories: &[Story]) -> FleetReport {
    let options = FleetOptions::new().at_once(NonZeroUsize::new(AT_ONCE).unwrap());
    diagnose_with(stories, options).await
}

async fn diagnose_with(stories: &[Story], options: FleetOptions) -> FleetReport {
    let codes = stories.iter().map(|it| it.settings.ods_code().clone());
    let busy = AtomicUsize::new(0);
    let one = |ods_code: OdsCode| {
        let busy = &busy;
        async move {
            assert!(busy.fetch_add(1, Ordering::SeqCst) < AT_ONCE);
            let mut stories = stories.iter();
            let story = stories
                .find(|it| *it.settings.ods_code() == ods_code)
                .unwrap();
            let report = story.diagnose().await;
            busy.fetch_sub(1, Ordering::SeqCst);
            if story.product.name() == "Broken" {
                return Err("the store failed".to_owned());
            }
            Ok(report)
        }
    };
    let mut told = Vec::new();
    let now = stories[0].clock.now();
    let progress = |progress: emis_diagnostics::fleet::FleetProgress<'_>| {
        assert_eq!(progress.total, stories.len());
        let healthy = progress.report.map(|report| report.healthy);
        assert_eq!(
            healthy == Some(true),
            *progress.health == PracticeHealth::Healthy
        );
        told.push(progress.done);
    };
    let report = diagnose_all(codes, options, now, one, progress, pending()).await;
    assert_eq!(told, Vec::from_iter(1..=told.len()));
    report
}

#[tokio::test]
async fn practices_are_grouped_by_what_is_to_be_mended_first() {
    let mut stories = fleet(7).await;
    assert_eq!(diagnose(&stories).await.exit_code(), 0);

    for story in &stories[..2] {
        story.practice().emas().lock_user();
    }
    stories[2].practice().emas().deactivate_application();
    let broken = diagnose(&stories).await;
    assert_eq!(broken.exit_code(), 1);
    assert_eq!(
        broken.to_string(),
        "4 of 7 practices are healthy.\n  \
         2 practices: user locked (EMIS-D44)\n  \
         1 practice: application or some calls deactivated in EMAS Manager (EMIS-D01)"
    );
    let groups = broken.groups();
    assert_eq!(groups[0].cause, Cause::UserLocked);
    assert_eq!(groups[0].practices.len(), 2);

    // Only what has changed, after a night on a disk.
    let json = broken.summary(None).to_json();
    let before = FleetSummary::from_json(&json).unwrap();
    let same = diagnose(&stories).await.since(&before);
    assert!(same.changes.is_empty());
    assert_eq!(same.exit_code(), 0, "what is known is not worse");
    stories[0].practice().emas().unlock_user();
    stories[1].practice().emas().unlock_user();
    stories[1].practice().emas().set_rbac_role(false);
    stories[3].practice().emas().set_allow_login(false);
    let now = diagnose(&stories).await;
    let trend = now.since(&before);
    assert_eq!((trend.healthy_before, trend.healthy_now), (4, 4));
    assert_eq!(trend.exit_code(), 1);
    assert_eq!(
        trend.to_string(),
        "Since 02/06/2026 10:00 UK time: 4 healthy, 4 before.\n  \
         1 practice broken: 'Auto Login' or 'Allow Login' not ticked (EMIS-D02)\n    Z90003\n  \
         1 practice broken otherwise: RBAC role or activity missing (EMIS-D09), \
         was user locked (EMIS-D44)\n    Z90001\n  \
         1 practice mended: was user locked (EMIS-D44)\n    A20047"
    );

    // One that could not be diagnosed is told apart, and has not changed: not now, and not when it
    // can be diagnosed again.
    stories[3].product = emis_diagnostics::Product::new("Broken", "patchs").unwrap();
    let partly = diagnose(&stories).await;
    assert_eq!(partly.exit_code(), 2);
    let failed = Unchecked::Failed("the store failed".to_owned());
    let (_, why) = partly.not_checked().next().unwrap();
    assert_eq!((why, partly.not_checked().count()), (&failed, 1));
    let kept = now.summary(Some(&before));
    let trend = partly.since(&kept);
    assert_eq!((trend.changes.len(), trend.exit_code()), (0, 2));
    let kept = partly.summary(Some(&kept));
    let code = stories[3].settings.ods_code();
    assert_eq!(kept.practices[code], Broken(Cause::LoginAccessUnticked));

    // Who comes and who goes.
    let trend = diagnose(&stories[..2]).await.since(&kept);
    let gone = trend.changes.iter().filter(|it| it.is.is_none()).count();
    assert_eq!(gone, 5);
    let mut fewer = kept.clone();
    fewer.practices.remove(stories[0].settings.ods_code());
    let trend = diagnose(&stories[..2]).await.since(&fewer);
    assert_eq!(
        (trend.changes[0].was, trend.changes[0].is),
        (None, Some(Healthy))
    );
}

#[tokio::test]
async fn what_is_everybodys_trouble_is_found_once() {
    let stories = fleet(30).await;
    let sim = stories[0].sim();
    let options = FleetOptions::new()
        .at_once(NonZeroUsize::new(AT_ONCE).unwrap())
        .outage_after(NonZeroUsize::new(4).unwrap());

    sim.identity().set_reachable(false);
    let down = diagnose_with(&stories, options).await;
    assert_eq!(down.outage, Some(Cause::Unreachable));
    assert_eq!(down.exit_code(), 2);
    assert_eq!(down.groups()[0].practices.len(), 4);
    assert_eq!(down.not_checked().count(), 26);
    let asked = sim.count(Operation::GetHealth);
    assert!((4..4 + AT_ONCE).contains(&asked), "{asked} asked");
    assert!(
        down.to_string()
            .contains("26 practices not checked: left alone: ")
    );

    // Those who were not asked are as they were before.
    sim.identity().set_reachable(true);
    let before = diagnose_with(&stories, options).await.summary(None);
    assert_eq!(before.healthy(), 30);
    assert_eq!(down.since(&before).healthy_now, 26);

    // A refusal of each practice's own is none of everybody's.
    for story in &stories {
        story.practice().emas().lock_user();
    }
    let locked = diagnose_with(&stories, options).await;
    assert_eq!(
        (locked.outage, locked.groups()[0].practices.len()),
        (None, 30)
    );
}
