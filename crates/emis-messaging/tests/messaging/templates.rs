//! Templates: strict, and checked with every kind of appointment.

use emis_messaging::{
    MessageFacts, MessageKind, MessageTemplate, PartPrice, PracticeFacts, TemplateErrorKind,
    TemplateProblem, TextRules,
};
use emis_settings::{Channel, Language, Template, TimeShown};
use jiff::civil::{DateTime, date};
use proptest::prelude::*;

const CANCEL: &str = "To cancel, call 01632 960123.";

fn english() -> Language {
    Language::english()
}

fn welsh() -> Language {
    "cy".parse().unwrap()
}

fn practice() -> PracticeFacts {
    PracticeFacts::new(Some("Willow Practice"), Some(CANCEL))
}

fn start() -> DateTime {
    date(2026, 6, 3).at(9, 40, 0, 0)
}

fn facts(language: Language) -> MessageFacts {
    MessageFacts::new(&practice(), start(), language)
}

fn reminder(body: &str) -> MessageTemplate {
    MessageTemplate::new(MessageKind::Reminder, Channel::Sms, english(), body)
}

fn problems(body: &str) -> Vec<TemplateProblem> {
    reminder(body)
        .check(&practice(), &TextRules::NETWORKS, None)
        .problems
}

fn says(kind: MessageKind, language: Language, facts: &MessageFacts) -> String {
    let template = MessageTemplate::shipped(kind, Channel::Sms, &language).unwrap();
    let body = template.render(facts, &TextRules::NETWORKS).unwrap();
    body.expose_text().unwrap().to_owned()
}

