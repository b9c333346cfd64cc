//! Many practices at once, and what has changed since last time.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails fails its test"
)]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use emis_diagnostics::Cause;
use emis_diagnostics::fleet::{FleetReport, FleetSnapshot, diagnose_all};
use emis_sim::Sim;
use emis_types::{Clock, OdsCode};

use crate::support::{Story, open};

const AT_ONCE: NonZeroUsize = NonZeroUsize::new(3).unwrap();

async fn diagnose(stories: &[Story]) -> FleetReport {
    let codes = stories.iter().map(|it| it.settings.ods_code().clone());
    let busy = AtomicUsize::new(0);
    let one = |ods_code: OdsCode| {
        let busy = &busy;
        async move {
            assert!(busy.fetch_add(1, Ordering::SeqCst) < AT_ONCE.get());
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
    let report = diagnose_all(codes, AT_ONCE, now, one, |progress| {
        assert_eq!(progress.total, stories.len());
        told.push((progress.done, progress.ods_code.clone()));
    })
    .await;
    assert!(told.iter().map(|(done, _)| *done).eq(1..=stories.len()));
    report
}

#[tokio::test]
async fn practices_are_grouped_by_what_is_to_be_mended_first() {
    let office = open(Sim::builder().practices(7)).await;
    let practices = office.sim.practices().iter().cloned();
    let mut stories: Vec<_> = practices
        .map(|practice| Story::at(Arc::clone(&office), practice))
        .collect();
    assert_eq!(diagnose(&stories).await.exit_code(), 0);

    for story in &stories[..2] {
        story.practice().emas().lock_user();
    }
    stories[2].practice().emas().deactivate_application();
    let broken = diagnose(&stories).await;
    assert_eq!(broken.to_string(), "4 of 7 practices are healthy.");
    assert_eq!(broken.exit_code(), 1);
    let groups: Vec<_> = broken.groups().iter().map(ToString::to_string).collect();
    assert_eq!(
        groups,
        [
            "2 practices: user locked (EMIS-D44)",
            "1 practice: application or some calls deactivated in EMAS Manager (EMIS-D01)",
        ]
    );

    // Only what has changed, after a night on a disk.
    let json = serde_json::to_string(&broken.snapshot()).unwrap();
    let before: FleetSnapshot = serde_json::from_str(&json).unwrap();
    assert!(diagnose(&stories).await.since(&before).changes.is_empty());
    stories[0].practice().emas().unlock_user();
    stories[1].practice().emas().unlock_user();
    stories[1].practice().emas().set_rbac_role(false);
    stories[3].practice().emas().set_allow_login(false);
    let now = diagnose(&stories).await;
    let trend = now.since(&before);
    assert_eq!((trend.healthy_before, trend.healthy_now), (4, 4));
    let change = |n: usize| {
        let code = stories[n].settings.ods_code();
        let mut changes = trend.changes.iter();
        changes
            .find(|it| it.ods_code == *code)
            .map(|it| (it.was, it.is))
    };
    assert_eq!(change(0), Some((Some(Cause::UserLocked), None)));
    assert_eq!(
        change(1),
        Some((Some(Cause::UserLocked), Some(Cause::RoleLacksActivity)))
    );
    assert_eq!(change(2), None);
    assert_eq!(change(3), Some((None, Some(Cause::LoginAccessUnticked))));
    assert_eq!(trend.changes.len(), 3);

    // One that could not be diagnosed is told apart, and has not changed.
    stories[4].product = emis_diagnostics::Product::new("Broken", "patchs").unwrap();
    let partly = diagnose(&stories).await;
    assert_eq!(partly.exit_code(), 2);
    assert_eq!(partly.not_checked().count(), 1);
    assert_eq!(partly.since(&now.snapshot()).changes, []);
}
