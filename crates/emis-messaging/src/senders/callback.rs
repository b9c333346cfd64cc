//! Callbacks of the services: who sent them, compared in constant time.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};

/// The error of a request to a callback address that is not what the service sends.
///
/// Its text holds nothing of the request. [`status`](Self::status) is the HTTP status to answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallbackError {
    kind: CallbackErrorKind,
    message: &'static str,
}

/// The kinds of [`CallbackError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallbackErrorKind {
    /// There is no token or key: answer 401.
    Unauthenticated,
    /// The token, key or signature is wrong: answer as the service's contract says.
    Forbidden,
    /// The sender is the service, but the body is not one that it documents: answer 400.
    Malformed,
}

impl CallbackError {
    pub(super) const fn new(kind: CallbackErrorKind, message: &'static str) -> Self {
        Self { kind, message }
    }

    /// Returns the kind of error.
    pub fn kind(&self) -> CallbackErrorKind {
        self.kind
    }

    /// Returns the HTTP status to answer with.
    pub fn status(&self) -> u16 {
        match self.kind {
            CallbackErrorKind::Unauthenticated => 401,
            CallbackErrorKind::Forbidden => 403,
            CallbackErrorKind::Malformed => 400,
        }
    }

    /// Returns the error in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

/// Compares two secrets. The time depends neither on where they differ nor on the length of the
/// expected one.
pub(super) fn secrets_match(given: &[u8], expected: &[u8]) -> bool {
    let [given, expected] = [given, expected].map(|text| digest(&SHA256, text));
    verify_slices_are_equal(given.as_ref(), expected.as_ref()).is_ok()
}
