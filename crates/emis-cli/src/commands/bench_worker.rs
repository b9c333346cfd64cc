//! One worker of `emis bench fleet`: a process of its own, so that it can be killed.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use emis_fleet::jobs::{JobKind, Schedule, Worker};
use emis_partner::client::{Limits, RetryPolicy};
use emis_partner::credentials::{ClientCredentials, FileKeySource};
use emis_partner::jiff::{SignedDuration, Timestamp};
use emis_partner::messaging::{
    Delivery, Message, MessageReference, Notifier, NotifierFuture, NotifyError, NotifyErrorKind,
    RepeatSafety, SenderCapabilities,
};
use emis_partner::types::{Clock, OdsCode, SystemClock};
use emis_partner::{EmisPartner, Environment};
use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::error::CliError;
use crate::output::Output;
use crate::simulation;
use crate::store::{Store, open_jobs, with_store};

/// The instructions of a worker, on one line of its standard input. It works until that is closed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Instructions {
    pub(super) api_url: String,
    pub(super) identity_url: String,
    pub(super) application_id: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) keys: PathBuf,
    pub(super) store: String,
    pub(super) jobs: String,
    pub(super) notifier: String,
    pub(super) seconds_behind: i64,
    pub(super) concurrency: usize,
}

/// What a worker reports at its end.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct WorkerReport {
    pub(super) database_seconds: f64,
    pub(super) database_operations: u64,
}

pub(super) async fn run() -> Result<Output, CliError> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let it: Instructions = serde_json::from_str(&line)?;
    let measured = StoreTime::default();
    metrics::set_global_recorder(measured.clone())?;
    let store = Store::open(&it.store).await?;
    let engine = open_jobs(&it.jobs).await?;
    let (kinds, second) = (
        [JobKind::Reminders, JobKind::Messages],
        Duration::from_secs(1),
    );
    let schedule = Schedule::new()
        .only(&kinds)
        .at_any_hour()
        .every(JobKind::Reminders, 30 * second)
        .every(JobKind::Messages, 10 * second)
        // A killed worker is no fault of the job.
        .retries(100, second);
    let worker = Worker::new(engine.clone(), it.partner(&store)?)
        .schedule(schedule)
        .concurrency(it.concurrency)
        .heartbeat(2 * second)
        .enqueue_every(second)
        .poll_every(second / 10)
        .grace(8 * second);
    let (close, closed) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        // A pipe that fails is closed as well.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        drop(close);
    });
    worker.run(async { drop(closed.await) }).await?;
    store.close().await;
    engine.close().await;
    Output::new(
        serde_json::to_string(&measured.report())?,
        measured.report(),
    )
}

impl Instructions {
    /// Puts the product together as a worker has it: no limits but the machine's, and no rest between
    /// two polls of a practice.
    pub(super) fn partner(&self, store: &Store) -> Result<EmisPartner, CliError> {
        let environment = Environment {
            api_url: self.api_url.parse()?,
            identity_url: self.identity_url.parse()?,
            application_id: self.application_id.parse()?,
            client: ClientCredentials::new(&self.client_id, self.client_secret.clone().into()),
        };
        let keys = FileKeySource::new(&self.keys);
        let notifier = Arc::new(TcpNotifier::new(&self.notifier));
        let product = simulation::product()?;
        let builder = with_store!(store, store => {
            EmisPartner::builder(product, environment, keys, Arc::clone(store), notifier)
        });
        let limits = Limits::new(64, 100_000);
        let builder = builder
            .clock(Arc::new(self.clock()))
            .least_between_polls(SignedDuration::ZERO)
            .process_limits(Limits::new(256, 100_000))
            .client_options(move |client| client.limits(limits).retry(RetryPolicy::never()));
        Ok(builder.build()?)
    }

    pub(super) fn clock(&self) -> BehindClock {
        BehindClock(SignedDuration::from_secs(self.seconds_behind))
    }
}

/// A clock that is behind the machine's, and goes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct BehindClock(SignedDuration);

impl Clock for BehindClock {
    fn now(&self) -> Timestamp {
        let now = SystemClock.now();
        now.saturating_sub(self.0).unwrap_or(now)
    }
}

/// Hands messages to the double of `emis bench fleet`, each by a line that is answered by a line.
#[derive(Debug)]
struct TcpNotifier {
    capabilities: SenderCapabilities,
    address: String,
    idle: Mutex<Vec<BufReader<TcpStream>>>,
}

impl TcpNotifier {
    fn new(address: &str) -> Self {
        let mut capabilities = SenderCapabilities::new("double");
        capabilities.repeat = RepeatSafety::Searchable;
        Self {
            capabilities,
            address: address.to_owned(),
            idle: Mutex::default(),
        }
    }

    /// A connection whose exchange was cut short is not used again.
    async fn exchange(&self, line: String) -> Result<String, Error> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => BufReader::new(TcpStream::connect(&self.address).await?),
        };
        connection.get_mut().write_all(line.as_bytes()).await?;
        let mut answer = String::new();
        if connection.read_line(&mut answer).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(connection);
        Ok(answer)
    }
}

impl Notifier for TcpNotifier {
    fn capabilities(&self) -> &SenderCapabilities {
        &self.capabilities
    }

    fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
        Box::pin(async move {
            let (practice, reference) = (message.practice(), message.reference());
            let mut line = format!("send {practice} {reference}");
            for topic in message.topics() {
                if let Some(slot) = topic.slot {
                    line.push_str(&format!(" {}:{slot}", topic.patient));
                }
            }
            line.push('\n');
            let sent = self.exchange(line).await;
            sent.map_err(|_| NotifyError::new(NotifyErrorKind::Unknown, "the double was cut off"))?;
            Ok(Delivery::with_id(reference.to_string()))
        })
    }

    fn find<'a>(
        &'a self,
        practice: &'a OdsCode,
        reference: MessageReference,
    ) -> NotifierFuture<'a, Option<Delivery>> {
        Box::pin(async move {
            let found = self
                .exchange(format!("find {practice} {reference}\n"))
                .await;
            let found = found
                .map_err(|_| NotifyError::new(NotifyErrorKind::Temporary, "the double is away"))?;
            Ok((found.trim() == "yes").then(|| Delivery::with_id(reference.to_string())))
        })
    }
}

/// Adds up the time that operations of the store took.
#[derive(Debug, Clone, Default)]
struct StoreTime(Arc<Sum>);

#[derive(Debug, Default)]
struct Sum {
    micros: AtomicU64,
    operations: AtomicU64,
}

impl StoreTime {
    #[allow(
        clippy::cast_precision_loss,
        reason = "seconds are a floating-point number"
    )]
    fn report(&self) -> WorkerReport {
        WorkerReport {
            database_seconds: self.0.micros.load(Ordering::Relaxed) as f64 / 1e6,
            database_operations: self.0.operations.load(Ordering::Relaxed),
        }
    }
}

impl HistogramFn for Sum {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time of an operation in microseconds fits"
    )]
    fn record(&self, seconds: f64) {
        let micros = (seconds * 1e6) as u64;
        self.micros.fetch_add(micros, Ordering::Relaxed);
        self.operations.fetch_add(1, Ordering::Relaxed);
    }
}

impl Recorder for StoreTime {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        if key.name() == emis_partner::store::telemetry::OPERATION_DURATION {
            Histogram::from_arc(Arc::clone(&self.0))
        } else {
            Histogram::noop()
        }
    }
}

impl fmt::Display for WorkerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, operations) = (self.database_seconds, self.database_operations);
        write!(f, "{seconds:.1} s in {operations} operations")
    }
}
