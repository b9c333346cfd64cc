//! Carrying one request once: the [`Transport`] trait and its HTTP implementation.

pub(crate) mod connections;
pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod message;
pub(crate) mod streaming;

use std::fmt;

use async_trait::async_trait;
use emis_credentials::AccessToken;

use self::error::TransportError;
use self::message::{Request, Response};
use self::streaming::StreamingResponse;

/// Carries one request, once.
///
/// The client decides whether and when to retry, how long to wait and which token to use. A
/// transport sends what it is given a single time, follows no redirect, and on failure reports
/// only what provably happened. It stops when its future is dropped.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends the request and reads the response to its end. `token` is `None` for operations that
    /// need no authorisation.
    ///
    /// # Errors
    /// Fails if no complete response arrived. A response with an error status is not an error here.
    async fn send(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<Response, TransportError>;

    /// Sends the request and returns as soon as a successful response has begun. A response with
    /// an error status is read to its end.
    ///
    /// The default implementation reads every response to its end.
    ///
    /// # Errors
    /// Fails if no response began.
    async fn open(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<StreamingResponse, TransportError> {
        self.send(request, token)
            .await
            .map(StreamingResponse::whole)
    }

    /// Called when the client has read a whole response with a 2xx status, before its caller gets
    /// the result. `understood` is `false` if the response is not the documented message: a write may
    /// then have been done or not. Not called for responses that are [opened](Self::open).
    ///
    /// The default implementation does nothing. A transport around another one calls that one's, too.
    ///
    /// # Errors
    /// Fails if the result must not reach the caller.
    async fn decoded(
        &self,
        request: &Request,
        status: u16,
        understood: bool,
    ) -> Result<(), TransportError> {
        let _ = (request, status, understood);
        Ok(())
    }
}
