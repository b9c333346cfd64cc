//! The HTTP that token requests need: no redirects, no retries, no cookies, no connection kept.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use emis_types::Clock;
use jiff::fmt::rfc2822;
use oauth2::http::header::{AUTHORIZATION, DATE, HeaderName, RETRY_AFTER};
use oauth2::http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use url::Url;

use super::address::is_loopback;
use super::form::FormSecrets;
use crate::{ConnectStep, Network, ServiceFault, TokenError, TokenErrorKind as Kind};

/// Far more than any token or discovery document.
const MAX_BODY: usize = 256 * 1024;
/// What an answer that does not say how long it is gets to begin with.
const USUAL_BODY: usize = 16 * 1024;

#[derive(Debug, Clone)]
pub(super) struct Http {
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

impl Http {
    /// `issuer` decides what the client will talk to at all: an `https` issuer is never left for
    /// `http`, and what is meant for this machine never goes through a proxy.
    pub(super) fn new(
        issuer: &Url,
        network: &Network,
        timeout: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TokenError> {
        let client = network
            .client(is_loopback(issuer))
            .and_then(|builder| {
                let builder = if issuer.scheme() == "https" {
                    builder.https_only(true)
                } else {
                    builder
                };
                // A token is fetched once an hour: a kept connection would be dead by then.
                builder.timeout(timeout).pool_max_idle_per_host(0).build()
            })
            .map_err(|_| {
                TokenError::with_message(Kind::Configuration, "TLS could not be set up")
            })?;
        Ok(Self {
            client,
            clock,
            timeout,
        })
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) async fn get(&self, url: Url) -> Result<HttpResponse, TokenError> {
        self.execute(reqwest::Request::new(reqwest::Method::GET, url))
            .await
    }

    /// Answers of the 2xx and 4xx are returned, except those of which the status says all.
    async fn execute(&self, request: reqwest::Request) -> Result<HttpResponse, TokenError> {
        let mut response = self.client.execute(request).await.map_err(broken)?;
        let status = response.status();
        self.check(status, response.headers())?;

        // Of the right size from the start: a buffer that grows leaves copies behind.
        let announced = response
            .content_length()
            .and_then(|length| length.try_into().ok());
        let size = announced.unwrap_or(USUAL_BODY).min(MAX_BODY);
        let mut answer = Response::new(Vec::with_capacity(size));
        *answer.status_mut() = status;
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            answer.body_mut().extend_from_slice(&chunk);
            if answer.body().len() > MAX_BODY {
                return Err(TokenError::new(Kind::Malformed).after_sending());
            }
        }
        Ok(answer)
    }

    fn check(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), TokenError> {
        let error = match status.as_u16() {
            429 => TokenError::new(Kind::Throttled),
            500.. => {
                TokenError::with_message(Kind::Unreachable, "the identity service is out of order")
                    .with_fault(ServiceFault::Failed)
            }
            200..300 | 400 | 401 | 403 => return Ok(()),
            _ => TokenError::new(Kind::Malformed),
        };
        let error = error.with_http_status(status.as_u16());
        Err(error.with_retry_after(self.wait(headers)).after_sending())
    }

    /// `Retry-After` is a number of seconds or a date: a date by the service's clock, which need not
    /// be ours, but which its answer tells.
    fn wait(&self, headers: &HeaderMap) -> Option<Duration> {
        let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
        let date = |text| Some(rfc2822::parse(text).ok()?.timestamp());
        let asked = text(RETRY_AFTER)?;
        if let Ok(seconds) = asked.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let now = text(DATE).and_then(date);
        let now = now.unwrap_or_else(|| self.clock.now());
        date(asked)?.duration_since(now).try_into().ok()
    }
}

/// One token request on its way: what the OAuth library built, with the secrets that it never saw.
pub(super) struct Confidential<'a> {
    pub(super) http: &'a Http,
    pub(super) secrets: FormSecrets<'a>,
    /// In place of the header that the library built.
    pub(super) authorization: Option<HeaderValue>,
    /// Where to put what an answer says of when to come again: the library reads bodies only.
    pub(super) asked_to_wait: &'a OnceLock<Duration>,
}

impl<'c> AsyncHttpClient<'c> for Confidential<'_> {
    type Error = TokenError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, TokenError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        let (mut head, form) = request.into_parts();
        if let Some(authorization) = &self.authorization {
            head.headers.insert(AUTHORIZATION, authorization.clone());
        }
        // Wiped when the HTTP library lets go of it.
        let body = Bytes::from_owner(self.secrets.fill(&form));
        Box::pin(async move {
            let request = Request::from_parts(head, reqwest::Body::from(body));
            let request = request
                .try_into()
                .map_err(|_| TokenError::new(Kind::Malformed))?;
            let answer = self.http.execute(request).await?;
            if let Some(wait) = self.http.wait(answer.headers()) {
                self.asked_to_wait.get_or_init(|| wait);
            }
            Ok(answer)
        })
    }
}

/// The cause is dropped: it names addresses.
fn broken(error: reqwest::Error) -> TokenError {
    if error.is_connect() {
        let step = ConnectStep::of(&error);
        return TokenError::new(Kind::Unreachable).with_fault(ServiceFault::NotConnected(step));
    }
    let message = if error.is_timeout() {
        "the identity service did not answer in time"
    } else {
        "the connection to the identity service broke"
    };
    TokenError::with_message(Kind::Unreachable, message)
        .with_fault(ServiceFault::Silent)
        .after_sending()
}
