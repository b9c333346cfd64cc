//! The NHS number.

use std::str::FromStr;

use serde::Serializer;

use crate::Sensitive;
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::exposed::SerializeExposed;
use crate::plain_text::as_typed;

/// An NHS number: ten digits of which the last is a check digit (modulus 11, weights 10 to 2).
///
/// White space, hyphens and invisible characters between the digits are accepted. The number is
/// about a patient: `Debug` is redacted, there is no `Display`, and serde reads it from text but
/// writes it only through [`exposed`](crate::exposed).
///
/// # Examples
/// ```
/// use emis_types::NhsNumber;
///
/// let number: NhsNumber = "999-000-0018".parse()?;
/// assert_eq!(number.spaced(), "999 000 0018");
/// assert_eq!(format!("{number:?}"), "NhsNumber([redacted])");
/// # Ok::<(), emis_types::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NhsNumber(Sensitive<u64>);

impl NhsNumber {
    /// Returns the ten digits.
    pub fn expose(&self) -> String {
        format!("{:010}", self.0.expose())
    }

    /// Returns the number in the 3-3-4 form of letters: `999 000 0018`.
    pub fn spaced(&self) -> String {
        let (head, tail) = (self.0.expose() / 10_000, self.0.expose() % 10_000);
        format!("{:03} {:03} {tail:04}", head / 1_000, head % 1_000)
    }

    /// Returns `true` if the number lies in the range set aside for tests, 999 000 0000 to
    /// 999 999 9999, which is never issued.
    pub fn is_test(&self) -> bool {
        *self.0.expose() >= 9_990_000_000
    }
}

impl FromStr for NhsNumber {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |kind, rule| Err(ParseError::new("NHS number", kind, rule));
        let mut digits = 0u32;
        let mut number = 0u64;
        let mut weighted = 0u32;
        let mut check = 0u32;
        for c in as_typed(text).chars().filter(|c| !matches!(c, ' ' | '-')) {
            let Some(digit) = c.to_digit(10) else {
                return error(Kind::InvalidCharacter, "must be digits only");
            };
            digits += 1;
            match digits {
                1..=9 => weighted += digit * (11 - digits),
                10 => check = digit,
                _ => return error(Kind::InvalidLength, "must be 10 digits"),
            }
            number = number * 10 + u64::from(digit);
        }
        match digits {
            0 => return error(Kind::Empty, "is empty"),
            10 => {}
            _ => return error(Kind::InvalidLength, "must be 10 digits"),
        }
        // A remainder of 1 would need the check digit 10: such numbers are never issued.
        if !(weighted + check).is_multiple_of(11) || number == 0 {
            return error(
                Kind::CheckDigit,
                "has a wrong check digit: a digit was mistyped",
            );
        }
        Ok(Self(Sensitive::new(number)))
    }
}

crate::deserialize_from_text!(NhsNumber);

impl SerializeExposed for NhsNumber {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.expose())
    }
}
