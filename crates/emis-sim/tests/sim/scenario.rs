//! Scenario files, and the effect of each field on a caller.

use emis_sim::{Scenario, ScenarioErrorKind, Sim, StartErrorKind};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{Answer, Caller, http, send, small, token, token_request};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/scenarios");

fn parsed(json: Value) -> Scenario {
    Scenario::from_json(&json.to_string()).expect("a scenario")
}

async fn started(json: Value) -> Sim {
    let sim = small().scenario(parsed(json)).start().await;
    sim.expect("started")
}

/// Requests a token with the password that the product received.
async fn log_on(sim: &Sim) -> Answer {
    let practice = sim.practice();
    let fields = [
        ("grant_type", "password"),
        ("username", practice.username()),
        ("password", practice.password_handed_over()),
    ];
    token(sim, &fields).await
}

/// A caller whose token does not depend on the API user.
async fn application(sim: &Sim) -> Caller {
    let answer = token(sim, &[("grant_type", "client_credentials")]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    Caller::with_token(sim, answer.json()["access_token"].as_str().expect("token"))
}

/// The code of a refused log-on, or `None` for a token.
fn code(log_on: &Answer) -> Option<String> {
    let body = log_on.json();
    let text = body.get("error_description")?.as_str().expect("text");
    Some(text.split(':').next().expect("a code").to_owned())
}

/// The code of the log-on, and status and outcome of a read and of the organisation.
async fn seen(json: Value) -> (Option<String>, (u16, i64), (u16, i64)) {
    let sim = started(json).await;
    let caller = application(&sim).await;
    let outcome = |answer: Answer| match answer.status {
        200 => (200, 0),
        _ => answer.refusal(),
    };
    let path = "/api/v1/organisation/GetOrganisationV2";
    (
        code(&log_on(&sim).await),
        outcome(caller.booked(0, 60).await),
        outcome(caller.get(path, &[]).await),
    )
}

#[tokio::test]
async fn each_field_has_its_effect_on_the_wire() {
    let expired = Some("AADSTS50055");
    for (section, field, code, read, organisation) in [
        ("emas", json!({}), None, (200, 0), (200, 0)),
        (
            "emas",
            json!({"application_active": false}),
            None,
            (403, 3),
            (403, 3),
        ),
        (
            "emas",
            json!({"deactivated_calls": ["GetBookedPatientsV2"]}),
            None,
            (403, 3),
            (200, 0),
        ),
        (
            "api_user",
            json!({"exists": false}),
            Some("AADB2C90225"),
            (403, 4),
            (403, 4),
        ),
        (
            "api_user",
            json!({"ticked_in_edit_users": false}),
            Some("AADB2C90225"),
            (403, 4),
            (403, 4),
        ),
        (
            "api_user",
            json!({"password_matches": false}),
            Some("AADB2C90225"),
            (200, 0),
            (200, 0),
        ),
        (
            "api_user",
            json!({"expired": true}),
            expired,
            (401, 2),
            (401, 2),
        ),
        (
            "api_user",
            json!({"must_change_password": true}),
            expired,
            (401, 2),
            (401, 2),
        ),
        (
            "api_user",
            json!({"contract_ended": true}),
            Some("AADSTS50057"),
            (401, 2),
            (401, 2),
        ),
        (
            "api_user",
            json!({"locked": true}),
            Some("AADB2C90111"),
            (401, 3),
            (401, 3),
        ),
        (
            "api_user",
            json!({"allow_login": false}),
            None,
            (403, 4),
            (403, 4),
        ),
        (
            "api_user",
            json!({"auto_login": false}),
            None,
            (403, 4),
            (403, 4),
        ),
        (
            "api_user",
            json!({"duplicate": true}),
            None,
            (403, 4),
            (403, 4),
        ),
        (
            "api_user",
            json!({"rbac_role_ok": false}),
            None,
            (403, 2),
            (200, 0),
        ),
        (
            "identity",
            json!({"scopes": ["papi-config.read"]}),
            None,
            (403, -1),
            (200, 0),
        ),
        (
            "api",
            json!({"application_id_ok": false}),
            None,
            (403, 3),
            (403, 3),
        ),
        (
            "api",
            json!({"error_rate": 1.0}),
            None,
            (500, -1),
            (500, -1),
        ),
    ] {
        let answers = seen(json!({section: field})).await;
        let expected = (code.map(str::to_owned), read, organisation);
        assert_eq!(answers, expected, "{section}: {field}");
    }
}

#[tokio::test]
async fn a_wrong_client_secret_is_an_invalid_client() {
    let sim = started(json!({"identity": {"client_secret_ok": false}})).await;
    assert_eq!(code(&log_on(&sim).await).as_deref(), Some("AADB2C90081"));
    sim.identity().set_client_secret_ok(true);
    assert_eq!(code(&log_on(&sim).await), None);
}

#[tokio::test]
async fn unreachable_services_close_the_connection() {
    for (section, reaches_api, reaches_identity) in
        [("api", false, true), ("identity", true, false)]
    {
        let sim = started(json!({section: {"reachable": false}})).await;
        let health = http().get(format!("{}/", sim.api_url())).send().await;
        assert_eq!(health.is_ok(), reaches_api, "{section}");
        let fields = [("grant_type", "client_credentials")];
        let asked = token_request(&sim, &fields).send().await;
        assert_eq!(asked.is_ok(), reaches_identity, "{section}");
        sim.api().set_reachable(true);
        sim.identity().set_reachable(true);
        assert_eq!(Caller::first(&sim).await.booked(0, 0).await.status, 200);
    }
}

#[tokio::test]
async fn organisation_and_settings_are_independent() {
    let scenario = parsed(json!({"organisation": {"cdb": "50017", "ods": "Z90017"}}));
    assert_eq!(scenario.settings.organisation_id, "50002");
    assert_eq!(scenario.settings.ods_code, "A20047");
    let sim = small().scenario(scenario).start().await.expect("started");
    let practice = sim.practice();
    assert_eq!((practice.cdb(), practice.ods()), ("50017", "Z90017"));
    let organisation = Caller::first(&sim).await;
    let organisation = organisation
        .get("/api/v1/organisation/GetOrganisationV2", &[])
        .await
        .json();
    assert_eq!(
        organisation["organisationList"][0]["nationalCode"],
        "Z90017"
    );
}

#[tokio::test]
async fn a_merged_practice_answers_as_the_other() {
    for (other, codes) in [
        ("50003", ("50003", "Z90001")),
        ("Z90001", ("50003", "Z90001")),
        ("60000", ("60000", "Z99999")),
        ("Z98765", ("59999", "Z98765")),
    ] {
        let scenario = parsed(json!({"organisation": {"merged_into": other}}));
        let sim = small().practices(2).scenario(scenario).start().await;
        let sim = sim.expect("started");
        let (cdb, ods) = sim.practice().codes_now();
        assert_eq!((&*cdb, &*ods), codes, "{other}");
        let claims = crate::identity::claims(&log_on(&sim).await);
        assert_eq!(
            (&claims["cdb"], &claims["ods"]),
            (&json!(codes.0), &json!(codes.1))
        );
        assert_eq!(sim.practice().cdb(), "50002");
    }
}

#[tokio::test(start_paused = true)]
async fn latency_delays_calls() {
    let sim = started(json!({"api": {"latency_ms": 60_000}})).await;
    let before = tokio::time::Instant::now();
    let health = send(http().get(format!("{}/", sim.api_url()))).await;
    assert_eq!(health.status, 200);
    assert!(before.elapsed().as_secs() >= 60);
}

#[tokio::test]
async fn practices_with_the_same_code_are_refused() {
    for organisation in [json!({"cdb": "50003"}), json!({"ods": "Z90001"})] {
        let scenario = parsed(json!({ "organisation": organisation }));
        let error = small().practices(2).scenario(scenario).start().await;
        assert_eq!(
            error.expect_err("refused").kind(),
            StartErrorKind::SamePractice
        );
    }
}

#[test]
fn absent_fields_and_the_full_example_are_healthy() {
    let healthy = Scenario::read(format!("{FILES}/healthy.json")).expect("a scenario");
    assert_eq!(healthy, Scenario::default());
    assert_eq!(parsed(json!({})), Scenario::default());
    let file = format!("{FILES}/deactivated_calls.json");
    let calls = Scenario::read(file)
        .expect("a scenario")
        .emas
        .deactivated_calls;
    assert_eq!(calls, ["BookAppointment", "GetAppointmentSessions"]);
}

#[test]
fn errors_name_the_path_of_the_field() {
    use ScenarioErrorKind::{Syntax, UnknownField, Value};
    for (json, kind, path) in [
        (r#"{"emass": {}}"#, UnknownField, "emass"),
        (
            r#"{"api_user": {"alow_login": true}}"#,
            UnknownField,
            "api_user.alow_login",
        ),
        (
            r#"{"api_user": {"locked": "yes"}}"#,
            Value,
            "api_user.locked",
        ),
        (
            r#"{"emas": {"deactivated_calls": ["GetOrganisationV2", "Book"]}}"#,
            Value,
            "emas.deactivated_calls[1]",
        ),
        (
            r#"{"emas": {"deactivated_calls": ["Token"]}}"#,
            Value,
            "emas.deactivated_calls[0]",
        ),
        (
            r#"{"identity": {"scopes": ["papi.read"]}}"#,
            Value,
            "identity.scopes[0]",
        ),
        (
            r#"{"identity": {"clock_skew_seconds": 1e12}}"#,
            Value,
            "identity.clock_skew_seconds",
        ),
        (
            r#"{"organisation": {"cdb": "A20047"}}"#,
            Value,
            "organisation.cdb",
        ),
        (
            r#"{"organisation": {"ods": "-"}}"#,
            Value,
            "organisation.ods",
        ),
        (
            r#"{"organisation": {"merged_into": "the one next door"}}"#,
            Value,
            "organisation.merged_into",
        ),
        (r#"{"api": {"error_rate": 1.5}}"#, Value, "api.error_rate"),
        (r#"{"api": {"latency_ms": -1}}"#, Value, "api.latency_ms"),
        ("{", Syntax, ""),
        ("{} {}", Syntax, ""),
        ("[]", Value, ""),
        ("null", Value, ""),
    ] {
        let error = Scenario::from_json(json).expect_err(json);
        assert_eq!((error.kind(), error.path()), (kind, path), "{json}");
        assert!(error.to_string().contains(path));
    }
    let missing = Scenario::read("/nowhere/at/all.json").expect_err("no such file");
    assert_eq!(missing.kind(), ScenarioErrorKind::Read);
    assert!(std::error::Error::source(&missing).is_some());
}

#[tokio::test]
async fn a_scenario_built_in_code_is_checked() {
    let mut scenario = Scenario::default();
    scenario.api.error_rate = f64::NAN;
    let error = small().scenario(scenario).start().await;
    assert_eq!(error.expect_err("refused").kind(), StartErrorKind::Scenario);
}

proptest! {
    #[test]
    fn any_text_is_a_scenario_or_an_error(text in any::<String>(), key in "[a-z_.]{0,12}") {
        let nested = json!({key.clone(): {key: text.clone()}}).to_string();
        for json in [text, nested] {
            if let Err(error) = Scenario::from_json(&json) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
