//! An identity service that answers what it is told to, counts, and can be made to wait.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use emis_credentials::{
    ApiUser, ClientCredentials, Grant, OpenIdTokenSource, OpenIdTokenSourceBuilder,
};
use emis_types::ManualClock;
use jiff::civil::date;
use serde_json::{Value, json};
use tokio::sync::watch;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

pub(crate) const PASSWORD: &str = "Tr0ub4dor & 3+ü";
pub(crate) const CLIENT_SECRET: &str = "client~secret/=?";

/// One token request, as the service saw it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) form: HashMap<String, String>,
    pub(crate) authorization: Option<String>,
    pub(crate) had_cookie: bool,
}

#[derive(Clone)]
pub(crate) struct TokenEndpoint {
    answers: Arc<Mutex<VecDeque<ResponseTemplate>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    arrivals: Arc<watch::Sender<usize>>,
    gate: Arc<(Mutex<bool>, Condvar)>,
}

impl TokenEndpoint {
    fn new() -> Self {
        Self {
            answers: Arc::default(),
            asked: Arc::default(),
            arrivals: Arc::new(watch::Sender::new(0)),
            gate: Arc::new((Mutex::new(true), Condvar::new())),
        }
    }
}

impl Respond for TokenEndpoint {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.asked.lock().unwrap().push(Asked {
            form: url::form_urlencoded::parse(&request.body)
                .into_owned()
                .collect(),
            authorization: request
                .headers
                .get("authorization")
                .map(|value| value.to_str().unwrap().to_owned()),
            had_cookie: request.headers.contains_key("cookie"),
        });
        self.arrivals.send_modify(|count| *count += 1);
        let (open, changed) = &*self.gate;
        drop(changed.wait_while(open.lock().unwrap(), |open| !*open));
        let mut answers = self.answers.lock().unwrap();
        match answers.len() {
            0 => panic!("a token request that the test did not foresee"),
            1 => answers[0].clone(),
            _ => answers.pop_front().unwrap(),
        }
    }
}

pub(crate) struct Identity {
    server: MockServer,
    endpoint: TokenEndpoint,
}

impl Identity {
    /// A service whose token endpoint gives these answers in turn, and the last for ever.
    pub(crate) async fn answering(answers: impl IntoIterator<Item = ResponseTemplate>) -> Self {
        let server = MockServer::start().await;
        let endpoint = TokenEndpoint::new();
        Mock::given(method("GET"))
            .and(path("/tenant/.well-known/openid-configuration"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({
                "issuer": format!("{}/tenant", server.uri()),
                "token_endpoint": format!("{}/policy/token", server.uri()),
                "authorization_endpoint": format!("{}/policy/authorize", server.uri()),
            })))
            .mount(&server)
            .await;
        Mock::given(method("POST"))
            .and(path("/policy/token"))
            .respond_with(endpoint.clone())
            .mount(&server)
            .await;
        let identity = Self { server, endpoint };
        identity.answer(answers);
        identity
    }

    /// Replaces the answers that are left.
    pub(crate) fn answer(&self, answers: impl IntoIterator<Item = ResponseTemplate>) {
        *self.endpoint.answers.lock().unwrap() = answers.into_iter().collect();
    }

    pub(crate) fn uri(&self) -> String {
        self.server.uri()
    }

    pub(crate) fn source(&self, grant: Grant) -> OpenIdTokenSourceBuilder {
        let issuer = format!("{}/tenant/", self.uri());
        let client = ClientCredentials::new("client-id", CLIENT_SECRET.to_owned().into());
        OpenIdTokenSource::builder(issuer.parse().unwrap(), client, grant)
    }

    /// Token requests that arrived so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.endpoint.asked.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.endpoint.asked.lock().unwrap().len()
    }

    pub(crate) async fn discoveries(&self) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        requests
            .iter()
            .filter(|request| request.url.path().ends_with("openid-configuration"))
            .count()
    }

    /// Waits until so many token requests have arrived.
    pub(crate) async fn arrived(&self, count: usize) {
        let mut arrivals = self.endpoint.arrivals.subscribe();
        let wait = arrivals.wait_for(|arrived| *arrived >= count);
        tokio::time::timeout(Duration::from_secs(30), wait)
            .await
            .expect("the request should have arrived")
            .unwrap();
    }

    /// Holds answers back from now on.
    pub(crate) fn close_gate(&self) {
        *self.endpoint.gate.0.lock().unwrap() = false;
    }

    pub(crate) fn open_gate(&self) {
        *self.endpoint.gate.0.lock().unwrap() = true;
        self.endpoint.gate.1.notify_all();
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        // A server that waits cannot stop.
        if let Ok(mut open) = self.endpoint.gate.0.lock() {
            *open = true;
        }
        self.endpoint.gate.1.notify_all();
    }
}

pub(crate) fn clock() -> ManualClock {
    ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0))
}

pub(crate) fn api_user() -> ApiUser {
    ApiUser::new("patchs", PASSWORD.to_owned().into()).unwrap()
}

pub(crate) fn password() -> Grant {
    Grant::Password(api_user())
}

pub(crate) fn granted(bearer: &str) -> ResponseTemplate {
    granted_for(bearer, json!(3600))
}

pub(crate) fn granted_for(bearer: &str, expires_in: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "access_token": bearer,
        "token_type": "Bearer",
        "expires_in": expires_in,
    }))
}

pub(crate) fn refused(error: &str, description: &str) -> ResponseTemplate {
    ResponseTemplate::new(400).set_body_json(json!({
        "error": error,
        "error_description": description,
    }))
}

pub(crate) fn wrong_password() -> ResponseTemplate {
    refused(
        "invalid_grant",
        "AADB2C90225: The username or password provided in the request are invalid.\r\n\
         Correlation ID: 00000000-0000-0000-0000-000000000000\r\n",
    )
}

pub(crate) fn jwt(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(claims))
}
