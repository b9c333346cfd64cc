//! Refusals of the API.

use http::StatusCode;

use super::shape::{Shape, TECHNICAL};
use super::wire_states::WireState;
use crate::model::DiaryError;

/// A reason for the API to refuse a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    BadRequest,
    Unauthorised,
    /// The product is kept out by the practice's settings.
    Kept(WireState),
    NotFound,
    WrongMethod,
    Conflict,
    TooLarge,
    UnsupportedMediaType,
    ServerError,
    /// A status that a fault sets.
    Other(u16),
}

impl Refusal {
    /// Returns HTTP status, issue code, text and legacy outcome.
    pub(crate) fn shape(self) -> Shape {
        let (status, code, text, legacy_outcome) = match self {
            // A state that shows only at the token endpoint does not occur here.
            Self::Kept(state) => return state.call().unwrap_or_else(|| Self::ServerError.shape()),
            Self::BadRequest => (400, "invalid", "The request is not valid", TECHNICAL),
            Self::Unauthorised => (401, "login", "The token is not valid", TECHNICAL),
            Self::NotFound => (404, "not-found", "No such record", TECHNICAL),
            Self::WrongMethod => (405, "not-supported", "The method is not allowed", TECHNICAL),
            Self::Conflict => (409, "conflict", "The slot is not available", 2),
            Self::TooLarge => (413, "too-long", "The request is too large", TECHNICAL),
            Self::UnsupportedMediaType => (
                415,
                "not-supported",
                "The media type is not supported",
                TECHNICAL,
            ),
            Self::ServerError => (500, "exception", "Something went wrong", TECHNICAL),
            Self::Other(status) => (status, "exception", "Something went wrong", TECHNICAL),
        };
        Shape {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            code,
            text,
            legacy_outcome,
        }
    }
}

impl From<DiaryError> for Refusal {
    fn from(refusal: DiaryError) -> Self {
        match refusal {
            DiaryError::UnknownSlot
            | DiaryError::UnknownSlotType
            | DiaryError::UnknownPatient
            | DiaryError::Empty => Self::NotFound,
            DiaryError::NotAvailable | DiaryError::OtherPatient => Self::Conflict,
        }
    }
}
