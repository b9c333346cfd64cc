//! Practices and jobs that fail.

use std::time::Duration;

use emis_fleet::jobs::{JobKind, JobOutcome, telemetry};
use emis_partner::messaging::TaskKind;
use emis_sim::{FaultRule, SimFault};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use super::on_both_engines;
use super::world::{Queues, Running, World, schedule, worker};

on_both_engines!(
    a_practice_that_hangs_delays_no_other,
    a_failing_practice_becomes_a_task_and_recovers,
    a_refused_connection_is_not_tried_again,
    a_run_is_cut_off_at_its_time_limit,
    a_job_that_kills_its_workers_is_a_dead_letter,
);

async fn a_practice_that_hangs_delays_no_other(queues: Queues) {
    let world = World::with(5).await;
    let hangs = FaultRule::new(SimFault::StallBeforeCommit).on_the_api();
    world
        .sim
        .faults()
        .rule(hangs.at_practice(world.emis(0).cdb()))
        .unwrap();
    let worker = worker(&queues, &world.partner, &[JobKind::Reminders]);
    let worker = worker.concurrency(2).grace(Duration::ZERO);
    let mut running = Running::start(worker);
    let events = running.events(4).await;
    for practice in 1..5 {
        let code = Some(world.code(practice));
        let event = events.iter().find(|event| event.practice == code).unwrap();
        assert_eq!(event.outcome, JobOutcome::Done);
    }
    queues.until_running(JobKind::Reminders, 1).await;
    assert_eq!(running.stop().await, []);
    // It was handed back, and nothing of it was lost.
    let left = queues.engine.counts().await.unwrap()[&JobKind::Reminders];
    assert_eq!((left.waiting, left.running, left.done), (1, 0, 4));
}

async fn a_failing_practice_becomes_a_task_and_recovers(queues: Queues) {
    let world = World::with(2).await;
    let fails = FaultRule::new(SimFault::Status(500)).on_the_api();
    world
        .sim
        .faults()
        .rule(fails.at_practice(world.emis(0).cdb()))
        .unwrap();
    let schedule = schedule(&[JobKind::Reminders]).retries(3, Duration::ZERO);
    let worker = worker(&queues, &world.partner, &[JobKind::Reminders]).schedule(schedule);
    let mut running = Running::start(worker);
    let events = running.events(4).await;
    let code = world.code(0);
    let of_first = events
        .iter()
        .filter(|it| it.practice.as_ref() == Some(&code));
    let of_first: Vec<_> = of_first.map(|it| (it.attempt, it.outcome)).collect();
    use JobOutcome::{Dead, Failed};
    assert_eq!(of_first, [(1, Failed), (2, Failed), (3, Dead)]);
    let trace = &events.iter().find(|it| it.outcome == Dead).unwrap().trace;
    let dead = queues.engine.dead_letters().await.unwrap();
    assert_eq!((dead.len(), dead[0].subject.as_str()), (1, code.as_str()));
    assert_eq!(
        (dead[0].reason.as_str(), dead[0].attempts),
        ("unavailable", 3)
    );
    assert_eq!(&dead[0].trace, trace);
    let practice = world.partner.practice(code.clone());
    let tasks = practice.tasks().open().await.unwrap();
    let of_work = tasks
        .iter()
        .filter(|task| task.kind == TaskKind::WorkFailing);
    let causes: Vec<_> = of_work
        .filter_map(|task| task.subject.cause.clone())
        .collect();
    assert_eq!(causes, ["reminders"]);

    world.sim.faults().clear();
    while !queues
        .engine
        .run_now(JobKind::Reminders, Some(code.clone()))
        .await
        .unwrap()
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(running.events(1).await[0].outcome, JobOutcome::Done);
    running.stop().await;
    assert_eq!(queues.engine.dead_letters().await.unwrap(), []);
    assert!(world.sent().values().all(|times| *times == 1));
    assert!(world.sent().keys().any(|(practice, _)| *practice == code));
}

