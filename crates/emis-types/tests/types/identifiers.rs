//! Identifiers: what is accepted, what is refused, and in which words.

use emis_types::{
    ApplicationId, BookedBy, NhsNumber, OdsCode, OrganisationId, ParseError, ParseErrorKind,
    PatientNumber, SlotId, SlotTypeId,
};
use proptest::prelude::*;

/// The kind of refusal, or `None` where the text was accepted.
fn refusal<T: std::str::FromStr<Err = ParseError>>(text: &str) -> Option<ParseErrorKind> {
    text.parse::<T>().err().map(|error| error.kind())
}

#[test]
fn an_organisation_id_is_a_cdb_number() {
    for text in ["50002", " 50002\t", "1", "9999999999"] {
        assert_eq!(
            text.parse::<OrganisationId>().unwrap().as_str(),
            text.trim()
        );
    }
    assert_eq!(refusal::<OrganisationId>(""), Some(ParseErrorKind::Empty));
    assert_eq!(refusal::<OrganisationId>("  "), Some(ParseErrorKind::Empty));
    assert_eq!(
        refusal::<OrganisationId>("0"),
        Some(ParseErrorKind::OutOfRange)
    );
    assert_eq!(
        refusal::<OrganisationId>("12345678901"),
        Some(ParseErrorKind::InvalidLength)
    );
    assert_eq!(
        refusal::<OrganisationId>("50 002"),
        Some(ParseErrorKind::InvalidCharacter)
    );
    assert_eq!(
        refusal::<OrganisationId>("-5"),
        Some(ParseErrorKind::InvalidCharacter)
    );
    assert_eq!(
        refusal::<OrganisationId>("５０００２"),
        Some(ParseErrorKind::InvalidCharacter)
    );
}

#[test]
fn an_ods_code_given_for_the_organisation_id_is_named() {
    for text in ["A20047", "a20047", "Y00001", "X26", "RA7"] {
        let error = text.parse::<OrganisationId>().unwrap_err();
        assert_eq!(error.kind(), ParseErrorKind::OdsCodeGiven, "{text}");
        assert!(error.to_string().contains("ODS code"), "{error}");
        assert!(error.to_string().contains("CDB number"), "{error}");
        assert!(
            !error.to_string().contains(text),
            "the message must not echo what was typed"
        );
    }
}

#[test]
fn leading_zeros_of_an_organisation_id_are_kept_but_do_not_count() {
    let plain: OrganisationId = "50002".parse().unwrap();
    let padded: OrganisationId = "0050002".parse().unwrap();
    assert_eq!(plain, padded);
    assert_eq!(padded.as_str(), "0050002");
    let set: std::collections::HashSet<_> = [plain, padded].into();
    assert_eq!(set.len(), 1);
}

#[test]
fn ods_codes_are_kept_in_upper_case() {
    assert_eq!(" a20047 ".parse::<OdsCode>().unwrap().as_str(), "A20047");
    assert_eq!(refusal::<OdsCode>(""), Some(ParseErrorKind::Empty));
    assert_eq!(
        refusal::<OdsCode>("A2"),
        Some(ParseErrorKind::InvalidLength)
    );
    assert_eq!(
        refusal::<OdsCode>("A20047A20047X"),
        Some(ParseErrorKind::InvalidLength)
    );
    assert_eq!(
        refusal::<OdsCode>("A2-047"),
        Some(ParseErrorKind::InvalidCharacter)
    );
}

#[test]
fn an_application_id_prints_only_its_tail() {
    let id: ApplicationId = "party-key-of-the-product-4711".parse().unwrap();
    assert_eq!(format!("{id:?}"), "ApplicationId(…4711)");
    assert_eq!(
        refusal::<ApplicationId>("a\nb"),
        Some(ParseErrorKind::InvalidCharacter)
    );
    assert_eq!(
        refusal::<ApplicationId>(&"x".repeat(129)),
        Some(ParseErrorKind::InvalidLength)
    );
}

#[test]
fn database_ids_are_positive_32_bit() {
    assert_eq!(SlotId::new(2_147_483_647).unwrap().get(), i32::MAX);
    for wrong in [0, -1, 2_147_483_648] {
        assert_eq!(
            SlotId::new(wrong).unwrap_err().kind(),
            ParseErrorKind::OutOfRange
        );
    }
    assert_eq!("42".parse::<PatientNumber>().unwrap().get(), 42);
    assert_eq!(
        refusal::<PatientNumber>("4x"),
        Some(ParseErrorKind::InvalidCharacter)
    );
    assert_eq!(serde_json::from_str::<SlotId>("7").unwrap().get(), 7);
    assert!(serde_json::from_str::<SlotId>("0").is_err());
}

