//! Replies: nothing is cancelled that the patient did not ask for.

use emis_messaging::{
    CancellationResult, CancellationTold, Contact, ContactDigest, Message, MessageBody,
    MessageEntry, MessageKind, MessageRecord, MessageReference, MessageTopic, ParsedReply,
    ReplyCode, ReplyDecision, ReplyIntent, ReplyRules, ReplyTarget, TaskKind, TextRules, decide,
    reply_targets, reply_texts,
};
use emis_settings::PatientAction;
use jiff::civil::{DateTime, date};
use proptest::prelude::*;

fn intent(text: &str) -> ReplyIntent {
    ParsedReply::parse(text, &ReplyRules::default()).intent
}

fn codes(text: &str) -> Vec<String> {
    let reply = ParsedReply::parse(text, &ReplyRules::default());
    reply.codes.iter().map(ReplyCode::to_string).collect()
}

#[test]
fn a_cancellation_is_understood_as_people_type_it() {
    for text in [
        "CANCEL 7834",
        "cancel7834",
        "Cancle 7834",
        "Cancell 7834 please",
        "CANSEL 7834.",
        "Canel 7834",
        "Please can you cancel my appointment 7834 thanks",
        "cancel 78 34",
        "7834 cancel",
        "CANSLO 7834",
        "canslo 7834 os gwelwch yn dda, diolch",
        "Hi, I would like to cancel the appointment: 7834",
        "cancel 7834 7834",
    ] {
        assert_eq!(intent(text), ReplyIntent::Cancel, "{text}");
        assert_eq!(codes(text), ["7834"], "{text}");
    }
    for text in [
        "cancel 7834 and 1200",
        "cancel both 7834 & 1200",
        "7834 + 1200 cancel",
    ] {
        assert_eq!(
            (intent(text), codes(text).len()),
            (ReplyIntent::Cancel, 2),
            "{text}"
        );
    }
    // What is listed is a code each, or the reply is read by a person.
    assert_eq!(intent("cancel 78 and 34"), ReplyIntent::Unclear);
    assert_eq!(intent("cancel 7834 and keep 1200"), ReplyIntent::Unclear);
    assert_eq!(codes("cancel"), [""; 0]);
}

#[test]
fn an_opt_out_is_understood() {
    for text in [
        "STOP",
        "stop.",
        "Stop texts",
        "UNSUBSCRIBE",
        "opt out",
        "Opt-out please",
        "STOPIO",
    ] {
        assert_eq!(intent(text), ReplyIntent::OptOut, "{text}");
    }
}

#[test]
fn what_is_not_understood_whole_is_for_a_person() {
    for text in [
        "please don't cancel",
        "Don\u{2019}t cancel 7834",
        "do not cancel 7834",
        "cancel 7834 if the doctor is away",
        "cancel 7834, I have chest pain",
        "I can't cancel",
        "can I move 7834 to Tuesday",
        "Cancer",
        "cancer appointment 7834",
        "cancel or stop?",
        "stop 7834",
        "cancel 78",
        "cancel 12 07 2026",
        "",
        "\u{1f44d}",
    ] {
        assert_eq!(intent(text), ReplyIntent::Unclear, "{text}");
    }
    for text in ["Thanks", "ok thank you", "Diolch", "Yes"] {
        assert_eq!(intent(text), ReplyIntent::Courtesy, "{text}");
    }
}

#[test]
fn a_gateway_that_takes_cancel_for_an_opt_out_is_configured() {
    let mut rules = ReplyRules::default();
    rules.cancel_word = "ABSENT".to_owned();
    rules.cancel_opts_out = true;
    let asked = ParsedReply::parse("absent 7834", &rules);
    assert_eq!(
        (asked.intent, asked.gateway_opted_out),
        (ReplyIntent::Cancel, false)
    );
    let blocked = ParsedReply::parse("cancel 7834", &rules);
    assert_eq!(
        (blocked.intent, blocked.gateway_opted_out),
        (ReplyIntent::Cancel, true)
    );
}

