//! Answers into domain types. JSON and XML end here: nothing above knows of them.
//!
//! The structs that mirror the wire are private to this module, every field of them may be
//! missing or null, and what they do not name is skipped. Records of a list are decoded one by
//! one, so that a bad one loses itself and no other.

mod appointments;
mod arriving;
mod booked;
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
mod organisation;
mod patients;
mod scalar;
mod search;
mod sessions;
#[cfg(feature = "medical-record")]
mod text_or;
mod values;
mod xml;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::{Listing, SkippedRecord};
use crate::transport::message::Response;

pub(crate) use appointments::{booked_appointment, patient_appointments};
pub(crate) use arriving::ArrivingBookings;
pub(crate) use booked::{Booked, BookedStep, HolderReferences, booked_patients};
pub(crate) use configuration::appointment_configuration;
pub use encoding::Encoding;
pub(crate) use encoding::{in_json, is_json};
pub(crate) use error_body::{ErrorFacts, error_facts};
#[cfg(feature = "medical-record")]
pub(crate) use in_full::{
    booked_patients_in_full, matched_patients_in_full, organisation_in_full, staff_in_full,
};
#[cfg(feature = "medical-record")]
pub(crate) use medical_record::{attachment_data, file_record, medical_record};
pub(crate) use organisation::{organisation, staff};
pub(crate) use patients::{demographics, matched_patients};
pub(crate) use search::search_matches;
pub(crate) use sessions::{changed_slot, sessions, slots, status_change};

/// What a path calls the value as a whole.
const WHOLE: &str = "the whole";

/// What is wrong with an answer that does not stop where its value does.
const GOES_ON: &str = "goes on after its end";

/// What is wrong with a number that is larger than any number of ours.
const OUT_OF_RANGE: &str = "is a number out of range";

/// What was wrong with which field of an answer; never what it held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub(crate) struct FieldError {
    field: String,
    problem: &'static str,
}

impl FieldError {
    fn new(field: impl Into<String>, problem: &'static str) -> Self {
        Self {
            field: field.into(),
            problem,
        }
    }

    /// The same as a note of the record that it cost.
    fn skipped(self, index: usize) -> SkippedRecord {
        SkippedRecord::new(index, self.field, self.problem)
    }
}

/// Decodes a JSON value, and on failure names the path of the field and our words for the problem.
fn decode<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, FieldError> {
    // Keeping track of the path costs more than the decoding: it is done for what fails.
    if let Ok(value) = serde_json::from_slice(json) {
        return Ok(value);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(json);
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

/// Whether a number is larger than a double, which to serde is a fault of the text. It is JSON all
/// the same, and nobody looks at a number but for one of our fields.
fn is_beyond_double(error: &serde_json::Error) -> bool {
    error.is_syntax() && error.to_string().starts_with("number out of range")
}

/// Decodes a JSON object. Left to itself, serde would take the values of an array for the fields
/// of a struct, in order.
fn decode_object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, FieldError> {
    if json.trim_ascii_start().starts_with(b"[") {
        return Err(FieldError::new(WHOLE, scalar::OTHER_FORM));
    }
    decode(json)
}

/// Decodes the outermost object of an answer.
fn decode_answer<'a, T: Deserialize<'a>>(response: &'a Response) -> Result<T, FieldError> {
    decode_object(text(response))
}

/// The body without the byte order mark that .NET is fond of.
fn text(response: &Response) -> &[u8] {
    without_mark(response.body())
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// The records of a list, each still undecoded. Null is an empty list.
type Records<'a> = Option<Vec<&'a RawValue>>;

/// Decodes the records of a list one by one.
fn listing<'a, W, T>(
    records: Records<'a>,
    convert: impl Fn(W) -> Result<T, FieldError>,
) -> Listing<T>
where
    W: Deserialize<'a>,
{
    let mut listing = Listing::default();
    for (index, record) in records.into_iter().flatten().enumerate() {
        match decode_object::<W>(record.get().as_bytes()).and_then(&convert) {
            Ok(item) => listing.items.push(item),
            Err(fault) => listing.skipped.push(fault.skipped(index)),
        }
    }
    listing
}

/// Decodes one list of several in an answer: the list's name goes before each field's.
fn named_listing<'a, W, T>(
    name: &str,
    records: Records<'a>,
    skipped: &mut Vec<SkippedRecord>,
    convert: impl Fn(W) -> Result<T, FieldError>,
) -> Vec<T>
where
    W: Deserialize<'a>,
{
    let listing = listing(records, convert);
    skipped.extend(listing.skipped.into_iter().map(|mut record| {
        record.field = format!("{name}.{}", record.field);
        record
    }));
    listing.items
}

/// The answer to an operation that answers nothing of use: no body, or any JSON. Something that
/// is not JSON did not come from EMIS.
pub(crate) fn nothing(response: &Response) -> Result<(), FieldError> {
    if is_empty(response) {
        return Ok(());
    }
    decode::<serde::de::IgnoredAny>(text(response)).map(drop)
}

/// Whether an answer holds nothing: 204, whatever comes with it, or no body.
fn is_empty(response: &Response) -> bool {
    response.status() == 204 || response.body().trim_ascii().is_empty()
}