#[test]
fn slot_type_ids_are_short_texts() {
    assert_eq!(" 12 ".parse::<SlotTypeId>().unwrap().as_str(), "12");
    assert_eq!(refusal::<SlotTypeId>(" "), Some(ParseErrorKind::Empty));
    assert_eq!(
        refusal::<SlotTypeId>("a\u{7}"),
        Some(ParseErrorKind::InvalidCharacter)
    );
    assert_eq!(
        refusal::<SlotTypeId>(&"9".repeat(65)),
        Some(ParseErrorKind::InvalidLength)
    );
}

#[test]
fn booked_by_holds_either_form() {
    let guid = "0191b3a0-0000-7000-8000-000000000001";
    assert_eq!(guid.parse::<BookedBy>().unwrap().to_string(), guid);
    assert_eq!(
        format!("{{{guid}}}")
            .parse::<BookedBy>()
            .unwrap()
            .to_string(),
        guid
    );
    assert_eq!("17".parse::<BookedBy>().unwrap().to_string(), "17");
    assert_eq!(
        refusal::<BookedBy>("Dr Invented"),
        Some(ParseErrorKind::InvalidFormat)
    );
}

#[test]
fn nhs_numbers_need_their_check_digit() {
    for valid in [
        "9434765919",
        "999 054 8609",
        "999-385-5774",
        " 9990000018 ",
        "9876543210",
    ] {
        assert!(valid.parse::<NhsNumber>().is_ok(), "{valid}");
    }
    // Shown as an example in public documents, but its check digit would have to be 10.
    assert_eq!(
        refusal::<NhsNumber>("9991234560"),
        Some(ParseErrorKind::CheckDigit)
    );
    assert_eq!(
        refusal::<NhsNumber>("9876544321"),
        Some(ParseErrorKind::CheckDigit)
    );
    assert_eq!(
        refusal::<NhsNumber>("0000000000"),
        Some(ParseErrorKind::CheckDigit)
    );
    assert_eq!(
        refusal::<NhsNumber>("999000001"),
        Some(ParseErrorKind::InvalidLength)
    );
    assert_eq!(
        refusal::<NhsNumber>("99900000180"),
        Some(ParseErrorKind::InvalidLength)
    );
    assert_eq!(
        refusal::<NhsNumber>("999000001X"),
        Some(ParseErrorKind::InvalidCharacter)
    );
    assert_eq!(refusal::<NhsNumber>(""), Some(ParseErrorKind::Empty));
    for digit in 0..=9 {
        assert!(
            format!("999000000{digit}").parse::<NhsNumber>().is_err(),
            "no digit fits"
        );
    }
}

#[test]
fn an_nhs_number_is_written_in_threes() {
    let number: NhsNumber = "9990000018".parse().unwrap();
    assert_eq!(number.expose(), "9990000018");
    assert_eq!(number.spaced(), "999 000 0018");
    assert!(number.is_test());
    assert!(!format!("{number:?}").contains("999"));
}

proptest! {
    #[test]
    fn one_wrong_digit_never_passes(stem in 999_000_000u64..=999_999_999, place in 0usize..10, shift in 1u8..10) {
        let Some(valid) = (0..10).map(|d| format!("{stem}{d}")).find(|n| n.parse::<NhsNumber>().is_ok()) else {
            return Ok(());
        };
        let mut digits = valid.into_bytes();
        digits[place] = (digits[place] - b'0' + shift) % 10 + b'0';
        let wrong = String::from_utf8(digits).unwrap();
        prop_assert!(wrong.parse::<NhsNumber>().is_err());
    }

    #[test]
    fn nothing_typed_makes_a_parser_panic_or_echo(text in "\\PC{0,40}") {
        let errors = [
            text.parse::<OrganisationId>().err(),
            text.parse::<OdsCode>().err(),
            text.parse::<ApplicationId>().err(),
            text.parse::<NhsNumber>().err(),
            text.parse::<SlotTypeId>().err(),
            text.parse::<BookedBy>().err(),
            text.parse::<PatientNumber>().err(),
        ];
        if text.trim().len() > 8 {
            for error in errors.into_iter().flatten() {
                prop_assert!(!error.to_string().contains(text.trim()));
            }
        }
    }

    #[test]
    fn organisation_ids_survive_serde(number in 1u64..=9_999_999_999) {
        let id: OrganisationId = number.to_string().parse().unwrap();
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(serde_json::from_str::<OrganisationId>(&json).unwrap(), id);
    }
}
