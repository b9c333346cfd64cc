//! Passwords made up, and passwords typed.

use std::collections::HashSet;

use emis_credentials::{ApiUser, PasswordNeed, PasswordRules};
use proptest::prelude::*;
use secrecy::ExposeSecret;

#[test]
fn generated_passwords_keep_the_rules_and_are_never_the_same() {
    for rules in [
        PasswordRules::default(),
        PasswordRules::default().symbol(false),
        PasswordRules::default().upper_case(false),
        PasswordRules::default().lower_case(false).digit(false),
        PasswordRules::default()
            .upper_case(false)
            .lower_case(false)
            .digit(false)
            .symbol(false),
        PasswordRules::default().min_length(64),
        PasswordRules::default().min_length(usize::MAX),
    ] {
        let mut seen = HashSet::new();
        for _ in 0..200 {
            let password = rules.generate();
            assert_eq!(rules.check(&password), Ok(()));
            assert!(!password.expose_secret().contains(['O', '0', 'I', 'l', '1']));
            assert!(
                ApiUser::new("patchs", password.clone()).is_ok(),
                "it can be stored"
            );
            assert!(seen.insert(password.expose_secret().to_owned()));
        }
    }
}

#[test]
fn every_class_turns_up_at_every_place() {
    // A generator that put one of each class first and left it there would be guessable.
    let passwords: Vec<_> = (0..400)
        .map(|_| PasswordRules::default().generate())
        .collect();
    for place in 0..4 {
        let digits = passwords.iter().filter(|password| {
            password
                .expose_secret()
                .chars()
                .nth(place)
                .is_some_and(|c| c.is_ascii_digit())
        });
        assert!((1..400).contains(&digits.count()), "place {place}");
    }
}

#[test]
fn a_weak_password_is_told_everything_that_it_lacks() {
    let needs = |text: &str| {
        let checked = PasswordRules::default().check(&text.to_owned().into());
        checked
            .err()
            .map_or(Vec::new(), |weak| weak.needs().to_vec())
    };
    use PasswordNeed::{Digit, Length, LowerCase, Symbol, UpperCase};
    assert_eq!(needs(""), [Length(12), UpperCase, LowerCase, Digit, Symbol]);
    assert_eq!(needs("correct horse battery"), [UpperCase, Digit, Symbol]);
    assert_eq!(needs("SHOUTING99999"), [LowerCase, Symbol]);
    assert_eq!(needs("Short-1"), [Length(12)]);
    assert_eq!(needs("Correct-Horse-7"), []);
    assert_eq!(
        PasswordRules::default()
            .symbol(false)
            .check(&"CorrectHorse7".to_owned().into()),
        Ok(())
    );
    assert_eq!(
        PasswordRules::default()
            .upper_case(false)
            .digit(false)
            .check(&"correct horse-battery".to_owned().into()),
        Ok(())
    );
}

proptest! {
    #[test]
    fn no_check_echoes_what_was_typed(text in "[a-z]{9,30}") {
        let weak = PasswordRules::default().check(&text.clone().into()).unwrap_err();
        let printed = format!("{weak} {weak:?}");
        prop_assert!(!printed.contains(&text));
    }
}
