//! The history of diagnoses, and the handover to a practice and to support.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails fails its test"
)]

use emis_diagnostics::{
    Cause, DiagnosisRecord, DiagnosisStore, MOST_DIAGNOSIS_RECORDS, MemoryDiagnosisStore, Product,
    Style, telemetry,
};
use emis_types::{Clock, OdsCode};
use jiff::{SignedDuration, Timestamp};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use crate::story::Story;

#[tokio::test]
async fn a_report_says_since_when() {
    let mut story = Story::start().await;
    let worked = story.clock.now();
    assert!(story.diagnose().await.healthy);
    story.practice().emas().deactivate_application();
    story.advance_clock(SignedDuration::from_hours(1));
    let broken = story.clock.now();
    let first = story.diagnose().await;
    // Nothing knew of it before.
    assert_eq!((first.since, first.last_healthy), (None, Some(worked)));
    story.advance_clock(SignedDuration::from_hours(5));
    let report = story.diagnose().await;
    assert_eq!(report.since, Some(broken));
    let text = report.text(Style::Plain);
    assert!(
        text.contains("Patchs worked until 2 June 2026 at 1"),
        "{text}"
    );

    // Another cause begins anew.
    story.practice().emas().activate_application();
    let right = story.practice().password();
    story.enter_password("Wrong-Password-1");
    assert_eq!(story.diagnose().await.since, None);
    story.enter_password(&right);
    assert!(story.diagnose().await.healthy);
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

#[tokio::test]
async fn diagnoses_in_a_row_are_one_record() {
    let store = MemoryDiagnosisStore::new();
    let practice: OdsCode = "A20047".parse().unwrap();
    let record = |second, causes: &[Cause]| {
        DiagnosisRecord::new(at(second), causes.is_empty(), causes.to_vec(), Vec::new())
    };
    for (second, causes) in [
        (1, &[][..]),
        (2, &[]),
        (3, &[Cause::EmisFailed]),
        (4, &[Cause::EmisFailed]),
        (5, &[]),
    ] {
        let record = record(second, causes);
        store.note_diagnosis(&practice, &record).await.unwrap();
    }
    let kept = store.diagnoses(&practice).await.unwrap();
    let spans: Vec<_> = kept.iter().map(|it| (it.since, it.until)).collect();
    assert_eq!(spans, [(at(5), at(5)), (at(3), at(4)), (at(1), at(2))]);
    for second in 6..300 {
        let cause = [Cause::EmisFailed, Cause::EmisSilent][usize::try_from(second % 2).unwrap()];
        let record = record(second, &[cause]);
        store.note_diagnosis(&practice, &record).await.unwrap();
    }
    let kept = store.diagnoses(&practice).await.unwrap();
    assert_eq!(kept.len(), MOST_DIAGNOSIS_RECORDS as usize);
    assert_eq!(kept[0].since, at(299));
}

#[tokio::test]
async fn an_email_and_a_ticket_hold_the_report_and_no_secret() {
    let mut story = Story::start().await;
    story.product = story
        .product
        .clone()
        .with_settings_url("https://patchs.example/{ods_code}/emis")
        .unwrap();
    story.enter_password("Wrong-Password-1");
    let report = story.diagnose().await;
    let (email, ticket) = (report.email(), report.ticket());
    insta::assert_snapshot!("email", format!("{}\n\n{}", email.subject, email.body));
    insta::assert_snapshot!("ticket", ticket.markdown());
    let json = serde_json::to_string_pretty(&ticket).unwrap();
    insta::assert_snapshot!("ticket.json", json);
    assert!(email.subject.lines().count() == 1 && ticket.title.lines().count() == 1);
    // The link leads to this practice's settings.
    assert!(email.body.contains("https://patchs.example/A20047/emis"));
    assert!(
        report
            .html()
            .contains("href=\"https://patchs.example/A20047/emis\"")
    );
    for text in [email.body, ticket.markdown(), json] {
        assert!(!text.contains("Wrong-Password-1"));
    }
}

#[test]
fn a_product_has_names_roles_and_an_address_of_its_own() {
    let product = Product::new("Billing", "billing").unwrap();
    let product = product.with_former_names(&["Egton Billing"]).unwrap();
    let product = product
        .with_roles(&["Receptionist Access Role", "Nurse"])
        .unwrap();
    let steps = |cause: Cause| {
        let fix = cause.entry(&product).fix;
        fix.iter()
            .map(|it| it.action.clone())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let text = steps(Cause::ApplicationDeactivated);
    assert!(
        text.contains("Select Billing (or 'Egton Billing') in"),
        "{text}"
    );
    let text = steps(Cause::ProductNotListed);
    assert!(
        text.contains("the whole list for 'Egton Billing'."),
        "{text}"
    );
    let text = steps(Cause::RoleLacksActivity);
    assert!(
        text.contains("select 'Receptionist Access Role' (or 'Nurse')."),
        "{text}"
    );

    let product = || Product::new("Billing", "billing").unwrap();
    for url in [
        "http://a.example",
        "https://a.example/\"",
        "https://a.example/ b",
        "x",
    ] {
        assert!(product().with_settings_url(url).is_err(), "{url}");
    }
    assert!(product().with_roles(&[]).is_err());
    assert!(product().with_former_names(&["\n"]).is_err());
}

#[test]
fn causes_are_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        telemetry::describe();
        runtime.block_on(async {
            let story = Story::start().await;
            story.diagnose().await;
            story.practice().emas().deactivate_application();
            story.diagnose().await;
            story.diagnose().await;
        });
    });
    let snapshot = snapshotter.snapshot().into_vec();
    let counted = |name: &str, label: &str| {
        let mut counters = snapshot.iter().filter(|(key, ..)| {
            let key = key.key();
            key.name() == name && key.labels().any(|it| it.value() == label)
        });
        counters.next().map(|(.., value)| match value {
            DebugValue::Counter(count) => *count,
            _ => 0,
        })
    };
    let causes = counted(telemetry::FIRST_CAUSES, "EMIS-D01");
    assert_eq!(causes, Some(2));
    // The others are counted apart.
    let others = counted(telemetry::FIRST_CAUSES, "EMIS-D06");
    assert_eq!(others, None);
    for cause in ["EMIS-D01", "EMIS-D06"] {
        let named = counted(telemetry::CAUSES, cause);
        assert_eq!(named, Some(2), "{cause}");
    }
}
