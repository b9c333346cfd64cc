//! Faults in the exchange with the identity service.

use crate::connect_step::ConnectStep;

/// A fault in the exchange with the identity service. Tells apart a network that is down, a service
/// that is down and a wrong address, which share a [`TokenErrorKind`](crate::TokenErrorKind).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceFault {
    /// No connection was made. Holds the step that failed, if known.
    NotConnected(Option<ConnectStep>),
    /// The request was sent, and no answer came in time or the connection broke.
    Silent,
    /// The service answered with a 5xx status.
    Failed,
    /// The issuer's address has no discovery document.
    NoDocument,
    /// The document there is no discovery document, but a web page for example.
    NotADocument,
    /// The discovery document names another issuer.
    OtherIssuer,
    /// The discovery document names an address that is not `https`.
    InsecureAddress,
    /// The discovery document names an endpoint on a host that the product does not
    /// [allow](crate::OpenIdTokenSourceBuilder::endpoint_host).
    OtherHost,
}
