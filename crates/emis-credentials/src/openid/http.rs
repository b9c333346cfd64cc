//! The HTTP that token requests need: no redirects, no retries, no cookies, no connection kept.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use emis_types::Clock;
use jiff::fmt::rfc2822;
use oauth2::http::{Response, StatusCode, header::RETRY_AFTER};
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use url::Url;

use super::address::is_loopback;
use crate::{TokenError, TokenErrorKind as Kind};

/// Far more than any token or discovery document.
const MAX_BODY: usize = 256 * 1024;

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
        timeout: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TokenError> {
        let mut builder = reqwest::Client::builder()
            .https_only(issuer.scheme() == "https")
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .timeout(timeout)
            // A token is fetched once an hour: a kept connection would be dead by then.
            .pool_max_idle_per_host(0);
        if is_loopback(issuer) {
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|_| TokenError::with_message(Kind::Unreachable, "TLS could not be set up"))?;
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
        self.check(status, response.headers().get(RETRY_AFTER))?;

        let mut answer = Response::new(Vec::new());
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

    fn check(
        &self,
        status: StatusCode,
        retry_after: Option<&reqwest::header::HeaderValue>,
    ) -> Result<(), TokenError> {
        let error = match status.as_u16() {
            429 => TokenError::new(Kind::Throttled),
            500.. => {
                TokenError::with_message(Kind::Unreachable, "the identity service is out of order")
            }
            200..300 | 400 | 401 | 403 => return Ok(()),
            _ => TokenError::new(Kind::Malformed),
        };
        let retry_after = retry_after
            .and_then(|value| value.to_str().ok())
            .and_then(|text| self.wait(text.trim()));
        Err(error.with_retry_after(retry_after).after_sending())
    }

    /// `Retry-After` is a number of seconds or a date.
    fn wait(&self, text: &str) -> Option<Duration> {
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let moment = rfc2822::parse(text).ok()?.timestamp();
        moment.duration_since(self.clock.now()).try_into().ok()
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = TokenError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, TokenError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let request = request
                .try_into()
                .map_err(|_| TokenError::new(Kind::Malformed))?;
            self.execute(request).await
        })
    }
}

/// The cause is dropped: it names addresses.
fn broken(error: reqwest::Error) -> TokenError {
    if error.is_timeout() {
        TokenError::with_message(
            Kind::Unreachable,
            "the identity service did not answer in time",
        )
        .after_sending()
    } else if error.is_connect() {
        TokenError::new(Kind::Unreachable)
    } else {
        TokenError::with_message(
            Kind::Unreachable,
            "the connection to the identity service broke",
        )
        .after_sending()
    }
}
