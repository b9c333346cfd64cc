//! "Update EMIS Organisation ID" and "Update EMIS API user details".

use emis_credentials::{SealErrorKind, SealingIdentity};
use emis_settings::{
    BookingSettings, PracticeSettings, ProblemCode as Code, ReminderSettings, Selection,
    UpdateOutcome,
};
use emis_test_support::LeakGuard;
use secrecy::{ExposeSecret, SecretString};

use crate::{codes, fresh};

const PASSWORD: &str = "Invented-Passw0rd";

fn password() -> SecretString {
    SecretString::from(PASSWORD)
}

fn connected(identity: &SealingIdentity) -> PracticeSettings {
    let mut settings = fresh();
    settings
        .update_connection("50002", "patchs", password(), identity.recipient())
        .unwrap();
    settings
}

#[test]
fn a_practice_that_enters_its_connection_and_nothing_else_has_no_problems() {
    let settings = connected(&SealingIdentity::generate());
    assert_eq!(settings.problems(), []);
    assert!(settings.reminders().enabled);
    assert!(!settings.booking().enabled);
}

#[test]
fn what_settings_show_names_neither_the_password_nor_a_patient() {
    let patient = "1999000018";
    let listening = LeakGuard::for_words([PASSWORD, patient]);
    let heard = listening.output();
    let mut settings = connected(&SealingIdentity::generate());
    let mut reminders = settings.reminders().clone();
    reminders.opted_out.insert(patient.parse().unwrap());
    settings.set_reminders(reminders).unwrap();
    heard.record_debug(&settings);
    heard.record_debug(&settings.problems());

    // The password typed into the wrong field, and one that is too long.
    let recipient = SealingIdentity::generate().recipient();
    let error = settings.update_organisation_id(PASSWORD).unwrap_err();
    heard.record_error(&error);
    let long = SecretString::from(PASSWORD.repeat(100));
    let error = settings.update_api_user("patchs", long, recipient);
    heard.record_error(&error.unwrap_err());
}

#[test]
fn what_is_sealed_opens_with_the_identity_and_the_context_and_not_otherwise() {
    let identity = SealingIdentity::generate();
    let settings = connected(&identity);
    let sealed = settings.api_user().unwrap();
    let context = settings.seal_context().unwrap();

    let opened = identity.open(sealed, &context).unwrap();
    assert_eq!(opened.username(), "patchs");
    assert_eq!(opened.password().expose_secret(), PASSWORD);

    let stranger = SealingIdentity::generate().open(sealed, &context);
    assert_eq!(stranger.unwrap_err().kind(), SealErrorKind::WrongIdentity);
}

#[test]
fn the_two_commands_work_one_after_the_other() {
    let identity = SealingIdentity::generate();
    let mut settings = fresh();
    let outcome = settings.update_organisation_id(" 50002 ").unwrap();
    assert_eq!(outcome, UpdateOutcome::default());
    settings
        .update_api_user(" patchs ", password(), identity.recipient())
        .unwrap();
    assert_eq!(settings.api_user().unwrap().username(), "patchs");
    let context = settings.seal_context().unwrap();
    assert!(
        identity
            .open(settings.api_user().unwrap(), &context)
            .is_ok()
    );
}

#[test]
fn an_api_user_without_an_organisation_id_is_refused_with_its_other_mistakes() {
    let recipient = SealingIdentity::generate().recipient();
    let mut settings = fresh();
    let refused = settings
        .update_api_user("", "padded ".into(), recipient)
        .unwrap_err();
    assert_eq!(
        codes(refused.problems()),
        [
            Code::OrganisationIdMissing,
            Code::ApiUsernameInvalid,
            Code::ApiPasswordInvalid
        ]
    );
    assert_eq!(settings, fresh());
}

#[test]
fn one_form_reports_the_mistakes_of_all_its_fields_and_changes_nothing() {
    let identity = SealingIdentity::generate();
    let mut settings = connected(&identity);
    let before = settings.clone();
    let refused = settings
        .update_connection("A20047", " ", " pasted".into(), identity.recipient())
        .unwrap_err();
    assert_eq!(
        codes(refused.problems()),
        [
            Code::OrganisationIdIsOdsCode,
            Code::ApiUsernameInvalid,
            Code::ApiPasswordInvalid
        ]
    );
    assert_eq!(
        refused
            .problems()
            .iter()
            .map(|problem| problem.path())
            .collect::<Vec<_>>(),
        ["organisation_id", "api_user.username", "api_user.password"]
    );
    assert_eq!(settings, before);
}

