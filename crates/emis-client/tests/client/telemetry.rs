//! Telemetry of calls: spans, events and metrics.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{Scripted, Step, builder, id, json};
use emis_client::telemetry::{ATTEMPT_DURATION, ATTEMPTS, CALL_DURATION, CALLS, WAIT};
use emis_client::{Client, RetryPolicy, TransportErrorKind};
use emis_credentials::FixedToken;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

const MESSAGE: &str = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
const SLOTS: &str = r#"{"slot": []}"#;

fn fault() -> String {
    format!(r#"{{"messageId": "{MESSAGE}", "legacyOutcome": 2}}"#)
}

type Fields = BTreeMap<String, String>;

/// A span of ours.
#[derive(Debug, Clone)]
struct Seen {
    id: Id,
    name: &'static str,
    parent: Option<&'static str>,
    fields: Fields,
}

impl Seen {
    fn get(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }
}

/// Every span of ours that was begun on this thread, in order.
#[derive(Debug, Clone, Default)]
struct Spans(Arc<Mutex<Vec<Seen>>>);

struct Collect<'a>(&'a mut Fields);

impl Visit for Collect<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}").trim_matches('"').to_owned();
        self.0.insert(field.name().to_owned(), text);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().target() != "emis_client" {
            return;
        }
        let mut fields = Fields::new();
        attributes.record(&mut Collect(&mut fields));
        self.0.lock().unwrap().push(Seen {
            id: id.clone(),
            name: attributes.metadata().name(),
            parent: context.lookup_current().map(|parent| parent.name()),
            fields,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut spans = self.0.lock().unwrap();
        // Ids are used again, so the newest is meant.
        if let Some(span) = spans.iter_mut().rev().find(|span| span.id == *id) {
            values.record(&mut Collect(&mut span.fields));
        }
    }
}

impl Spans {
    fn start() -> (Self, tracing::subscriber::DefaultGuard) {
        let spans = Self::default();
        let subscriber = tracing_subscriber::registry().with(spans.clone());
        (spans, tracing::subscriber::set_default(subscriber))
    }

    fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap().clone()
    }
}

fn impatient() -> RetryPolicy {
    RetryPolicy::new(3, Duration::ZERO, Duration::ZERO)
}

async fn read(client: &Client) {
    let slots = client.appointments().get_slots_for_session(id("31")).await;
    slots.unwrap();
}

#[tokio::test]
async fn a_call_is_a_span_over_those_of_its_attempts() {
    let (spans, _guard) = Spans::start();
    let steps = [
        json(503, &fault()),
        Step::Fail(TransportErrorKind::Interrupted),
        json(200, SLOTS),
    ];
    let client = builder()
        .practice(id("A20047"))
        .retry(impatient())
        .build_with_transport(Scripted::new(steps));
    read(&client).await;

    let spans = spans.all();
    let names: Vec<&str> = spans.iter().map(|span| span.name).collect();
    let (call, attempt) = ("emis_client.call", "emis_client.attempt");
    assert_eq!(names, [call, attempt, attempt, attempt]);
    assert_eq!(spans[0].parent, None);
    assert_eq!(spans[0].get("operation"), Some("GetSlotsForSessionV2"));
    assert_eq!(spans[0].get("practice"), Some("A20047"));
    assert_eq!(spans[0].get("outcome"), Some("ok"));
    assert_eq!(spans[0].get("otel.status_code"), None);

    let column = |field: &'static str| -> Vec<Option<&str>> {
        spans[1..].iter().map(|span| span.get(field)).collect()
    };
    let path = "/api/v1/appointments/GetSlotsForSessionV2";
    let name = format!("GET {path}");
    for (field, values) in [
        ("operation", [Some("GetSlotsForSessionV2"); 3]),
        ("practice", [Some("A20047"); 3]),
        ("attempt", [Some("1"), Some("2"), Some("3")]),
        (
            "outcome",
            [Some("answered"), Some("interrupted"), Some("answered")],
        ),
        ("message_id", [Some(MESSAGE), None, None]),
        ("otel.name", [Some(name.as_str()); 3]),
        ("otel.kind", [Some("client"); 3]),
        ("otel.status_code", [Some("ERROR"), Some("ERROR"), None]),
        ("http.request.method", [Some("GET"); 3]),
        ("http.request.resend_count", [None, Some("1"), Some("2")]),
        (
            "http.response.status_code",
            [Some("503"), None, Some("200")],
        ),
        ("url.template", [Some(path); 3]),
        ("error.type", [Some("503"), Some("interrupted"), None]),
    ] {
        assert_eq!(column(field), values, "{field}");
    }
    assert!(spans[1..].iter().all(|span| span.parent == Some(call)));
}

