//! The transport over HTTP.

use std::fmt;

use async_trait::async_trait;
use emis_credentials::{AccessToken, ConnectStep};
use emis_types::ApplicationId;
use reqwest::Method;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
};
use tracing::Span;
use url::{Host, Url};

use super::Transport;
use super::connections::{Clients, HttpConnections, Route};
use super::error::{TransportError, TransportErrorKind as Kind};
use super::message::{Request, Response};
use super::streaming::{BodyStream, StreamingResponse};
use crate::error::{ClientError, ClientErrorKind};
use crate::operation::{Effect, Verb};

/// The longest response in bytes; a month of a very large practice stays well below.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// The largest announced length in bytes for which memory is reserved in advance.
const BELIEVED: u64 = 1024 * 1024;

/// Carries calls over HTTP/1.1, each of them once.
///
/// Redirects are not followed. The layers below resend a request if a kept-alive connection turns
/// out to be closed before its first byte. Writes rule that out: each opens a connection of its
/// own, which is not reused. HTTP/2, which shares connections, stays off with any features of
/// reqwest other crates enable.
pub(crate) struct HttpTransport {
    base: Url,
    application: HeaderValue,
    accept: &'static str,
    clients: Clients,
}

impl HttpTransport {
    /// Creates a transport to the API at `base`, such as `https://api.platform.emis-x.uk/partner`.
    pub(crate) fn new(
        base: Url,
        application: &ApplicationId,
        accept: &'static str,
        connections: &HttpConnections,
    ) -> Result<Self, ClientError> {
        check_base(&base)?;
        let route = if is_loopback(&base) {
            Route::Loopback
        } else {
            Route::Outside
        };
        Ok(Self {
            base,
            application: secret_value(application.as_str())?,
            accept,
            clients: connections.clients(route)?,
        })
    }

    fn url(&self, request: &Request) -> Url {
        let mut url = self.base.clone();
        let below = request.operation().spec().path;
        let path = format!("{}{below}", self.base.path().trim_end_matches('/'));
        url.set_path(&path);
        let mut parameters = request.parameters().peekable();
        if parameters.peek().is_some() {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(parameters);
            // A plus sign means a space in forms only; %20 means one everywhere.
            url.set_query(Some(&query.finish().replace('+', "%20")));
        }
        url
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        receive(self.begin(request, token).await?).await
    }

    async fn open(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<StreamingResponse, TransportError> {
        let response = self.begin(request, token).await?;
        if response.status().is_success() {
            let head = head(&response, Vec::new());
            Ok(StreamingResponse::begun(head, Box::new(HttpBody(response))))
        } else {
            receive(response).await.map(StreamingResponse::whole)
        }
    }
}

impl HttpTransport {
    /// Sends the request and reads the head of the response.
    async fn begin(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<reqwest::Response, TransportError> {
        let spec = request.operation().spec();
        let client = match spec.effect {
            Effect::Read => &self.clients.reads,
            Effect::Write => &self.clients.writes,
        };
        let url = self.url(request);
        record_address(&url);
        let mut builder = client
            .request(method(spec.verb), url)
            .header(ACCEPT, self.accept)
            .header("applicationId", self.application.clone());
        if let Some((media_type, content)) = request.body() {
            builder = builder
                .header(CONTENT_TYPE, media_type)
                .body(content.to_vec());
        } else if spec.verb != Verb::Get {
            builder = builder.header(CONTENT_LENGTH, 0);
        }
        if let Some(token) = token {
            let bearer = secret_value(&format!("Bearer {}", token.expose()))
                .map_err(|_| TransportError::new(Kind::Unsendable, "the token is not ASCII"))?;
            builder = builder.header(AUTHORIZATION, bearer);
        }
        builder.send().await.map_err(|error| translate(&error))
    }
}

/// Records the address in the span of the attempt, without the query.
fn record_address(url: &Url) {
    let span = Span::current();
    if span.is_disabled() {
        return;
    }
    let mut address = url.clone();
    address.set_query(None);
    span.record("url.full", address.as_str());
    span.record("server.address", url.host_str());
    span.record("server.port", url.port_or_known_default());
}

/// Reads a response to its end. An error status stands even if its body breaks off.
async fn receive(mut response: reqwest::Response) -> Result<Response, TransportError> {
    let body = match read_body(&mut response).await {
        Ok(body) => body,
        Err(_) if !response.status().is_success() => Vec::new(),
        Err(error) => return Err(error),
    };
    Ok(head(&response, body))
}

fn head(response: &reqwest::Response, body: Vec<u8>) -> Response {
    let header = |name: HeaderName| response.headers().get(name)?.to_str().ok();
    let mut answer = Response::new(response.status().as_u16(), body);
    if let Some(value) = header(CONTENT_TYPE) {
        answer = answer.with_content_type(value);
    }
    if let Some(value) = header(RETRY_AFTER) {
        answer = answer.with_retry_after(value);
    }
    answer
}

/// The rest of a response body, from the connection.
struct HttpBody(reqwest::Response);

#[async_trait]
impl BodyStream for HttpBody {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransportError> {
        let chunk = self.0.chunk().await.map_err(|error| translate(&error))?;
        Ok(chunk.map(Vec::from))
    }
}

impl fmt::Debug for HttpBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBody").finish_non_exhaustive()
    }
}

async fn read_body(response: &mut reqwest::Response) -> Result<Vec<u8>, TransportError> {
    // Reserves memory in advance, but no more than a server may claim.
    let announced = response.content_length().unwrap_or_default();
    let mut body = Vec::with_capacity(announced.min(BELIEVED) as usize);
    while let Some(chunk) = response.chunk().await.map_err(|error| translate(&error))? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(TransportError::new(
                Kind::TooLarge,
                "the response is longer than 64 MiB",
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Translates a failure into fixed words: those of reqwest contain the URL, and with it the patient.
fn translate(error: &reqwest::Error) -> TransportError {
    // Only a connection that was never made provably carried nothing.
    if error.is_builder() {
        TransportError::new(Kind::Unsendable, "the request could not be built")
    } else if error.is_connect() {
        TransportError::new(Kind::Unreachable, "no connection could be made")
            .with_step(ConnectStep::of(error))
    } else if error.is_timeout() {
        TransportError::new(Kind::TimedOut, "no response arrived in time")
    } else {
        TransportError::new(Kind::Interrupted, "the connection broke")
    }
}

fn method(verb: Verb) -> Method {
    match verb {
        Verb::Get => Method::GET,
        Verb::Patch => Method::PATCH,
        Verb::Post => Method::POST,
    }
}

fn secret_value(text: &str) -> Result<HeaderValue, ClientError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        ClientError::new(
            ClientErrorKind::Configuration,
            "a header value is not ASCII",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn check_base(base: &Url) -> Result<(), ClientError> {
    let wrong = |message| Err(ClientError::new(ClientErrorKind::Configuration, message));
    match base.scheme() {
        "https" => {}
        "http" if is_loopback(base) => {}
        _ => return wrong("the base URL must be https, or http to this machine"),
    }
    if !base.username().is_empty() || base.password().is_some() {
        return wrong("the base URL must not hold a user or password");
    }
    if base.query().is_some() || base.fragment().is_some() {
        return wrong("the base URL must end with its path");
    }
    Ok(())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("host", &self.base.host_str())
            .finish_non_exhaustive()
    }
}
