//! Mobile numbers and email addresses as practices' records hold them.

use emis_types::{EmailAddress, ParseErrorKind, UkMobile};
use proptest::prelude::*;

#[test]
fn mobiles_are_understood_however_they_were_typed() {
    for text in [
        "07700900123",
        "07700 900 123",
        "(07700) 900-123",
        "+447700900123",
        "+44 (0)7700 900 123",
        "0044 7700 900123",
        "447700900123",
        "44 07700 900123",
        "0+44(0)7700900123",
        "0000007700900123",
        "+07700900123",
        "7700900123",
        "\u{200b}07700\u{a0}900123\u{feff}",
    ] {
        match text.parse::<UkMobile>() {
            Ok(mobile) => assert_eq!(mobile.expose(), "+447700900123", "{text:?}"),
            Err(error) => panic!("{text:?}: {error}"),
        }
    }
}

#[test]
fn what_is_not_a_uk_mobile_is_refused() {
    for (text, kind) in [
        ("", ParseErrorKind::Empty),
        ("  ", ParseErrorKind::Empty),
        ("07700 900123 mum", ParseErrorKind::InvalidCharacter),
        ("07700900123;07700900124", ParseErrorKind::InvalidCharacter),
        ("07700 90012", ParseErrorKind::InvalidLength),
        ("07700 900123 07700 900124", ParseErrorKind::InvalidLength),
        ("020 7946 0000", ParseErrorKind::NotUkMobile),
        ("0113 496 0000", ParseErrorKind::NotUkMobile),
        ("09098790000", ParseErrorKind::NotUkMobile),
        ("+1 202 555 0100", ParseErrorKind::NotUkMobile),
        ("+33 6 12 34 56 78", ParseErrorKind::NotUkMobile),
        ("07797 900000", ParseErrorKind::NotUkMobile), // Jersey shares +44
        ("07624 400000", ParseErrorKind::NotUkMobile), // so does the Isle of Man
    ] {
        let error = text.parse::<UkMobile>().expect_err(text);
        assert_eq!(error.kind(), kind, "{text:?}: {error}");
    }
}

#[test]
fn a_mobile_shows_at_most_its_last_three_digits() {
    let mobile: UkMobile = "07700900123".parse().unwrap();
    assert_eq!(mobile.last_three(), "123");
    assert_eq!(format!("{mobile:?}"), "UkMobile([redacted])");
}

#[test]
fn email_addresses_follow_notify() {
    for text in [
        "invented@example.com",
        " invented.person+gp@surgery.example.co.uk ",
        "o'invented@example.com",
        "invented@bücher.example.com",
        "in\u{200b}vented@example.com",
    ] {
        assert!(text.parse::<EmailAddress>().is_ok(), "{text:?}");
    }
    for (text, kind) in [
        ("", ParseErrorKind::Empty),
        ("invented", ParseErrorKind::InvalidFormat),
        ("invented@example", ParseErrorKind::InvalidFormat),
        ("invented@example.c", ParseErrorKind::InvalidFormat),
        ("invented@.example.com", ParseErrorKind::InvalidFormat),
        ("invented@-example.com", ParseErrorKind::InvalidFormat),
        ("invented@example.123", ParseErrorKind::InvalidFormat),
        ("in..vented@example.com", ParseErrorKind::InvalidFormat),
        ("in vented@example.com", ParseErrorKind::InvalidCharacter),
        (
            "one@example.com,two@example.com",
            ParseErrorKind::InvalidCharacter,
        ),
        ("invented@two@example.com", ParseErrorKind::InvalidCharacter),
    ] {
        let error = text.parse::<EmailAddress>().expect_err(text);
        assert_eq!(error.kind(), kind, "{text:?}: {error}");
    }
    let long = format!("{}@example.com", "x".repeat(309));
    assert_eq!(
        long.parse::<EmailAddress>().unwrap_err().kind(),
        ParseErrorKind::InvalidLength
    );
    let email: EmailAddress = "invented@example.com".parse().unwrap();
    assert_eq!(format!("{email:?}"), "EmailAddress([redacted])");
}

proptest! {
    #[test]
    fn every_drama_number_is_a_mobile(last in 0u32..1000) {
        let text = format!("07700 900{last:03}");
        let mobile = text.parse::<UkMobile>().unwrap();
        prop_assert_eq!(mobile.expose(), format!("+447700900{last:03}"));
        prop_assert_eq!(mobile.expose().parse::<UkMobile>().unwrap(), mobile);
    }

    #[test]
    fn free_text_never_panics(text in "\\PC{0,60}") {
        let _ = text.parse::<UkMobile>();
        let _ = text.parse::<EmailAddress>();
    }

    #[test]
    fn what_parses_parses_to_itself(digits in "[0-9+() -]{0,20}") {
        if let Ok(mobile) = digits.parse::<UkMobile>() {
            prop_assert_eq!(mobile.expose().len(), 13);
            prop_assert_eq!(mobile.expose().parse::<UkMobile>().unwrap(), mobile);
        }
    }
}
