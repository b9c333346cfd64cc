//! Metrics for Prometheus, in its text format.
//!
//! The exporter of the `metrics` project brings second versions of crates that this workspace has.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::extract::State;
use axum::response::IntoResponse;
use emis_partner::secrecy::ExposeSecret;
use http::{HeaderMap, header};
use metrics::{
    Counter, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::web::{Failure, Page};

static REGISTRY: OnceLock<Registry> = OnceLock::new();

/// Records the metrics of the whole process: those of the service and of the libraries. Another recorder
/// that is installed already stays.
pub(crate) fn install() {
    let registry = REGISTRY.get_or_init(Registry::default);
    let _ = metrics::set_global_recorder(registry.clone());
}

/// Shows the metrics to callers who have the token. They hold nothing about a patient.
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Page {
    let token = app.metrics_token.as_ref().ok_or(Failure::NotFound)?;
    let expected = format!("Bearer {}", token.expose_secret());
    let given = headers.get(header::AUTHORIZATION);
    let right = given.is_some_and(|it| it.as_bytes().ct_eq(expected.as_bytes()).into());
    let registry = REGISTRY.get().filter(|_| right).ok_or(Failure::NotFound)?;
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    Ok((kind, registry.text()).into_response())
}

/// Every metric of the process.
#[derive(Debug, Clone, Default)]
struct Registry(Arc<Mutex<BTreeMap<Series, Metric>>>);

/// The name of a metric and its labels, as they are written.
type Series = (String, String);

#[derive(Debug, Clone)]
enum Metric {
    Counter(Arc<AtomicU64>),
    Gauge(Arc<AtomicU64>),
    Histogram(Arc<Observations>),
}

/// The upper bounds of buckets, in seconds.
const BOUNDS: [f64; 8] = [0.005, 0.025, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

#[derive(Debug, Default)]
struct Observations {
    buckets: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    /// The bits of a float.
    sum: AtomicU64,
}

impl HistogramFn for Observations {
    fn record(&self, value: f64) {
        for (bucket, bound) in self.buckets.iter().zip(BOUNDS) {
            if value <= bound {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        GaugeFn::increment(&self.sum, value);
    }
}

impl Registry {
    fn entry(&self, key: &Key, new: impl FnOnce() -> Metric) -> Metric {
        self.metrics()
            .entry(series(key))
            .or_insert_with(new)
            .clone()
    }

    fn metrics(&self) -> MutexGuard<'_, BTreeMap<Series, Metric>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the metrics in Prometheus's text format.
    fn text(&self) -> String {
        let (mut text, mut last) = (String::new(), String::new());
        for ((name, labels), metric) in self.metrics().iter() {
            let kind = match metric {
                Metric::Counter(_) => "counter",
                Metric::Gauge(_) => "gauge",
                Metric::Histogram(_) => "histogram",
            };
            if *name != last {
                let _ = writeln!(text, "# TYPE {name} {kind}");
                last.clone_from(name);
            }
            match metric {
                Metric::Counter(value) => line(&mut text, name, labels, load(value)),
                Metric::Gauge(value) => line(&mut text, name, labels, f64::from_bits(load(value))),
                Metric::Histogram(seen) => {
                    let bucket = format!("{name}_bucket");
                    for (count, bound) in seen.buckets.iter().zip(BOUNDS) {
                        line(
                            &mut text,
                            &bucket,
                            &with_bound(labels, &bound.to_string()),
                            load(count),
                        );
                    }
                    let count = load(&seen.count);
                    line(&mut text, &bucket, &with_bound(labels, "+Inf"), count);
                    line(
                        &mut text,
                        &format!("{name}_sum"),
                        labels,
                        f64::from_bits(load(&seen.sum)),
                    );
                    line(&mut text, &format!("{name}_count"), labels, count);
                }
            }
        }
        text
    }
}

fn load(value: &AtomicU64) -> u64 {
    value.load(Ordering::Relaxed)
}

fn line(text: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let _ = match labels {
        "" => writeln!(text, "{name} {value}"),
        labels => writeln!(text, "{name}{{{labels}}} {value}"),
    };
}

fn with_bound(labels: &str, bound: &str) -> String {
    let comma = if labels.is_empty() { "" } else { "," };
    format!("{labels}{comma}le=\"{bound}\"")
}

/// Names of metrics have dots in some crates; Prometheus has underscores.
fn series(key: &Key) -> Series {
    let name = key.name().replace(['.', '-'], "_");
    let labels: Vec<_> = key
        .labels()
        .map(|label| {
            let value = label
                .value()
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            format!("{}=\"{value}\"", label.key().replace(['.', '-'], "_"))
        })
        .collect();
    (name, labels.join(","))
}

impl Recorder for Registry {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        match self.entry(key, || Metric::Counter(Arc::default())) {
            Metric::Counter(value) => Counter::from_arc(value),
            _ => Counter::noop(),
        }
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        match self.entry(key, || Metric::Gauge(Arc::default())) {
            Metric::Gauge(value) => Gauge::from_arc(value),
            _ => Gauge::noop(),
        }
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        match self.entry(key, || Metric::Histogram(Arc::default())) {
            Metric::Histogram(seen) => Histogram::from_arc(seen),
            _ => Histogram::noop(),
        }
    }
}
