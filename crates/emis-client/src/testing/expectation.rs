//! Expected calls and their responses.

use std::io;
use std::marker::PhantomData;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{Answer, BASE};
use crate::codec::formats::QueryDateFormat;
use crate::model::DateRange;
use crate::operation::{Operation, Verb};

/// Expected calls of one operation with certain parameters, and their responses: one step after the
/// other, of which the last is repeated.
///
/// It takes effect with [`mount`](Self::mount). Of two that match a call, the older one responds.
#[derive(Debug)]
#[must_use = "it takes effect once it is mounted"]
pub struct Expectation<'a, A> {
    server: &'a MockServer,
    operation: Operation,
    parameters: Option<Parameters>,
    body: Option<Value>,
    steps: Vec<Step>,
    calls: Option<u64>,
    answers: PhantomData<fn(A)>,
}

/// Names of parameters, and for each the allowed values.
type Parameters = Vec<(&'static str, Vec<String>)>;

#[derive(Debug, Clone)]
enum Step {
    Respond(ResponseTemplate),
    HangUp,
}

impl<'a, A: Answer> Expectation<'a, A> {
    pub(super) fn new(server: &'a MockServer, operation: Operation) -> Self {
        Self {
            server,
            operation,
            parameters: Some(Vec::new()),
            body: None,
            steps: Vec::new(),
            calls: None,
            answers: PhantomData,
        }
    }

    pub(super) fn with(self, name: &'static str, value: impl ToString) -> Self {
        self.with_one_of(name, vec![value.to_string()])
    }

    pub(super) fn with_some(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Allows either format of dates.
    pub(super) fn with_day(self, name: &'static str, day: jiff::civil::Date) -> Self {
        let formats = [QueryDateFormat::default(), QueryDateFormat::Iso];
        let written = formats.map(|format| format.write(day)).to_vec();
        self.with_one_of(name, written)
    }

    pub(super) fn with_days(self, days: DateRange) -> Self {
        self.with_day("startDate", days.start())
            .with_day("endDate", days.end())
    }

    #[cfg(feature = "medical-record")]
    pub(super) fn with_body(mut self, json: &[u8]) -> Self {
        let body = serde_json::from_slice(json);
        self.body = Some(body.expect("a body in JSON is JSON"));
        self
    }

    fn with_one_of(mut self, name: &'static str, values: Vec<String>) -> Self {
        if let Some(parameters) = &mut self.parameters {
            parameters.push((name, values));
        }
        self
    }

    /// Allows any parameters and any body.
    pub fn with_any_parameters(mut self) -> Self {
        self.parameters = None;
        self.body = None;
        self
    }

    /// Adds a step that responds with a value, in JSON as EMIS writes it.
    pub fn answer(self, answer: A) -> Self {
        match answer.encode() {
            Some(body) => self.answer_raw(200, "application/json", body.to_string()),
            None => self.step(Step::Respond(ResponseTemplate::new(204))),
        }
    }

    /// Adds a step that responds with any body, such as one recorded from EMIS.
    pub fn answer_raw(self, status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let response = ResponseTemplate::new(status).set_body_raw(body.into(), content_type);
        self.step(Step::Respond(response))
    }

    /// Adds a step that refuses, with a status such as `409` or with a [`Refusal`] that has more.
    pub fn refuse(self, refusal: impl Into<Refusal>) -> Self {
        self.step(Step::Respond(refusal.into().response()))
    }

    /// Adds a step that fails.
    pub fn fault(self, fault: Fault) -> Self {
        let json = "application/json";
        match fault {
            Fault::Disconnect => self.step(Step::HangUp),
            Fault::Hang => {
                let later = ResponseTemplate::new(200).set_delay(Duration::from_secs(24 * 60 * 60));
                self.step(Step::Respond(later))
            }
            Fault::Html => self.answer_raw(200, "text/html", "<html><body>Sign in</body></html>"),
            Fault::Truncated => self.answer_raw(200, json, r#"{"messageId": "6f9619ff-"#),
            Fault::Empty => self.answer_raw(200, json, ""),
        }
    }

    /// Sets the number of calls that must have been made when the mock is verified or dropped. By
    /// default any number is allowed.
    pub fn called(mut self, times: u64) -> Self {
        self.calls = Some(times);
        self
    }

    /// Makes the expectation take effect.
    ///
    /// # Panics
    /// Panics if it has no step.
    pub async fn mount(self) {
        let last = self.steps.len().checked_sub(1);
        let last = last.expect("an expectation says what is answered");
        let operation = self.operation;
        for (place, step) in self.steps.into_iter().enumerate() {
            let (parameters, body) = (self.parameters.clone(), self.body.clone());
            let given = Mock::given(move |request: &Request| {
                is_call_of(operation, request)
                    && parameters.as_ref().is_none_or(|all| asks_for(all, request))
                    && body
                        .as_ref()
                        .is_none_or(|body| request.body_json().ok().as_ref() == Some(body))
            });
            let mock = match step {
                Step::Respond(response) => given.respond_with(response),
                Step::HangUp => given.respond_with_err(|_: &Request| {
                    io::Error::from(io::ErrorKind::ConnectionReset)
                }),
            };
            let before = u64::try_from(place).unwrap_or(u64::MAX);
            let mut mock = mock.named(format!("{operation}, step {}", place + 1));
            let mut calls = self.calls.map(|calls| calls.saturating_sub(before));
            if place < last {
                mock = mock.up_to_n_times(1);
                calls = calls.map(|calls| calls.min(1));
            }
            if let Some(calls) = calls {
                mock = mock.expect(calls);
            }
            mock.mount(self.server).await;
        }
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

fn is_call_of(operation: Operation, request: &Request) -> bool {
    let spec = operation.spec();
    let verb = match spec.verb {
        Verb::Get => "GET",
        Verb::Patch => "PATCH",
        Verb::Post => "POST",
    };
    let path = request.url.path().strip_prefix(BASE);
    request.method.as_str() == verb && path == Some(spec.path)
}

/// Returns whether the parameters are exactly these.
fn asks_for(parameters: &Parameters, request: &Request) -> bool {
    let sent: Vec<_> = request.url.query_pairs().collect();
    let is_sent = |(name, values): &(&str, Vec<String>)| {
        let mut values = values.iter();
        values.any(|value| sent.iter().any(|pair| pair.0 == *name && pair.1 == *value))
    };
    sent.len() == parameters.len() && parameters.iter().all(is_sent)
}

/// An error response of EMIS with its error body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Refusal {
    status: u16,
    message_id: Option<Uuid>,
    legacy_outcome: Option<i32>,
    retry_after: Option<Duration>,
}

impl Refusal {
    /// Creates a refusal with an HTTP status.
    pub const fn new(status: u16) -> Self {
        Self {
            status,
            message_id: None,
            legacy_outcome: None,
            retry_after: None,
        }
    }

    /// Sets EMIS's id of the response.
    pub const fn message_id(mut self, id: Uuid) -> Self {
        self.message_id = Some(id);
        self
    }

    /// Sets an outcome code of EMIS's older interface.
    pub const fn legacy_outcome(mut self, outcome: i32) -> Self {
        self.legacy_outcome = Some(outcome);
        self
    }

    /// Sets a `Retry-After` header, in whole seconds.
    pub const fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    fn response(self) -> ResponseTemplate {
        let body: Value = json!({
            "messageId": self.message_id.map(|id| id.to_string()),
            "legacyOutcome": self.legacy_outcome,
        });
        let response = ResponseTemplate::new(self.status).set_body_json(body);
        match self.retry_after {
            Some(wait) => response.insert_header("retry-after", wait.as_secs().to_string()),
            None => response,
        }
    }
}

impl From<u16> for Refusal {
    fn from(status: u16) -> Self {
        Self::new(status)
    }
}

/// A failure between the client and EMIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The connection is closed after the request was read.
    Disconnect,
    /// No response arrives for a day. Give the client a short
    /// [`attempt_timeout`](crate::ClientBuilder::attempt_timeout).
    Hang,
    /// An HTML page of a proxy, with a 200.
    Html,
    /// JSON that breaks off, with a 200.
    Truncated,
    /// A 200 without a body.
    Empty,
}
