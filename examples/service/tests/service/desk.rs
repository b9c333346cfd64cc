//! The desk.

use emis_partner::jiff::SignedDuration;

use crate::browser::{Browser, TestResult, start};

#[tokio::test]
async fn the_desk_sees_who_is_broken_and_by_what() -> TestResult {
    let (service, _) = start().await?;
    let mut desk = Browser::signed_in(&service, "desk").await?;
    let sim = service.sim().ok_or("no simulator")?;
    let page = desk.get("/desk").await?;
    page.expect("No practice has been checked")?;
    let page = desk.submit(&page, "/desk/check", &[]).await?;
    page.expect("2 of 2 practices work.")?;

    let broken = sim.practices().get(1).ok_or("no second practice")?;
    broken.emas().deactivate_application();
    let page = desk.submit(&page, "/desk/check", &[]).await?;
    page.expect("1 of 2 practices work.")?;
    page.expect("1 became worse")?;
    page.expect("EMIS-D01")?;
    let found = desk.get("/desk?q=d01").await?;
    found.expect(broken.ods())?;
    assert!(!found.has(&format!("/desk/practices/{}", sim.practice().ods())));

    let one = desk
        .get(&format!("/desk/practices/{}", broken.ods()))
        .await?;
    one.expect("Email to the practice")?;
    one.expect("Deactivate Application")?;
    one.expect("History")?;
    let csv = desk.get("/desk/export.csv").await?;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    csv.expect(&format!("{},unhealthy,EMIS-D01", broken.ods()))?;
    let unknown = desk.get("/desk/practices/X99999").await?;
    assert_eq!(unknown.status, http::StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn all_practices_are_checked_every_hour() -> TestResult {
    let (service, clock) = start().await?;
    let mut desk = Browser::signed_in(&service, "desk").await?;
    service.work_once().await;
    let page = desk.get("/desk").await?;
    page.expect("2 of 2 practices work.")?;
    service
        .sim()
        .ok_or("no simulator")?
        .practice()
        .emas()
        .deactivate_application();
    clock.advance(SignedDuration::from_mins(10));
    service.work_once().await;
    desk.get("/desk").await?.expect("2 of 2 practices work.")?;
    clock.advance(SignedDuration::from_mins(51));
    service.work_once().await;
    let mut desk = Browser::signed_in(&service, "desk").await?;
    desk.get("/desk").await?.expect("1 of 2 practices work.")
}
