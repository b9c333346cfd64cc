//! Checks of what a caller posts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use emis_types::{EmailAddress, UkMobile};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::error::Failure;

/// The check of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    Phone,
    Email,
    Uuid,
    Text,
    Base64,
    Url,
    Object,
    List,
}

/// The fields of a request: name, check, and whether it is required.
pub(super) type Fields = &'static [(&'static str, Check, bool)];

pub(super) const TEXT: Fields = &[
    ("phone_number", Check::Phone, true),
    ("template_id", Check::Uuid, true),
    ("personalisation", Check::Object, false),
    ("reference", Check::Text, false),
    ("sms_sender_id", Check::Uuid, false),
];

pub(super) const EMAIL: Fields = &[
    ("email_address", Check::Email, true),
    ("template_id", Check::Uuid, true),
    ("personalisation", Check::Object, false),
    ("reference", Check::Text, false),
    ("email_reply_to_id", Check::Uuid, false),
    ("one_click_unsubscribe_url", Check::Url, false),
    ("sanitise_content_for", Check::List, false),
];

pub(super) const LETTER: Fields = &[
    ("template_id", Check::Uuid, true),
    ("personalisation", Check::Object, true),
    ("reference", Check::Text, false),
];

pub(super) const PRECOMPILED_LETTER: Fields = &[
    ("reference", Check::Text, true),
    ("content", Check::Base64, true),
    ("postage", Check::Text, false),
];

pub(super) const PREVIEW: Fields = &[("personalisation", Check::Object, false)];

/// Parses a request's body. Fields that the service does not know are refused.
pub(super) fn parse(body: &[u8], fields: Fields) -> Result<Map<String, Value>, Failure> {
    let invalid = || Failure::bad_request("Invalid JSON supplied in POST data");
    let Value::Object(given) = serde_json::from_slice(body).map_err(|_| invalid())? else {
        return Err(invalid());
    };
    let missing = fields
        .iter()
        .filter(|(name, _, required)| *required && !given.contains_key(*name))
        .map(|(name, ..)| format!("{name} is a required property"));
    let wrong = given.iter().filter_map(|(name, value)| {
        let Some((_, check, _)) = fields.iter().find(|(known, ..)| known == name) else {
            let problem = format!("Additional properties are not allowed ({name} was unexpected)");
            return Some(problem);
        };
        problem(*check, value).map(|problem| format!("{name} {problem}"))
    });
    let problems: Vec<_> = missing.chain(wrong).collect();
    if problems.is_empty() {
        Ok(given)
    } else {
        Err(Failure::validation(problems))
    }
}

fn problem(check: Check, value: &Value) -> Option<&'static str> {
    let text = value.as_str();
    match check {
        Check::Object => (!value.is_object()).then_some("is not of type object"),
        Check::List => value
            .as_array()
            .is_none_or(|items| !items.iter().all(Value::is_string))
            .then_some("is not a list of strings"),
        _ if text.is_none() => Some("is not of type string"),
        Check::Phone => text.and_then(phone_problem),
        Check::Email => text
            .is_none_or(|text| text.parse::<EmailAddress>().is_err())
            .then_some("Not a valid email address"),
        Check::Uuid => text
            .is_none_or(|text| Uuid::try_parse(text).is_err())
            .then_some("is not a valid UUID"),
        Check::Url => text
            .is_none_or(|text| !text.starts_with("https://"))
            .then_some("is not a valid https url"),
        Check::Base64 => text
            .is_none_or(|text| STANDARD.decode(text).is_err())
            .then_some("is not base64"),
        Check::Text => text
            .is_none_or(|text| text.chars().count() > 1000)
            .then_some("is too long"),
    }
}

fn phone_problem(number: &str) -> Option<&'static str> {
    let digits = number.chars().filter(char::is_ascii_digit).count();
    if number
        .chars()
        .any(|c| !c.is_ascii_digit() && !" ()-+.".contains(c))
    {
        Some("Must not contain letters or symbols")
    } else if digits < 7 {
        Some("Not enough digits")
    } else if digits > 15 {
        Some("Too many digits")
    } else if number.parse::<UkMobile>().is_err() {
        Some("Not a UK mobile number")
    } else {
        None
    }
}
