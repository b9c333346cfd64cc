//! Several workers, and workers that end.

use std::collections::BTreeSet;
use std::time::Duration;

use emis_fleet::jobs::{JobKind, JobOutcome};
use emis_sim::{FaultRule, SimFault};
use emis_types::ManualClock;
use jiff::civil::date;

use super::on_both_engines;
use super::world::{Queues, Running, World, worker};

on_both_engines!(
    two_workers_share_the_practices,
    another_worker_takes_over_from_one_that_was_killed,
    a_worker_drops_a_job_that_was_taken_over,
    a_worker_with_a_wrong_clock_changes_nothing,
    a_database_whose_clock_was_fast_holds_nothing_up,
    running_jobs_end_before_a_worker_stops,
);

async fn two_workers_share_the_practices(queues: Queues) {
    let world = World::with(8).await;
    let start = || {
        let worker = worker(&queues, &world.partner, &[JobKind::Reminders]);
        Running::start(worker.concurrency(1))
    };
    let (mut one, mut other) = (start(), start());
    let mut events = Vec::new();
    while events.len() < 8 {
        tokio::select! {
            event = one.events(1) => events.extend(event),
            event = other.events(1) => events.extend(event),
        }
    }
    assert_eq!(
        (one.stop().await, other.stop().await),
        (Vec::new(), Vec::new())
    );
    let practices: BTreeSet<_> = events.iter().map(|event| event.practice.clone()).collect();
    assert_eq!(practices.len(), 8, "each practice has one run");
    assert!(events.iter().all(|event| event.outcome == JobOutcome::Done));
    assert!(world.sent().values().all(|times| *times == 1));
}

async fn another_worker_takes_over_from_one_that_was_killed(queues: Queues) {
    let world = World::with(3).await;
    let hangs = FaultRule::new(SimFault::StallBeforeCommit).on_the_api();
    world
        .sim
        .faults()
        .rule(hangs.at_practice(world.emis(0).cdb()))
        .unwrap();
    let mut running = Running::start(worker(&queues, &world.partner, &[JobKind::Reminders]));
    running.events(2).await;
    queues.until_running(JobKind::Reminders, 1).await;
    running.kill().await;
    world.sim.faults().clear();

    // While it may be alive, its job is its own.
    let idle = Running::start(worker(&queues, &world.partner, &[JobKind::Reminders]));
    queues.until_running(JobKind::Reminders, 1).await;
    assert_eq!(idle.stop().await, []);
    queues.age_workers().await;
    let mut running = Running::start(worker(&queues, &world.partner, &[JobKind::Reminders]));
    let events = running.events(1).await;
    assert_eq!(
        (events[0].outcome, events[0].attempt),
        (JobOutcome::Done, 2)
    );
    assert_eq!(events[0].practice, Some(world.code(0)));
    assert_eq!(running.stop().await, []);
    let sent = world.sent();
    assert!(sent.values().all(|times| *times == 1));
    let practices: BTreeSet<_> = sent.keys().map(|(practice, _)| practice).collect();
    assert_eq!(practices.len(), 3);
}

async fn a_worker_drops_a_job_that_was_taken_over(queues: Queues) {
    let world = World::with(1).await;
    let hangs = FaultRule::new(SimFault::StallBeforeCommit).on_the_api();
    world.sim.faults().rule(hangs).unwrap();
    let mut running = Running::start(worker(&queues, &world.partner, &[JobKind::Reminders]));
    queues.until_running(JobKind::Reminders, 1).await;
    queues.take_over().await;
    assert_eq!(running.events(1).await[0].outcome, JobOutcome::Lost);
    running.stop().await;
    let counts = queues.engine.counts().await.unwrap()[&JobKind::Reminders];
    assert_eq!(
        (counts.done, counts.failed),
        (1, 0),
        "what the other wrote stands"
    );
}

