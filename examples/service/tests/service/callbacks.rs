//! Callbacks of the senders of messages.

use emis_partner::types::{PatientNumber, UkMobile};
use http::{Method, StatusCode};

use crate::browser::{Browser, TestResult, start, start_with};

const RECEIPT: &str = r#"{"id": "740e5834-3a29-46b4-9a6f-16142fde533a", "status": "delivered",
    "reference": "6f3b52d0-7c1e-4d0a-9a56-1f0e8f0d64c2", "notification_type": "sms",
    "created_at": "2026-06-01T08:00:00.000000Z", "completed_at": "2026-06-01T08:00:02.000000Z"}"#;

#[tokio::test]
async fn a_callback_must_prove_its_sender() -> TestResult {
    let (service, _) = start_with(|config| {
        config.callbacks.govuk_notify = Some("invented-token".into());
        config.callbacks.nhs_notify = Some(("invented-app".to_owned(), "invented-key".into()));
    })
    .await?;
    let mut caller = Browser::of(&service)?;
    let path = "/callbacks/govuk-notify/receipts";
    let right = [("authorization", "Bearer invented-token")];
    let page = caller.request(Method::POST, path, &right, RECEIPT).await?;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let page = caller.request(Method::POST, path, &right, "{}").await?;
    assert!(page.status.is_client_error());
    let wrong = [("authorization", "Bearer another")];
    let page = caller.request(Method::POST, path, &wrong, RECEIPT).await?;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let texts = "/callbacks/govuk-notify/texts";
    for (path, body) in [
        (path, RECEIPT),
        (texts, "{}"),
        ("/callbacks/nhs-notify/receipts", "{}"),
    ] {
        let page = caller.request(Method::POST, path, &[], body).await?;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{path}");
        let long = "x".repeat(300_000);
        let page = caller.request(Method::POST, path, &right, &long).await?;
        assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_sender_without_a_secret_is_not_listened_to() -> TestResult {
    let (service, _) = start().await?;
    let mut caller = Browser::of(&service)?;
    for path in [
        "/callbacks/govuk-notify/receipts",
        "/callbacks/nhs-notify/receipts",
    ] {
        let page = caller.request(Method::POST, path, &[], RECEIPT).await?;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_patient_who_replies_stop_is_opted_out() -> TestResult {
    let token = "invented-token";
    let (service, _) =
        start_with(|config| config.callbacks.govuk_notify = Some(token.into())).await?;
    service.work_once().await;
    let (mut manager, ods) = Browser::manager(&service).await?;
    let today = manager.get(&format!("/practices/{ods}/today")).await?;
    let reminded = today.body.split("Reminder settled").skip(1);
    let reminded = reminded.filter_map(|it| it.split("patient ").nth(1)?.split('<').next());
    let numbers = reminded.filter_map(|it| it.parse::<i32>().ok());
    let emis = service.sim().ok_or("no simulator")?.practice();
    let mut people = numbers.filter_map(|number| emis.patient(number));
    let (patient, mobile) = people
        .find_map(|it| {
            let mobile = it.mobile.clone()?.parse::<UkMobile>().ok()?;
            Some((it.patient_number, mobile.expose().to_owned()))
        })
        .ok_or("no reminded patient has a mobile")?;
    let text = format!(
        r#"{{"id": "740e5834-3a29-46b4-9a6f-16142fde533a", "source_number": "{mobile}",
        "destination_number": "07700900999", "message": "STOP",
        "date_received": "2026-06-02T09:00:00.000000Z"}}"#
    );
    let mut caller = Browser::of(&service)?;
    let right = [("authorization", "Bearer invented-token")];
    let page = caller
        .request(Method::POST, "/callbacks/govuk-notify/texts", &right, &text)
        .await?;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let practice = service.partner().practice(ods.parse()?);
    let patient = PatientNumber::new(patient.into())?;
    assert_eq!(practice.reminders().exclusions_of(patient).await?.len(), 1);
    Ok(())
}
