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

/// The sealed value with another member, as a person with access to the store could make it.
fn forged(sealed: &SealedApiUser, member: &str, value: serde_json::Value) -> SealedApiUser {
    let mut stored = serde_json::to_value(sealed).unwrap();
    stored[member] = value;
    serde_json::from_value(stored).unwrap()
}

/// The sealed value with other contents, and everything else as it was.
fn with_contents(sealed: &SealedApiUser, ciphertext: &[u8]) -> SealedApiUser {
    use base64::Engine as _;
    let ciphertext = base64::engine::general_purpose::STANDARD.encode(ciphertext);
    forged(sealed, "ciphertext", ciphertext.into())
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
    assert!(text.starts_with("emis-recipient-1."), "{text}");
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
        .open(&forged(&sealed, "username", json!("other")), &practice)
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Damaged);
}

#[test]
fn a_changed_list_of_recipients_is_noticed() {
    let (identity, practice, sealed) = sealed();
    let other = SealingIdentity::generate().recipient().id();
    let ours = identity.recipient().id();
    for recipients in [json!([]), json!([other]), json!([ours, other])] {
        let error = identity
            .open(&forged(&sealed, "recipients", recipients), &practice)
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Damaged);
    }
}

#[test]
fn the_practice_in_the_header_can_not_be_rewritten() {
    let (identity, _, sealed) = sealed();
    let header = String::from_utf8_lossy(sealed.ciphertext()).into_owned();
    assert!(header.starts_with("emis-sealed-api-user 1\nA20047\n50002\n"));
    let mut moved = sealed.ciphertext().to_vec();
    moved[28] = b'8';
    let error = identity
        .open(
            &with_contents(&sealed, &moved),
            &practice("A20048", "50002"),
        )
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
fn the_size_does_not_tell_the_length_of_the_password() {
    let recipient = SealingIdentity::generate().recipient();
    let size = |password: &str| {
        let user = ApiUser::new("patchs", password.to_owned().into()).unwrap();
        let sealed = recipient.seal(&user, &practice("A20047", "50002")).unwrap();
        sealed.ciphertext().len()
    };
    assert_eq!(size("x"), size(&"ü".repeat(256)));
}

#[test]
fn two_sealings_of_the_same_have_nothing_in_common() {
    let (identity, practice, first) = sealed();
    let second = identity.recipient().seal(&api_user(), &practice).unwrap();
    // The header names the practice and the recipient; the keys and contents follow it.
    let (first, second) = (first.ciphertext(), second.ciphertext());
    let header = first.iter().zip(second).take_while(|(a, b)| a == b).count();
    assert!(header < 60, "{header}");
    let same = first.iter().zip(second).skip(header);
    let same = same.filter(|(a, b)| a == b).count();
    assert!(same < first.len() / 32, "{same}");
}

#[test]
fn a_key_that_was_mistyped_is_refused() {
    let identity = SealingIdentity::generate();
    let secret = identity.expose_secret().expose_secret().to_owned();
    let public = identity.recipient().to_string();
    for (text, other) in [(&secret, &public), (&public, &secret)] {
        let prefix = text.find('.').unwrap() + 1;
        for place in prefix..text.len() {
            let mut typed = text.clone().into_bytes();
            typed[place] = if typed[place] == b'A' { b'B' } else { b'A' };
            let typed = String::from_utf8(typed).unwrap();
            assert!(typed.parse::<SealingIdentity>().is_err(), "{place}");
            assert!(typed.parse::<Recipient>().is_err(), "{place}");
        }
        assert!(text[..text.len() - 1].parse::<Recipient>().is_err());
        // One kind of key is not taken for the other.
        let key = &text[prefix..];
        let relabelled = format!("{}{key}", &other[..other.find('.').unwrap() + 1]);
        assert!(relabelled.parse::<SealingIdentity>().is_err());
        assert!(relabelled.parse::<Recipient>().is_err());
    }
}

#[test]
fn a_recipient_that_is_no_point_of_the_curve_can_not_be_sealed_to() {
    // The zero point, with the checksum of its text form.
    let mut hash = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    hash.update(b"emis-recipient-1.");
    hash.update(&[0; 32]);
    let mut key = vec![0; 32];
    key.extend_from_slice(&hash.finish().as_ref()[..4]);
    use base64::Engine as _;
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key);
    let recipient: Recipient = format!("emis-recipient-1.{text}").parse().unwrap();
    let error = recipient
        .seal(&api_user(), &practice("A20047", "50002"))
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Failed);
}

#[test]
fn texts_that_are_no_keys_and_stored_values_that_are_none_are_refused() {
    for text in [
        "",
        "emis-recipient-1.",
        "emis-identity-1.",
        "ssh-ed25519 AAAA",
    ] {
        let error = text.parse::<Recipient>().unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidKey);
        let error = text.parse::<SealingIdentity>().unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidKey);
    }
    for stored in [
        json!({"username": "", "recipients": [], "ciphertext": ""}),
        json!({"username": "patchs", "recipients": [], "ciphertext": "***"}),
        json!({"username": "patchs"}),
    ] {
        assert!(serde_json::from_value::<SealedApiUser>(stored).is_err());
    }
}

