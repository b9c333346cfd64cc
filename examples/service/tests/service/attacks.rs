//! Forged and hostile requests.

use std::time::Duration;

use http::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::access::{FORMS, PAGES};
use crate::browser::{Browser, TestResult, encode, start, start_with};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Every form of the service.
fn all_forms(ods: &str) -> Vec<String> {
    let practice = FORMS.iter().map(|form| format!("/practices/{ods}{form}"));
    let others = [
        "/sign-in",
        "/sign-out",
        "/desk/check",
        "/a/0123456789",
        "/appointment/confirm",
        "/appointment/book",
        "/appointment/change",
        "/appointment/cancel",
        "/appointment/decline",
        "/appointment/leave",
    ];
    let desk = format!("/desk/practices/{ods}");
    practice
        .chain(others.into_iter().map(str::to_owned))
        .chain([desk])
        .collect()
}

#[tokio::test]
async fn every_form_needs_its_token_and_its_own_site() -> TestResult {
    let (service, _) = start().await?;
    let mut admin = Browser::signed_in(&service, "admin").await?;
    let mut other = Browser::signed_in(&service, "desk").await?;
    let ods = service.sign_ins()[0]
        .practice
        .clone()
        .ok_or("no practice")?
        .to_string();
    let own = admin.get("/desk").await?.fields("/sign-out")?;
    let foreign = other.get("/desk").await?.fields("/sign-out")?;
    for path in all_forms(&ods) {
        for (what, body) in [
            ("no token", String::new()),
            ("another's token", encode(&foreign)),
        ] {
            let page = admin.request(Method::POST, &path, &[FORM], &body).await?;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path} with {what}");
            page.expect("Nothing was changed")?;
        }
        let from_elsewhere = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ];
        for header in from_elsewhere {
            let page = admin
                .request(Method::POST, &path, &[FORM, header], &encode(&own))
                .await?;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path} with {header:?}");
            page.expect("another website")?;
        }
    }
    // They were not refused for another reason.
    let page = admin
        .request(Method::POST, "/desk/check", &[FORM], &encode(&own))
        .await?;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    Ok(())
}

#[tokio::test]
async fn the_list_of_forms_is_complete() -> TestResult {
    let (service, _) = start().await?;
    let mut admin = Browser::signed_in(&service, "admin").await?;
    let ods = service.sign_ins()[0]
        .practice
        .clone()
        .ok_or("no practice")?
        .to_string();
    let known = all_forms(&ods);
    let practice = PAGES.iter().map(|page| format!("/practices/{ods}{page}"));
    for path in practice.chain(["/desk".to_owned(), format!("/desk/practices/{ods}")]) {
        let page = admin.get(&path).await?;
        for action in page.actions() {
            assert!(
                known.iter().any(|form| form == action),
                "{action} of {path}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_typed_is_shown_as_text() -> TestResult {
    let hostile = "\"><script>alert(1)</script><img src=x onerror=alert(2)>";
    let (service, _) = start().await?;
    let (mut browser, ods) = Browser::manager(&service).await?;
    let root = format!("/practices/{ods}");
    let page = browser.get(&root).await?;
    let form = format!("{root}/organisation-id");
    let page = browser
        .submit(&page, &form, &[("organisation_id", hostile)])
        .await?;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    check_escaped(&page.body, hostile);
    let form = format!("{root}/reminders");
    let page = browser.get(&form).await?;
    let typed = [
        ("reminders.templates", hostile),
        ("reminders.cancel_text", hostile),
    ];
    let page = browser.submit(&page, &form, &typed).await?;
    check_escaped(&page.body, hostile);
    let mut desk = Browser::signed_in(&service, "desk").await?;
    let page = desk
        .get("/desk?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
        .await?;
    assert!(!page.has("<script"));
    Ok(())
}

fn check_escaped(body: &str, hostile: &str) {
    assert!(body.contains("&lt;script&gt;"), "it is not shown: {body}");
    assert!(
        !body.contains("<script") && !body.contains("<img"),
        "it is not escaped"
    );
    assert!(!body.contains(hostile));
}

#[tokio::test]
async fn a_form_that_is_too_long_is_refused() -> TestResult {
    let (service, _) = start().await?;
    let mut browser = Browser::of(&service)?;
    browser.get("/sign-in").await?;
    let body = format!("name={}", "x".repeat(70_000));
    let page = browser
        .request(Method::POST, "/sign-in", &[FORM], &body)
        .await?;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    Ok(())
}

#[tokio::test]
async fn every_answer_has_the_headers_of_security() -> TestResult {
    let (service, _) = start().await?;
    let mut browser = Browser::of(&service)?;
    for path in [
        "/sign-in",
        "/nothing",
        "/healthz",
        "/style.css",
        "/a/nonsense",
        "/desk",
    ] {
        let page = browser.request(Method::GET, path, &[], "").await?;
        let header = |name: &str| page.headers.get(name).and_then(|it| it.to_str().ok());
        let policy = header("content-security-policy").ok_or(path)?;
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert_eq!(header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(header("x-robots-tag"), Some("noindex, nofollow"), "{path}");
        let cached = if path == "/style.css" {
            "public, max-age=3600"
        } else {
            "no-store"
        };
        assert_eq!(header("cache-control"), Some(cached), "{path}");
        assert!(
            !page.has("style=\"") && !page.has("<style") && !page.has("<script"),
            "{path}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_host_header_changes_no_address() -> TestResult {
    let (service, _) = start().await?;
    let mut browser = Browser::of(&service)?;
    let headers = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
    ];
    let page = browser.request(Method::GET, "/", &headers, "").await?;
    assert_eq!(page.headers["location"], "/sign-in");
    let page = browser
        .request(Method::GET, "/sign-in?next=//evil.example", &headers, "")
        .await?;
    assert!(!page.has("evil.example"));
    Ok(())
}

#[tokio::test]
async fn a_form_that_does_not_end_is_not_waited_for() -> TestResult {
    let timeout = Duration::from_millis(200);
    let (service, _) = start_with(|config| config.request_timeout = timeout).await?;
    let mut connection = TcpStream::connect(service.local_address()).await?;
    let head = "POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nname=";
    connection.write_all(head.as_bytes()).await?;
    let mut answer = [0; 12];
    connection.read_exact(&mut answer).await?;
    assert_eq!(&answer, b"HTTP/1.1 503");
    Ok(())
}

#[tokio::test]
async fn behind_a_proxy_forms_come_from_the_public_address() -> TestResult {
    let url = "https://appointments.example.com".parse()?;
    let (service, _) = start_with(|config| config.public_url = Some(url)).await?;
    let mut browser = Browser::of(&service)?;
    let fields = browser.get("/sign-in").await?.fields("/sign-in")?;
    let local = format!("http://{}", service.local_address());
    for (origin, status) in [
        (
            "https://appointments.example.com",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("http://appointments.example.com", StatusCode::FORBIDDEN),
        (local.as_str(), StatusCode::FORBIDDEN),
    ] {
        let headers = [FORM, ("origin", origin)];
        let page = browser
            .request(Method::POST, "/sign-in", &headers, &encode(&fields))
            .await?;
        assert_eq!(page.status, status, "{origin}");
    }
    Ok(())
}
