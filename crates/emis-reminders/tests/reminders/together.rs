//! Messages about several patients who share a contact.

use emis_messaging::{Contact, NotifyErrorKind};

use crate::emis::PureEmis;
use crate::practice::Practice;
use crate::support::wednesday_at;

/// The NHS number of one patient does not go out with a message about another.
#[tokio::test(start_paused = true)]
async fn a_message_about_two_patients_has_no_nhs_number() {
    let practice = Practice::new(|_| ());
    for patient in [41, 42] {
        practice.emis.set_mobile(patient, "07700 900999");
        practice.emis.set_nhs_number(patient, "999 000 0018");
    }
    practice.emis.set_nhs_number(43, "999 000 0018");
    for (slot, patient) in [(1, 41), (2, 42), (3, 43)] {
        practice.emis.book(slot, patient, wednesday_at(9, 30));
    }
    practice.run().await;
    let messages = practice.outbox.messages();
    let known: Vec<_> = messages
        .iter()
        .map(|it| it.nhs_number().is_some())
        .collect();
    assert_eq!(known, [false, true]);
}

/// By the last look they have another telephone: each gets a message there.
#[tokio::test(start_paused = true)]
async fn a_patient_with_another_contact_gets_a_message_apart() {
    let practice = Practice::new(|_| ());
    for (slot, patient) in [(1, 41), (2, 42)] {
        practice.emis.set_mobile(patient, "07700 900999");
        practice.emis.book(slot, patient, wednesday_at(9, 30));
    }
    // After the list, before the last look at the second of them.
    let correct = |emis: &PureEmis| emis.set_mobile(42, "07700 900042");
    practice.emis.after(3, correct);
    practice.run().await;
    let messages = practice.outbox.messages();
    let told: Vec<_> = messages
        .iter()
        .map(|it| (it.contact().cloned(), it.topics().len()))
        .collect();
    let of = |mobile: &str| Some(Contact::Sms(mobile.parse().unwrap()));
    assert_eq!(told, [(of("07700 900999"), 1), (of("07700 900042"), 1)]);
}

/// The telephone that they share refuses: each has an email address of their own.
#[tokio::test(start_paused = true)]
async fn a_message_to_two_that_is_refused_goes_to_each_by_their_own_contact() {
    let practice = Practice::new(|_| ());
    for (slot, patient) in [(1, 41), (2, 42)] {
        practice.emis.set_mobile(patient, "07700 900999");
        practice
            .emis
            .set_email(patient, &format!("patient.{patient}@example.com"));
        practice.emis.book(slot, patient, wednesday_at(9, 30));
    }
    practice.outbox.fail_next(NotifyErrorKind::Permanent);
    let report = practice.run().await;
    assert_eq!(report.sent.len(), 2);
    let messages = practice.outbox.messages();
    let mut told: Vec<_> = messages
        .iter()
        .map(|it| {
            (
                it.contact().cloned(),
                it.topics()[0].patient.get(),
                it.topics().len(),
            )
        })
        .collect();
    told.sort_by_key(|it| it.1);
    let of = |address: &str| Some(Contact::Email(address.parse().unwrap()));
    let expected = [
        (of("patient.41@example.com"), 41, 1),
        (of("patient.42@example.com"), 42, 1),
    ];
    assert_eq!(told, expected);
}
