//! One HTTP call: made once, read up to a limit, and told apart by whether anything can have been sent.

use std::time::Duration;

use emis_credentials::Network;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method};
use url::{Host, Url};

use super::setup_error::{SenderSetupError, SenderSetupErrorKind};

/// The longest answer in bytes. A page of 250 messages with their texts stays well below.
const MOST_BYTES: usize = 4 << 20;

const USER_AGENT: &str = concat!("emis-messaging/", env!("CARGO_PKG_VERSION"));

/// Makes calls of one service.
///
/// Each call opens a connection of its own: a kept one that turns out to be closed would leave it
/// unknown whether the message was sent, and the layers below would send it again.
#[derive(Debug)]
pub(super) struct HttpService {
    base: Url,
    client: Client,
}

/// A call to make.
pub(super) struct HttpCall<'a> {
    pub(super) method: Method,
    /// The path below the base.
    pub(super) path: &'a str,
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) authorization: Option<HeaderValue>,
    pub(super) accept: &'static str,
    /// The media type and the content.
    pub(super) body: Option<(&'static str, Vec<u8>)>,
}

/// An answer whose status arrived.
pub(super) struct HttpAnswer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

/// The failure to get an answer. Its text names no address and no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum HttpFailure {
    #[error("the request could not be built")]
    Unsendable,
    #[error("no connection could be made")]
    Unreachable,
    #[error("no answer arrived in time")]
    TimedOut,
    #[error("the connection broke")]
    Interrupted,
    #[error("the answer is longer than 4 MiB")]
    TooLong,
}

impl HttpFailure {
    /// Returns `true` if it is proved that the service received nothing.
    pub(super) fn nothing_was_sent(self) -> bool {
        matches!(self, Self::Unsendable | Self::Unreachable)
    }
}

impl HttpService {
    pub(super) fn new(
        base: Url,
        network: &Network,
        timeout: Duration,
    ) -> Result<Self, SenderSetupError> {
        let setup = |message| SenderSetupError::new(SenderSetupErrorKind::Connection, message);
        let loopback = is_loopback(&base);
        if base.scheme() != "https" && !(loopback && base.scheme() == "http") {
            return Err(setup("the base URL must be https, or http to this machine"));
        }
        if base.query().is_some() || base.fragment().is_some() || !base.username().is_empty() {
            return Err(setup("the base URL must hold no user, query or fragment"));
        }
        network
            .check()
            .map_err(|error| setup("the network settings are not valid").with_source(error))?;
        let client = network
            .client(loopback)
            .and_then(|builder| {
                builder
                    .user_agent(USER_AGENT)
                    .http1_only()
                    .connect_timeout(timeout.min(Duration::from_secs(5)))
                    .timeout(timeout)
                    .pool_max_idle_per_host(0)
                    .build()
            })
            // The text of reqwest's error may hold the proxy's address.
            .map_err(|_| setup("the HTTP client could not be built"))?;
        Ok(Self { base, client })
    }

    /// Makes the call once.
    pub(super) async fn call(&self, call: HttpCall<'_>) -> Result<HttpAnswer, HttpFailure> {
        let mut url = self.base.clone();
        let path = format!("{}{}", self.base.path().trim_end_matches('/'), call.path);
        url.set_path(&path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        let mut request = self
            .client
            .request(call.method, url)
            .header(ACCEPT, call.accept);
        if let Some(value) = call.authorization {
            request = request.header(AUTHORIZATION, value);
        }
        if let Some((media_type, content)) = call.body {
            request = request.header(CONTENT_TYPE, media_type).body(content);
        }
        read(request.send().await.map_err(|error| translate(&error))?).await
    }
}

/// Reads an answer to its end. An error status stands even if its body breaks off.
async fn read(mut response: reqwest::Response) -> Result<HttpAnswer, HttpFailure> {
    let status = response.status();
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MOST_BYTES => {
                return Err(HttpFailure::TooLong);
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(_) if status.is_client_error() || status.is_server_error() => {
                body.clear();
                break;
            }
            Err(error) => return Err(translate(&error)),
        }
    }
    Ok(HttpAnswer {
        status: status.as_u16(),
        retry_after,
        body,
    })
}

/// Translates a failure into fixed words: those of reqwest contain the URL.
fn translate(error: &reqwest::Error) -> HttpFailure {
    if error.is_builder() {
        HttpFailure::Unsendable
    } else if error.is_connect() {
        HttpFailure::Unreachable
    } else if error.is_timeout() {
        HttpFailure::TimedOut
    } else {
        HttpFailure::Interrupted
    }
}

/// Returns the header value `Bearer …`, which does not print.
pub(super) fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
