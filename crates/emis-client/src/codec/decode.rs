//! JSON values into wire structs.

use serde::Deserialize;

use super::field_error::{FieldError, GOES_ON, OUT_OF_RANGE, WHOLE};
use super::scalar;

/// Decodes a JSON value. An error names the path of the field, and the problem in our words.
pub(super) fn decode<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, FieldError> {
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
pub(super) fn decode_object<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, FieldError> {
    if json.trim_ascii_start().starts_with('[') {
        return Err(FieldError::new(WHOLE, scalar::OTHER_FORM));
    }
    decode(json)
}