async fn a_worker_with_a_wrong_clock_changes_nothing(queues: Queues) {
    let world = World::with(4).await;
    let mut running = Running::start(worker(&queues, &world.partner, &[JobKind::Heartbeat]));
    running.events(4).await;
    running.stop().await;
    let before = queues.engine.jobs(None).await.unwrap();
    for year in [2019, 2033] {
        let clock = ManualClock::at_uk(date(year, 6, 2).at(10, 0, 0, 0));
        let partner = world.partner_at(clock);
        let worker = worker(&queues, &partner, &[JobKind::Heartbeat])
            .enqueue_every(Duration::from_millis(1));
        let running = Running::start(worker);
        // It has enqueued what it holds to be due, and looked for it.
        queues.until_running(JobKind::Heartbeat, 0).await;
        assert_eq!(running.stop().await, []);
    }
    assert_eq!(queues.engine.jobs(None).await.unwrap(), before);
}

async fn a_database_whose_clock_was_fast_holds_nothing_up(queues: Queues) {
    let world = World::with(2).await;
    let hangs = FaultRule::new(SimFault::StallBeforeCommit).on_the_api();
    let hangs = hangs.at_practice(world.emis(0).cdb());
    world.sim.faults().rule(hangs).unwrap();
    let mut running = Running::start(worker(&queues, &world.partner, &[JobKind::Reminders]));
    running.events(1).await;
    queues.until_running(JobKind::Reminders, 1).await;
    running.kill().await;
    world.sim.faults().clear();
    queues.date_ahead().await;

    // What is done is due again.
    let mut running = Running::start(worker(&queues, &world.partner, &[JobKind::Reminders]));
    assert_eq!(running.events(1).await[0].practice, Some(world.code(1)));
    assert_eq!(running.stop().await, []);
    // The worker that was killed is dead once its heartbeats are missed.
    queues.age_workers().await;
    let mut running = Running::start(worker(&queues, &world.partner, &[JobKind::Reminders]));
    assert_eq!(running.events(1).await[0].practice, Some(world.code(0)));
    running.stop().await;
    assert!(world.sent().values().all(|times| *times == 1));
}

async fn running_jobs_end_before_a_worker_stops(queues: Queues) {
    let world = World::with(1).await;
    let slow = FaultRule::new(SimFault::DelayBeforeCommit(Duration::from_millis(200)));
    world.sim.faults().rule(slow.on_the_api().times(1)).unwrap();
    let worker = worker(&queues, &world.partner, &[JobKind::Reminders]);
    let running = Running::start(worker.grace(Duration::from_secs(60)));
    queues.until_running(JobKind::Reminders, 1).await;
    let events = running.stop().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].outcome, JobOutcome::Done);
    let counts = queues.engine.counts().await.unwrap()[&JobKind::Reminders];
    assert_eq!((counts.done, counts.waiting), (1, 0));
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_after_postgresql_was_restarted() {
    let Some(cluster) = super::postgres::Cluster::start() else {
        return;
    };
    let (queues, world) = (Queues::on(&cluster.url()).await, World::with(2).await);
    let hangs = FaultRule::new(SimFault::StallBeforeCommit).on_the_api();
    let hangs = hangs.at_practice(world.emis(0).cdb());
    world.sim.faults().rule(hangs).unwrap();
    let worker = worker(&queues, &world.partner, &[JobKind::Reminders]);
    let mut running = Running::start(worker.enqueue_every(Duration::from_millis(100)));
    running.events(1).await;
    queues.until_running(JobKind::Reminders, 1).await;
    cluster.restart("immediate");
    world.sim.faults().clear();

    // The queue that lost the database has a successor, which is not told of the job's fate.
    let (one, other) = (world.code(0), world.code(1));
    let asked = async {
        let ask = || {
            queues
                .engine
                .run_now(JobKind::Reminders, Some(other.clone()))
        };
        while !matches!(ask().await, Ok(true)) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asked)
        .await
        .unwrap();
    let mut practices = BTreeSet::new();
    while practices.len() < 2 {
        let event = running.events(1).await.remove(0);
        if event.outcome == JobOutcome::Done {
            practices.insert(event.practice.unwrap());
        }
    }
    assert_eq!(practices, BTreeSet::from([one, other]));
    running.stop().await;
    assert!(world.sent().values().all(|times| *times == 1));
}