fn now() -> DateTime {
    date(2026, 6, 1).at(9, 0, 0, 0)
}

fn topic(slot: i32, day: i8) -> MessageTopic {
    let start = date(2026, 6, day).at(9, 30, 0, 0);
    MessageTopic::appointment(
        "41".parse().unwrap(),
        slot.to_string().parse().unwrap(),
        start,
    )
}

fn record(kind: MessageKind, topic: MessageTopic, n: i64) -> MessageRecord {
    let to = Contact::Sms("07700 900123".parse().unwrap());
    let reference = MessageReference::derive([kind.code(), &n.to_string()]);
    let body = MessageBody::text("a text");
    let message = Message::new("A20047".parse().unwrap(), kind, to, body, reference).about(topic);
    let at = jiff::Timestamp::from_second(1_780_000_000 + n).unwrap();
    MessageRecord::queued(MessageEntry::from(&message), at)
}

fn targets(records: &[MessageRecord], may: PatientAction) -> Vec<ReplyTarget> {
    reply_targets(&allowing(records, may), now())
}

fn allowing(records: &[MessageRecord], may: PatientAction) -> Vec<MessageRecord> {
    let mut records = records.to_vec();
    for record in &mut records {
        for topic in &mut record.entry.topics {
            topic.may = may;
        }
    }
    records
}

fn decided(text: &str, records: &[MessageRecord], permission: PatientAction) -> ReplyDecision {
    let reply = ParsedReply::parse(text, &ReplyRules::default());
    decide(&reply, &targets(records, permission), records)
}

#[test]
fn appointments_ahead_are_known_by_their_last_message() {
    let records = [
        record(MessageKind::Reminder, topic(501, 2), 1),
        record(MessageKind::BookingMoved, topic(501, 3), 2),
        record(MessageKind::Reminder, topic(502, 4), 3),
        record(MessageKind::BookingCancelled, topic(502, 4), 4),
        record(
            MessageKind::Reminder,
            MessageTopic::patient("41".parse().unwrap()),
            5,
        ),
    ];
    let targets = targets(&records, PatientAction::Cancel);
    assert_eq!(targets.len(), 1);
    let moved = topic(501, 3).allowing(PatientAction::Cancel);
    assert_eq!(targets[0].topic, moved);
    let late = reply_targets(&records, date(2026, 6, 3).at(9, 30, 0, 0));
    assert_eq!(late, []);
}

#[test]
fn a_bare_cancel_with_two_appointments_asks_back() {
    let one = [record(MessageKind::Reminder, topic(501, 2), 1)];
    let two = [
        one[0].clone(),
        record(MessageKind::Reminder, topic(502, 9), 2),
    ];
    let all = |records: &[MessageRecord]| targets(records, PatientAction::Cancel);
    let cancel =
        |text: &str, records: &[MessageRecord]| decided(text, records, PatientAction::Cancel);
    assert_eq!(cancel("cancel", &one), ReplyDecision::Cancel(all(&one)));
    assert_eq!(cancel("cancel", &two), ReplyDecision::AskWhich(all(&two)));
    let second = all(&two)[1].clone();
    let named = cancel(&format!("cancel {}", second.code), &two);
    assert_eq!(named, ReplyDecision::Cancel(vec![second]));
    let task = ReplyDecision::Task(TaskKind::ReplyNotUnderstood);
    assert_eq!(cancel("cancel 9999", &two), task);
    assert_eq!(cancel("hello doctor", &two), task);
    assert_eq!(
        cancel("cancel", &[]),
        ReplyDecision::Task(TaskKind::ReplyFromUnknown)
    );
    assert_eq!(cancel("thanks", &two), ReplyDecision::Nothing);
}

