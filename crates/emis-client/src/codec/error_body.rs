//! EMIS's error document, of which only what can be shown to anyone is taken.

use serde::Deserialize;
use uuid::Uuid;

use super::charset::TextDecoder;
use super::decode_object;
use super::encoding::{Encoding, encoding};
use super::scalar::{Guid, Int};
use super::xml;
use crate::codec::formats::DeceasedFlagEncoding;
use crate::transport::message::Response;

/// The fields of an error document that are not free text: its texts may be about a patient.
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

/// Reads the error document of an answer that is not a success. One that can't be read says
/// nothing.
pub(crate) fn error_facts(response: &Response) -> ErrorFacts {
    const MAX_LENGTH: usize = 1024 * 1024;
    if (200..300).contains(&response.status()) || response.body().len() > MAX_LENGTH {
        return ErrorFacts::default();
    }
    let label = response.content_type();
    let facts = || {
        let (text, _) = TextDecoder::whole(response.body().to_vec(), label).ok()?;
        let json = match encoding(label, &text).ok()? {
            Encoding::Json => text,
            // Nothing that is read here is about a patient's death.
            Encoding::Xml => {
                xml::into_json(&text, None, DeceasedFlagEncoding::default())
                    .ok()?
                    .0
            }
        };
        Some(facts_of(&json))
    };
    facts().unwrap_or_default()
}

/// Reads an error document in XML.
pub(super) fn facts_of_xml(xml: &str) -> ErrorFacts {
    // Nothing that is read here is about a patient's death.
    let json = xml::into_json(xml, None, DeceasedFlagEncoding::default());
    json.map_or_else(|_| ErrorFacts::default(), |(json, _)| facts_of(&json))
}

/// Reads an error document in JSON.
pub(super) fn facts_of(json: &str) -> ErrorFacts {
    let wire: ErrorWire = decode_object(json).unwrap_or_default();
    ErrorFacts {
        message_id: wire.message_id.0,
        legacy_outcome: wire.legacy_outcome.0.and_then(|code| code.try_into().ok()),
    }
}