#[test]
fn another_organisation_id_drops_the_api_user_and_switches_off_what_named_ids() {
    let mut settings = connected(&SealingIdentity::generate());
    let mut reminders = ReminderSettings::default();
    reminders.opted_out.insert("7".parse().unwrap());
    settings.set_reminders(reminders).unwrap();
    let mut booking = BookingSettings::default();
    booking.enabled = true;
    booking.slot_types = ["3".parse().unwrap()].into();
    booking.booked_by = Some("12".parse().unwrap());
    settings.set_booking(booking).unwrap();

    let outcome = settings.update_organisation_id("50003").unwrap();
    assert!(outcome.api_user_must_be_entered_again);
    assert!(outcome.reminders_switched_off);
    assert!(outcome.booking_switched_off);
    assert_eq!(settings.api_user(), None);
    assert!(!settings.reminders().enabled && !settings.booking().enabled);
    // Nothing that the practice typed is thrown away.
    assert_eq!(settings.reminders().opted_out.len(), 1);
    assert_eq!(settings.booking().slot_types.len(), 1);
    assert_eq!(codes(&settings.problems()), [Code::ApiUserMissing]);
}

#[test]
fn another_organisation_id_leaves_reminders_on_where_they_name_nothing() {
    let mut settings = connected(&SealingIdentity::generate());
    let outcome = settings.update_organisation_id("50003").unwrap();
    assert!(outcome.api_user_must_be_entered_again);
    assert!(!outcome.reminders_switched_off && !outcome.booking_switched_off);
    assert!(settings.reminders().enabled);
}

#[test]
fn each_kind_of_named_id_counts() {
    let with_reminders = |change: &dyn Fn(&mut ReminderSettings)| {
        let mut settings = connected(&SealingIdentity::generate());
        let mut reminders = ReminderSettings::default();
        change(&mut reminders);
        settings.set_reminders(reminders).unwrap();
        settings
            .update_organisation_id("50003")
            .unwrap()
            .reminders_switched_off
    };
    assert!(with_reminders(
        &|r| r.slot_types = Selection::only(["3".parse().unwrap()])
    ));
    assert!(with_reminders(
        &|r| r.sites = Selection::only(["3".parse().unwrap()])
    ));
    assert!(!with_reminders(&|r| r.minimum_age_years = 12));
}

#[test]
fn the_same_number_typed_otherwise_keeps_the_seal_good() {
    let identity = SealingIdentity::generate();
    let mut settings = connected(&identity);
    let outcome = settings.update_organisation_id("0050002").unwrap();
    assert_eq!(outcome, UpdateOutcome::default());
    let context = settings.seal_context().unwrap();
    assert!(
        identity
            .open(settings.api_user().unwrap(), &context)
            .is_ok()
    );
}

#[test]
fn a_form_that_moves_the_practice_holds_the_new_api_user_already() {
    let identity = SealingIdentity::generate();
    let mut settings = connected(&identity);
    let outcome = settings
        .update_connection("50003", "patchs2", password(), identity.recipient())
        .unwrap();
    assert!(!outcome.api_user_must_be_entered_again);
    let context = settings.seal_context().unwrap();
    let opened = identity
        .open(settings.api_user().unwrap(), &context)
        .unwrap();
    assert_eq!(opened.username(), "patchs2");
}

#[test]
fn the_password_is_nowhere_in_what_is_printed_or_stored() {
    let recipient = SealingIdentity::generate().recipient();
    let settings = connected(&SealingIdentity::generate());
    let refused = fresh()
        .update_connection("A20047", "", format!("{PASSWORD} ").into(), recipient)
        .unwrap_err();
    for text in [
        format!("{settings:?}"),
        serde_json::to_string(&settings).unwrap(),
        format!("{refused} {refused:?}"),
        serde_json::to_string(refused.problems()).unwrap(),
    ] {
        assert!(!text.contains(PASSWORD), "the password is in {text}");
    }
}
