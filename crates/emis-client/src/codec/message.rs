//! Answers as JSON text, independent of the encoding and charset that they came in.
//!
//! Everything behind this module reads JSON in the form that EMIS's document describes. An answer
//! in XML is put into that form first, so that each message has one set of wire structs and both
//! encodings come to the same values.

use super::budget::Budget;
use super::charset::{self, TextDecoder};
use super::encoding::{Encoding, encoding};
use super::error_body;
use super::shape::shape;
use super::{FieldError, scalar, xml};
use crate::codec::formats::DeceasedFlagEncoding;
use crate::operation::Operation;
use crate::transport::message::Response;

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
    let _budget = Budget::of(response.body().len());
    let mut message = Message::of(response, operation, dead)?;
    match decode(&message) {
        // Only what fails is looked through for control characters.
        Err(fault) if fault.problem == scalar::NOT_JSON && message.escape_controls() => {
            message.check(operation)?;
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
    if message.escape_controls() {
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
        let label = response.content_type().map(str::to_owned);
        let (text, replaced) = TextDecoder::whole(response.into_body(), label.as_deref())?;
        if status == 204 || text.trim().is_empty() {
            return Ok(Self::empty(status));
        }
        let (json, repaired) = match encoding(label.as_deref(), &text)? {
            Encoding::Json => (text, 0),
            Encoding::Xml => {
                let made = xml::into_json(&text, Some(&shape(operation)), dead);
                made.map_err(|fault| fault.with_facts(error_body::facts_of_xml(&text)))?
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

    /// Escapes control characters within strings. Returns whether there were any.
    fn escape_controls(&mut self) -> bool {
        let Some((json, count)) = charset::escape_controls(&self.json) else {
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
