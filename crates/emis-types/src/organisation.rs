//! What names a practice and a product.

use std::fmt;
use std::str::FromStr;

use crate::error::{ParseError, ParseErrorKind as Kind};

/// The EMIS organisation ID of a practice, also called its CDB number: one to ten digits.
///
/// It stands in EMIS Web under the practice's organisation details. It is not the ODS code, and
/// giving the ODS code for it is the commonest mistake of a set-up, so that has a message of its
/// own. Leading zeros are kept as typed but do not count: `050002` equals `50002`.
///
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

    /// The digits as typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for OrganisationId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
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
            text: text.to_owned(),
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

impl std::hash::Hash for OrganisationId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
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

/// The ODS code of an organisation, such as a practice's `A20047`: 3 to 12 letters and digits,
/// kept in upper case.
///
/// The exact grammar is not published in full, so the check is loose on purpose.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OdsCode(String);

impl OdsCode {
    const FIELD: &'static str = "ODS code";

    /// The code in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OdsCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        let error = |kind, rule| Err(ParseError::new(Self::FIELD, kind, rule));
        if text.is_empty() {
            return error(Kind::Empty, "is empty");
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return error(Kind::InvalidCharacter, "must be letters and digits only");
        }
        if !(3..=12).contains(&text.len()) {
            return error(Kind::InvalidLength, "must be 3 to 12 characters");
        }
        Ok(Self(text.to_ascii_uppercase()))
    }
}

impl fmt::Debug for OdsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OdsCode({})", self.0)
    }
}

impl fmt::Display for OdsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The application ID of a product, which EMIS also calls its party key: handed out by the
/// partner's assurance lead and sent as the `applicationId` header of every call.
///
/// 1 to 128 visible ASCII characters. It names the product, not a secret, but it is nobody
/// else's business either, so `Debug` shows only its last four characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ApplicationId(String);

impl ApplicationId {
    const FIELD: &'static str = "application ID (party key)";

    /// The key as EMIS gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApplicationId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
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
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for ApplicationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = self
            .0
            .len()
            .checked_sub(4)
            .and_then(|n| self.0.get(n..))
            .unwrap_or("");
        write!(f, "ApplicationId(…{tail})")
    }
}

macro_rules! serde_as_text {
    ($($type:ty),*) => {$(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

serde_as_text!(OrganisationId, OdsCode, ApplicationId);
