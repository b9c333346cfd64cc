//! The outcome of an operation.

use crate::assumptions::Refusal;
use crate::model::DiaryError;
use crate::protocol::ParameterError;
use crate::wire::Message;

/// A refusal with diagnostics for the caller.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(super) refusal: Refusal,
    pub(super) diagnostics: Option<String>,
}

impl Refused {
    fn new(refusal: Refusal, diagnostics: &str) -> Self {
        Self {
            refusal,
            diagnostics: Some(diagnostics.to_owned()),
        }
    }

    pub(super) fn bad_request(diagnostics: &str) -> Self {
        Self::new(Refusal::BadRequest, diagnostics)
    }

    pub(super) fn not_found(diagnostics: &str) -> Self {
        Self::new(Refusal::NotFound, diagnostics)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            diagnostics: None,
        }
    }
}

impl From<DiaryError> for Refused {
    fn from(refusal: DiaryError) -> Self {
        Self::new(refusal.into(), &refusal.to_string())
    }
}

impl From<ParameterError> for Refused {
    fn from(ParameterError(what): ParameterError) -> Self {
        Self {
            refusal: Refusal::BadRequest,
            diagnostics: Some(what),
        }
    }
}

/// A message, or `None` for an operation that answers 204.
pub(super) type Outcome = Result<Option<Message>, Refused>;
