//! Spans and metrics of tokens name their practice.

use std::io;
use std::sync::{Arc, Mutex};

use emis_credentials::{Grant, TokenSource, telemetry};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::support::{Identity, PASSWORD, granted, password, wrong_password};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn spans_events_and_metrics_name_the_practice() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    let _listening = tracing::subscriber::set_default(subscriber);
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _recording = metrics::set_default_local_recorder(&recorder);
    telemetry::describe();

    let identity = Identity::answering([granted("one"), wrong_password()]).await;
    let product = identity.source(Grant::ClientCredentials).build().unwrap();
    product.token().await.unwrap();
    let practice = product.for_grant(password(), None::<(&str, &str)>);
    let practice = practice.for_practice("A20047".parse().unwrap());
    practice.token().await.unwrap_err();
    practice.token().await.unwrap_err();

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours: Vec<_> = log
        .lines()
        .filter(|line| line.contains("emis_credentials.token{"))
        .collect();
    assert!(ours.iter().any(|line| line.contains("no token")), "{log}");
    let refused = ours
        .iter()
        .filter(|line| line.contains("grant=\"password\""));
    assert!(
        refused
            .clone()
            .all(|line| line.contains("practice=\"A20047\"")),
        "{log}"
    );
    let outcome = "outcome=\"invalid_user_credentials\"";
    assert!(refused.clone().any(|line| line.contains(outcome)), "{log}");
    assert!(!log.contains(PASSWORD));

    let mut counted: Vec<_> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .filter(|(key, ..)| key.key().name() == telemetry::TOKENS)
        .map(|(key, _, _, value)| {
            let labels = key.key().labels();
            let labels: Vec<_> = labels.map(|it| it.value().to_owned()).collect();
            (labels.join(" "), value)
        })
        .collect();
    counted.sort_by(|a, b| a.0.cmp(&b.0));
    // A second call for a password that is held back fetches nothing.
    assert_eq!(
        counted,
        [
            (
                "A20047 password invalid_user_credentials".to_owned(),
                DebugValue::Counter(1)
            ),
            (
                "none client_credentials ok".to_owned(),
                DebugValue::Counter(1)
            ),
        ]
    );
}
