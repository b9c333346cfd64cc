//! Tasks: rows that stay until they are acknowledged.

use std::sync::Arc;

use emis_audit::{AuditEventKind, AuditStore};
use emis_messaging::{PracticeTask, TaskKind, TaskStore, TaskSubject};
use jiff::civil::date;

use super::{author, by_author, ods, second};

fn task(patient: i64) -> PracticeTask {
    let start = date(2026, 6, 2).at(9, 30, 0, 0);
    let (patient, slot) = (patient.try_into().unwrap(), "501".parse().unwrap());
    let subject = TaskSubject::appointment(patient, slot, start);
    let kind = TaskKind::CancellationFailed;
    PracticeTask::new(ods("A20047"), kind, subject, second(patient.get().into()))
}

/// A task is open until it is acknowledged, once, in its practice.
pub async fn a_task_is_open_until_it_is_acknowledged<S: TaskStore>(store: &Arc<S>) {
    let practice = ods("A20047");
    let tasks = [task(2), task(1)];
    store.open_tasks(&tasks).await.unwrap();
    store.open_tasks(&[]).await.unwrap();
    assert_eq!(store.tasks(&practice).await.unwrap(), [task(1), task(2)]);
    assert_eq!(store.tasks(&ods("Y00001")).await.unwrap(), []);

    let elsewhere = ods("Y00001");
    let acknowledge = async |practice, n: i64| {
        let done = store.acknowledge_task(practice, task(n).id, by_author(), second(9));
        done.await.unwrap()
    };
    assert!(!acknowledge(&elsewhere, 1).await);
    assert!(!acknowledge(&practice, 3).await);
    assert!(acknowledge(&practice, 1).await);
    assert!(!acknowledge(&practice, 1).await);
    assert_eq!(store.tasks(&practice).await.unwrap(), [task(2)]);
}

/// A task that is told again is not opened again, even after it was acknowledged.
pub async fn a_task_told_again_stays_as_it_was<S: TaskStore>(store: &Arc<S>) {
    let practice = ods("A20047");
    let mut later = task(1);
    later.opened_at = second(99);
    store.open_tasks(&[task(1)]).await.unwrap();
    store.open_tasks(&[later.clone()]).await.unwrap();
    assert_eq!(store.tasks(&practice).await.unwrap(), [task(1)]);
    let done = store.acknowledge_task(&practice, later.id, by_author(), second(9));
    assert!(done.await.unwrap());
    store.open_tasks(&[later]).await.unwrap();
    assert_eq!(store.tasks(&practice).await.unwrap(), []);
}

/// Every kind of task comes back with its whole subject.
pub async fn every_kind_of_task_comes_back<S: TaskStore>(store: &Arc<S>) {
    let mut tasks = Vec::new();
    for (kind, n) in TaskKind::ALL.iter().zip(0..) {
        let mut subject = TaskSubject::default();
        subject.session = Some("70".parse().unwrap());
        subject.inbound = Some("in-1 'quoted'".to_owned());
        subject.booking = Some("b-1".to_owned());
        subject.cause = Some("opted-out".to_owned());
        subject.message = Some(emis_messaging::MessageReference::sample());
        tasks.push(PracticeTask::new(ods("A20047"), *kind, subject, second(n)));
    }
    store.open_tasks(&tasks).await.unwrap();
    assert_eq!(store.tasks(&ods("A20047")).await.unwrap(), tasks);
}

/// An acknowledgement is in the audit log, with its author.
pub async fn an_acknowledgement_is_in_the_audit_log<S>(store: &Arc<S>)
where
    S: TaskStore + AuditStore,
{
    let practice = ods("A20047");
    store.open_tasks(&[task(1)]).await.unwrap();
    let done = store.acknowledge_task(&practice, task(1).id, by_author(), second(9));
    assert!(done.await.unwrap());
    let entries = store.entries(&practice.into(), 0, 9).await.unwrap();
    let events: Vec<_> = entries.iter().map(|it| it.event().unwrap()).collect();
    let kinds: Vec<_> = events.iter().map(|it| it.kind().clone()).collect();
    assert_eq!(kinds, [AuditEventKind::TASK_ACKNOWLEDGED]);
    assert_eq!(events[0].by(), &author());
}
