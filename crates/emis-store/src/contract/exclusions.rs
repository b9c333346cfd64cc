//! Opt-outs and exclusions.

use std::sync::Arc;

use emis_audit::{AuditEventKind, AuditStore};
use emis_settings::{Channel, ExclusionEnd, ExclusionKind, ExclusionStore};
use emis_types::PatientNumber;
use tokio::task::JoinSet;

use super::{author, ods, second};

fn patient(number: i64) -> PatientNumber {
    PatientNumber::new(number).unwrap()
}

/// Every period of an opt-out is kept, and each change is in the audit log.
pub async fn every_period_of_an_opt_out_is_kept<S>(store: &Arc<S>)
where
    S: ExclusionStore + AuditStore,
{
    let (practice, by) = (ods("A20047"), author());
    let kind = ExclusionKind::OptOut;
    let exclude = |at| store.exclude(&practice, patient(41), kind, &by, second(at));
    let readmit = |at| store.readmit(&practice, patient(41), kind, &by, second(at));
    assert!(!readmit(1).await.unwrap());
    assert!(exclude(2).await.unwrap());
    assert!(!exclude(3).await.unwrap(), "it stands already");
    assert!(readmit(4).await.unwrap());
    assert!(!readmit(5).await.unwrap());
    assert!(store.active(&practice).await.unwrap().is_empty());
    // At the time of the first one: clocks go backwards.
    assert!(exclude(2).await.unwrap());

    let history = store.history(&practice, patient(41)).await.unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!((history[0].since, &history[0].by), (second(2), &by));
    assert_eq!(
        history[0].ended,
        Some(ExclusionEnd::new(second(4), by.clone()))
    );
    assert_eq!((history[1].kind, &history[1].ended), (kind, &None));
    assert_eq!(
        store.history(&ods("Y00001"), patient(41)).await.unwrap(),
        []
    );
    assert!(store.active(&ods("Y00001")).await.unwrap().is_empty());

    let entries = store.entries(&practice.into(), 0, 9).await.unwrap();
    let kinds: Vec<_> = entries
        .iter()
        .map(|e| e.event().unwrap().kind().clone())
        .collect();
    let (begun, ended) = (
        AuditEventKind::EXCLUSION_BEGUN,
        AuditEventKind::EXCLUSION_ENDED,
    );
    assert_eq!(kinds, [begun.clone(), ended, begun]);
}

/// A patient who opted out of emails can still get text messages.
pub async fn channels_and_the_exclusion_list_are_told_apart<S: ExclusionStore>(store: &Arc<S>) {
    let (practice, by) = (ods("A20047"), author());
    for (n, kind) in (1..).zip(ExclusionKind::ALL) {
        let excluded = store.exclude(&practice, patient(n), *kind, &by, second(n));
        assert!(excluded.await.unwrap());
    }
    let also = ExclusionKind::OptOutOf(Channel::Email);
    assert!(
        store
            .exclude(&practice, patient(2), also, &by, second(9))
            .await
            .unwrap()
    );
    let standing = store.active(&practice).await.unwrap();
    assert_eq!(standing.len(), ExclusionKind::ALL.len());
    for (n, kind) in (1..).zip(ExclusionKind::ALL) {
        for channel in [Channel::Sms, Channel::Email] {
            let allowed = match kind {
                ExclusionKind::OptOutOf(other) => *other != channel && n != 2,
                _ => false,
            };
            assert_eq!(
                standing.allow(patient(n), channel),
                allowed,
                "{kind} {channel:?}"
            );
        }
    }
    assert!(standing.allow(patient(99), Channel::Sms));
}

/// Of many concurrent calls one begins the exclusion.
pub async fn of_many_concurrent_exclusions_one_begins<S>(store: &Arc<S>)
where
    S: ExclusionStore + 'static,
{
    let mut workers = JoinSet::new();
    for n in 0..20 {
        let store = Arc::clone(store);
        workers.spawn(async move {
            let (practice, by) = (ods("A20047"), author());
            let kind = ExclusionKind::Excluded;
            let excluded = store.exclude(&practice, patient(41), kind, &by, second(n));
            excluded.await.unwrap()
        });
    }
    let begun = workers.join_all().await.into_iter().filter(|begun| *begun);
    assert_eq!(begun.count(), 1);
    let history = store.history(&ods("A20047"), patient(41)).await.unwrap();
    assert_eq!(history.len(), 1);
}
