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
use super::{FieldError, xml};
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
    decode: impl FnOnce(Message) -> Result<T, FieldError>,
) -> Result<T, FieldError> {
    let _budget = Budget::of(response.body().len());
    // `GetHealth` may answer with anything, and is not read.
    if operation == Operation::GetHealth {
        return decode(Message::empty(response.status()));
    }
    let status = response.status();
    let label = response.content_type().map(str::to_owned);
    let (text, replaced) = TextDecoder::whole(response.into_body(), label.as_deref())?;
    if status == 204 || text.trim().is_empty() {
        return decode(Message::empty(status));
    }
    let (json, repaired) = match encoding(label.as_deref(), &text)? {
        Encoding::Json => charset::escape_controls(&text).unwrap_or((text, 0)),
        Encoding::Xml => {
            let made = xml::into_json(&text, Some(&shape(operation)), dead);
            let made = made.map_err(|fault| fault.with_facts(error_body::facts_of_xml(&text)))?;
            drop(text);
            made
        }
    };
    shape(operation).check(&json)?;
    decode(Message {
        status,
        json,
        repaired: replaced + repaired,
    })
}

impl Message {
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
