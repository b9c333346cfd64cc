//! A streamed response is accounted for at its end.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use emis_client::model::MinutesWindow;
use emis_client::telemetry::{ATTEMPTS, CALLS};
use emis_client::{
    BodyStream, BookedPatientStream, BreakerPolicy, CallObserver, Client, ClientError,
    ClientErrorKind, Limits, Operation, Request, Response, RetryPolicy, StreamingResponse,
    Transport, TransportError, TransportErrorKind,
};
use emis_credentials::AccessToken;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tokio::time::advance;

use crate::support::{NOTHING, builder};

const BEGINNING: &str = r#"{"bookedList": [{"patient": {"dbid": "1"}, "appointment":
    {"id": {"dbid": "21"}, "date": "02/06/2026", "time": "09:00"}}"#;
const PAUSE: Duration = Duration::from_secs(30);

/// The rest of a response that has begun well.
#[derive(Debug, Clone, Copy)]
enum Rest {
    Comes,
    IsNoJson,
    Breaks,
    Stops,
}

#[async_trait]
impl BodyStream for Rest {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransportError> {
        match std::mem::replace(self, Self::Breaks) {
            Self::Comes => {
                *self = Self::IsNoJson;
                Ok(Some(b"]}".to_vec()))
            }
            Self::IsNoJson => Ok(None),
            Self::Breaks => Err(TransportError::new(
                TransportErrorKind::Interrupted,
                "scripted failure",
            )),
            Self::Stops => std::future::pending().await,
        }
    }
}

/// Begins an answer for each call, and goes on by script; where that has ended, EMIS is down.
#[derive(Debug)]
struct Opening(Mutex<VecDeque<Rest>>);

#[async_trait]
impl Transport for Opening {
    async fn send(&self, _: &Request, _: Option<&AccessToken>) -> Result<Response, TransportError> {
        Ok(Response::new(200, NOTHING))
    }

    async fn open(
        &self,
        _: &Request,
        _: Option<&AccessToken>,
    ) -> Result<StreamingResponse, TransportError> {
        let rest = self.0.lock().unwrap().pop_front();
        let down = TransportError::new(TransportErrorKind::Unreachable, "scripted failure");
        let rest = rest.ok_or(down)?;
        let begun = match rest {
            Rest::IsNoJson => format!("{BEGINNING} }}"),
            _ => BEGINNING.to_owned(),
        };
        Ok(StreamingResponse::begun(
            Response::new(200, begun),
            Box::new(rest),
        ))
    }
}

/// The reports that an observer received.
#[derive(Debug, Default)]
struct Told(Mutex<Vec<Result<(), ClientErrorKind>>>);

impl CallObserver for Told {
    fn answered(&self, _: Operation) {
        self.0.lock().unwrap().push(Ok(()));
    }

    fn failed(&self, error: &ClientError) {
        self.0.lock().unwrap().push(Err(error.kind()));
    }
}

fn client(script: impl IntoIterator<Item = Rest>) -> Client {
    observed(script, Arc::default())
}

fn observed(script: impl IntoIterator<Item = Rest>, observer: Arc<Told>) -> Client {
    builder()
        .observer(observer)
        .retry(RetryPolicy::never())
        .breaker(BreakerPolicy::new(2, PAUSE))
        .limits(Limits::new(1, 1_000))
        .build_with_transport(Arc::new(Opening(Mutex::new(script.into_iter().collect()))))
}

async fn open(client: &Client) -> Result<BookedPatientStream, ClientError> {
    let window = MinutesWindow::new(0, 60).unwrap();
    client.appointments().stream_booked_patients(window).await
}

/// Reads to the end of the stream.
async fn read(mut stream: BookedPatientStream) -> Result<usize, ClientError> {
    let mut records = 0;
    while let Some(record) = stream.next().await? {
        record.unwrap();
        records += 1;
    }
    Ok(records)
}

