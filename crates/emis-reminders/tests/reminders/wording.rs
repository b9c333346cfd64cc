//! The wording of reminders.

use emis_client::model::BookedPatient;
use emis_messaging::{
    Contact, MessageBody, ReplyRules, SenderCapabilities, TemplateErrorKind, TextRules,
};
use emis_reminders::{Addressee, Wording};
use emis_settings::{Channel, Language, PatientAction, ReminderSettings, Template, TimeShown};
use emis_types::Sensitive;
use insta::assert_snapshot;
use jiff::civil::date;
use proptest::prelude::*;

use crate::support::{adult, booked, wednesday_at};

const CANCEL: &str = "To cancel, call 01632 960123.";

fn sms(shared: bool) -> Addressee {
    Addressee::of(Contact::Sms("07700 900123".parse().unwrap()), shared)
}

fn email() -> Addressee {
    Addressee::of(
        Contact::Email("someone@example.com".parse().unwrap()),
        false,
    )
}

/// The wording of a practice of this name, after a change of its settings.
fn of(name: Option<&str>, change: impl FnOnce(&mut ReminderSettings)) -> Wording {
    let mut settings = ReminderSettings::default();
    settings.cancel_text = Some(CANCEL.to_owned());
    change(&mut settings);
    let sender = SenderCapabilities::new("gateway");
    Wording::new(&settings, &settings.general_rule(), name, &sender)
}

fn wording(change: impl FnOnce(&mut ReminderSettings)) -> Wording {
    of(Some("Willow Practice"), change)
}

fn body(wording: &Wording, booked: &BookedPatient, to: &Addressee) -> MessageBody {
    wording.body(booked, &[], to).unwrap()
}

fn message(booked: &BookedPatient, to: &Addressee) -> MessageBody {
    body(&wording(|_| ()), booked, to)
}

fn shown(body: &MessageBody) -> String {
    body.expose_text().unwrap().to_owned()
}

fn parts(body: &MessageBody) -> usize {
    TextRules::NETWORKS.sms(&shown(body)).parts
}

fn text(booked: &BookedPatient, to: &Addressee) -> String {
    shown(&message(booked, to))
}

/// The wording of a practice that has its patients named.
fn named(booked: &BookedPatient, to: &Addressee) -> String {
    let wording = wording(|it| it.name_the_patient = true);
    shown(&body(&wording, booked, to))
}

/// An appointment of a patient with these first names.
fn appointment(first_names: &str) -> BookedPatient {
    let mut patient = adult(1);
    let mut name = patient.name.expose().clone();
    name.first_names = Some(Sensitive::new(first_names.into()));
    patient.name = Sensitive::new(name);
    booked(1, wednesday_at(9, 40), patient)
}

fn at_site(site: &str) -> BookedPatient {
    let mut booked = appointment("Morwen Ada");
    booked.site_name = Some(site.into());
    booked
}

#[test]
fn a_text_message() {
    assert_snapshot!(text(&appointment("Morwen Ada"), &sms(false)), @"A reminder of your appointment with Willow Practice on Wednesday 3 June at 9:40am. To cancel, call 01632 960123.");
}

#[test]
fn a_text_message_to_a_shared_telephone_names_no_patient() {
    assert_snapshot!(text(&appointment("Morwen Ada"), &sms(true)), @"A reminder of an appointment with Willow Practice on Wednesday 3 June at 9:40am. To cancel, call 01632 960123.");
}

#[test]
fn the_site_is_named_unless_it_is_the_practice() {
    assert_snapshot!(text(&at_site("North Branch"), &sms(false)), @"A reminder of your appointment with Willow Practice on Wednesday 3 June at 9:40am at North Branch. To cancel, call 01632 960123.");
    for own in [
        "Willow Practice",
        "WILLOW practice",
        " Willow \u{a0}Practice ",
        "WillowPractice",
    ] {
        let own = text(&at_site(own), &sms(false));
        assert_eq!(own, text(&appointment("Morwen Ada"), &sms(false)));
    }
    let accented = of(Some("Ysbyty Siân"), |_| ());
    let own = body(&accented, &at_site("YSBYTY SIÂN"), &sms(false));
    assert_eq!(shown(&own).matches("SI").count(), 0);
}

#[test]
fn patients_are_named_on_request_except_on_a_shared_telephone() {
    let appointment = appointment("Morwen Ada");
    assert_snapshot!(named(&appointment, &sms(false)), @"Morwen, a reminder of your appointment with Willow Practice on Wednesday 3 June at 9:40am. To cancel, call 01632 960123.");
    assert!(named(&appointment, &email()).starts_with("Hello Morwen,"));
    assert_eq!(
        named(&appointment, &sms(true)),
        text(&appointment, &sms(true))
    );
    for to in [sms(false), sms(true), email()] {
        assert!(!text(&appointment, &to).contains("Morwen"));
    }
}