async fn a_refused_connection_is_not_tried_again(queues: Queues) {
    let world = World::with(1).await;
    world.emis(0).emas().deactivate_application();
    let mut running = Running::start(worker(&queues, &world.partner, &[JobKind::Reminders]));
    let events = running.events(1).await;
    assert_eq!(
        (events[0].outcome, events[0].attempt),
        (JobOutcome::Dead, 1)
    );
    running.stop().await;
    assert_eq!(
        queues.engine.dead_letters().await.unwrap()[0].reason,
        "connection"
    );
}

async fn a_run_is_cut_off_at_its_time_limit(queues: Queues) {
    let world = World::with(1).await;
    let hangs = FaultRule::new(SimFault::StallBeforeCommit).on_the_api();
    world.sim.faults().rule(hangs).unwrap();
    let schedule = schedule(&[JobKind::Reminders])
        .time_limit(JobKind::Reminders, Duration::from_millis(50))
        .retries(2, Duration::ZERO);
    let worker = worker(&queues, &world.partner, &[JobKind::Reminders]).schedule(schedule);
    let mut running = Running::start(worker);
    let events = running.events(2).await;
    use JobOutcome::{Dead, TimedOut};
    assert_eq!((events[0].outcome, events[1].outcome), (TimedOut, Dead));
    running.stop().await;
    assert_eq!(
        queues.engine.dead_letters().await.unwrap()[0].reason,
        "timed-out"
    );
}

async fn a_job_that_kills_its_workers_is_a_dead_letter(queues: Queues) {
    let world = World::with(1).await;
    let hangs = FaultRule::new(SimFault::StallBeforeCommit).on_the_api();
    world.sim.faults().rule(hangs).unwrap();
    for deaths in 0..4 {
        let running = Running::start(worker(&queues, &world.partner, &[JobKind::Reminders]));
        queues.until_running_after(deaths).await;
        running.kill().await;
        queues.age_workers().await;
    }
    let mut running = Running::start(worker(&queues, &world.partner, &[JobKind::Reminders]));
    let events = running.events(1).await;
    assert_eq!(
        (events[0].outcome, events[0].attempt),
        (JobOutcome::Dead, 5)
    );
    running.stop().await;
    assert_eq!(
        queues.engine.dead_letters().await.unwrap()[0].reason,
        "worker-died"
    );
}

#[tokio::test]
async fn runs_and_queues_are_measured() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _guard = metrics::set_default_local_recorder(&recorder);
    telemetry::describe();
    let (queues, world) = (Queues::sqlite().await, World::with(2).await);
    world.emis(0).emas().deactivate_application();
    let worker = worker(&queues, &world.partner, &[JobKind::Reminders])
        .enqueue_every(Duration::from_millis(10));
    let mut running = Running::start(worker);
    running.events(2).await;
    // The gauges follow with the next look at what is due.
    let measured = async {
        loop {
            let snapshot = snapshotter.snapshot().into_vec();
            let gauge = |name: &str| {
                let mut of_kind = snapshot.iter().filter(|(key, ..)| {
                    let mut labels = key.key().labels();
                    key.key().name() == name && labels.any(|it| it.value() == "reminders")
                });
                of_kind.next().map(|(.., value)| match value {
                    DebugValue::Gauge(value) => value.into_inner(),
                    _ => f64::NAN,
                })
            };
            if gauge(telemetry::DONE) == Some(2.0) {
                break [
                    telemetry::WAITING,
                    telemetry::RUNNING,
                    telemetry::FAILED,
                    telemetry::DEAD,
                ]
                .map(gauge);
            }
            tokio::task::yield_now().await;
        }
    };
    let measured = tokio::time::timeout(Duration::from_secs(60), measured).await;
    assert_eq!(
        measured.unwrap(),
        [Some(0.0), Some(0.0), Some(0.0), Some(1.0)]
    );
    running.stop().await;
}
