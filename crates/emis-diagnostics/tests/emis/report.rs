//! The report as JSON and as text, and what never stands in it.

use serde_json::Value;

use crate::support::Story;

#[tokio::test]
async fn json_has_the_agreed_shape() {
    let story = Story::start().await;
    story.practice().emas().deactivate_application();
    let report = story.diagnose().await;
    let json: Value = serde_json::to_value(&report).unwrap();

    assert_eq!(json["healthy"], false);
    assert_eq!(json["checked_at"], "2026-06-02T09:00:00Z");
    assert_eq!(json["ods_code"], "A20047");
    assert_eq!(json["checks"][0]["probe"], "settings");
    assert_eq!(json["checks"][0]["result"], "passed");
    assert_eq!(json["checks"][9]["result"], "nothing_to_check");

    let finding = &json["findings"][0];
    assert_eq!(finding["code"], "EMIS-D01");
    assert_eq!(finding["title"], "Patchs is deactivated in EMIS");
    assert_eq!(finding["certainty"], "likely");
    assert_eq!(finding["actor"], "practice");
    assert_eq!(
        finding["indistinguishable_from"],
        serde_json::json!(["EMIS-D06"])
    );
    assert_eq!(finding["evidence"].as_array().map(Vec::len), Some(4));
    assert_eq!(
        finding["steps"][4],
        "EMIS Ball > System Tools > EMAS Manager > Partner API: Select 'Deactivate Application' at \
         the top left. -> The green tick beside Patchs goes."
    );
    let step = &finding["clicks"][4];
    assert_eq!(step["place"], "emis");
    assert_eq!(
        step["path"],
        serde_json::json!(["EMIS Ball", "System Tools", "EMAS Manager", "Partner API"])
    );
    assert_eq!(step["label"], "Deactivate Application");
}

#[tokio::test]
async fn text_reads_from_top_to_bottom() {
    let mut story = Story::start().await;
    story.enter_password("Not-The-Password-1");
    insta::assert_snapshot!("wrong_password", story.diagnose().await);
}

#[tokio::test]
async fn a_healthy_report_is_short() {
    let story = Story::start().await;
    insta::assert_snapshot!("healthy", story.diagnose().await);
}

#[tokio::test]
async fn nothing_secret_and_nobodys_name_stands_in_a_report() {
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
        // The dummy patient's name is what everybody calls patients.
        let named = story.practice().patients();
        for patient in named.iter().filter(|it| it.family_name != "Patient") {
            assert!(!print.contains(&patient.family_name));
        }
    }
}
