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
    let sealed = with_contents(&sealed().2, &from_hex(&SEALED.concat()));
    let sealed = forged(&sealed, "recipients", json!([identity.recipient().id()]));
    let opened = identity
        .open(&sealed, &practice("A20047", "50002"))
        .unwrap();
    assert_eq!(opened.password().expose_secret(), PASSWORD);
}

fn from_hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(byte).collect()
}

const KEY: &str = "emis-identity-1.As5myJQwQ6o09N2e1RdT1p_uOfXEQFPQ-5ukJ94D7eumsBnc";
const SEALED: [&str; 27] = [
    "656d69732d7365616c65642d6170692d7573657220310a4132303034370a35303030320a01c8b5b39e49d4a1",
    "5f82db1b7f0c2a54cc47a819518213b49c8380591404c9ab59f05eb7619d7d2b17c1e6eb3311f53fb32dfe30",
    "68b8363d79893e5373f38fbf52a77e8002a889c3dfcc1aa58cb3fb0885ef3e4741a1bc29b2cdae6ec4f60ff1",
    "a9a107005f157d8270c1d4b3f1364b6c251e54d83cab8f1cacc7747c27e7c24dea8b155db84ea13b3aee0443",
    "9d1e09bf2a015807051cd35d0a58c44463ab196f0b240a5216387b5dd325106c817c46211d2db97534a56fb9",
    "465b7d34b9fe5fcc92a8d2164fd1b08da8326a9c2d0fc0d5c0a7098324060f1f85a4c1a161f873623fbe891a",
    "9ccccf7c435ac4c0c87e0d0d217f29c0f8d27d3b64f74b28a890680712020890ad652f4771ceb01a23c97a15",
    "843939aa343b9f587783504c7ed5750983524e48f504efad19a2e6743f2e69e56f179681c6aa26a956e4473b",
    "1d0b32c11b23973835399b405d01b3251ac8a97534be3ab0e43cf74aeb6fe6009dfc5426c9e2ed14f5736ed5",
    "ed8a2669b0d84b11a588936d04c0086c1b9dac0de70b81de4d7e35b89b415c84b6500da92e0c33aa5943a8aa",
    "6f49e253f68027a0b9f59c28c41b79aeac9cc8db21a50049bb4e539e137bd55265387a08974caf521f0a5af0",
    "adacb14b69db8bdd2880d6abcadeb62ab078cd208ab8acc409bbbdc44772b7bbb9a97f1b1e9dd24d987f7fec",
    "d8e1deb39c86f7783ec33555e3a1d202f3eddea4fa69b76258a0db2952ec39ecdccae42f458dc132025d7e11",
    "c8c72fc9242f5bea7a9801f924a37573fb53b414d39ad4ee15a02c07dfccead6b4fc35b1f6b877fcc14fa99d",
    "8246f920c9b8d75b934df957117a93d45c5d2a5fc4474bbfb7f64296581f4e1cd11ea0f46471477fac01d799",
    "2cff2c3e4dc5176d07d43405b44baf03e4878e5626a36bc956b22d340cd71901074faf8fa49b611c21ccbaf8",
    "5320651e2fae8bf157a7a0282bf939798d2c558212fcfd05f50444e3a241d37e999f1c5f599eef7070238f04",
    "fd65505ed95d6292e85897065fea215a75b3c3064abba1cddf062eacafe1d6093a037ec4d2124564d6ce30f3",
    "40fe1b1b696de122fdca14eff2d5d02cf3e008ffcaaa4d30df920bfa9beafbc48bfa510f7cb46b5f44abbea5",
    "8a93df78336124ff6d9fad4190b5086f3e1b031a9760899cb8f39c992165631d0b790f64d6f4650c2a62802b",
    "f929cde1fa3a5ccfb52fc809c459c73c24212ce63319030362748cdd4cde670abbe4da6261ce96809b31efe1",
    "c72421a3f5484e58319732abfae6758d4e532244739ae7c4837feebf646766b885e1c2da7aa5de5f7b49ee4e",
    "632b48f020ba65724bca5d9930706586b952fb4af18f5a259eeb1d4b2e9c0fb48040fb2556ef1924776e7882",
    "625175e54815e05d807f617fa82be2780107a8d148c210ed4c1f47ca175f339e449e8e760bc98eedf7272068",
    "291f5d8ed403e9a8b60cfdb50b1ba36cac16d325e9c648eb289c019e2e0b02976ce527303cde7b4086b3e589",
    "601e0e6abaa978b31d714e2ba7b0cc257cbced219810c427dd9875618be9720544a5539ffe0a9f357cf8e470",
    "4ae6c775f3efd9fad9eca4b78ef146dcc25488e48d",
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
