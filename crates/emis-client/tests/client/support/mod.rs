//! A scripted transport that records requests.

pub(crate) mod emis_open;
pub(crate) mod operations;
pub(crate) mod practice;
pub(crate) mod schema;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use emis_client::{
    Client, ClientBuilder, Operation, Request, Response, Transport, TransportError,
    TransportErrorKind,
};
use emis_credentials::{AccessToken, FixedToken};
pub(crate) use emis_test_support::openapi_document as openapi;

/// The result of one attempt.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// An answer.
    Answer(Response),
    /// A failure of a kind.
    Fail(TransportErrorKind),
    /// Nothing, ever.
    Hang,
}

/// An answer in JSON.
pub(crate) fn json(status: u16, body: &str) -> Step {
    Step::Answer(Response::new(status, body))
}

/// A sent request: the operation, its parameters and the bearer token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) operation: Operation,
    pub(crate) parameters: Vec<(&'static str, String)>,
    pub(crate) bearer: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Scripted {
    steps: Mutex<VecDeque<Step>>,
    sent: Mutex<Vec<Sent>>,
}

impl Scripted {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        Arc::new(Self {
            steps: Mutex::new(steps.into_iter().collect()),
            sent: Mutex::default(),
        })
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

#[async_trait]
impl Transport for Scripted {
    async fn send(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        self.sent.lock().unwrap().push(Sent {
            operation: request.operation(),
            parameters: request
                .parameters()
                .map(|(name, value)| (name, value.to_owned()))
                .collect(),
            bearer: token.map(|token| token.expose().to_owned()),
        });
        let step = self.steps.lock().unwrap().pop_front();
        match step.expect("more was sent than the script foresees") {
            Step::Answer(response) => Ok(response),
            Step::Fail(kind) => Err(TransportError::new(kind, "scripted failure")),
            Step::Hang => std::future::pending().await,
        }
    }
}

/// The answer to any operation that has a list or a slot to answer with: there is none.
pub(crate) const NOTHING: &str = r#"{"slot": [], "appointment": [], "appointmentSession": [], "bookedList": [],
    "patientList": [], "person": [], "organisationList": [], "dbid": 0, "sessionId": 0}"#;

/// A builder whose address nothing listens to.
pub(crate) fn builder() -> ClientBuilder {
    Client::builder(
        "http://127.0.0.1:9/partner".parse().unwrap(),
        "test-application".parse().unwrap(),
        Arc::new(FixedToken::new("test-bearer")),
    )
}

/// A client that is given one answer.
pub(crate) fn answered(status: u16, body: &str) -> Client {
    builder().build_with_transport(Scripted::new([json(status, body)]))
}

pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A client that is given the same bytes as often as it asks, and does not ask twice.
pub(crate) fn raw(status: u16, body: Vec<u8>) -> Client {
    builder()
        .retry(emis_client::RetryPolicy::never())
        .build_with_transport(Scripted::new(vec![
            Step::Answer(Response::new(status, body));
            2
        ]))
}
