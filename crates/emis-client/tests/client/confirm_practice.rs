//! The connection is confirmed to belong to the expected practice.

use std::sync::Arc;

use crate::support::{Scripted, Step, id, json};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use emis_client::{Client, ClientErrorKind, Operation};
use emis_credentials::FixedToken;

/// A client whose token makes these claims.
fn client(claims: &str, transport: &Arc<Scripted>) -> Client {
    let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
    Client::builder(
        "https://example.com".parse().unwrap(),
        id("test-application"),
        Arc::new(FixedToken::new(token)),
    )
    .build_with_transport(transport.clone())
}

fn organisation(ods_code: &str) -> Step {
    json(
        200,
        &format!(r#"{{"organisationList": [{{"nationalCode": "{ods_code}"}}]}}"#),
    )
}

#[tokio::test]
async fn a_token_that_names_the_practice_is_enough() {
    use ClientErrorKind::WrongPractice;
    for (claims, organisation_id, expected) in [
        (r#"{"ods": "A20047", "cdb": "50002"}"#, Some("50002"), None),
        (r#"{"ods": "a20047"}"#, Some("50002"), None),
        (r#"{"ods": "A20047", "cdb": "50003"}"#, None, None),
        (r#"{"ods": "Z90001"}"#, None, Some(WrongPractice)),
        (r#"{"cdb": "50003"}"#, Some("50002"), Some(WrongPractice)),
        (
            r#"{"ods": "A20047", "cdb": "50003"}"#,
            Some("50002"),
            Some(WrongPractice),
        ),
        (
            r#"{"ods": "Z90001", "cdb": "50002"}"#,
            Some("50002"),
            Some(WrongPractice),
        ),
    ] {
        let transport = Scripted::new([]);
        let client = client(claims, &transport);
        let organisation_id = organisation_id.map(id);
        let result = client
            .confirm_practice(&id("A20047"), organisation_id.as_ref())
            .await;
        assert_eq!(result.err().map(|error| error.kind()), expected, "{claims}");
        assert_eq!(transport.count(), 0, "{claims}");
    }
}

#[tokio::test]
async fn a_token_that_names_none_has_the_organisation_asked_once() {
    let transport = Scripted::new([organisation("a20047")]);
    // A CDB number says nothing where there is none to compare it with.
    let client = client(r#"{"appERN": "ern:emis:app", "cdb": "50002"}"#, &transport);
    for _ in 0..3 {
        client.confirm_practice(&id("A20047"), None).await.unwrap();
    }
    let error = client
        .confirm_practice(&id("Z90001"), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::WrongPractice);
    let asked: Vec<_> = transport.sent().iter().map(|sent| sent.operation).collect();
    assert_eq!(asked, [Operation::GetOrganisationV2]);
}

#[tokio::test]
async fn what_is_not_confirmed_is_asked_again() {
    let nothing = json(200, r#"{"organisationList": []}"#);
    let transport = Scripted::new([
        nothing.clone(),
        organisation("Z90001"),
        json(403, ""),
        organisation("A20047"),
    ]);
    let client = client("{}", &transport);
    let mut kinds = Vec::new();
    for _ in 0..4 {
        let result = client.confirm_practice(&id("A20047"), None).await;
        kinds.push(result.err().map(|error| error.kind()));
    }
    assert_eq!(
        kinds,
        [
            Some(ClientErrorKind::PracticeUnconfirmed),
            Some(ClientErrorKind::WrongPractice),
            Some(ClientErrorKind::Forbidden),
            None,
        ]
    );
}
