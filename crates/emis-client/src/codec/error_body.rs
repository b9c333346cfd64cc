//! EMIS's error body, of which only what can be shown to anyone is taken.

use serde::Deserialize;
use uuid::Uuid;

use super::encoding::json_body;
use super::scalar::{Guid, Int};
use super::{decode_object, without_mark};
use crate::codec::formats::DeceasedFlagEncoding;
use crate::transport::message::Response;

/// What an error body says that is not free text: its texts may be about a patient.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ErrorFacts {
    /// EMIS's id of the answer.
    pub(crate) message_id: Option<Uuid>,
    /// The outcome code of EMIS's older interface.
    pub(crate) legacy_outcome: Option<i32>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ErrorWire {
    message_id: Guid,
    legacy_outcome: Int,
}

/// Reads the error body of an answer that is not a success. A body that can't be read says
/// nothing.
pub(crate) fn error_facts(response: &Response) -> ErrorFacts {
    if (200..300).contains(&response.status()) {
        return ErrorFacts::default();
    }
    // Nothing that is read here is about a patient's death.
    let wire: ErrorWire = json_body(response, DeceasedFlagEncoding::default())
        .and_then(|body| decode_object(without_mark(&body)))
        .unwrap_or_default();
    ErrorFacts {
        message_id: wire.message_id.0,
        legacy_outcome: wire.legacy_outcome.0.and_then(|code| code.try_into().ok()),
    }
}
