use emis_credentials::{AccessToken, TokenClaims, TokenHolder};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use crate::support::jwt;

fn claims_of(bearer: &str) -> TokenClaims {
    AccessToken::new(bearer.to_owned().into(), Timestamp::MAX)
        .claims()
        .clone()
}

#[test]
fn a_users_token_names_the_practice() {
    let claims = claims_of(&jwt(&json!({
        "userERN": "ern:emis:users:user:1", "orgERN": "ern:emis:org:org:2",
        "authorizations": ["papi-appt.read", "papi-appt.write"],
        "scp": "emisweb cdb ods emis-x", "ods": "A20047", "cdb": "50002", "exp": 1_780_000_000,
    })));
    assert_eq!(claims.organisation_id, Some("50002".parse().unwrap()));
    assert_eq!(claims.ods_code, Some("A20047".parse().unwrap()));
    assert_eq!(
        claims.organisation_ern.as_deref(),
        Some("ern:emis:org:org:2")
    );
    assert_eq!(claims.holder, Some(TokenHolder::User));
    assert_eq!(
        claims.expires_at,
        Timestamp::from_second(1_780_000_000).ok()
    );
    assert!(claims.authorizes("papi-appt.write"));
    assert!(!claims.authorizes("papi-config.read"));
}

#[test]
fn an_applications_token_need_not_name_one() {
    let claims = claims_of(&jwt(&json!({
        "appERN": "ern:emis:apps:app:1", "authorizations": [],
    })));
    assert_eq!(claims.holder, Some(TokenHolder::Application));
    assert_eq!(claims.organisation_id, None);
    assert_eq!(claims.ods_code, None);
}

#[test]
fn odd_claims_are_read_as_far_as_they_go() {
    let claims = claims_of(&jwt(&json!({
        "cdb": 50002, "ods": " a20047 ", "orgERN": "", "userERN": null, "exp": "1780000000",
        "authorizations": "papi-appt.read papi-config.read",
    })));
    assert_eq!(claims.organisation_id, Some("50002".parse().unwrap()));
    assert_eq!(claims.ods_code, Some("A20047".parse().unwrap()));
    assert_eq!(claims.organisation_ern, None);
    assert_eq!(claims.holder, None);
    assert_eq!(
        claims.expires_at,
        Timestamp::from_second(1_780_000_000).ok()
    );
    assert_eq!(
        claims.authorizations,
        ["papi-appt.read", "papi-config.read"]
    );

    let claims = claims_of(&jwt(&json!({
        "cdb": "A20047", "ods": ["A20047"], "exp": 1e300, "authorizations": [1, "x", null],
    })));
    assert_eq!(claims.organisation_id, None);
    assert_eq!(claims.ods_code, None);
    assert_eq!(claims.expires_at, None);
    assert_eq!(claims.authorizations, ["x"]);
}

#[test]
fn what_is_no_jwt_has_no_claims() {
    for bearer in ["", "opaque", "a.b", "a.!!.c", "a.W10.c", "..", "a.bnVsbA.c"] {
        assert_eq!(claims_of(bearer), TokenClaims::default(), "{bearer}");
    }
}

proptest! {
    #[test]
    fn any_text_and_any_claims_are_survived(text in ".*", cdb in ".*", exp: f64) {
        claims_of(&text);
        claims_of(&jwt(&json!({"cdb": cdb, "exp": exp})));
    }
}
