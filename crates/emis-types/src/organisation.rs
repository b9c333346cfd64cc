//! Identifiers of a practice and of a product.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::plain_text::as_typed;
use crate::{serde_as_text, text_newtype};

/// The EMIS organisation ID of a practice, also called its CDB number: one to ten digits.
///
/// EMIS Web shows it under the practice's organisation details. It is not the ODS code. Giving the
/// ODS code instead is the most common mistake of a set-up, so that has a message of its own.
/// Leading zeros are kept as typed but ignored by comparisons: `050002` equals `50002`.
///
/// # Examples
/// ```
/// use emis_types::{OrganisationId, ParseErrorKind};
/// assert_eq!(" 50002 ".parse::<OrganisationId>()?.as_str(), "50002");
/// assert_eq!("a20047".parse::<OrganisationId>().unwrap_err().kind(), ParseErrorKind::OdsCodeGiven);
/// # Ok::<(), emis_types::ParseError>(())
/// ```
#[derive(Clone)]
pub struct OrganisationId {
    text: String,
    number: u64,
}

impl OrganisationId {
    const FIELD: &'static str = "EMIS organisation ID";

    /// Returns the digits as typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for OrganisationId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = as_typed(text);
        let error = |kind, rule| Err(ParseError::new(Self::FIELD, kind, rule));
        if text.is_empty() {
            return error(
                Kind::Empty,
                "is empty: it is the practice's CDB number, digits only",
            );
        }
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            // Practices are usually a letter and five digits; other ODS codes begin with a letter
            // too. Digits alone are always taken as a CDB number.
            let ods_shaped =
                text.parse::<OdsCode>().is_ok() && text.bytes().any(|b| b.is_ascii_digit());
            return if ods_shaped {
                error(
                    Kind::OdsCodeGiven,
                    "looks like an ODS code: enter the EMIS CDB number instead, which is digits \
                     only and stands in EMIS under the practice's organisation details",
                )
            } else {
                error(
                    Kind::InvalidCharacter,
                    "must be the practice's CDB number, digits only",
                )
            };
        }
        let number = match text.parse::<u64>() {
            Ok(number) if text.len() <= 10 => number,
            _ => return error(Kind::InvalidLength, "must be at most 10 digits"),
        };
        if number == 0 {
            return error(Kind::OutOfRange, "must not be zero");
        }
        Ok(Self {
            text: text.into_owned(),
            number,
        })
    }
}

impl PartialEq for OrganisationId {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for OrganisationId {}

impl Hash for OrganisationId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl fmt::Debug for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrganisationId({})", self.text)
    }
}

impl fmt::Display for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

text_newtype! {
    /// The ODS code of an organisation, such as a practice's `A20047`: 3 to 12 letters and digits,
    /// kept in upper case.
    ///
    /// The exact grammar is not published in full, so the check is deliberately loose.
    pub struct OdsCode: checked_ods_code -> ParseError;
}

fn checked_ods_code(text: &str) -> Result<String, ParseError> {
    let text = as_typed(text);
    let error = |kind, rule| Err(ParseError::new("ODS code", kind, rule));
    if text.is_empty() {
        return error(Kind::Empty, "is empty");
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return error(Kind::InvalidCharacter, "must be letters and digits only");
    }
    if !(3..=12).contains(&text.len()) {
        return error(Kind::InvalidLength, "must be 3 to 12 characters");
    }
    Ok(text.to_ascii_uppercase())
}

/// The application ID of a product, which EMIS also calls its party key. EMIS's assurance lead hands
/// it to the partner; every call carries it as the `applicationId` header.
///
/// 1 to 128 visible ASCII characters. It is no secret, but it names the product's contract with
/// EMIS, so `Debug` shows only its last four characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ApplicationId(String);

impl ApplicationId {
    const FIELD: &'static str = "application ID (party key)";

    /// Returns the key as EMIS gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApplicationId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = as_typed(text);
        let error = |kind, rule| Err(ParseError::new(Self::FIELD, kind, rule));
        if text.is_empty() {
            return error(Kind::Empty, "is empty");
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return error(Kind::InvalidCharacter, "must be visible ASCII characters");
        }
        if text.len() > 128 {
            return error(Kind::InvalidLength, "must be at most 128 characters");
        }
        Ok(Self(text.into_owned()))
    }
}

impl fmt::Debug for ApplicationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = self.0.len().checked_sub(4).and_then(|n| self.0.get(n..));
        write!(f, "ApplicationId(…{})", tail.unwrap_or_default())
    }
}

// Without `Display`, so that it is not printed in full by accident.
impl serde::Serialize for ApplicationId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

crate::deserialize_from_text!(ApplicationId);
serde_as_text!(OrganisationId);
