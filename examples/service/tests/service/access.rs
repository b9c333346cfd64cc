//! Access of each role.

use http::{Method, StatusCode};

use crate::browser::{Browser, TestResult, start};

/// The pages of a practice.
pub(crate) const PAGES: &[&str] = &[
    "",
    "/diagnosis",
    "/reminders",
    "/booking",
    "/patients",
    "/today",
    "/audit",
    "/messages",
];
/// The forms of a practice.
pub(crate) const FORMS: &[&str] = &[
    "/organisation-id",
    "/api-user",
    "/diagnosis",
    "/diagnosis/check-again",
    "/reminders",
    "/reminders/dry-run",
    "/booking",
    "/patients/opt-out",
    "/patients/invite",
    "/tasks/acknowledge",
];

#[tokio::test]
async fn a_practice_never_sees_anothers() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, own) = Browser::manager(&service).await?;
    let home = browser.get("/").await?;
    let token = home.fields("/sign-out")?;
    let codes = service
        .sign_ins()
        .iter()
        .filter_map(|it| it.practice.as_ref());
    let codes: Vec<_> = codes
        .map(ToString::to_string)
        .chain(["X99999".to_owned()])
        .collect();
    assert_eq!(codes.len(), 4);
    for ods in &codes {
        let seen = if *ods == own {
            StatusCode::OK
        } else {
            StatusCode::NOT_FOUND
        };
        for page in PAGES {
            let page = browser.get(&format!("/practices/{ods}{page}")).await?;
            assert_eq!(page.status, seen, "{}", page.path);
        }
        if *ods == own {
            continue;
        }
        for form in FORMS {
            let page = browser
                .post(&format!("/practices/{ods}{form}"), &token)
                .await?;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.path);
        }
    }
    for page in [
        "/desk",
        "/desk/export.csv",
        &format!("/desk/practices/{own}"),
    ] {
        assert_eq!(
            browser.get(page).await?.status,
            StatusCode::NOT_FOUND,
            "{page}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_desk_sees_no_practices_pages() -> TestResult {
    let (service, _) = start().await?;
    let mut desk = Browser::signed_in(&service, "desk").await?;
    let ods = service.sign_ins()[0]
        .practice
        .clone()
        .ok_or("no practice")?;
    for page in PAGES {
        let page = desk.get(&format!("/practices/{ods}{page}")).await?;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.path);
    }
    assert_eq!(desk.get("/desk").await?.status, StatusCode::OK);
    let mut admin = Browser::signed_in(&service, "admin").await?;
    assert_eq!(
        admin.get(&format!("/practices/{ods}")).await?.status,
        StatusCode::OK
    );
    assert_eq!(admin.get("/desk").await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn nobody_sees_a_page_without_signing_in() -> TestResult {
    let (service, _) = start().await?;
    let mut browser = Browser::of(&service)?;
    let ods = service.sign_ins()[0]
        .practice
        .clone()
        .ok_or("no practice")?;
    let practice = PAGES.iter().map(|page| format!("/practices/{ods}{page}"));
    let desk = ["/desk", "/desk/export.csv"].into_iter().map(str::to_owned);
    for path in practice.chain(desk) {
        let page = browser.request(Method::GET, &path, &[], "").await?;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(page.headers["location"], "/sign-in", "{path}");
    }
    for path in ["/appointment", "/appointment/move", "/appointment/cancel"] {
        assert_eq!(
            browser.get(path).await?.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    Ok(())
}
