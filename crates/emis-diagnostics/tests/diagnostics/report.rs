//! The report as JSON and as text, and what it must not contain.

use emis_credentials::PasswordRules;
use emis_diagnostics::{Style, guides};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::schema::check;

use crate::story::Story;

#[tokio::test]
async fn json_has_the_documented_shape() {
    let story = Story::start().await;
    story.practice().emas().deactivate_application();
    let report = story.diagnose().await;
    let json: Value = serde_json::to_value(&report).unwrap();

    assert_eq!(json["healthy"], false);
    assert_eq!(json["checked_at"], "2026-06-02T09:00:00Z");
    assert_eq!(json["ods_code"], "A20047");
    assert_eq!(json["checks"][0]["probe"], "settings");
    assert_eq!(json["checks"][0]["result"], "passed");
    assert_eq!(json["checks"][11]["result"], "nothing_to_check");

    let finding = &json["findings"][0];
    assert_eq!(finding["code"], "EMIS-D01");
    assert_eq!(
        finding["title"],
        "EMIS has switched Patchs off at your practice"
    );
    assert_eq!(finding["certainty"], "likely");
    assert_eq!(finding["actor"], "practice");
    assert_eq!(
        finding["indistinguishable_from"],
        serde_json::json!(["EMIS-D06"])
    );
    assert_eq!(finding["evidence"].as_array().map(Vec::len), Some(4));
    assert_eq!(
        finding["steps"][2],
        "EMIS Ball > System Tools > EMAS Manager > Partner API: Select 'Deactivate Application' at \
         the top left. -> The green tick next to Patchs goes. (No green tick next to Patchs: Go \
         straight to 'Activate Application'.)"
    );
    let step = &finding["clicks"][2];
    assert_eq!(step["place"], "emis");
    assert_eq!(
        step["path"],
        serde_json::json!(["EMIS Ball", "System Tools", "EMAS Manager", "Partner API"])
    );
    assert_eq!(step["label"], "Deactivate Application");
}

#[tokio::test]
async fn obstacles_are_in_the_report_with_their_steps() {
    let mut story = Story::start().await;
    story.enter_password("Not-The-Password-1");
    let report = story.diagnose().await;
    let met: Vec<_> = report.obstacles.iter().map(|it| it.cause.code()).collect();
    assert_eq!(met, ["EMIS-D10", "EMIS-D11", "EMIS-D15"]);
    let prints = [report.markdown(), report.html()];
    for obstacle in &report.obstacles {
        let entry = obstacle.cause.entry(&story.product);
        assert_eq!(obstacle.steps, entry.fix);
        for print in &prints {
            assert_eq!(print.matches(&obstacle.explanation[..20]).count(), 1);
        }
    }
    // Obstacles that a step names are in the report with their steps.
    let findings = report.findings.iter().flat_map(|it| &it.steps);
    let steps = findings.chain(report.obstacles.iter().flat_map(|it| &it.steps));
    for cause in steps.filter_map(|step| step.otherwise) {
        let found = report.findings.iter().any(|it| it.cause == cause);
        let met = report.obstacles.iter().any(|it| it.cause == cause);
        assert!(found ^ met, "{cause}");
    }

    // A report without steps has no obstacles.
    story.api_url = "http://127.0.0.1:1/partner".parse().unwrap();
    assert!(story.diagnose().await.obstacles.is_empty());
}

#[tokio::test]
async fn a_report_contains_no_secret_and_no_name() {
    let mut story = Story::start().await;
    let password = story.practice().password();
    story.settings.set_name(Some("Sampleton Surgery")).unwrap();
    story.practice().emas().set_auto_login(false);
    let report = story.diagnose().await;
    let prints = [
        report.to_string(),
        report.markdown(),
        report.html(),
        format!("{report:?}"),
        serde_json::to_string(&report).unwrap(),
    ];
    let secrets = [
        password.as_str(),
        story.sim().client_secret(),
        story.sim().application_id(),
        story.sim().api_url(),
        story.sim().identity_url(),
    ];
    for print in &prints {
        for secret in secrets {
            assert!(!print.contains(secret));
        }
        // The dummy patient's name is a common word.
        let named = story.practice().patients();
        for patient in named.iter().filter(|it| it.family_name != "Patient") {
            assert!(!print.contains(&patient.family_name));
        }
    }
}

#[tokio::test]
async fn a_username_with_markup_is_escaped() {
    let mut story = Story::start().await;
    story.practice().emas().set_auto_login(false);
    let password = story.practice().password();
    story.enter_user("<b>&patchs", &password);
    let report = story.diagnose().await;
    assert!(report.html().contains("&lt;b&gt;&amp;patchs"));
    assert!(!report.html().contains("<b>"));
    assert!(report.markdown().contains("\\<b\\>&patchs"));
}

#[test]
fn colour_is_used_only_on_terminals_that_allow_it() {
    assert_eq!(Style::of(true, None), Style::Colour);
    assert_eq!(Style::of(true, Some("".as_ref())), Style::Colour);
    assert_eq!(Style::of(true, Some("1".as_ref())), Style::Plain);
    assert_eq!(Style::of(false, None), Style::Plain);
}

#[tokio::test]
async fn a_report_ticks_off_steps_of_a_guide() {
    let mut story = Story::start().await;
    let mut guide = guides::set_up(&story.product);
    let (before, all) = guide.done();
    assert_eq!(before, 0);
    story.enter_password("Not-The-Password-1");
    guide.check_off(&story.diagnose().await);
    assert_eq!(guide.done(), (0, all));
    assert!(guide.html().contains("type=\"checkbox\"") && !guide.html().contains(" checked>"));

    let password = story.practice().password();
    story.enter_password(&password);
    guide.check_off(&story.diagnose().await);
    assert!(guide.done().0 > all / 2, "{:?}", guide.done());
    assert!(guide.markdown().contains("- [x] "));

    let rules = PasswordRules::default();
    let (guide, password) = guides::set_up_with_password(&story.product, &rules);
    let password = password.expose_secret();
    assert!(rules.check(&password.to_owned().into()).is_ok());
    assert!(!guide.html().contains(password) && !format!("{guide:?}").contains(password));
}

#[tokio::test]
async fn reports_match_the_published_schema() {
    let schema = include_str!("../../../../docs/report.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let story = Story::start().await;
    let healthy = story.diagnose().await;
    story.practice().emas().set_rbac_role(false);
    for report in [healthy, story.diagnose().await] {
        let json = serde_json::to_value(&report).unwrap();
        check(&schema, &schema, &json, "report");
    }
}
