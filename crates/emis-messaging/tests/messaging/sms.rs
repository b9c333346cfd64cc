//! Text messages as senders send and count them.

use std::env;
use std::path::{Path, PathBuf};

use emis_messaging::{SmsEncoding, TextRules};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    input: String,
    sent: String,
    characters: usize,
    parts: usize,
    too_long: bool,
}

/// Reads the cases, or returns `None` with a note if they are not on this machine.
fn cases() -> Option<Vec<Case>> {
    let folder = env::var_os("EMIS_REFERENCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference"),
        PathBuf::from,
    );
    match std::fs::read(folder.join("govuk-notify/sms-cases.json")) {
        Ok(bytes) => Some(serde_json::from_slice::<Cases>(&bytes).unwrap().cases),
        Err(_) => {
            let required = env::var_os("EMIS_REQUIRE_REFERENCE").is_some_and(|it| it == "1");
            assert!(
                !required,
                "sms-cases.json is required; set EMIS_REFERENCE to its folder"
            );
            eprintln!("SKIPPED: sms-cases.json is absent; set EMIS_REFERENCE to its folder");
            None
        }
    }
}

#[test]
fn govuk_notify_sends_and_counts_as_its_own_code_does() {
    let Some(cases) = cases() else { return };
    assert_eq!(cases.len(), 198);
    for case in cases {
        let ours = TextRules::GOV_UK_NOTIFY.sms(&case.input);
        let input = case.input.escape_unicode();
        assert_eq!(ours.sent.expose(), &case.sent, "{input}");
        assert_eq!(ours.characters, case.characters, "{input}");
        assert_eq!(ours.parts, case.parts, "{input}");
        assert_eq!(ours.too_long, case.too_long, "{input}");
    }
}

#[test]
fn a_pair_is_not_split_between_parts_by_networks() {
    // 306 units: two parts by division, and three as sent, because the bracket does not fit into
    // the last unit of the first part.
    let text = format!("{}[{}", "a".repeat(152), "a".repeat(152));
    assert_eq!(TextRules::NETWORKS.sms(&text).parts, 3);
    assert_eq!(TextRules::GOV_UK_NOTIFY.sms(&text).parts, 2);
    let emoji = format!("{}\u{1f600}{}", "a".repeat(66), "a".repeat(66));
    assert_eq!(TextRules::NETWORKS.sms(&emoji).parts, 3);
}

#[test]
fn what_a_word_processor_writes_is_sent_plainly() {
    let cases = [
        (
            "Can\u{2019}t come\u{2026} Call 01632 960123.",
            "Can't come... Call 01632 960123.",
        ),
        ("a\r\nb", "a\nb"),
        ("a \u{a0}. b ,c", "a . b,c"),
        ("\u{e7}\u{10d}\u{1ea5}\u{1f6}", "cc\u{e2}?"),
        ("a\n\n\n\nb", "a\n\nb"),
    ];
    for (written, sent) in cases {
        let text = TextRules::GOV_UK_NOTIFY.sms(written);
        assert_eq!(text.sent.expose(), sent);
    }
    let text = TextRules::NETWORKS.sms("Can\u{2019}t");
    assert_eq!((text.encoding, text.parts), (SmsEncoding::Ucs2, 1));
}

proptest! {
    /// The patient never gets fewer parts than are counted by division, and more only by one for
    /// each border.
    #[test]
    fn parts_as_sent_are_at_least_those_by_division(text in "[a-z\\[€ŵ\u{1f600} ]{0,400}") {
        let (sent, divided) = (TextRules::NETWORKS, {
            let mut rules = TextRules::NETWORKS;
            rules.counting = emis_messaging::PartCounting::Division;
            rules
        });
        let (sent, divided) = (sent.sms(&text).parts, divided.sms(&text).parts);
        prop_assert!(divided <= sent && sent <= divided + 1 + divided / 60);
    }

    /// A sent text holds nothing that Notify replaces.
    #[test]
    fn a_text_is_sent_in_letters_that_notify_sends(text in "\\PC{0,200}|[ \t\r\n.,a‘…łçŵ]{0,60}") {
        let sent = TextRules::GOV_UK_NOTIFY.sms(&text).sent;
        for c in sent.expose().chars().filter(|c| !c.is_whitespace()) {
            let alone = TextRules::GOV_UK_NOTIFY.sms(&c.to_string());
            prop_assert_eq!(alone.sent.expose(), &c.to_string());
        }
    }
}

#[test]
fn parts_are_counted_as_networks_count_them() {
    let parts = |c: &str, count| TextRules::NETWORKS.sms(&c.repeat(count)).parts;
    assert_eq!((parts("a", 160), parts("a", 161)), (1, 2));
    assert_eq!((parts("a", 306), parts("a", 307)), (2, 3));
    assert_eq!((parts("€", 80), parts("€", 81)), (1, 2));
    assert_eq!((parts("é", 160), parts("é", 161)), (1, 2));
    assert_eq!((parts("ŵ", 70), parts("ŵ", 71)), (1, 2));
    assert_eq!((parts("ŵ", 134), parts("ŵ", 135)), (2, 3));
    assert_eq!((parts("😀", 35), parts("😀", 36)), (1, 2));
    assert_eq!((parts("`", 70), parts("`", 71)), (1, 2));
    assert_eq!((parts("@", 160), parts("[", 81)), (1, 2));
}