#[test]
fn an_email() {
    let message = message(&at_site("North Branch"), &email());
    assert_eq!(message.subject(), Some("Appointment reminder"));
    assert_snapshot!(shown(&message), @r"
    Hello,

    A reminder of your appointment with Willow Practice on Wednesday 3 June at 9:40am at North Branch. To cancel, call 01632 960123.
    ");
}

#[test]
fn a_message_without_practice_name_and_cancel_text() {
    let wording = of(None, |it| it.cancel_text = Some("  ".to_owned()));
    let message = body(&wording, &appointment(""), &sms(false));
    assert_snapshot!(shown(&message), @"A reminder of your appointment with your GP practice on Wednesday 3 June at 9:40am. If you cannot attend, please tell the practice.");
}

#[test]
fn a_text_message_of_two_parts_is_shortened() {
    let long = at_site("North Branch Surgery at the Old Mill House");
    assert_snapshot!(named(&long, &sms(false)), @"Morwen, a reminder of your appointment with Willow Practice on Wed 3 Jun at 9:40am at North Branch Surgery at the Old Mill House. To cancel, call 01632 960123.");
    // A letter outside the text message alphabet would make three parts.
    assert_snapshot!(named(&appointment("Siân"), &sms(false)), @"A reminder of your appointment with Willow Practice on Wednesday 3 June at 9:40am. To cancel, call 01632 960123.");
    // An email has no such limit.
    assert!(named(&appointment("Siân"), &email()).starts_with("Hello Siân,"));
}

#[test]
fn only_a_plausible_first_name_is_used() {
    let greeting = |first_names: &str| {
        let text = named(&appointment(first_names), &email());
        text.split(',').next().unwrap().to_owned()
    };
    assert_eq!(greeting("Mary-Jane Ann"), "Hello Mary-Jane");
    assert_eq!(greeting("D\u{2019}Arcy"), "Hello D'Arcy");
    for odd in [
        "M",
        "J.",
        "<b>",
        "http://example.com",
        "Baby/Twin",
        "(nee)",
        &"x".repeat(31),
    ] {
        assert_eq!(greeting(odd), "Hello", "{odd:?}");
    }
    let mut called = appointment("Morwen");
    let mut name = called.patient.name.expose().clone();
    name.calling_name = Some(Sensitive::new("Ren".into()));
    called.patient.name = Sensitive::new(name);
    assert!(named(&called, &email()).starts_with("Hello Ren,"));
}

#[test]
fn times_are_written_as_the_nhs_writes_them() {
    let at = |hour, minute| {
        let mut appointment = appointment("Morwen");
        appointment.start = date(2026, 12, 24).at(hour, minute, 0, 0);
        let text = text(&appointment, &email());
        let (_, when) = text.split_once(" on ").unwrap();
        when.split_once('.').unwrap().0.to_owned()
    };
    assert_eq!(at(9, 0), "Thursday 24 December at 9am");
    assert_eq!(at(9, 5), "Thursday 24 December at 9:05am");
    assert_eq!(at(12, 0), "Thursday 24 December at midday");
    assert_eq!(at(12, 10), "Thursday 24 December at 12:10pm");
    assert_eq!(at(14, 30), "Thursday 24 December at 2:30pm");
    assert_eq!(at(0, 0), "Thursday 24 December at midnight");
    assert_eq!(at(0, 15), "Thursday 24 December at 12:15am");
}

#[test]
fn a_message_contains_nothing_else_of_the_record() {
    let mut booked = at_site("North Branch");
    booked.slot_type = Some("SMEAR".parse().unwrap());
    booked.alert = Some(true);
    booked.patient.nhs_number = Some("999 000 0018".parse().unwrap());
    for addressee in [sms(false), sms(true), email()] {
        let text = text(&booked, &addressee);
        for secret in ["SMEAR", "999", "1980", "Testby", "07700", "alert"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[test]
fn a_practice_name_uses_the_text_message_alphabet() {
    let wording = of(Some("St\u{a0}Swithun\u{2019}s\r\nSurgery"), |_| ());
    let message = body(&wording, &appointment(""), &sms(false));
    assert!(shown(&message).contains("with St Swithun's Surgery on"));
    assert_eq!(parts(&message), 1);
}

proptest! {
    #[test]
    fn a_text_message_is_one_sendable_line_for_any_record(
        first_names in "\\PC{0,60}",
        site in "(?s).{0,300}",
        name in proptest::option::of("\\PC{0,200}"),
        cancel in proptest::option::of("(?s).{0,200}"),
        shared in any::<bool>(),
        naming in any::<bool>(),
    ) {
        let mut booked = appointment(&first_names);
        booked.site_name = Some(site);
        let wording = of(name.as_deref(), |it| {
            it.cancel_text = cancel;
            it.name_the_patient = naming;
        });
        let message = body(&wording, &booked, &sms(shared));
        let text = shown(&message);
        prop_assert!(text.chars().count() <= 918);
        prop_assert!(!text.chars().any(char::is_control));
        prop_assert!(text.contains("at 9:40am"));
    }
}

#[test]
fn the_time_has_the_precision_that_the_practice_chose() {
    let says = |precision, hour, minute| {
        let booked = booked(1, wednesday_at(hour, minute), adult(1));
        let wording = wording(|it| it.time_shown = precision);
        let message = body(&wording, &booked, &sms(false));
        let text = shown(&message);
        let (_, rest) = text.split_once("3 June").unwrap();
        rest.strip_suffix(&format!(". {CANCEL}"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(says(TimeShown::Exact, 9, 40), " at 9:40am");
    assert_eq!(says(TimeShown::TwoHours, 9, 40), " between 9am and 11am");
    assert_eq!(says(TimeShown::TwoHours, 11, 0), " between 11am and 1pm");
    assert_eq!(says(TimeShown::HalfDay, 12, 59), " in the morning");
    assert_eq!(says(TimeShown::HalfDay, 13, 0), " in the afternoon");
    assert_eq!(says(TimeShown::Day, 9, 40), "");
}

#[test]
fn a_practice_can_use_its_own_templates() {
    let english = Template::new(
        Channel::Sms,
        "{practice}: {date}, {time}, {site}. {cancel}{name}",
    );
    let mut welsh = Template::new(Channel::Email, "{practice}: {date} {time}");
    welsh.language = "cy".parse().unwrap();
    welsh.subject = Some("Apwyntiad".to_owned());
    let templates = vec![english, welsh.clone()];
    let mut booked = at_site("Main Street");
    booked.sites = vec!["7".parse().unwrap()];
    let own = |language: &Language, shown| {
        wording(|it| {
            it.templates = templates.clone();
            it.language = language.clone();
            it.time_shown = shown;
        })
    };
    let english = own(&Language::english(), TimeShown::Exact);

    let text = shown(&body(&english, &booked, &sms(false)));
    assert_eq!(
        text,
        format!("Willow Practice: Wednesday 3 June, 9:40am, Main Street. {CANCEL}")
    );
    // The practice's own name of the site, if it has one.
    let sites = [("7".parse().unwrap(), "The Old School".to_owned())];
    let renamed = english.clone().naming_sites(sites);
    assert!(shown(&body(&renamed, &booked, &sms(false))).contains("The Old School"));
    // A channel without a template uses the shipped words of the language.
    assert!(shown(&body(&english, &booked, &email())).starts_with("Hello,"));

    let welsh = &welsh.language;
    let mail = body(&own(welsh, TimeShown::Exact), &booked, &email());
    assert_eq!(mail.subject(), Some("Apwyntiad"));
    assert_eq!(
        shown(&mail),
        "Willow Practice: ddydd Mercher 3 Mehefin 09:40"
    );
    let window = body(&own(welsh, TimeShown::TwoHours), &booked, &email());
    assert!(shown(&window).ends_with("rhwng 09:00 a 11:00"));
    let shipped = body(&own(welsh, TimeShown::Exact), &booked, &sms(false));
    assert!(shown(&shipped).starts_with("Eich atgoffa o'ch apwyntiad gyda Willow Practice"));
}

#[test]
fn a_practice_can_write_conditions() {
    let words = "{% if name %}Dear {{ name }}, see{% else %}See{% endif %} you on {{ when }}\
                 {% if site %} at {{ site }}{% endif %}.";
    let wording = wording(|it| it.templates = vec![Template::new(Channel::Sms, words)]);
    let said = |booked: &BookedPatient| shown(&body(&wording, booked, &sms(false)));
    assert_eq!(
        said(&appointment("Morwen")),
        "See you on Wednesday 3 June at 9:40am."
    );
    assert_eq!(
        said(&at_site("North Branch")),
        "See you on Wednesday 3 June at 9:40am at North Branch."
    );
}

/// A text that an earlier release stored, and that leaves a gap or grows too long, is replaced by
/// the shipped words of its own language.
#[test]
fn an_unusable_template_is_replaced_by_the_shipped_words_of_its_language() {
    let booked = booked(1, wednesday_at(9, 40), adult(1));
    for (language, begins) in [
        ("en", "A reminder of your appointment"),
        ("cy", "Eich atgoffa o'ch apwyntiad"),
    ] {
        for text in [
            "{date} with {clinician}",
            "Dear {name}, see you on {date}.",
            "{date} at {site}.",
            &format!("{{date}} {}\u{175}", "x".repeat(450)),
        ] {
            let wording = wording(|it| {
                it.language = language.parse().unwrap();
                let mut template = Template::new(Channel::Sms, text);
                template.language = it.language.clone();
                it.templates = vec![template];
            });
            let said = shown(&body(&wording, &booked, &sms(false)));
            assert!(said.starts_with(begins), "{text}: {said}");
        }
    }
}

#[test]
fn a_language_without_words_is_an_error_and_never_english() {
    let booked = booked(1, wednesday_at(9, 40), adult(1));
    let polish = |templates: Vec<Template>| {
        let wording = wording(|it| {
            it.language = "pl".parse().unwrap();
            it.templates = templates;
        });
        wording.body(&booked, &[], &sms(false))
    };
    assert_eq!(
        polish(Vec::new()).unwrap_err().kind(),
        TemplateErrorKind::Missing
    );
    let mut long = Template::new(Channel::Sms, format!("{{date}} {}\u{119}", "x".repeat(450)));
    long.language = "pl".parse().unwrap();
    assert_eq!(
        polish(vec![long]).unwrap_err().kind(),
        TemplateErrorKind::TooLong
    );
}

/// A message to a telephone with which the patient can cancel names the code, and no other does.
#[test]
fn a_message_names_the_code_where_a_reply_may_cancel() {
    let booked = booked(1, wednesday_at(9, 40), adult(1));
    let says = |may, to: &Addressee| {
        let wording = wording(|it| it.patient_may = may);
        let mut rules = ReplyRules::default();
        rules.cancel_word = "FREE".to_owned();
        let wording = wording.taking_replies("A20047".parse().unwrap(), rules);
        shown(&body(&wording, &booked, to)).contains("To cancel by text, reply FREE ")
    };
    assert!(says(PatientAction::Cancel, &sms(false)));
    assert!(says(PatientAction::Ask, &sms(true)));
    assert!(!says(PatientAction::Nothing, &sms(false)));
    assert!(!says(PatientAction::Cancel, &email()));
}

const EXAMPLE: &str = "https://book.example.com/a/0000000000000000000000000000000000000000000";

/// The text of a message to an appointment whose session is known, with links on offer.
fn linked(to: &Addressee, change: impl FnOnce(&mut ReminderSettings)) -> String {
    let mut appointment = appointment("Morwen Ada");
    appointment.session = Some("3".parse().unwrap());
    let wording = wording(change).offering_links(EXAMPLE);
    shown(&body(&wording, &appointment, to))
}

/// Returns whether a text message and an email have a link if the patient may do this.
pub(crate) fn has_link(may: PatientAction) -> bool {
    let [text, mail] = [sms(false), email()].map(|to| linked(&to, |it| it.patient_may = may));
    assert_eq!(text.contains(EXAMPLE), mail.contains(EXAMPLE));
    text.contains(EXAMPLE)
}

#[test]
fn a_link_comes_last_in_a_text_message() {
    let text = linked(&sms(false), |it| it.patient_may = PatientAction::Cancel);
    assert_snapshot!(text, @"A reminder of your appointment with Willow Practice on Wednesday 3 June at 9:40am. To cancel, call 01632 960123. Or see https://book.example.com/a/0000000000000000000000000000000000000000000");
}

#[test]
fn no_link_is_offered_by_a_route_that_may_carry_none_or_about_several() {
    let mut settings = ReminderSettings::default();
    settings.patient_may = PatientAction::Move;
    let mut sender = SenderCapabilities::new("gateway");
    sender.routes[0].legs[0].may_carry_link = false;
    let rule = settings.general_rule();
    let wording = Wording::new(&settings, &rule, None, &sender).offering_links(EXAMPLE);
    let mut first = appointment("Morwen Ada");
    first.session = Some("3".parse().unwrap());
    assert!(!shown(&body(&wording, &first, &sms(false))).contains(EXAMPLE));
    assert!(shown(&body(&wording, &first, &email())).contains(EXAMPLE));
    let two = wording.body(&first, std::slice::from_ref(&first), &email());
    assert!(!shown(&two.unwrap()).contains(EXAMPLE));
    // Without its session an appointment can't be linked to.
    first.session = None;
    assert!(!shown(&body(&wording, &first, &email())).contains(EXAMPLE));
}

/// A link that would take a seventh part is left out first, of the practice's own words too.
#[test]
fn a_link_is_left_out_before_anything_else() {
    let words = "x".repeat(880);
    let text = linked(&sms(false), |it| {
        it.patient_may = PatientAction::Cancel;
        let own = format!("{{{{ date }}}} {words}{{% if link %}} {{{{ link }}}}{{% endif %}}");
        it.templates = vec![Template::new(Channel::Sms, own)];
    });
    assert!(text.ends_with(&words) && parts(&MessageBody::text(text)) == 6);
}
