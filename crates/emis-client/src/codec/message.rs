//! Answers as JSON text, independent of the encoding and charset that they came in.
//!
//! Everything behind this module reads JSON in the form that EMIS's document describes. An answer
//! in XML is put into that form first, so that each message has one set of wire structs and both
//! encodings come to the same values.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::budget::Budget;
use super::charset::{self, TextDecoder};
use super::decode::{decode, decode_object};
use super::encoding::{Encoding, encoding};
use super::field_error::{ErrorFacts, FieldError, TOO_LARGE, WHOLE};
use super::shape::shape;
use super::{error_body, scalar, xml};
use crate::codec::formats::DeceasedFlagEncoding;
use crate::operation::Operation;
use crate::transport::message::Response;

/// The longest answer that is decoded. With four times its length, decoding stays within 256 MiB.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// An answer that is the documented message as far as can be told from outside.
#[derive(Debug)]
pub(crate) struct Message {
    status: u16,
    json: String,
    repaired: usize,
}

/// Decodes the answer to an operation within the memory that an answer of its length may take.
pub(crate) fn read<T>(
    response: Response,
    operation: Operation,
    dead: DeceasedFlagEncoding,
    decode: impl Fn(&Message) -> Result<T, FieldError>,
) -> Result<T, FieldError> {
    let length = response.body().len();
    let _budget = Budget::of(length);
    let mut message = Message::of(response, operation, dead)?;
    match decode(&message) {
        // Only what fails is looked through for strings to repair.
        Err(fault) if fault.problem == scalar::NOT_JSON && message.repair_strings() => {
            message.check(operation)?;
            // The first attempt keeps nothing of what it spent.
            let _again = Budget::of(length);
            decode(&message)
        }
        result => result,
    }
}

/// Decodes the answer to an operation, of which the decoder may keep the text.
#[cfg(feature = "medical-record")]
pub(crate) fn take<T>(
    response: Response,
    operation: Operation,
    dead: DeceasedFlagEncoding,
    decode: impl FnOnce(Message) -> Result<T, FieldError>,
) -> Result<T, FieldError> {
    let _budget = Budget::of(response.body().len());
    let mut message = Message::of(response, operation, dead)?;
    if message.repair_strings() {
        message.check(operation)?;
    }
    decode(message)
}

impl Message {
    /// Reads as much of an answer as tells what it is.
    fn of(
        response: Response,
        operation: Operation,
        dead: DeceasedFlagEncoding,
    ) -> Result<Self, FieldError> {
        let status = response.status();
        // `GetHealth` may answer with anything, and is not read.
        if operation == Operation::GetHealth {
            return Ok(Self::empty(status));
        }
        if response.body().len() > MAX_ANSWER {
            return Err(FieldError::new(WHOLE, TOO_LARGE));
        }
        let label = response.content_type().map(str::to_owned);
        let (text, replaced) = TextDecoder::whole(response.into_body(), label.as_deref())?;
        if status == 204 || text.trim().is_empty() {
            return Ok(Self::empty(status));
        }
        let (json, repaired) = match encoding(label.as_deref(), &text)? {
            Encoding::Json => (text, 0),
            Encoding::Xml => {
                let made = xml::into_json(&text, Some(shape(operation)), dead);
                made.map_err(|fault| fault.with_facts(facts_of_xml(&text)))?
            }
        };
        let message = Self {
            status,
            json,
            repaired: replaced + repaired,
        };
        message.check(operation)?;
        Ok(message)
    }

    fn check(&self, operation: Operation) -> Result<(), FieldError> {
        if self.json.is_empty() {
            return Ok(());
        }
        shape(operation).check(&self.json)
    }

    /// Repairs strings that JSON does not allow. Returns whether there were any.
    fn repair_strings(&mut self) -> bool {
        let Some((json, count)) = charset::repair_strings(&self.json) else {
            return false;
        };
        self.json = json;
        self.repaired += count;
        true
    }

    fn empty(status: u16) -> Self {
        Self {
            status,
            json: String::new(),
            repaired: 0,
        }
    }

    /// Returns the JSON.
    pub(super) fn text(&self) -> &str {
        &self.json
    }

    #[cfg(feature = "medical-record")]
    pub(super) fn into_text(self) -> String {
        self.json
    }

    /// Returns whether the status says that all is done, and that nothing is to be read.
    pub(super) fn is_no_content(&self) -> bool {
        self.status == 204
    }

    /// Returns whether the answer holds nothing, or JSON's word for that.
    pub(super) fn is_empty(&self) -> bool {
        self.json.is_empty() || self.json.trim() == "null"
    }

    /// Returns the number of characters that could not be read as they came.
    pub(super) fn repaired(&self) -> usize {
        self.repaired
    }
}

/// Decodes the outermost object of an answer.
pub(super) fn decode_answer<'a, T: Deserialize<'a>>(message: &'a Message) -> Result<T, FieldError> {
    decode_object(message.text())
}

/// Checks the answer to an operation that answers nothing of use: no body, or JSON of the
/// documented form.
pub(crate) fn nothing(message: &Message) -> Result<(), FieldError> {
    if message.is_empty() {
        return Ok(());
    }
    decode::<IgnoredAny>(message.text()).map(drop)
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
        Some(match encoding(label, &text).ok()? {
            Encoding::Json => error_body::facts_of(&text),
            Encoding::Xml => facts_of_xml(&text),
        })
    };
    facts().unwrap_or_default()
}

/// Reads an error document in XML.
fn facts_of_xml(xml: &str) -> ErrorFacts {
    // Nothing that is read here is about a patient's death.
    let json = xml::into_json(xml, None, DeceasedFlagEncoding::default());
    json.map_or_else(
        |_| ErrorFacts::default(),
        |(json, _)| error_body::facts_of(&json),
    )
}
