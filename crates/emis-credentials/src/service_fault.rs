//! What exactly went wrong between us and the identity service.

use crate::ConnectStep;

/// What went wrong between us and the identity service, where its kind alone does not tell a
/// network that is down from a service that is, or from an address that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceFault {
    /// No connection was made; the step that failed, where that is known.
    NotConnected(Option<ConnectStep>),
    /// It was asked, and no answer came in time, or the connection broke.
    Silent,
    /// It answered with a 5xx.
    Failed,
    /// There is no discovery document at the issuer's address.
    NoDocument,
    /// What is there is no discovery document: a web page, say.
    NotADocument,
    /// The discovery document is another issuer's.
    OtherIssuer,
    /// The discovery document names an address that is not `https`.
    InsecureAddress,
}
