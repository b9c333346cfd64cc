//! What each kind of job does, and how jobs are read.

use std::sync::Arc;
use std::time::Duration;

use emis_fleet::jobs::{JobEngine, JobErrorKind, JobKind, JobOutcome};
use emis_partner::audit::FileAnchorStore;

use super::on_both_engines;
use super::world::{Queues, Running, World, schedule, worker};

on_both_engines!(
    every_kind_runs,
    jobs_of_the_previous_release_are_read,
    poisoned_jobs_are_dead_letters_and_harm_no_other,
    a_job_runs_at_once_when_asked_for,
    an_unfinished_set_up_is_no_failure,
);

async fn every_kind_runs(queues: Queues) {
    let world = World::with(2).await;
    let name = format!("emis-fleet-anchors-{}", uuid::Uuid::new_v4());
    let anchors = std::env::temp_dir().join(name);
    let worker = worker(&queues, &world.partner, &JobKind::ALL);
    let worker = worker.anchors(Arc::new(FileAnchorStore::new(&anchors)));
    let mut running = Running::start(worker);
    let events = running.events(6 * 2 + 3).await;
    assert!(
        events.iter().all(|event| event.outcome == JobOutcome::Done),
        "{events:?}"
    );
    for kind in JobKind::ALL {
        let of_kind = events.iter().filter(|event| event.kind == kind);
        let practices: Vec<_> = of_kind.map(|event| event.practice.clone()).collect();
        let expected = if kind.is_per_practice() { 2 } else { 1 };
        assert_eq!(practices.len(), expected, "{kind}");
        assert_eq!(
            practices.iter().all(Option::is_some),
            kind.is_per_practice()
        );
    }
    assert!(
        events
            .iter()
            .all(|event| event.attempt == 1 && event.trace.len() == 32)
    );
    assert!(!world.sent().is_empty());
    assert!(world.sent().values().all(|times| *times == 1));
    for practice in 0..2 {
        let practice = world.partner.practice(world.code(practice));
        assert_eq!(practice.diagnosis().history().await.unwrap().len(), 1);
    }
    assert!(
        std::fs::read_to_string(&anchors)
            .unwrap()
            .contains("A20047")
    );
    std::fs::remove_file(&anchors).unwrap();
    assert_eq!(running.stop().await, []);
    for (kind, counts) in queues.engine.counts().await.unwrap() {
        let expected = if kind.is_per_practice() { 2 } else { 1 };
        assert_eq!((counts.waiting, counts.running), (0, 0), "{kind}");
        assert_eq!((counts.done, counts.dead), (expected, 0), "{kind}");
    }
}

async fn jobs_of_the_previous_release_are_read(queues: Queues) {
    let world = World::with(1).await;
    // As version 0.1.0 wrote it. This text must never change.
    let payload = r#"{"version":1,"kind":"messages","ods":"A20047","trace":"0123456789abcdef"}"#;
    queues.write(JobKind::Messages, "A20047", payload).await;
    let mut running = Running::start(worker(&queues, &world.partner, &[JobKind::Messages]));
    let [event] = &running.events(1).await[..] else {
        panic!("one job")
    };
    assert_eq!(event.outcome, JobOutcome::Done);
    assert_eq!(event.practice, Some(world.code(0)));
    assert_eq!(event.trace, "0123456789abcdef");
    running.stop().await;
}

