//! The wire shape of a refusal.

use http::StatusCode;

/// A refusal on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) text: &'static str,
    pub(crate) legacy_outcome: i32,
}

/// The COM interface's outcome for a technical error.
pub(super) const TECHNICAL: i32 = -1;
