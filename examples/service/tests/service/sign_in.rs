//! Signing in and out.

use emis_partner::jiff::SignedDuration;
use http::StatusCode;

use crate::browser::{Browser, TestResult, start, start_with};

#[tokio::test]
async fn staff_sign_in_and_out() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, ods) = Browser::manager(&service).await?;
    let page = browser.get("/").await?;
    assert!(page.has("EMIS settings of"), "{}", page.body);
    let page = browser.submit(&page, "/sign-out", &[]).await?;
    page.expect("Sign in")?;
    let page = browser.get(&format!("/practices/{ods}")).await?;
    page.expect("Sign in")
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_five_lock_the_name() -> TestResult {
    let (service, clock) = start().await?;
    let name = service.sign_ins()[0].name.clone();
    let right = service.sign_ins()[0].password.clone();
    let mut browser = Browser::of(&service)?;
    let mut page = browser.get("/sign-in").await?;
    for _ in 0..5 {
        page = browser
            .submit(
                &page,
                "/sign-in",
                &[("name", &name), ("password", "guessed-4711")],
            )
            .await?;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.expect("The name or the password is wrong.")?;
        assert!(!page.has("guessed-4711"), "the password is shown");
    }
    let typed = [("name", name.as_str()), ("password", right.as_str())];
    let locked = browser.submit(&page, "/sign-in", &typed).await?;
    assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS);
    clock.advance(SignedDuration::from_mins(6));
    let page = browser.get("/sign-in").await?;
    browser
        .submit(&page, "/sign-in", &typed)
        .await?
        .expect("EMIS settings of")
}

#[tokio::test]
async fn a_planted_session_is_worth_nothing_after_the_sign_in() -> TestResult {
    let (service, _) = start().await?;
    let mut attacker = Browser::of(&service)?;
    attacker.get("/sign-in").await?;
    let planted = attacker.cookie.clone();
    let staff = service.sign_ins()[0].clone();
    let mut victim = Browser::of(&service)?;
    victim.cookie = planted.clone();
    let page = victim.get("/sign-in").await?;
    let typed = [
        ("name", staff.name.as_str()),
        ("password", staff.password.as_str()),
    ];
    victim
        .submit(&page, "/sign-in", &typed)
        .await?
        .expect("EMIS settings of")?;
    assert_ne!(victim.cookie, planted, "the session's ID is new");
    attacker.get("/").await?.expect("Sign in")
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used() -> TestResult {
    let (service, clock) = start().await?;
    let (mut browser, _) = Browser::manager(&service).await?;
    clock.advance(SignedDuration::from_mins(19));
    browser.get("/").await?.expect("EMIS settings of")?;
    clock.advance(SignedDuration::from_mins(21));
    browser.get("/").await?.expect("Sign in")
}

#[tokio::test]
async fn behind_https_the_cookie_is_bound_to_the_host() -> TestResult {
    let url = "https://appointments.example.com".parse()?;
    let (service, _) = start_with(|config| config.public_url = Some(url)).await?;
    assert_eq!(service.url(), "https://appointments.example.com");
    let mut browser = Browser::of(&service)?;
    let page = browser.get("/sign-in").await?;
    let cookie = page.headers["set-cookie"].to_str()?;
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    for part in ["; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
    assert_eq!(
        page.headers["strict-transport-security"],
        "max-age=31536000"
    );
    // A cookie without the prefix may come from another host of the domain.
    let id = cookie.split(['=', ';']).nth(1).ok_or("no ID")?.to_owned();
    browser.cookie = Some(format!("session={id}"));
    let other = browser.get("/sign-in").await?;
    assert!(
        other.headers.contains_key("set-cookie"),
        "it is another session"
    );
    Ok(())
}

#[tokio::test]
async fn visitors_who_flood_the_service_sign_nobody_out() -> TestResult {
    let (service, _) = start().await?;
    let (mut staff, _) = Browser::manager(&service).await?;
    let mut visitor = Browser::of(&service)?;
    for _ in 0..2_100 {
        visitor.cookie = None;
        visitor.get("/sign-in").await?;
    }
    staff.get("/").await?.expect("EMIS settings of")
}
