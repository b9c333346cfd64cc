use emis_credentials::{ApiUser, ApiUserError, ApiUserMistake as Mistake};
use secrecy::ExposeSecret;

fn parse(username: &str, password: &str) -> Result<ApiUser, ApiUserError> {
    ApiUser::new(username, password.to_owned().into())
}

#[test]
fn a_username_is_trimmed_and_a_password_is_kept_as_it_is() {
    let user = parse("  patchs\n", "p\u{e4}ss w\tord\"\\").unwrap();
    assert_eq!(user.username(), "patchs");
    assert_eq!(user.password().expose_secret(), "p\u{e4}ss w\tord\"\\");
}

#[test]
fn every_mistake_has_its_kind() {
    let long = "x".repeat(300);
    for (username, password, mistake) in [
        ("", "secret", Mistake::UsernameBlank),
        ("\t ", "secret", Mistake::UsernameBlank),
        (long.as_str(), "secret", Mistake::UsernameTooLong),
        ("pat\u{0}chs", "secret", Mistake::UsernameInvalidCharacter),
        ("patchs", "", Mistake::PasswordBlank),
        ("patchs", " \u{a0}\n", Mistake::PasswordBlank),
        ("patchs", " secret", Mistake::PasswordSurroundedBySpace),
        ("patchs", "secret\r\n", Mistake::PasswordSurroundedBySpace),
        (
            "patchs",
            "\u{feff}secret",
            Mistake::PasswordSurroundedBySpace,
        ),
        ("patchs", long.as_str(), Mistake::PasswordTooLong),
    ] {
        let error = parse(username, password).unwrap_err();
        assert_eq!(error.mistakes(), [mistake], "{username:?} {password:?}");
    }
}

#[test]
fn lengths_are_counted_in_characters_up_to_the_limit() {
    assert!(parse(&"\u{e4}".repeat(128), &"\u{e4}".repeat(256)).is_ok());
    let error = parse(&"a".repeat(129), &"a".repeat(257)).unwrap_err();
    assert_eq!(
        error.mistakes(),
        [Mistake::UsernameTooLong, Mistake::PasswordTooLong]
    );
}

#[test]
fn the_text_names_the_field_as_emis_does_and_tells_all_mistakes() {
    let error = parse("", " hunter2").unwrap_err().to_string();
    assert!(error.contains("API username is empty"), "{error}");
    assert!(
        error.contains("Partner API password (EMAS Manager > Edit Users) begins or ends"),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn characters_that_were_pasted_unseen_are_dropped_from_the_username_and_not_from_the_password() {
    let user = ApiUser::new("\u{feff}pat\u{200b}chs\u{2069} ", "sec\u{200b}ret".into()).unwrap();
    assert_eq!(user.username(), "patchs");
    assert_eq!(user.password().expose_secret(), "sec\u{200b}ret");
}
