//! Attachments and their files.

use emis_types::{NhsNumber, OdsCode, Sensitive};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::value::RawValue;

use crate::codec::field_error::FieldError;
use crate::codec::fields::fields;
use crate::codec::message::{Message, decode_answer};
use crate::codec::scalar;
use crate::codec::scalar::{NOT_BASE_64, Text};
use crate::codec::values::{FromWire, Value};
use crate::model::medical_record::{Attachment, AttachmentData};

fields!(Attachment, with entry {
    "title" => title,
    "address" => address,
    "version" => version,
    "ddsIdentifier" => document,
    "provisional" => provisional,
    "pfsVisible" => visible_online,
    "attachmentData" => data,
});

impl FromWire for Option<AttachmentData> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(text) = Text::deserialize(deserializer)?.0 else {
            return Ok(None);
        };
        let mut base64 = text.into_bytes();
        base64.retain(|byte| !byte.is_ascii_whitespace());
        match AttachmentData::new(base64) {
            Some(data) => Ok(Some(data)),
            None => Err(D::Error::custom(NOT_BASE_64)),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct FileWire<'a> {
    #[serde(borrow)]
    filedata: Option<&'a RawValue>,
    filename: Value<Option<Sensitive<String>>>,
    #[serde(rename = "patientNHS")]
    patient_nhs: Value<Option<NhsNumber>>,
    #[serde(rename = "organisationNACS")]
    organisation_nacs: Value<Option<OdsCode>>,
}

/// Reads the answer with an attachment's file, and keeps of its text the file alone.
pub(crate) fn attachment_data(message: Message) -> Result<AttachmentData, FieldError> {
    const FIELD: &str = "filedata";
    let wire: FileWire<'_> = decode_answer(&message)?;
    let raw = scalar::required(wire.filedata, FIELD)?.get();
    if !raw.starts_with('"') {
        return Err(FieldError::new(FIELD, scalar::OTHER_FORM));
    }
    let (file_name, nhs_number, ods_code) = (
        wire.filename.0,
        wire.patient_nhs.0,
        wire.organisation_nacs.0,
    );
    // The value lies within the text: its place there outlives the borrow.
    let start = raw.as_ptr() as usize - message.text().as_ptr() as usize;
    let end = start + raw.len();
    let mut body = message.into_text().into_bytes();
    body.truncate(end);
    body.drain(..start);
    let mut data = unquoted(body)
        .and_then(AttachmentData::new)
        .ok_or_else(|| FieldError::new(FIELD, NOT_BASE_64))?;
    data.file_name = file_name;
    data.nhs_number = nhs_number;
    data.ods_code = ods_code;
    Ok(data)
}

/// Returns the characters of a JSON string without quotes and white space, in the same memory. Of
/// escapes only those are read that can stand for a character of base 64 or for white space.
fn unquoted(mut json: Vec<u8>) -> Option<Vec<u8>> {
    json.pop();
    // Behind the opening quote.
    let (mut from, mut to) = (1, 0);
    while let Some(byte) = json.get(from).copied() {
        let (plain, length) = match byte {
            b'\\' => escape(json.get(from + 1..)?)?,
            plain => (plain, 1),
        };
        from += length;
        if !plain.is_ascii_whitespace() {
            *json.get_mut(to)? = plain;
            to += 1;
        }
    }
    json.truncate(to);
    Some(json)
}

/// Returns the character of an escape, and the escape's length with its backslash.
fn escape(after: &[u8]) -> Option<(u8, usize)> {
    match *after.first()? {
        b'/' => Some((b'/', 2)),
        b'n' | b'r' | b't' => Some((b' ', 2)),
        b'u' => {
            let code = std::str::from_utf8(after.get(1..5)?).ok()?;
            let code = u8::try_from(u32::from_str_radix(code, 16).ok()?).ok()?;
            Some((code, 6))
        }
        _ => None,
    }
}