/// A code that two appointments share names neither.
#[test]
fn a_code_that_is_not_of_one_appointment_cancels_nothing() {
    let records = [
        record(MessageKind::Reminder, topic(501, 2), 1),
        record(MessageKind::Reminder, topic(502, 9), 2),
    ];
    let mut both = targets(&records, PatientAction::Cancel);
    both[1].code = both[0].code;
    let text = format!("cancel {}", both[0].code);
    let reply = ParsedReply::parse(&text, &ReplyRules::default());
    let task = ReplyDecision::Task(TaskKind::ReplyNotUnderstood);
    assert_eq!(decide(&reply, &both, &records), task);
}

/// One reply about two appointments may do what both of them allow.
#[test]
fn the_stricter_permission_of_two_appointments_counts() {
    let records = [
        record(MessageKind::Reminder, topic(501, 2), 1),
        record(MessageKind::Reminder, topic(502, 9), 2),
    ];
    let mut both = targets(&records, PatientAction::Cancel);
    both[1].topic.may = PatientAction::Ask;
    let text = format!("cancel {} {}", both[0].code, both[1].code);
    let reply = ParsedReply::parse(&text, &ReplyRules::default());
    let request = ReplyDecision::Request(both.clone());
    assert_eq!(decide(&reply, &both, &records), request);
}

#[test]
fn the_practice_decides_what_a_reply_may_do() {
    let one = [record(MessageKind::Reminder, topic(501, 2), 1)];
    let ask = decided("cancel", &one, PatientAction::Ask);
    assert_eq!(
        ask,
        ReplyDecision::Request(targets(&one, PatientAction::Ask))
    );
    let nothing = decided("cancel", &one, PatientAction::Nothing);
    assert_eq!(nothing, ReplyDecision::Task(TaskKind::ReplyNotUnderstood));
}

#[test]
fn an_opt_out_covers_every_patient_at_the_contact() {
    let child = MessageTopic::patient("42".parse().unwrap());
    let records = [
        record(MessageKind::Reminder, topic(501, 2), 1),
        record(MessageKind::Reminder, child, 2),
    ];
    let ReplyDecision::OptOut(patients) = decided("STOP", &records, PatientAction::Ask) else {
        panic!("no opt-out");
    };
    assert_eq!(patients.len(), 2);
    let nobody = decided("STOP", &[], PatientAction::Ask);
    assert_eq!(nobody, ReplyDecision::Task(TaskKind::ReplyFromUnknown));
}

