//! What is expected of the code under test, and what it is answered.

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

/// Calls of one operation with certain parameters that are expected, and what they are answered:
/// one step after the other, the last one again and again.
///
/// It holds from [`mount`](Self::mount) on. Of two that fit a call, the older one answers.
#[derive(Debug)]
#[must_use = "it holds once it is mounted"]
pub struct Expectation<'a, A> {
    server: &'a MockServer,
    operation: Operation,
    parameters: Option<Parameters>,
    body: Option<Value>,
    steps: Vec<Step>,
    calls: Option<u64>,
    answers: PhantomData<fn(A)>,
}

/// Names, and for each the values of which one must be there.
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

    /// Whichever way the client under test writes its dates.
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

    /// Takes any parameters and any body, not just those that the expectation was made with.
    pub fn with_any_parameters(mut self) -> Self {
        self.parameters = None;
        self.body = None;
        self
    }

    /// Then answers with this, in JSON as EMIS writes it.
    pub fn answer(self, answer: A) -> Self {
        match answer.encode() {
            Some(body) => self.answer_raw(200, "application/json", body.to_string()),
            None => self.step(Step::Respond(ResponseTemplate::new(204))),
        }
    }

    /// Then answers with a body that is not made from our types: what EMIS was seen to send, say.
    pub fn answer_raw(self, status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let response = ResponseTemplate::new(status).set_body_raw(body.into(), content_type);
        self.step(Step::Respond(response))
    }

    /// Then refuses, with a status such as `409`, or with a [`Refusal`] that says more.
    pub fn refuse(self, refusal: impl Into<Refusal>) -> Self {
        self.step(Step::Respond(refusal.into().response()))
    }

    /// Then fails on the way.
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

    /// How often it is to be called in all, until the mock is verified or dropped. Without this it
    /// may be called any number of times, or never.
    pub fn called(mut self, times: u64) -> Self {
        self.calls = Some(times);
        self
    }

    /// Lets it hold from now on.
    ///
    /// # Panics
    /// Where it was not said what to answer.
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

/// Whether the parameters are these and no others.
fn asks_for(parameters: &Parameters, request: &Request) -> bool {
    let sent: Vec<_> = request.url.query_pairs().collect();
    let is_sent = |(name, values): &(&str, Vec<String>)| {
        let mut values = values.iter();
        values.any(|value| sent.iter().any(|pair| pair.0 == *name && pair.1 == *value))
    };
    sent.len() == parameters.len() && parameters.iter().all(is_sent)
}

/// An answer by which EMIS refuses, with its error body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Refusal {
    status: u16,
    message_id: Option<Uuid>,
    legacy_outcome: Option<i32>,
    retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal with an HTTP status and nothing more.
    pub const fn new(status: u16) -> Self {
        Self {
            status,
            message_id: None,
            legacy_outcome: None,
            retry_after: None,
        }
    }

    /// With EMIS's id of the answer, for its support.
    pub const fn message_id(mut self, id: Uuid) -> Self {
        self.message_id = Some(id);
        self
    }

    /// With an outcome code of EMIS's older interface.
    pub const fn legacy_outcome(mut self, outcome: i32) -> Self {
        self.legacy_outcome = Some(outcome);
        self
    }

    /// With a `Retry-After` header, in whole seconds.
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

/// What can go wrong between the client and EMIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The connection is closed after the request was read.
    Disconnect,
    /// No answer comes, for a day. Give the client a short
    /// [`attempt_timeout`](crate::ClientBuilder::attempt_timeout).
    Hang,
    /// A page of a proxy's, with a 200.
    Html,
    /// JSON that ends in the middle, with a 200.
    Truncated,
    /// A 200 without a body.
    Empty,
}