/// A value of the present format: what is stored today opens in later releases.
#[test]
fn the_format_is_pinned() {
    let identity: SealingIdentity = KEY.parse().unwrap();
    let sealed: SealedApiUser = serde_json::from_value(json!({
        "username": "patchs",
        "recipients": [identity.recipient().id()],
        "ciphertext": SEALED.concat(),
    }))
    .unwrap();
    let opened = identity
        .open(&sealed, &practice("A20047", "50002"))
        .unwrap();
    assert_eq!(opened.password().expose_secret(), PASSWORD);
}

const KEY: &str = "emis-identity-1.As5myJQwQ6o09N2e1RdT1p_uOfXEQFPQ-5ukJ94D7eumsBnc";
const SEALED: [&str; 18] = [
    "ZW1pcy1zZWFsZWQtYXBpLXVzZXIgMQpBMjAwNDcKNTAwMDIKAci1s55J1KFfgtsbfwwqVMxHqBlRghO0nIOAWRQE",
    "yatZ8F63YZ19KxfB5uszEfU/sy3+MGi4Nj15iT5Tc/OPv1KnfoACqInD38wapYyz+wiF7z5HQaG8KbLNrm7E9g/x",
    "qaEHAF8VfYJwwdSz8TZLbCUeVNg8q48crMd0fCfnwk3qixVduE6hOzruBEOdHgm/KgFYBwUc010KWMREY6sZbwsk",
    "ClIWOHtd0yUQbIF8RiEdLbl1NKVvuUZbfTS5/l/MkqjSFk/RsI2oMmqcLQ/A1cCnCYMkBg8fhaTBoWH4c2I/voka",
    "nMzPfENaxMDIfg0NIX8pwPjSfTtk90soqJBoBxICCJCtZS9Hcc6wGiPJehWEOTmqNDufWHeDUEx+1XUJg1JOSPUE",
    "760ZouZ0Py5p5W8XloHGqiapVuRHOx0LMsEbI5c4NTmbQF0BsyUayKl1NL46sOQ890rrb+YAnfxUJsni7RT1c27V",
    "7YomabDYSxGliJNtBMAIbBudrA3nC4HeTX41uJtBXIS2UA2pLgwzqllDqKpvSeJT9oAnoLn1nCjEG3murJzI2yGl",
    "AEm7TlOeE3vVUmU4egiXTK9SHwpa8K2ssUtp24vdKIDWq8retiqweM0girisxAm7vcRHcre7ual/Gx6d0k2Yf3/s",
    "2OHes5yG93g+wzVV46HSAvPt3qT6abdiWKDbKVLsOezcyuQvRY3BMgJdfhHIxy/JJC9b6nqYAfkko3Vz+1O0FNOa",
    "1O4VoCwH38zq1rT8NbH2uHf8wU+pnYJG+SDJuNdbk035VxF6k9RcXSpfxEdLv7f2QpZYH04c0R6g9GRxR3+sAdeZ",
    "LP8sPk3FF20H1DQFtEuvA+SHjlYmo2vJVrItNAzXGQEHT6+PpJthHCHMuvhTIGUeL66L8VenoCgr+Tl5jSxVghL8",
    "/QX1BETjokHTfpmfHF9Znu9wcCOPBP1lUF7ZXWKS6FiXBl/qIVp1s8MGSruhzd8GLqyv4dYJOgN+xNISRWTWzjDz",
    "QP4bG2lt4SL9yhTv8tXQLPPgCP/Kqk0w35IL+pvq+8SL+lEPfLRrX0SrvqWKk994M2Ek/22frUGQtQhvPhsDGpdg",
    "iZy485yZIWVjHQt5D2TW9GUMKmKAK/kpzeH6OlzPtS/ICcRZxzwkISzmMxkDA2J0jN1M3mcKu+TaYmHOloCbMe/h",
    "xyQho/VITlgxlzKr+uZ1jU5TIkRzmufEg3/uv2RnZriF4cLaeqXeX3tJ7k5jK0jwILplckvKXZkwcGWGuVL7SvGP",
    "WiWe6x1LLpwPtIBA+yVW7xkkd254gmJRdeVIFeBdgH9hf6gr4ngBB6jRSMIQ7UwfR8oXXzOeRJ6OdgvJju33JyBo",
    "KR9djtQD6ai2DP21CxujbKwW0yXpxkjrKJwBni4LApds5ScwPN57QIaz5YlgHg5quql4sx1xTiunsMwlfLztIZgQ",
    "xCfdmHVhi+lyBUSlU5/+Cp81fPjkcErmx3Xz79n62eykt47xRtzCVIjkjQ==",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// With bytes cut out, inserted or swapped, a value opens unchanged or not at all.
    #[test]
    fn no_change_of_the_sealed_contents_opens(
        from in 0usize..1300, length in 0usize..64, bytes in proptest::collection::vec(any::<u8>(), 0..64),
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
