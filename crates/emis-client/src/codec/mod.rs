//! Answers into domain types. JSON and XML end here: nothing above knows of them.
//!
//! The structs that mirror the wire are private to this module, every field of them may be
//! missing or null, and unknown fields are skipped. Records of a list are decoded one by one, so
//! that an unreadable record costs no other. The message itself is another matter: what holds
//! none of the documented fields is no answer ([`shape`]).

mod appointments;
mod arriving;
mod booked;
mod budget;
mod charset;
mod choices;
mod common;
mod configuration;
mod encoding;
mod error_body;
mod fields;
pub(crate) mod formats;
#[cfg(feature = "medical-record")]
mod in_full;
mod list;
#[cfg(feature = "medical-record")]
mod medical_record;
mod message;
mod moment;
mod nested;
mod organisation;
mod patients;
mod scalar;
mod search;
mod sessions;
mod shape;
#[cfg(feature = "medical-record")]
mod text_or;
mod values;
mod xml;

use serde::Deserialize;

use crate::model::SkippedRecord;

pub(crate) use appointments::{booked_appointment, patient_appointments};
pub(crate) use arriving::ArrivingBookings;
pub(crate) use booked::{Booked, BookedStep, HolderReferences, booked_patients};
pub(crate) use configuration::appointment_configuration;
pub use encoding::Encoding;
pub(crate) use error_body::{ErrorFacts, error_facts};
#[cfg(feature = "medical-record")]
pub(crate) use in_full::{
    booked_patients_in_full, matched_patients_in_full, organisation_in_full, staff_in_full,
};
#[cfg(feature = "medical-record")]
pub(crate) use medical_record::{attachment_data, file_record, medical_record};
#[cfg(feature = "medical-record")]
pub(crate) use message::take;
pub(crate) use message::{Message, read};
pub(crate) use organisation::{organisation, staff};
pub(crate) use patients::{demographics, matched_patients};
pub(crate) use search::search_matches;
pub(crate) use sessions::{changed_slot, sessions, slots, status_change};

use list::{Records, listing, named_listing};

/// The path of the value as a whole.
const WHOLE: &str = "the whole";

/// The problem of an answer that does not stop where its value does.
const GOES_ON: &str = "goes on after its end";

/// The problem of a number that is larger than any number of ours.
const OUT_OF_RANGE: &str = "is a number out of range";

/// The problem of an answer, or of a part of one, that takes more memory than it may.
const TOO_LARGE: &str = "is too large";

/// A field of an answer, and the problem with it; never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub(crate) struct FieldError {
    field: String,
    problem: &'static str,
    facts: ErrorFacts,
}

impl FieldError {
    fn new(field: impl Into<String>, problem: &'static str) -> Self {
        Self {
            field: field.into(),
            problem,
            facts: ErrorFacts::default(),
        }
    }

    fn with_facts(mut self, facts: ErrorFacts) -> Self {
        self.facts = facts;
        self
    }

    /// Returns what an error document says that came in place of the answer.
    pub(crate) fn facts(&self) -> ErrorFacts {
        self.facts
    }

    /// Turns the error into a note of the record that could not be read.
    fn skipped(self, index: usize) -> SkippedRecord {
        SkippedRecord::new(index, self.field, self.problem)
    }
}

/// Decodes a JSON value. An error names the path of the field, and the problem in our words.
fn decode<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, FieldError> {
    // Tracking the path costs more than decoding: only a value that fails is read again for it.
    if let Ok(value) = serde_json::from_str(json) {
        return Ok(value);
    }
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let (path, inner) = (error.path().to_string(), error.inner());
        let beyond = is_beyond_double(inner);
        // Where the text itself is broken, the path may hold a key that is none of ours.
        let ours = (beyond || inner.is_data()) && path != ".";
        let field = if ours { &path } else { WHOLE };
        let problem = if beyond {
            OUT_OF_RANGE
        } else {
            scalar::problem(inner)
        };
        FieldError::new(field, problem)
    })?;
    match deserializer.end() {
        Ok(()) => Ok(value),
        Err(_) => Err(FieldError::new(WHOLE, GOES_ON)),
    }
}

/// Returns whether a number is larger than a double, which serde takes for broken text. It is
/// valid JSON, and matters only in a field of ours.
fn is_beyond_double(error: &serde_json::Error) -> bool {
    error.is_syntax() && error.to_string().starts_with("number out of range")
}

/// Decodes a JSON object. Left to itself, serde would take the values of an array for the fields
/// of a struct, in order.
fn decode_object<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, FieldError> {
    if json.trim_ascii_start().starts_with('[') {
        return Err(FieldError::new(WHOLE, scalar::OTHER_FORM));
    }
    decode(json)
}

/// Decodes the outermost object of an answer.
fn decode_answer<'a, T: Deserialize<'a>>(message: &'a Message) -> Result<T, FieldError> {
    decode_object(message.text())
}

/// Checks the answer to an operation that answers nothing of use: no body, or JSON of the
/// documented form.
pub(crate) fn nothing(message: &Message) -> Result<(), FieldError> {
    if message.is_empty() {
        return Ok(());
    }
    decode::<serde::de::IgnoredAny>(message.text()).map(drop)
}
