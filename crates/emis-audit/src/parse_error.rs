//! The error of parsed texts.

/// A text that is not the [`Label`](crate::Label), [`Digest`](crate::Digest) or
/// [`AuditLogId`](crate::AuditLogId) that it was parsed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AuditParseError(pub(crate) &'static str);
