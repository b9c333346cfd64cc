//! Metrics of bookings are labelled with their practice.

use emis_booking::telemetry::{ACTIONS, WAITING};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use crate::world::World;

#[tokio::test]
async fn actions_are_counted_by_practice_and_outcome() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // The test runs on one thread, so that this thread's recorder receives every metric.
    let _recording = metrics::set_default_local_recorder(&recorder);
    let world = World::new().await;
    let booked = world.booked(&world.slot().await, world.patient()).await;
    world.booking.cancel(&booked.id).await.unwrap();
    world.booking.reconcile().await.unwrap();

    let mut counted = Vec::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let key = key.key();
        let label = |name| {
            let mut labels = key.labels();
            let found = labels.find(|label| label.key() == name);
            found
                .map(|label| label.value().to_owned())
                .unwrap_or_default()
        };
        match (key.name(), value) {
            (ACTIONS, DebugValue::Counter(count)) => {
                assert_eq!(label("practice"), world.practice.ods());
                counted.push((label("action"), label("outcome"), count));
            }
            (WAITING, DebugValue::Gauge(waiting)) => assert!(waiting.abs() < 0.5),
            _ => {}
        }
    }
    counted.sort();
    let expected = [
        ("book", "confirmed", 1),
        ("cancel", "cancelled", 1),
        ("reconcile", "done", 1),
        ("search", "found", 1),
    ];
    let expected =
        expected.map(|(action, outcome, count)| (action.to_owned(), outcome.to_owned(), count));
    assert_eq!(counted, expected);
}
