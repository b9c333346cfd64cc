//! Health, metrics, background work and stopping.

use http::{Method, StatusCode};

use crate::browser::{Browser, TestResult, start, start_with};

#[tokio::test]
async fn it_says_that_it_is_healthy_and_ready() -> TestResult {
    let (service, _) = start().await?;
    let mut browser = Browser::of(&service)?;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(browser.get(path).await?.status, StatusCode::OK, "{path}");
    }
    assert!(browser.cookie.is_none(), "probes begin no session");
    service.stop().await;
    assert!(browser.get("/healthz").await.is_err(), "it has stopped");
    Ok(())
}

#[tokio::test]
async fn metrics_need_their_token_and_name_no_address() -> TestResult {
    let (service, _) = start_with(|config| config.metrics_token = Some("invented".into())).await?;
    let mut browser = Browser::of(&service)?;
    let link = browser.get("/a/some-token-of-a-link").await?;
    assert_eq!(link.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/metrics").await?.status, StatusCode::NOT_FOUND);
    let right = [("authorization", "Bearer invented")];
    let page = browser.request(Method::GET, "/metrics", &right, "").await?;
    page.expect("service_requests_total{route=\"/a/{token}\",status=\"404\"} ")?;
    page.expect(
        "service_request_seconds_bucket{route=\"/a/{token}\",status=\"404\",le=\"+Inf\"} ",
    )?;
    page.expect("# TYPE service_request_seconds histogram")?;
    assert!(!page.has("some-token-of-a-link"));
    Ok(())
}

#[tokio::test]
async fn background_work_sends_what_is_due_once() -> TestResult {
    let (service, _) = start().await?;
    service.work_once().await;
    let (mut browser, ods) = Browser::manager(&service).await?;
    let page = browser.get(&format!("/practices/{ods}/messages")).await?;
    page.expect("reminder by ")?;
    let sent = page.body.matches("<blockquote>").count();
    service.work_once().await;
    let page = browser.get(&format!("/practices/{ods}/messages")).await?;
    assert_eq!(page.body.matches("<blockquote>").count(), sent);
    browser
        .get(&format!("/practices/{ods}/today"))
        .await?
        .expect("Reminder settled")
}