/// The outcomes that were counted, of calls and of attempts, while a stream of one kind was read
/// by `reader`.
fn counted(rest: Rest, reader: impl AsyncFn(BookedPatientStream)) -> Vec<(String, String, u64)> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let snapshot = || {
        let mut counted = Vec::new();
        for (key, _, _, value) in snapshotter.snapshot().into_vec() {
            let DebugValue::Counter(count) = value else {
                continue;
            };
            let key = key.key();
            let outcome = key.labels().find(|label| label.key() == "outcome").unwrap();
            counted.push((key.name().to_owned(), outcome.value().to_owned(), count));
        }
        counted.sort();
        counted
    };
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let stream = open(&client([rest])).await.unwrap();
            assert_eq!(snapshot(), [], "nothing is known yet");
            reader(stream).await;
        });
    });
    snapshot()
}

fn outcomes(attempt: &str, call: &str) -> Vec<(String, String, u64)> {
    let one = |name: &str, outcome: &str| (name.to_owned(), outcome.to_owned(), 1);
    vec![one(ATTEMPTS, attempt), one(CALLS, call)]
}

#[test]
fn a_stream_is_counted_by_its_end_and_not_by_its_beginning() {
    for (rest, kind, expected) in [
        (Rest::Comes, None, outcomes("answered", "ok")),
        (
            Rest::IsNoJson,
            Some(ClientErrorKind::Decode),
            outcomes("answered", "decode"),
        ),
        (
            Rest::Breaks,
            Some(ClientErrorKind::Interrupted),
            outcomes("interrupted", "interrupted"),
        ),
        (
            Rest::Stops,
            Some(ClientErrorKind::Interrupted),
            outcomes("timed_out", "interrupted"),
        ),
    ] {
        let counted = counted(rest, async |stream| {
            let error = read(stream).await.err();
            assert_eq!(error.map(|error| error.kind()), kind, "{rest:?}");
        });
        assert_eq!(counted, expected, "{rest:?}");
    }
}

#[test]
fn a_stream_that_is_given_up_is_counted_as_dropped() {
    let counted = counted(Rest::Comes, async |mut stream| {
        stream.next().await.unwrap().unwrap().unwrap();
        drop(stream);
    });
    assert_eq!(counted, outcomes("dropped", "dropped"));
}

#[tokio::test(start_paused = true)]
async fn streams_that_break_off_are_failed_calls_of_a_practice() {
    let told = Arc::new(Told::default());
    let script = [Rest::Breaks, Rest::Comes, Rest::Breaks, Rest::Stops];
    let client = observed(script, told.clone());
    let mut kinds = Vec::new();
    for _ in 0..4 {
        let stream = open(&client).await.unwrap();
        assert_eq!(
            told.0.lock().unwrap().len(),
            kinds.len(),
            "not told too early"
        );
        kinds.push(read(stream).await.map_err(|error| error.kind()));
    }
    let broken = Err::<usize, _>(ClientErrorKind::Interrupted);
    assert_eq!(kinds, [broken, Ok(1), broken, broken]);
    let expected = [broken.map(drop), Ok(()), broken.map(drop), broken.map(drop)];
    assert_eq!(*told.0.lock().unwrap(), expected);
    let refused = open(&client).await.unwrap_err();
    assert_eq!(refused.kind(), ClientErrorKind::Suspended);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_of_the_stream_that_looked_holds_nobody_up() {
    let client = client([Rest::Breaks, Rest::Breaks, Rest::Comes, Rest::Comes]);
    for _ in 0..2 {
        read(open(&client).await.unwrap()).await.unwrap_err();
    }
    assert_eq!(
        open(&client).await.unwrap_err().kind(),
        ClientErrorKind::Suspended
    );
    advance(PAUSE).await;
    let mut slow = open(&client).await.unwrap();
    slow.next().await.unwrap().unwrap().unwrap();
    // The place in our limits is the stream's until the last of it has come.
    assert_eq!(
        open(&client).await.unwrap_err().kind(),
        ClientErrorKind::Busy
    );
    assert_eq!(read(slow).await.unwrap(), 0);
    assert_eq!(read(open(&client).await.unwrap()).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_broke_gives_its_place_back_before_it_is_dropped() {
    let client = client([Rest::IsNoJson, Rest::Comes]);
    let mut broken = open(&client).await.unwrap();
    broken.next().await.unwrap().unwrap().unwrap();
    assert_eq!(
        broken.next().await.unwrap_err().kind(),
        ClientErrorKind::Decode
    );
    assert_eq!(read(open(&client).await.unwrap()).await.unwrap(), 1);
    drop(broken);
}