#[test]
fn a_cancellation_that_failed_is_told_to_patient_and_practice() {
    let records = [record(MessageKind::Reminder, topic(501, 2), 1)];
    let target = targets(&records, PatientAction::Cancel).remove(0);
    let at = jiff::Timestamp::UNIX_EPOCH;
    let mut said = Vec::new();
    for result in [
        CancellationResult::Cancelled,
        CancellationResult::Stands,
        CancellationResult::InDoubt,
    ] {
        for welsh in [false, true] {
            let told = CancellationTold::of(result, &target, "in-1", reply_texts(welsh), at);
            let task = told.task.map(|task| task.kind);
            let expected = match result {
                CancellationResult::Cancelled => (MessageKind::BookingCancelled, None),
                _ => (
                    MessageKind::CancellationFailed,
                    Some(TaskKind::CancellationFailed),
                ),
            };
            assert_eq!((told.kind, task), expected);
            said.push(told.text);
        }
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    Your appointment on Tuesday 2 June at 9:30am is cancelled.
    Mae eich apwyntiad ddydd Mawrth 2 Mehefin am 09:30 wedi'i ganslo.
    We could not cancel your appointment on Tuesday 2 June at 9:30am. It still stands. Call your GP practice.
    Nid oeddem yn gallu canslo eich apwyntiad ddydd Mawrth 2 Mehefin am 09:30. Mae'n dal i sefyll. Ffoniwch eich meddygfa.
    We do not know yet if your appointment on Tuesday 2 June at 9:30am is cancelled. Your GP practice will check.
    Nid ydym yn gwybod a yw eich apwyntiad ddydd Mawrth 2 Mehefin am 09:30 wedi'i ganslo. Bydd eich meddygfa yn edrych.
    ");
}

#[test]
fn answers_fit_a_text_message() {
    let records = [
        record(MessageKind::Reminder, topic(501, 2), 1),
        record(MessageKind::Reminder, topic(502, 9), 2),
    ];
    let targets = targets(&records, PatientAction::Cancel);
    for welsh in [false, true] {
        let texts = reply_texts(welsh);
        for text in [texts.opted_out(), texts.requested(), texts.not_understood()] {
            assert_eq!(TextRules::NETWORKS.sms(text).parts, 1, "{text}");
        }
        let which = texts.which(&targets, "CANCEL");
        assert!(TextRules::NETWORKS.sms(&which).parts <= 2, "{which}");
        for target in &targets {
            let named =
                ParsedReply::parse(&format!("CANCEL {}", target.code), &ReplyRules::default());
            assert!(which.contains(&target.code.to_string()));
            assert_eq!(named.codes, [target.code]);
        }
    }
}

#[test]
fn a_digest_is_of_the_mailbox() {
    let of = |contact: Contact| ContactDigest::of(&contact);
    let one = of(Contact::Sms("07700 900123".parse().unwrap()));
    assert_eq!(one, of(Contact::Sms("+44 7700 900123".parse().unwrap())));
    assert_ne!(one, of(Contact::Sms("07700 900124".parse().unwrap())));
    let mail = of(Contact::Email("Someone@Example.com".parse().unwrap()));
    assert_eq!(
        mail,
        of(Contact::Email("someone@example.com".parse().unwrap()))
    );
    assert_eq!(one.as_str().parse(), Ok(one.clone()));
}

proptest! {
    /// Any text at all is read without a panic, and cancels only what is ahead and permitted: one
    /// named by its code, or the only one there is.
    #[test]
    fn only_a_named_or_single_appointment_is_cancelled(
        text in "\\PC{0,80}|(?i)(please |don't |if )?(cancel|canslo|cancle|stop) ?[0-9]{0,4}( [a-z]{1,6})?",
        slots in proptest::collection::btree_set(500_i32..520, 0..4),
        may in prop_oneof![Just(PatientAction::Cancel), Just(PatientAction::Ask)],
    ) {
        let records: Vec<_> = slots
            .iter()
            .map(|slot| record(MessageKind::Reminder, topic(*slot, 2), (*slot).into()))
            .collect();
        let targets = targets(&records, may);
        let reply = ParsedReply::parse(&text, &ReplyRules::default());
        if let ReplyDecision::Cancel(cancelled) = decide(&reply, &targets, &records) {
            prop_assert_eq!(may, PatientAction::Cancel);
            prop_assert_eq!(reply.intent, ReplyIntent::Cancel);
            let single = targets.len() == 1 && reply.codes.is_empty();
            for target in cancelled {
                prop_assert!(targets.contains(&target));
                prop_assert!(single || reply.codes.contains(&target.code));
            }
        }
    }

    /// A code in a reply is always that of the appointment in the message.
    #[test]
    fn a_code_is_read_as_it_was_written(slot in 1_i32..1_000_000, day in 1_i8..28) {
        let code = ReplyCode::of(&"A20047".parse().unwrap(), &topic(slot, day)).unwrap();
        prop_assert_eq!(codes(&format!("cancel {code}")), vec![code.to_string()]);
        prop_assert_eq!(codes(&format!("Cancel{code}")), vec![code.to_string()]);
    }

    /// A negation or a condition anywhere keeps a reply from cancelling.
    #[test]
    fn a_negated_cancellation_cancels_nothing(
        before in "(not|dont|don't|never|no|if|unless|peidiwch) ",
        after in "( 7834)?( please)?",
    ) {
        let text = format!("{before}cancel{after}");
        prop_assert_ne!(intent(&text), ReplyIntent::Cancel);
        let text = format!("cancel{after} {before}");
        prop_assert_ne!(intent(&text), ReplyIntent::Cancel);
    }
}
