//! Email addresses, by the rules of GOV.UK Notify.

use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::plain_text::as_typed;
use crate::text_newtype::redacted_text_newtype;

redacted_text_newtype! {
    /// An email address that GOV.UK Notify would accept.
    ///
    /// Up to 320 characters; letters, digits and ``. ! # $ % & ' * + / = ? ^ _ ` { | } ~ -`` before
    /// the `@`, no two dots in a row; after it a host of two or more labels, each of up to 63
    /// characters (international names are accepted and checked as IDNA), the last of letters or
    /// punycode. White space around it and invisible characters within are dropped, and a curly
    /// apostrophe counts as a straight one.
    ///
    /// It is about a patient: `Debug` is redacted, there is no `Display`, and serde writes it only
    /// through [`exposed`](crate::exposed).
    ///
    /// # Examples
    /// ```
    /// use emis_types::EmailAddress;
    ///
    /// let address: EmailAddress = " o\u{2019}invented@example.com ".parse()?;
    /// assert_eq!(address.expose(), "o'invented@example.com");
    /// # Ok::<(), emis_types::ParseError>(())
    /// ```
    pub struct EmailAddress: checked_email;
}

fn checked_email(text: &str) -> Result<String, ParseError> {
    let error = |kind, rule| Err(ParseError::new("email address", kind, rule));
    let mut text = as_typed(text).into_owned();
    // The end of a sentence that was copied along, or the root of the DNS: either way it is no part
    // of the address.
    if text.ends_with('.') && !text.ends_with("..") {
        text.pop();
    }
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
    if local.contains("..") {
        return error(Kind::InvalidFormat, "has two dots in a row before the @");
    }
    if !is_valid_host(host) {
        return error(Kind::InvalidFormat, "has an invalid domain after the @");
    }
    Ok(text)
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
