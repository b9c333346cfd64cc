//! UK mobile numbers, by the rules of GOV.UK Notify.

use std::fmt;
use std::str::FromStr;

use phonenumber::country;

use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::hidden::is_hidden;

/// A mobile number of the United Kingdom, kept as E.164 (`+447700900123`).
///
/// What may be typed follows GOV.UK Notify: digits, white space and `( ) - +`; the junk that
/// practices' records hold in front of a number (`0+44…`, `+07…`, `0044…`, `(0)`) is understood;
/// landlines, premium and foreign numbers are refused, and so are those of Jersey, Guernsey
/// and the Isle of Man, which share +44 but are foreign to UK senders. Numbers that Ofcom sets
/// aside for drama (07700 900000 to 900999) are accepted: they are how one tests.
///
/// It is about a patient: `Debug` is redacted, and there is no `Display`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UkMobile(String);

impl UkMobile {
    const FIELD: &'static str = "mobile number";

    /// The number as E.164, `+44` and ten digits.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last three digits, all that a screen or a log needs to tell numbers apart.
    pub fn last_three(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(3)..).unwrap_or("")
    }
}

impl FromStr for UkMobile {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |kind, rule| Err(ParseError::new(Self::FIELD, kind, rule));
        let mut digits = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '0'..='9' => digits.push(c),
                '(' | ')' | '-' | '+' => {}
                c if c.is_whitespace() || is_hidden(c) => {}
                _ => {
                    return error(
                        Kind::InvalidCharacter,
                        "must hold only digits, spaces and ( ) - +",
                    );
                }
            }
        }
        if digits.is_empty() {
            return error(Kind::Empty, "is empty");
        }
        // Whatever stands in front, a UK number ends in ten national digits; the country code
        // and any zeros around it are what is left before them.
        let national = digits.trim_start_matches('0');
        let national = match national.strip_prefix("44") {
            Some(rest) if rest.len() >= 10 => rest.trim_start_matches('0'),
            _ => national,
        };
        if national.len() != 10 {
            let foreign = text.trim_start().starts_with('+') || digits.starts_with("00");
            return if foreign {
                error(Kind::NotUkMobile, "is not a UK mobile number")
            } else if national.len() < 10 {
                error(Kind::InvalidLength, "has too few digits for a UK mobile")
            } else {
                error(Kind::InvalidLength, "has too many digits for a UK mobile")
            };
        }
        let Ok(number) = phonenumber::parse(Some(country::GB), format!("+44{national}")) else {
            return error(Kind::NotUkMobile, "is not a UK mobile number");
        };
        // The Crown dependencies answer with a country of their own.
        let is_uk = number.country().id() == Some(country::GB);
        let kind = number.number_type(&phonenumber::metadata::DATABASE);
        let is_mobile = is_uk && kind == phonenumber::Type::Mobile;
        if !is_mobile && !is_drama(national) {
            return error(Kind::NotUkMobile, "is not a UK mobile number");
        }
        Ok(Self(format!("+44{national}")))
    }
}

/// 07700 900000 to 900999: reserved by Ofcom for drama, so to the library they are nobody's.
fn is_drama(national: &str) -> bool {
    national.starts_with("7700900")
}

impl fmt::Debug for UkMobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UkMobile([redacted])")
    }
}
