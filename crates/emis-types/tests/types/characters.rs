//! Characters that take no place on a screen, in everything that is pasted.

use std::str::FromStr;

use emis_types::{
    ApplicationId, BookedBy, EmailAddress, NhsNumber, OdsCode, OrganisationId, ParseError,
    PatientNumber, SlotTypeId, UkMobile, is_invisible,
};

fn parses<T: FromStr<Err = ParseError>>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}

type Parser = fn(&str) -> bool;

const FIELDS: [(&str, Parser); 9] = [
    ("50002", parses::<OrganisationId>),
    ("A20047", parses::<OdsCode>),
    ("party-key-4711", parses::<ApplicationId>),
    ("9990000018", parses::<NhsNumber>),
    ("07700900982", parses::<UkMobile>),
    ("invented@example.com", parses::<EmailAddress>),
    ("12", parses::<SlotTypeId>),
    ("17", parses::<BookedBy>),
    ("42", parses::<PatientNumber>),
];

#[test]
fn every_field_reads_through_every_invisible_character() {
    let invisible: Vec<char> = ('\0'..='\u{e0fff}').filter(|c| is_invisible(*c)).collect();
    // Unicode has 4,174 code points that are ignored by default, and three annotation marks.
    assert_eq!(invisible.len(), 4_177);
    for (text, parses) in FIELDS {
        let (head, tail) = text.split_at(1);
        for c in invisible.iter().step_by(61).chain(&invisible[..80]) {
            let pasted = format!("{c}{head}{c}{tail}{c} ");
            assert!(parses(&pasted), "{pasted:?}");
        }
        for around in ['\u{a0}', '\u{202f}', '\u{3000}', '\t', '\r'] {
            let pasted = format!("{around}{text}{around}\n");
            assert!(parses(&pasted), "{pasted:?}");
        }
    }
}

#[test]
fn what_practices_pasted_is_read() {
    for text in [
        "999\u{a0}\u{200d}000\u{a0}\u{200d}0018",
        "\u{200b}9990000018",
        "\u{feff}9990000018",
        "999\u{2011}000\u{2011}0018",
    ] {
        let number: NhsNumber = text.parse().unwrap();
        assert_eq!(number.expose(), "9990000018");
    }
    for text in [
        "\u{2068}+44 7700 900982\u{2069}",
        "\u{2066}07700900982\u{2069}",
        "07700\u{fe0d}900982",
        "07700\u{2011}900982",
        "07700\u{2013}900982",
    ] {
        let mobile: UkMobile = text.parse().unwrap();
        assert_eq!(mobile.expose(), "+447700900982");
    }
    for (text, address) in [
        ("o\u{2019}brien@example.com", "o'brien@example.com"),
        ("\u{2068}a@example.com\u{2069}", "a@example.com"),
        ("a@example.com.", "a@example.com"),
    ] {
        let email: EmailAddress = text.parse().unwrap();
        assert_eq!(email.expose(), address);
    }
}

#[test]
fn what_can_be_seen_is_not_dropped() {
    for (text, parses) in FIELDS {
        for c in ['\u{7}', 'é', '\u{663}', '\u{ff15}', '!'] {
            let (head, tail) = text.split_at(1);
            let typed = format!("{head}{c}{tail}");
            // An exclamation mark may stand in an address, a key and a slot type.
            let allowed = c == '!' && ["p", "i", "1"].contains(&head) && text != "17";
            let slot_type = text == "12" && c != '\u{7}';
            assert_eq!(parses(&typed), allowed || slot_type, "{typed:?}");
        }
    }
}