#[tokio::test]
async fn the_address_is_in_the_span_without_what_is_asked() {
    let (spans, _guard) = Spans::start();
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_string(SLOTS);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let client = Client::builder(
        format!("{}/partner", server.uri()).parse().unwrap(),
        id("test-application"),
        Arc::new(FixedToken::new("test-bearer")),
    )
    .build()
    .unwrap();
    read(&client).await;

    let attempt = &spans.all()[1];
    let address = server.address();
    let full = format!("http://{address}/partner/api/v1/appointments/GetSlotsForSessionV2");
    assert_eq!(attempt.get("url.full"), Some(full.as_str()));
    assert_eq!(attempt.get("server.address"), Some("127.0.0.1"));
    let port = address.port().to_string();
    assert_eq!(attempt.get("server.port"), Some(port.as_str()));
    assert_eq!(attempt.get("practice"), None);
    let values = attempt.fields.values();
    assert!(
        values
            .clone()
            .all(|value| !value.contains("31&") && !value.contains('?'))
    );
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_any_longer_is_seen_too() {
    let (spans, _guard) = Spans::start();
    let client = builder().build_with_transport(Scripted::new([Step::Hang]));
    let appointments = client.appointments();
    let mut call = Box::pin(appointments.cancel_appointment(id("21"), id("17")));
    let waker = std::task::Waker::noop();
    assert!(
        call.as_mut()
            .poll(&mut std::task::Context::from_waker(waker))
            .is_pending()
    );
    drop(call);
    let spans = spans.all();
    assert_eq!(spans.len(), 2, "something was sent");
    assert!(
        spans
            .iter()
            .all(|span| span.get("outcome") == Some("dropped"))
    );
}

/// Returns the metrics of the work, as `name{labels} value`. Of a histogram the value is how
/// often something was recorded.
fn counted(work: impl Future<Output = ()>) -> Vec<String> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    metrics::with_local_recorder(&recorder, || runtime.block_on(work));
    printed(&snapshotter)
}

fn printed(snapshotter: &Snapshotter) -> Vec<String> {
    let metrics = snapshotter.snapshot().into_vec().into_iter();
    let mut lines: Vec<String> = metrics
        .map(|(key, _, _, value)| {
            let labels = key.key().labels();
            let labels: Vec<String> = labels
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            let value = match value {
                DebugValue::Counter(count) => count,
                DebugValue::Histogram(values) => {
                    assert!(values.iter().all(|seconds| **seconds >= 0.0));
                    values.len() as u64
                }
                DebugValue::Gauge(_) => panic!("there are no gauges"),
            };
            format!("{}{{{}}} {value}", key.key().name(), labels.join(","))
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn calls_and_attempts_are_counted_by_operation_and_outcome() {
    let lines = counted(async {
        let steps = [
            json(503, &fault()),
            Step::Fail(TransportErrorKind::TimedOut),
            json(200, SLOTS),
            json(409, &fault()),
        ];
        let client = builder()
            .retry(impatient())
            .build_with_transport(Scripted::new(steps));
        read(&client).await;
        let cancelled = client
            .appointments()
            .cancel_appointment(id("21"), id("17"))
            .await;
        cancelled.unwrap_err();
    });
    let slots = "operation=GetSlotsForSessionV2";
    let cancel = "operation=CancelAppointment";
    let mut expected = [
        format!("{CALLS}{{{slots},outcome=ok}} 1"),
        format!("{CALLS}{{{cancel},outcome=conflict}} 1"),
        format!("{CALL_DURATION}{{{slots},outcome=ok}} 1"),
        format!("{CALL_DURATION}{{{cancel},outcome=conflict}} 1"),
        format!("{ATTEMPTS}{{{slots},outcome=answered,status=503}} 1"),
        format!("{ATTEMPTS}{{{slots},outcome=timed_out,status=none}} 1"),
        format!("{ATTEMPTS}{{{slots},outcome=answered,status=200}} 1"),
        format!("{ATTEMPTS}{{{cancel},outcome=answered,status=409}} 1"),
        format!("{ATTEMPT_DURATION}{{{slots},outcome=answered}} 2"),
        format!("{ATTEMPT_DURATION}{{{slots},outcome=timed_out}} 1"),
        format!("{ATTEMPT_DURATION}{{{cancel},outcome=answered}} 1"),
        format!("{WAIT}{{{slots}}} 3"),
        format!("{WAIT}{{{cancel}}} 1"),
    ];
    expected.sort();
    assert_eq!(lines, expected);
}

#[test]
fn an_answer_that_is_not_understood_fails_its_call_and_not_its_attempt() {
    let lines = counted(async {
        let client = builder().build_with_transport(Scripted::new([json(200, "<html>")]));
        let slots = client.appointments().get_slots_for_session(id("31")).await;
        slots.unwrap_err();
    });
    let slots = "operation=GetSlotsForSessionV2";
    assert!(
        lines.contains(&format!("{CALLS}{{{slots},outcome=decode}} 1")),
        "{lines:?}"
    );
    let attempt = format!("{ATTEMPTS}{{{slots},outcome=answered,status=200}} 1");
    assert!(lines.contains(&attempt), "{lines:?}");
}

#[test]
fn every_metric_has_a_description() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        emis_client::telemetry::describe();
        for name in [CALLS, ATTEMPTS] {
            metrics::counter!(name).increment(1);
        }
        for name in [CALL_DURATION, ATTEMPT_DURATION, WAIT] {
            metrics::histogram!(name).record(1.0);
        }
    });
    let metrics = snapshotter.snapshot().into_vec();
    assert_eq!(metrics.len(), 5);
    for (key, unit, description, _) in metrics {
        assert!(unit.is_some() && description.is_some(), "{:?}", key.key());
    }
}
