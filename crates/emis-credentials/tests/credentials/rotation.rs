//! Several keys, several recipients, and one taking another's place.

use emis_credentials::{
    IdentityRing, Recipient, Recipients, ResponsibleParty, SealContext, SealErrorKind as Kind,
    SealedApiUser, SealingIdentity,
};
use secrecy::ExposeSecret;

use crate::support::{PASSWORD, api_user};

fn practice() -> SealContext {
    SealContext::new("A20047".parse().unwrap(), "50002".parse().unwrap())
}

fn keys() -> [SealingIdentity; 3] {
    std::array::from_fn(|_| SealingIdentity::generate())
}

fn sealed_to<'a>(keys: impl IntoIterator<Item = &'a SealingIdentity>) -> SealedApiUser {
    let recipients = Recipients::new(keys.into_iter().map(SealingIdentity::recipient)).unwrap();
    recipients.seal(&api_user(), &practice()).unwrap()
}

#[test]
fn each_of_several_recipients_opens_and_nobody_else() {
    let [one, two, stranger] = keys();
    let sealed = sealed_to([&one, &two]);
    for key in [&one, &two] {
        let user = key.open(&sealed, &practice()).unwrap();
        assert_eq!(user.password().expose_secret(), PASSWORD);
    }
    let error = stranger.open(&sealed, &practice()).unwrap_err();
    assert_eq!(error.kind(), Kind::WrongIdentity);
    assert_eq!(error.responsible_party(), ResponsibleParty::Product);
}

#[test]
fn a_ring_opens_with_any_of_its_keys_and_seals_to_the_first() {
    let [old, new, stranger] = keys();
    let ring = IdentityRing::new([new.clone(), old.clone()]).unwrap();
    assert!(ring.open(&sealed_to([&old]), &practice()).is_ok());
    assert!(ring.open(&sealed_to([&new]), &practice()).is_ok());
    assert!(ring.open(&sealed_to([&stranger]), &practice()).is_err());
    assert_eq!(ring.first_recipient(), new.recipient());
    assert!(IdentityRing::new([]).is_err());
}

#[test]
fn what_was_sealed_says_to_whom_and_a_lie_about_it_is_noticed() {
    let [one, two, three] = keys();
    let sealed = sealed_to([&one, &two]);
    let ids = [one.recipient().id(), two.recipient().id()];
    assert_eq!(*sealed.recipients(), ids.into());

    let stored = serde_json::to_value(&sealed).unwrap();
    let loaded: SealedApiUser = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(loaded, sealed);
    let lies = [
        serde_json::json!([one.recipient().id()]),
        serde_json::json!([three.recipient().id()]),
        serde_json::json!([]),
    ];
    for lie in lies {
        let mut stored = stored.clone();
        stored["recipients"] = lie;
        let sealed: SealedApiUser = serde_json::from_value(stored).unwrap();
        let error = one.open(&sealed, &practice()).unwrap_err();
        assert_eq!(error.kind(), Kind::Damaged);
        assert_eq!(error.responsible_party(), ResponsibleParty::Practice);
    }
    for no_name in [
        "",
        "0123",
        "0123456789ABCDEF",
        "+123456789abcdef",
        "x123456789abcdef",
    ] {
        let mut stored = stored.clone();
        stored["recipients"] = serde_json::json!([no_name]);
        assert!(
            serde_json::from_value::<SealedApiUser>(stored).is_err(),
            "{no_name}"
        );
    }
}

#[test]
fn resealing_changes_the_recipients_and_nothing_else() {
    let [old, new, safe] = keys();
    let ring = IdentityRing::new([new.clone(), old.clone()]).unwrap();
    let wanted = Recipients::new([new.recipient(), safe.recipient()]).unwrap();
    let sealed = sealed_to([&old]);

    let resealed = ring.reseal(&sealed, &practice(), &wanted).unwrap().unwrap();
    assert_eq!(resealed.username(), "patchs");
    for key in [&new, &safe] {
        let user = key.open(&resealed, &practice()).unwrap();
        assert_eq!(user.password().expose_secret(), PASSWORD);
    }
    let error = old.open(&resealed, &practice()).unwrap_err();
    assert_eq!(error.kind(), Kind::WrongIdentity);
    // Twice is once.
    assert_eq!(ring.reseal(&resealed, &practice(), &wanted), Ok(None));
}

#[test]
fn nothing_is_resealed_that_could_not_be_opened_again_or_belongs_elsewhere() {
    let [ours, theirs, lost] = keys();
    let ring = IdentityRing::from(ours.clone());
    let kind = |sealed: &SealedApiUser, practice: &SealContext, recipient: Recipient| {
        let outcome = ring.reseal(sealed, practice, &recipient.into());
        outcome.unwrap_err().kind()
    };
    let sealed = sealed_to([&ours]);
    assert_eq!(
        kind(&sealed, &practice(), theirs.recipient()),
        Kind::NotForUs
    );
    let elsewhere = SealContext::new("A20048".parse().unwrap(), "50002".parse().unwrap());
    assert_eq!(
        kind(&sealed, &elsewhere, ours.recipient()),
        Kind::WrongPractice
    );
    let of_a_lost_key = sealed_to([&lost]);
    assert_eq!(
        kind(&of_a_lost_key, &practice(), ours.recipient()),
        Kind::WrongIdentity
    );
}

#[test]
fn recipients_are_read_as_text_and_each_counts_once() {
    let [one, two, _] = keys();
    let (one, two) = (one.recipient(), two.recipient());
    for text in [
        format!("{one},{two}"),
        format!(" {one}\n{two}\n"),
        format!("{one} , {two}, {one}"),
    ] {
        let recipients: Recipients = text.parse().unwrap();
        assert_eq!(recipients.iter().collect::<Vec<_>>(), [&one, &two]);
        assert_eq!(recipients.to_string(), format!("{one},{two}"));
    }
    for text in ["", " , ", "emis-recipient-1.nonsense"] {
        assert_eq!(
            text.parse::<Recipients>().unwrap_err().kind(),
            Kind::InvalidKey
        );
    }
    let many = (0..=Recipients::MAX).map(|_| SealingIdentity::generate().recipient());
    assert!(Recipients::new(many).is_err());
}

#[test]
fn the_most_recipients_and_the_longest_user_fit_in() {
    let keys: Vec<_> = (0..Recipients::MAX)
        .map(|_| SealingIdentity::generate())
        .collect();
    let user = emis_credentials::ApiUser::new(&"ü😀".repeat(64), "😀".repeat(256).into()).unwrap();
    let recipients = Recipients::new(keys.iter().map(SealingIdentity::recipient)).unwrap();
    let sealed = recipients.seal(&user, &practice()).unwrap();
    let opened = keys.last().unwrap().open(&sealed, &practice()).unwrap();
    assert_eq!(opened.username(), user.username());
}

#[test]
fn a_ring_prints_the_names_of_its_recipients_and_no_key() {
    let [one, two, _] = keys();
    let ring = IdentityRing::new([one.clone(), two]).unwrap();
    let text = format!("{ring:?}");
    assert!(text.contains(&one.recipient().id().to_string()));
    assert!(!text.contains("emis-identity-1."));
}