async fn poisoned_jobs_are_dead_letters_and_harm_no_other(queues: Queues) {
    let world = World::with(3).await;
    let newer = r#"{"version":2,"task":{"kind":"messages","practices":["A20047"]}}"#;
    queues
        .write(JobKind::Messages, world.code(0).as_str(), newer)
        .await;
    queues
        .write(JobKind::Messages, world.code(1).as_str(), "not JSON")
        .await;
    queues.write(JobKind::Messages, "unknown", "").await;
    let mut running = Running::start(worker(&queues, &world.partner, &[JobKind::Messages]));
    let events = running.events(4).await;
    let count = |outcome| events.iter().filter(|it| it.outcome == outcome).count();
    assert_eq!(
        (count(JobOutcome::Poisoned), count(JobOutcome::Done)),
        (3, 1),
        "{events:?}"
    );
    running.stop().await;
    let dead = queues.engine.dead_letters().await.unwrap();
    let mut dead: Vec<_> = dead
        .iter()
        .map(|letter| (letter.subject.as_str(), letter.reason.as_str()))
        .collect();
    dead.sort_unstable();
    let (first, second) = (world.code(0), world.code(1));
    let expected = [
        (first.as_str(), "newer-version"),
        (second.as_str(), "unreadable"),
        ("unknown", "unreadable"),
    ];
    assert_eq!(dead, expected);

    // The practices are worked for when they are next due, and their dead letters go.
    let second = Duration::from_secs(1);
    let often = schedule(&[JobKind::Messages]).every(JobKind::Messages, second);
    let again = worker(&queues, &world.partner, &[JobKind::Messages]);
    let again = again
        .schedule(often)
        .enqueue_every(Duration::from_millis(50));
    let mut running = Running::start(again);
    while queues.engine.dead_letters().await.unwrap().len() > 1 {
        assert_eq!(running.events(1).await[0].outcome, JobOutcome::Done);
    }
    running.stop().await;
    let dead = queues.engine.dead_letters().await.unwrap();
    assert_eq!(dead[0].subject, "unknown");
}

async fn a_job_runs_at_once_when_asked_for(queues: Queues) {
    let world = World::with(1).await;
    let practice = world.code(0);
    let mut running = Running::start(worker(&queues, &world.partner, &[JobKind::Heartbeat]));
    running.events(1).await;
    let engine = &queues.engine;
    assert!(!engine.run_now(JobKind::Heartbeat, None).await.unwrap());
    assert!(
        !engine
            .run_now(JobKind::Retention, Some(practice.clone()))
            .await
            .unwrap()
    );
    // The end of the first run is acknowledged after its event.
    while !engine
        .run_now(JobKind::Heartbeat, Some(practice.clone()))
        .await
        .unwrap()
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(running.events(1).await[0].outcome, JobOutcome::Done);
    running.stop().await;
    let jobs = engine.jobs(Some(&practice)).await.unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!(
        (jobs[0].kind.as_str(), jobs[0].state.as_str()),
        ("heartbeat", "Done")
    );
}

async fn an_unfinished_set_up_is_no_failure(queues: Queues) {
    let world = World::with(1).await;
    let other = world.partner.practice("Z99999".parse().unwrap());
    other
        .settings()
        .set_name(Some("Invented Surgery"))
        .await
        .unwrap();
    let mut running = Running::start(worker(&queues, &world.partner, &[JobKind::Reminders]));
    let mut events = running.events(2).await;
    events.sort_by_key(|event| event.practice.clone());
    let outcomes: Vec<_> = events.iter().map(|event| event.outcome).collect();
    assert_eq!(outcomes, [JobOutcome::Done, JobOutcome::Idle]);
    running.stop().await;
    assert_eq!(queues.engine.dead_letters().await.unwrap(), []);
}

#[tokio::test]
async fn a_file_of_something_else_is_refused() {
    let name = format!("emis-fleet-other-{}", uuid::Uuid::new_v4());
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, "opening hours: 08:00 to 18:30, Monday to Friday").unwrap();
    let refused = JobEngine::sqlite(&file).await.unwrap_err();
    assert_eq!(refused.kind(), JobErrorKind::Unreachable);
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.starts_with("opening hours"));
    std::fs::remove_file(&file).unwrap();
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn an_address_is_not_told() {
    let address = "postgres://emis:Invented-Passw0rd@[db.example/jobs";
    let refused = JobEngine::postgres(address.into()).await.unwrap_err();
    assert_eq!(refused.kind(), JobErrorKind::Address);
    let told = format!("{} {refused:?}", refused.report());
    assert!(!told.contains("Invented-Passw0rd"), "{told}");
}
