//! A transport on hyper-util's connections: as little as a call of one operation needs, for comparison.

use async_trait::async_trait;
use bytes::Bytes;
use emis_client::{Request, Response, Transport, TransportError, TransportErrorKind as Kind};
use emis_credentials::AccessToken;
use http_body_util::{BodyExt, Empty};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Carries calls without a body over HTTP/1.1 to this machine.
#[derive(Debug)]
pub(crate) struct OverHyper {
    base: String,
    connections: Client<HttpConnector, Empty<Bytes>>,
}

impl OverHyper {
    pub(crate) fn new(base: String) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let connections = Client::builder(TokioExecutor::new()).build(connector);
        Self { base, connections }
    }

    /// Fetches an answer whole.
    pub(crate) async fn get(
        &self,
        path_and_query: &str,
        token: Option<&str>,
    ) -> Result<Response, TransportError> {
        let mut builder = hyper::Request::get(format!("{}{path_and_query}", self.base))
            .header(ACCEPT, "application/json")
            .header("applicationId", "a-party-key");
        if let Some(token) = token {
            builder = builder.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = builder.body(Empty::new()).map_err(broken)?;
        let response = self.connections.request(request).await.map_err(broken)?;
        let (head, mut body) = response.into_parts();
        let announced = head.headers.get("content-length");
        let announced = announced.and_then(|length| length.to_str().ok()?.parse().ok());
        let mut whole = Vec::with_capacity(announced.unwrap_or(0));
        while let Some(frame) = body.frame().await {
            if let Some(data) = frame.map_err(broken)?.data_ref() {
                whole.extend_from_slice(data);
            }
        }
        let answer = Response::new(head.status.as_u16(), whole);
        let label = head
            .headers
            .get(CONTENT_TYPE)
            .and_then(|it| it.to_str().ok());
        Ok(match label {
            Some(label) => answer.with_content_type(label),
            None => answer,
        })
    }
}

fn broken(_: impl std::error::Error) -> TransportError {
    TransportError::new(Kind::Interrupted, "the connection broke")
}

#[async_trait]
impl Transport for OverHyper {
    async fn send(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        let query = {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(request.parameters()).finish()
        };
        let path = request.operation().spec().path;
        self.get(&format!("{path}?{query}"), token.map(AccessToken::expose))
            .await
    }
}
