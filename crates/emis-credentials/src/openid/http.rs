//! The HTTP that token requests need: no redirects, retries, cookies or kept connections.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use emis_types::Clock;
use jiff::fmt::rfc2822;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderName, RETRY_AFTER};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Request, StatusCode};
use url::Url;
use zeroize::Zeroizing;

use super::endpoint_rules::is_loopback;
use crate::connect_step::ConnectStep;
use crate::error::{TokenError, TokenErrorKind as Kind};
use crate::network::Network;
use crate::service_fault::ServiceFault;

/// Far more than any token or discovery document.
const MAX_BODY: usize = 256 * 1024;
/// The first size of the buffer for an answer that does not announce its length.
const USUAL_BODY: usize = 16 * 1024;

#[derive(Debug, Clone)]
pub(super) struct Http {
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

/// An answer of any status.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Zeroizing<Vec<u8>>,
    pub(super) retry_after: Option<Duration>,
    /// The failure that the status alone means, unless the body holds a refusal.
    pub(super) failure: Option<TokenError>,
}

impl Answer {
    pub(super) fn of_bytes(status: u16, body: &[u8]) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        Self {
            status,
            body: Zeroizing::new(body.to_vec()),
            retry_after: None,
            failure: failure(status, None),
        }
    }
}

impl Http {
    /// Creates a client. `issuer` limits its targets: an `https` issuer is never left for `http`, and
    /// what is meant for this machine never goes through a proxy.
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

    pub(super) async fn get(&self, url: Url) -> Result<Answer, TokenError> {
        self.execute(Request::new(Method::GET, url)).await
    }

    /// Posts a form, which is wiped when the HTTP library drops it.
    pub(super) async fn post(
        &self,
        url: Url,
        form: Zeroizing<Vec<u8>>,
        authorization: Option<HeaderValue>,
    ) -> Result<Answer, TokenError> {
        let mut request = Request::new(Method::POST, url);
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form_type);
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization);
        }
        *request.body_mut() = Some(Bytes::from_owner(form).into());
        self.execute(request).await
    }

    async fn execute(&self, request: Request) -> Result<Answer, TokenError> {
        let mut response = self.client.execute(request).await.map_err(broken)?;
        let status = response.status();
        let retry_after = self.retry_after(response.headers());
        let failure = failure(status, retry_after);

        // Of the right size from the start: a buffer that grows leaves copies behind.
        let announced = response
            .content_length()
            .and_then(|length| length.try_into().ok());
        let size = announced.unwrap_or(USUAL_BODY).min(MAX_BODY);
        let mut body = Zeroizing::new(Vec::with_capacity(size));
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_BODY => {
                    body.extend_from_slice(&chunk);
                }
                Ok(None) => break,
                // The status is enough without the rest of the body.
                _ if failure.is_some() => {
                    body.clear();
                    break;
                }
                Ok(Some(_)) => return Err(TokenError::new(Kind::Malformed).after_sending()),
                Err(error) => return Err(broken(error)),
            }
        }
        Ok(Answer {
            status,
            body,
            retry_after,
            failure,
        })
    }

    /// `Retry-After` is a number of seconds or a date: a date by the service's clock, which its
    /// `Date` header holds and which may differ from ours.
    fn retry_after(&self, headers: &HeaderMap) -> Option<Duration> {
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

/// Returns the failure that a status means. Those that come with a token or an OAuth error mean none.
fn failure(status: StatusCode, retry_after: Option<Duration>) -> Option<TokenError> {
    let error = match status.as_u16() {
        429 => TokenError::new(Kind::Throttled),
        500.. => {
            TokenError::with_message(Kind::Unreachable, "the identity service is out of order")
                .with_fault(ServiceFault::Failed)
        }
        200..300 | 400 | 401 | 403 => return None,
        _ => TokenError::new(Kind::Malformed),
    };
    let error = error.with_http_status(status.as_u16());
    Some(error.with_retry_after(retry_after).after_sending())
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
