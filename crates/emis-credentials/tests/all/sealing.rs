use emis_credentials::{
    ApiUser, Recipient, SealContext, SealErrorKind as Kind, SealedApiUser, SealingIdentity,
};
use proptest::prelude::*;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::support::{PASSWORD, api_user};

fn practice(ods: &str, cdb: &str) -> SealContext {
    SealContext::new(ods.parse().unwrap(), cdb.parse().unwrap())
}

fn sealed() -> (SealingIdentity, SealContext, SealedApiUser) {
    let identity = SealingIdentity::generate();
    let practice = practice("A20047", "50002");
    let sealed = identity.recipient().seal(&api_user(), &practice).unwrap();
    (identity, practice, sealed)
}

/// The sealed value with another username or ciphertext, as somebody with access to the store
/// could make it.
fn forged(username: &str, ciphertext: &[u8]) -> SealedApiUser {
    use base64::Engine as _;
    let ciphertext = base64::engine::general_purpose::STANDARD.encode(ciphertext);
    serde_json::from_value(json!({"username": username, "ciphertext": ciphertext})).unwrap()
}

/// The sealed value with other contents, and everything else as it was.
fn with_contents(sealed: &SealedApiUser, ciphertext: &[u8]) -> SealedApiUser {
    use base64::Engine as _;
    let mut stored = serde_json::to_value(sealed).unwrap();
    stored["ciphertext"] = base64::engine::general_purpose::STANDARD
        .encode(ciphertext)
        .into();
    serde_json::from_value(stored).unwrap()
}

#[test]
fn what_was_sealed_opens_again_after_storage() {
    let (identity, practice, sealed) = sealed();
    let stored = serde_json::to_string(&sealed).unwrap();
    let loaded: SealedApiUser = serde_json::from_str(&stored).unwrap();
    assert_eq!(loaded, sealed);

    let key = identity.expose_secret();
    let identity: SealingIdentity = key.expose_secret().parse().unwrap();
    let opened = identity.open(&loaded, &practice).unwrap();
    assert_eq!(opened.username(), "patchs");
    assert_eq!(opened.password().expose_secret(), PASSWORD);
}

#[test]
fn the_recipient_as_text_is_all_that_sealing_needs() {
    let identity = SealingIdentity::generate();
    let text = identity.recipient().to_string();
    assert!(text.starts_with("age1"), "{text}");
    let recipient: Recipient = text.parse().unwrap();
    assert_eq!(recipient, identity.recipient());

    let practice = practice("A20047", "50002");
    let sealed = recipient.seal(&api_user(), &practice).unwrap();
    assert!(identity.open(&sealed, &practice).is_ok());
}

#[test]
fn another_practice_or_organisation_id_does_not_open_it() {
    let (identity, _, sealed) = sealed();
    for (ods, cdb) in [("A20048", "50002"), ("A20047", "50003")] {
        let error = identity.open(&sealed, &practice(ods, cdb)).unwrap_err();
        assert_eq!(error.kind(), Kind::WrongPractice, "{ods} {cdb}");
    }
    // Leading zeros do not make it another organisation ID.
    assert!(
        identity
            .open(&sealed, &practice("a20047", "050002"))
            .is_ok()
    );
}

#[test]
fn another_key_does_not_open_it() {
    let (_, practice, sealed) = sealed();
    let error = SealingIdentity::generate()
        .open(&sealed, &practice)
        .unwrap_err();
    assert_eq!(error.kind(), Kind::WrongIdentity);
}

#[test]
fn a_changed_username_is_noticed() {
    let (identity, practice, sealed) = sealed();
    let error = identity
        .open(&forged("other", sealed.ciphertext()), &practice)
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Damaged);
}

#[test]
fn no_changed_byte_and_no_shortened_value_opens() {
    let (identity, practice, sealed) = sealed();
    let sound = sealed.ciphertext();
    assert!(
        identity
            .open(&with_contents(&sealed, sound), &practice)
            .is_ok()
    );
    for index in 0..sound.len() {
        let mut changed = sound.to_vec();
        changed[index] ^= 1;
        let error = identity
            .open(&with_contents(&sealed, &changed), &practice)
            .unwrap_err();
        assert!(
            matches!(error.kind(), Kind::Damaged | Kind::WrongIdentity),
            "byte {index}: {error}"
        );
        assert!(
            identity
                .open(&with_contents(&sealed, &sound[..index]), &practice)
                .is_err()
        );
    }
}

#[test]
fn an_age_file_that_is_no_api_user_is_damaged() {
    let identity = SealingIdentity::generate();
    let recipient = identity.recipient().to_string();
    let recipient: age::x25519::Recipient = recipient.parse().unwrap();
    for contents in [
        "",
        "hello",
        "emis-api-user 2\nA20047\n50002\npatchs\nsecret",
        "emis-api-user 1\nA20047\n50002\npatchs",
        "emis-api-user 1\nA20047\n50002\npatchs\n",
    ] {
        let file = age::encrypt(&recipient, contents.as_bytes()).unwrap();
        let error = identity
            .open(&forged("patchs", &file), &practice("A20047", "50002"))
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Damaged, "{contents:?}");
    }
}

#[test]
fn the_size_does_not_tell_the_length_of_the_password() {
    let recipient = SealingIdentity::generate().recipient();
    // The header of an age file varies by chance; what follows its last line is the contents.
    let size = |password: &str| {
        let user = ApiUser::new("patchs", password.to_owned().into()).unwrap();
        let sealed = recipient.seal(&user, &practice("A20047", "50002")).unwrap();
        let file = sealed.ciphertext();
        let mac = file.windows(5).position(|part| part == b"\n--- ").unwrap();
        let end = file[mac + 1..]
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap();
        file.len() - mac - end
    };
    assert_eq!(size("x"), size(&"x".repeat(256)));
}

#[test]
fn texts_that_are_no_keys_and_stored_values_that_are_none_are_refused() {
    for text in ["", "age1", "AGE-SECRET-KEY-1", "ssh-ed25519 AAAA"] {
        let error = text.parse::<Recipient>().unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidKey);
        let error = text.parse::<SealingIdentity>().unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidKey);
    }
    for stored in [
        json!({"username": "", "ciphertext": ""}),
        json!({"username": "patchs", "ciphertext": "***"}),
        json!({"username": "patchs"}),
    ] {
        assert!(serde_json::from_value::<SealedApiUser>(stored).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever is cut out, put in or swapped: it opens as it was or not at all.
    #[test]
    fn no_change_of_the_sealed_contents_opens(
        from in 0usize..2400, length in 0usize..64, bytes in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let (identity, practice, sealed) = sealed();
        let mut changed = sealed.ciphertext().to_vec();
        let from = from.min(changed.len());
        let to = (from + length).min(changed.len());
        changed.splice(from..to, bytes);
        prop_assume!(changed != sealed.ciphertext());
        let error = identity.open(&with_contents(&sealed, &changed), &practice).unwrap_err();
        prop_assert!(matches!(error.kind(), Kind::Damaged | Kind::WrongIdentity));
    }

    #[test]
    fn every_valid_user_survives_sealing(username in "\\PC{1,128}", password in ".{1,256}") {
        let identity = SealingIdentity::generate();
        let practice = practice("A20047", "50002");
        if let Ok(user) = ApiUser::new(&username, password.into()) {
            let sealed = identity.recipient().seal(&user, &practice).unwrap();
            let opened = identity.open(&sealed, &practice).unwrap();
            prop_assert_eq!(opened.username(), user.username());
            prop_assert_eq!(
                opened.password().expose_secret(),
                user.password().expose_secret()
            );
        }
    }
}
