//! Email addresses, by the rules of GOV.UK Notify.

use std::fmt;
use std::str::FromStr;

use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::hidden::is_hidden;

/// An email address that GOV.UK Notify would accept.
///
/// Up to 320 characters; letters, digits and ``. ! # $ % & ' * + / = ? ^ _ ` { | } ~ -`` before
/// the `@`, no two dots in a row and none at either end; behind it a host of two or more labels, each of up to
/// 63 characters (international names are accepted and checked as IDNA), the last of letters or
/// punycode. White space around it, and invisible characters within, are dropped.
///
/// It is about a patient: `Debug` is redacted, and there is no `Display`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress(String);

impl EmailAddress {
    const FIELD: &'static str = "email address";

    /// The address as typed, cleaned of white space.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = |kind, rule| Err(ParseError::new(Self::FIELD, kind, rule));
        let text: String = text.trim().chars().filter(|c| !is_hidden(*c)).collect();
        if text.is_empty() {
            return error(Kind::Empty, "is empty");
        }
        if text.chars().count() > 320 {
            return error(Kind::InvalidLength, "must be at most 320 characters");
        }
        let Some((local, host)) = text.rsplit_once('@') else {
            return error(Kind::InvalidFormat, "must hold an @");
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
        if local.is_empty() || !local.chars().all(allowed) {
            return error(
                Kind::InvalidCharacter,
                "holds a character not allowed before the @",
            );
        }
        if local.contains("..") || local.starts_with('.') || local.ends_with('.') {
            return error(Kind::InvalidFormat, "has a dot out of place before the @");
        }
        if !is_valid_host(host) {
            return error(Kind::InvalidFormat, "has an invalid domain behind the @");
        }
        Ok(Self(text))
    }
}

fn is_valid_host(host: &str) -> bool {
    let Ok(ascii) = idna::domain_to_ascii(host) else {
        return false;
    };
    let labels: Vec<&str> = ascii.split('.').collect();
    let label_ok = |label: &&str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last_ok = |label: &&str| {
        label.starts_with("xn--")
            || (label.len() >= 2 && label.bytes().all(|b| b.is_ascii_alphabetic()))
    };
    labels.len() >= 2
        && ascii.len() <= 253
        && labels.iter().all(label_ok)
        && labels.last().is_some_and(last_ok)
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress([redacted])")
    }
}
