//! EMIS's error document, of which only what can be shown to anyone is taken.

use serde::Deserialize;

use super::decode::decode_object;
use super::field_error::ErrorFacts;
use super::scalar::{Guid, Int};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ErrorWire {
    message_id: Guid,
    legacy_outcome: Int,
}

/// Reads an error document in JSON.
pub(super) fn facts_of(json: &str) -> ErrorFacts {
    let wire: ErrorWire = decode_object(json).unwrap_or_default();
    ErrorFacts {
        message_id: wire.message_id.0,
        legacy_outcome: wire.legacy_outcome.0.and_then(|code| code.try_into().ok()),
    }
}
