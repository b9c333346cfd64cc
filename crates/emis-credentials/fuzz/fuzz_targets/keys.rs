//! Any text as keys and as a sealed API user.
#![no_main]

use std::sync::LazyLock;

use emis_credentials::{
    ApiUser, IdentityRing, Recipients, SealContext, SealedApiUser, SealingIdentity,
};
use secrecy::ExposeSecret;

static KEY: LazyLock<SealingIdentity> = LazyLock::new(SealingIdentity::generate);

libfuzzer_sys::fuzz_target!(|input: &str| {
    if let Ok(ring) = input.parse::<IdentityRing>() {
        let first = ring.iter().next().unwrap().expose_secret();
        assert!(input.contains(first.expose_secret()));
    }
    if let Ok(recipients) = input.parse::<Recipients>() {
        let again: Recipients = recipients.to_string().parse().unwrap();
        assert_eq!(again, recipients);
    }
    // The input replaces a part of a sound value: it opens as it was, or not at all.
    let practice = SealContext::new("A20047".parse().unwrap(), "50002".parse().unwrap());
    let user = ApiUser::new("patchs", "Invented-Password-1".to_owned().into()).unwrap();
    let sealed = KEY.recipient().seal(&user, &practice).unwrap();
    let stored = serde_text(&sealed);
    let place = input.len() % stored.len();
    if stored.is_char_boundary(place) {
        let end = (place + input.len()).min(stored.len());
        let forged = format!("{}{input}{}", &stored[..place], &stored[end..]);
        if let Ok(forged) = serde_json::from_str::<SealedApiUser>(&forged)
            && let Ok(opened) = KEY.open(&forged, &practice)
        {
            assert_eq!(opened.username(), "patchs");
            assert_eq!(opened.password().expose_secret(), "Invented-Password-1");
        }
    }
});

fn serde_text(sealed: &SealedApiUser) -> String {
    serde_json::to_string(sealed).unwrap()
}
