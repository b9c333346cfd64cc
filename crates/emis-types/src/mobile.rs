//! UK mobile numbers, by the rules of GOV.UK Notify.

use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::plain_text::as_typed;
use crate::text_newtype::redacted_text_newtype;

redacted_text_newtype! {
    /// A mobile number of the United Kingdom, kept as E.164 (`+447700900123`).
    ///
    /// The accepted forms follow GOV.UK Notify: digits, white space and `( ) - +`; the prefixes that
    /// practices' records hold (`0+44…`, `+07…`, `0044…`, `(0)`) are understood; landlines, premium
    /// and foreign numbers are refused, and so are those of Jersey, Guernsey and the Isle of Man,
    /// which share +44 but are foreign to UK senders. Numbers that Ofcom sets aside for drama
    /// (07700 900000 to 900999) are accepted, for tests.
    ///
    /// It is about a patient: `Debug` is redacted, there is no `Display`, and serde writes it only
    /// through [`exposed`](crate::exposed).
    ///
    /// # Examples
    /// ```
    /// use emis_types::UkMobile;
    ///
    /// let mobile: UkMobile = "+44 (0)7700 900 123".parse()?;
    /// assert_eq!(mobile.expose(), "+447700900123");
    /// assert_eq!(mobile.last_three(), "123");
    /// # Ok::<(), emis_types::ParseError>(())
    /// ```
    pub struct UkMobile: checked_mobile;
}

impl UkMobile {
    /// Returns the last three digits, which are enough for a screen or a log to tell numbers apart.
    pub fn last_three(&self) -> &str {
        let number = self.expose();
        number.get(number.len().saturating_sub(3)..).unwrap_or("")
    }
}

fn checked_mobile(text: &str) -> Result<String, ParseError> {
    let error = |kind, rule| Err(ParseError::new("mobile number", kind, rule));
    let text = as_typed(text);
    let mut digits = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '(' | ')' | '-' | '+' | ' ' => {}
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
    // A UK number ends in ten national digits. The country code and any zeros around it precede
    // them.
    let national = digits.trim_start_matches('0');
    let national = match national.strip_prefix("44") {
        Some(rest) if rest.len() >= 10 => rest.trim_start_matches('0'),
        _ => national,
    };
    if national.len() != 10 {
        let foreign = text.starts_with('+') || digits.starts_with("00");
        return if foreign {
            error(Kind::NotUkMobile, "is not a UK mobile number")
        } else if national.len() < 10 {
            error(Kind::InvalidLength, "has too few digits for a UK mobile")
        } else {
            error(Kind::InvalidLength, "has too many digits for a UK mobile")
        };
    }
    if !is_mobile(national) && !is_drama(national) {
        return error(Kind::NotUkMobile, "is not a UK mobile number");
    }
    Ok(format!("+44{national}"))
}

/// Prefixes of national numbers that begin with 7 and are no mobiles of the United Kingdom, from
/// Ofcom's numbering plan. A test compares them with libphonenumber.
const NOT_UK_MOBILE: [&str; 25] = [
    "70", // personal numbers
    "76", // pagers; 7624 is the Isle of Man
    "74576", "7524", // Isle of Man
    "7509", "7797", "7829", "7937", // Jersey
    "7781", "7839", // Guernsey
    // Shared with Guernsey: 79110, 79112 and 79118 are the United Kingdom's.
    "79111", "79113", "79114", "79115", "79116", "79117", "79119",
    // Shared with Jersey: 77000 and 77001 are the United Kingdom's.
    "77002", "77003", "77004", "77005", "77006", "77007", "77008", "77009",
];

/// Returns `true` for ten national digits that are a mobile of the United Kingdom.
fn is_mobile(national: &str) -> bool {
    national.starts_with('7')
        && !NOT_UK_MOBILE
            .iter()
            .any(|prefix| national.starts_with(prefix))
}

/// Returns `true` for 07700 900000 to 900999, which Ofcom reserves for drama.
fn is_drama(national: &str) -> bool {
    national.starts_with("7700900")
}