#[test]
fn the_shipped_words_in_english() {
    let plain = facts(english());
    let full = plain
        .clone()
        .at_site("North Branch")
        .naming("Morwen Ada")
        .with_code("7834");
    let moved = plain.clone().moved_from(date(2026, 6, 2).at(9, 0, 0, 0));
    let linked = plain.clone().with_link("https://example.org/a/1");
    let all = [
        says(MessageKind::Reminder, english(), &plain),
        says(MessageKind::Reminder, english(), &plain.clone().shared()),
        says(MessageKind::Reminder, english(), &full),
        says(MessageKind::BookingConfirmed, english(), &full),
        says(MessageKind::BookingMoved, english(), &moved),
        says(MessageKind::BookingCancelled, english(), &plain),
        says(MessageKind::BookingFailed, english(), &plain),
        says(MessageKind::CancellationFailed, english(), &plain),
        says(MessageKind::Invitation, english(), &linked),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn the_shipped_words_in_welsh() {
    let plain = facts(welsh());
    let full = plain
        .clone()
        .at_site("Gangen y Gogledd")
        .naming("Morwen")
        .with_code("7834");
    let moved = plain.clone().moved_from(date(2026, 6, 2).at(9, 0, 0, 0));
    let linked = plain.clone().with_link("https://example.org/a/1");
    let all = [
        says(MessageKind::Reminder, welsh(), &plain),
        says(MessageKind::Reminder, welsh(), &plain.clone().shared()),
        says(MessageKind::Reminder, welsh(), &full),
        says(MessageKind::BookingConfirmed, welsh(), &full),
        says(MessageKind::BookingMoved, welsh(), &moved),
        says(MessageKind::BookingCancelled, welsh(), &plain),
        says(MessageKind::BookingFailed, welsh(), &plain),
        says(MessageKind::CancellationFailed, welsh(), &plain),
        says(MessageKind::Invitation, welsh(), &linked),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn every_shipped_template_passes_its_check() {
    let long = PracticeFacts::new(
        Some("The Old Mill House and North Branch Surgery"),
        Some("To cancel, call 01632 960123 or see www.example.nhs.uk."),
    );
    let mut checked = 0;
    for practice in [practice(), long, PracticeFacts::new(None, None)] {
        for language in [english(), welsh()] {
            for kind in MessageKind::ALL {
                for channel in [Channel::Sms, Channel::Email] {
                    let Some(template) = MessageTemplate::shipped(*kind, channel, &language) else {
                        assert_eq!(*kind, MessageKind::Reply);
                        continue;
                    };
                    for rules in [TextRules::NETWORKS, TextRules::GOV_UK_NOTIFY] {
                        let report = template.check(&practice, &rules, None);
                        assert_eq!(report.problems, [], "{kind} {channel:?} {language}");
                        assert_eq!(report.warning, None);
                        assert!(!report.previews.is_empty(), "{kind}");
                        checked += 1;
                    }
                }
            }
        }
    }
    assert_eq!(checked, 3 * 2 * 11 * 2 * 2);
}

#[test]
fn an_email_greets_and_has_a_subject() {
    let template = MessageTemplate::shipped(MessageKind::Reminder, Channel::Email, &english());
    let body = template
        .unwrap()
        .render(&facts(english()).naming("Morwen"), &TextRules::NETWORKS)
        .unwrap();
    assert_eq!(body.subject(), Some("Appointment reminder"));
    assert_eq!(
        body.expose_text().unwrap(),
        "Hello Morwen,\n\nA reminder of your appointment with Willow Practice on Wednesday 3 June \
         at 9:40am. To cancel, call 01632 960123."
    );
}

#[test]
fn empty_placeholders_are_impossible() {
    use TemplateProblem::{DateMissing, EmptyPlaceholder, Syntax, UnknownPlaceholder};
    for body in [
        "Dear {{ name }}, see you on {{ when }}.",
        "Dear {% if name %}{{ name }}{% endif %}, see you on {{ when }}.",
        "On {{ when }} at {{ site }}.",
        "On {{ when }} at {% if site %}{{ site }}{% endif %}.",
        "On {{ date }} at {{ time }}.",
        "On {{ when }}. Reply CANCEL {{ code }}.",
        // The gap at the end is trimmed, and shows nowhere.
        "On {{ when }}, see {{ link }}",
    ] {
        assert_eq!(problems(body), [EmptyPlaceholder], "{body}");
    }
    assert_eq!(
        problems("With {{ clinician }} on {{ when }}."),
        [UnknownPlaceholder]
    );
    for clinical in [
        "slot_type",
        "reason",
        "notes",
        "nhs_number",
        "date_of_birth",
    ] {
        let hidden = format!("{{% if {clinical} %}}x{{% endif %}}{{{{ when }}}}");
        assert_eq!(problems(&hidden), [UnknownPlaceholder], "{clinical}");
    }
    assert_eq!(problems("On {{ when }"), [Syntax]);
    assert_eq!(problems("See you soon."), [DateMissing]);
    assert_eq!(
        problems("{% if site %}{{ when }}{% endif %} x"),
        [DateMissing]
    );
    assert_eq!(
        problems("See you on {{ date }}{% if time %} at {{ time }}{% endif %}."),
        []
    );
}

#[test]
fn a_template_can_neither_loop_for_ever_nor_reach_out() {
    let nested = "{% for a in when %}".repeat(6) + "x" + &"{% endfor %}".repeat(6) + "{{ when }}";
    for body in [
        nested.as_str(),
        "{{ when }}{% include 'other' %}",
        "{{ when|upper }}",
        "{{ range(1000000) }}{{ when }}",
    ] {
        assert!(!problems(body).is_empty(), "{body}");
    }
}

#[test]
fn a_welsh_text_that_grows_past_six_parts_is_an_error_and_not_english() {
    let long = format!("{{{{ when }}}} {}\u{175}", "x".repeat(380));
    let template = MessageTemplate::new(MessageKind::Reminder, Channel::Sms, welsh(), &long);
    let report = template.check(&practice(), &TextRules::NETWORKS, None);
    assert_eq!(report.problems, [TemplateProblem::TooLong]);
    let error = template
        .render(&facts(welsh()), &TextRules::NETWORKS)
        .unwrap_err();
    assert_eq!(error.kind(), TemplateErrorKind::TooLong);
    // The same length without a letter that needs UCS-2 is three parts.
    let plain = long.replace('\u{175}', "w");
    let template = MessageTemplate::new(MessageKind::Reminder, Channel::Sms, welsh(), plain);
    assert!(
        template
            .check(&practice(), &TextRules::NETWORKS, None)
            .is_good()
    );
}

#[test]
fn typographic_characters_that_triple_the_price_are_a_warning_with_the_fix() {
    let body = "Don\u{2019}t forget: {{ practice }}, {{ when }}. Can\u{2019}t come\u{2026} Ring us. \
                Bring your tablets and be early \u{2013} thanks.";
    let price = PartPrice::hundredths_of_a_penny(233);
    let report = reminder(body).check(&practice(), &TextRules::NETWORKS, Some(price));
    assert!(report.is_good());
    let warning = report.warning.unwrap();
    assert_eq!(warning.characters, ['\u{2013}', '\u{2019}', '\u{2026}']);
    assert_eq!((warning.parts, warning.fixed_parts), (3, 1));
    let fixed = reminder(&warning.fixed).check(&practice(), &TextRules::NETWORKS, Some(price));
    assert_eq!(fixed.warning, None);
    assert_eq!(fixed.previews.last().unwrap().price, Some(233));
    // A sender that replaces them by itself needs no warning.
    let notify = reminder(body).check(&practice(), &TextRules::GOV_UK_NOTIFY, Some(price));
    assert_eq!(
        (notify.warning, notify.previews.last().unwrap().parts),
        (None, 1)
    );
}

#[test]
fn a_name_that_costs_parts_is_left_out() {
    let says = |name: &str| {
        let full = facts(english()).naming(name);
        says(MessageKind::Reminder, english(), &full)
    };
    assert!(says("Morwen").starts_with("Morwen, a reminder"));
    assert!(says("Si\u{e2}n").starts_with("A reminder"));
    for odd in [
        "M",
        "J.",
        "<b>",
        "http://example.com",
        "(nee)",
        &"x".repeat(31),
    ] {
        assert!(says(odd).starts_with("A reminder"), "{odd}");
    }
    let shared = facts(english()).naming("Morwen").shared();
    assert!(self::says(MessageKind::Reminder, english(), &shared).starts_with("A reminder of an"));
}

#[test]
fn earlier_templates_become_new_ones() {
    let mut old = Template::new(
        Channel::Sms,
        "{practice}: {date}, {time}, {site}. {cancel}{name}",
    );
    let new = MessageTemplate::of_settings(MessageKind::Reminder, &old).unwrap();
    let body = new
        .render(
            &facts(english()).at_site("Main Street"),
            &TextRules::NETWORKS,
        )
        .unwrap();
    let expected = format!("Willow Practice: Wednesday 3 June, 9:40am, Main Street. {CANCEL}");
    assert_eq!(body.expose_text(), Some(expected.as_str()));
    // It printed nothing for what was absent, and is not good enough to be saved again.
    let report = new.check(&practice(), &TextRules::NETWORKS, None);
    assert_eq!(report.problems, [TemplateProblem::EmptyPlaceholder]);
    old.body = "{date} with {clinician}".to_owned();
    assert_eq!(
        MessageTemplate::of_settings(MessageKind::Reminder, &old),
        None
    );
}

#[test]
fn times_are_shown_as_the_practice_chose() {
    let when = |shown, language: Language| {
        let template = MessageTemplate::new(
            MessageKind::Reminder,
            Channel::Sms,
            language.clone(),
            "{{ when }}",
        );
        let facts = facts(language).showing(shown);
        let body = template.render(&facts, &TextRules::NETWORKS).unwrap();
        body.expose_text().unwrap().to_owned()
    };
    let polish: Language = "pl".parse().unwrap();
    assert_eq!(
        when(TimeShown::Exact, english()),
        "Wednesday 3 June at 9:40am"
    );
    assert_eq!(
        when(TimeShown::TwoHours, english()),
        "Wednesday 3 June between 9am and 11am"
    );
    assert_eq!(
        when(TimeShown::HalfDay, english()),
        "Wednesday 3 June in the morning"
    );
    assert_eq!(when(TimeShown::Day, english()), "Wednesday 3 June");
    assert_eq!(
        when(TimeShown::Exact, welsh()),
        "ddydd Mercher 3 Mehefin am 09:40"
    );
    assert_eq!(
        when(TimeShown::TwoHours, welsh()),
        "ddydd Mercher 3 Mehefin rhwng 09:00 a 11:00"
    );
    assert_eq!(
        when(TimeShown::HalfDay, welsh()),
        "ddydd Mercher 3 Mehefin yn y bore"
    );
    assert_eq!(when(TimeShown::Exact, polish.clone()), "03/06/2026 09:40");
    assert_eq!(when(TimeShown::HalfDay, polish), "03/06/2026 08:00-13:00");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Any facts make a text of the shipped words, with its date, without a gap, in six parts.
    #[test]
    fn the_shipped_words_fit_any_facts(
        name in "\\PC{0,40}",
        site in "(?s).{0,100}",
        practice in proptest::option::of("[A-Za-z’ ]{0,60}"),
        shared in any::<bool>(),
        in_welsh in any::<bool>(),
    ) {
        let language = if in_welsh { welsh() } else { english() };
        let of_practice = PracticeFacts::new(practice.as_deref(), Some(CANCEL));
        let mut facts = MessageFacts::new(&of_practice, start(), language.clone())
            .at_site(&site)
            .naming(&name)
            .with_code("7834");
        if shared {
            facts = facts.shared();
        }
        let text = says(MessageKind::Reminder, language, &facts);
        prop_assert!(text.contains("3 June") || text.contains("3 Jun") || text.contains("3 Mehefin"));
        prop_assert!(text.contains("7834"));
        prop_assert!(TextRules::NETWORKS.sms(&text).parts <= 6);
    }

    /// Any text at all is checked without a panic, and one that passes renders.
    #[test]
    fn any_text_is_checked(body in "\\PC{0,60}|(\\{\\{ ?(when|name|site|x) ?\\}\\}|\\{% if name %\\}|\\{% endif %\\}| ){0,8}") {
        let template = reminder(&body);
        let report = template.check(&practice(), &TextRules::NETWORKS, None);
        if report.is_good() {
            let body = template.render(&facts(english()), &TextRules::NETWORKS).unwrap();
            prop_assert!(body.expose_text().unwrap().contains("3 Jun"));
        }
    }
}
