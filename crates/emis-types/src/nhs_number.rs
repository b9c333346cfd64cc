//! The NHS number.

use std::fmt;
use std::str::FromStr;

use crate::error::{ParseError, ParseErrorKind as Kind};

/// An NHS number: ten digits of which the last is a check digit (modulus 11, weights 10 to 2).
///
/// White space and hyphens between the digits are accepted. It is about a patient, so `Debug`
/// is redacted and there is no `Display`; [`expose`](Self::expose) gives the ten digits and
/// [`spaced`](Self::spaced) the 3-3-4 form of letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NhsNumber(u64);

impl NhsNumber {
    const FIELD: &'static str = "NHS number";

    /// The ten digits.
    pub fn expose(&self) -> String {
        format!("{:010}", self.0)
    }

    /// The number as it is written for people: `999 000 0018`.
    pub fn spaced(&self) -> String {
        let (head, tail) = (self.0 / 10_000, self.0 % 10_000);
        format!("{:03} {:03} {tail:04}", head / 1_000, head % 1_000)
    }

    /// Whether the number lies in the range set aside for tests, 999 000 0000 to 999 999 9999,
    /// which is never issued to anyone.
    pub fn is_test(&self) -> bool {
        self.0 >= 9_990_000_000
    }
}

impl FromStr for NhsNumber {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |kind, rule| Err(ParseError::new(Self::FIELD, kind, rule));
        let mut digits = 0u32;
        let mut number = 0u64;
        let mut weighted = 0u32;
        let mut check = 0u32;
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
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
        Ok(Self(number))
    }
}

impl fmt::Debug for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NhsNumber([redacted])")
    }
}
