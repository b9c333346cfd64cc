//! The practice's pages.

use http::StatusCode;

use crate::browser::{Browser, TestResult, start};

/// The practice that is not set up.
fn newcomer(service: &emis_service::Service) -> TestResult<(String, String)> {
    let practices = service.sign_ins().iter().filter(|it| it.practice.is_some());
    let mut practices = practices;
    let last = practices.next_back().ok_or("no sign-in")?;
    Ok((
        last.name.clone(),
        last.practice.as_ref().ok_or("no practice")?.to_string(),
    ))
}

#[tokio::test]
async fn a_practice_sets_itself_up_as_the_article_says() -> TestResult {
    let (service, _) = start().await?;
    let (name, ods) = newcomer(&service)?;
    let mut browser = Browser::signed_in(&service, &name).await?;
    let sim = service.sim().ok_or("no simulator")?;
    let emis = sim
        .practices()
        .iter()
        .find(|it| it.ods() == ods)
        .ok_or("no practice")?;
    let root = format!("/practices/{ods}");
    let page = browser.get(&root).await?;
    page.expect("Update EMIS Organisation ID")?;
    page.expect("Update EMIS API user details")?;
    page.expect("Not checked yet")?;
    page.expect("Not entered")?;

    // An ODS code in place of the CDB number.
    let form = format!("{root}/organisation-id");
    let page = browser
        .submit(&page, &form, &[("organisation_id", &ods)])
        .await?;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.expect("There is a problem")?;
    page.expect("href=\"#organisation_id\"")?;
    page.expect("id=\"organisation_id-error\"")?;
    page.expect(&format!("value=\"{ods}\""))?;

    let page = browser
        .submit(&page, &form, &[("organisation_id", emis.cdb())])
        .await?;
    page.expect("The EMIS organisation ID is stored.")?;
    let form = format!("{root}/api-user");
    let typed = [
        ("api_user.username", emis.username()),
        ("api_user.password", "not-the-password-1"),
    ];
    let page = browser.submit(&page, &form, &typed).await?;
    page.expect("Not working")?;
    assert!(!page.has("not-the-password-1"), "the password is shown");
    let page = browser.get(&format!("{root}/diagnosis")).await?;
    page.expect("EMIS-D03")?;
    page.expect("Check again")?;

    let page = browser.get(&root).await?;
    let password = emis.password();
    let typed = [
        ("api_user.username", emis.username()),
        ("api_user.password", &password),
    ];
    let page = browser.submit(&page, &form, &typed).await?;
    page.expect("Working")?;
    page.expect("Stored")?;
    assert!(!page.has("Not working") && !page.has(&password));
    Ok(())
}

#[tokio::test]
async fn a_broken_connection_is_explained_and_checked_again() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, ods) = Browser::manager(&service).await?;
    let sim = service.sim().ok_or("no simulator")?;
    let emis = sim
        .practices()
        .iter()
        .find(|it| it.ods() == ods)
        .ok_or("no practice")?;
    let path = format!("/practices/{ods}/diagnosis");
    let page = browser.get(&path).await?;
    let page = browser.submit(&page, &path, &[]).await?;
    page.expect("You need do nothing")?;

    emis.emas().deactivate_application();
    let page = browser.submit(&page, &path, &[]).await?;
    page.expect("EMIS-D01")?;
    page.expect("Deactivate Application")?;
    page.expect("EMAS Manager")?;
    let root = browser.get(&format!("/practices/{ods}")).await?;
    root.expect("Not working")?;

    emis.emas().activate_application();
    let page = browser
        .submit(&page, &format!("{path}/check-again"), &[])
        .await?;
    page.expect("You need do nothing")
}

#[tokio::test]
async fn every_problem_of_the_booking_settings_stands_beside_its_field() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, ods) = Browser::manager(&service).await?;
    let path = format!("/practices/{ods}/booking");
    let page = browser.get(&path).await?;
    page.expect("GP Routine")?;
    let typed = [
        ("booking.horizon_days", "400"),
        ("booking.max_future_per_patient", "0"),
        ("booking.reason", ""),
    ];
    let refused = browser.submit(&page, &path, &typed).await?;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in [
        "booking-horizon_days",
        "booking-max_future_per_patient",
        "booking-reason",
    ] {
        refused.expect(&format!("href=\"#{field}\""))?;
        refused.expect(&format!("id=\"{field}-error\""))?;
    }
    let refused = browser
        .submit(&page, &path, &[("booking.horizon_days", "soon")])
        .await?;
    refused.expect("Enter a whole number.")?;

    let saved = browser
        .submit(&page, &path, &[("booking.horizon_days", "28")])
        .await?;
    saved.expect("The settings of self-booking are stored.")?;
    saved.expect("value=\"28\"")?;
    // The same form again is the same change; a form of the version before is refused.
    let again = browser
        .submit(&page, &path, &[("booking.horizon_days", "28")])
        .await?;
    again.expect("The settings of self-booking are stored.")?;
    let mut late = page.fields(&path)?;
    late.retain(|(name, _)| name != "key");
    let late = browser.post(&path, &late).await?;
    late.expect("changed the settings while you had this page open")
}

#[tokio::test]
async fn reminders_are_previewed_and_run_dry() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, ods) = Browser::manager(&service).await?;
    let path = format!("/practices/{ods}/reminders");
    let page = browser.get(&path).await?;
    page.expect("1 part")?;
    let dry = browser
        .submit(&page, &format!("{path}/dry-run"), &[])
        .await?;
    dry.expect("Nothing was sent.")?;
    dry.expect("messages would be sent")?;
    assert!(
        !dry.has(">0 messages"),
        "it plans for the day, not for the night"
    );
    assert_eq!(
        service
            .partner()
            .practice(ods.parse()?)
            .messages()
            .open()
            .await?
            .len(),
        0
    );

    let typed = [("reminders.cancel_text", "To cancel, call 01632 960123.")];
    let page = browser.submit(&page, &path, &typed).await?;
    page.expect("The settings of reminders are stored.")?;
    page.expect("To cancel, call 01632 960123.</blockquote>")
}

#[tokio::test]
async fn a_patient_is_opted_out_and_invited() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, ods) = Browser::manager(&service).await?;
    let emis = service.sim().ok_or("no simulator")?.practice();
    let patient = emis.patient_who_can_book().ok_or("no patient")?;
    let nhs_number = patient.nhs_number.clone().ok_or("no NHS number")?;
    let path = format!("/practices/{ods}/patients");
    let form = format!("{path}/opt-out");
    let page = browser.get(&path).await?;
    let refused = browser
        .submit(&page, &form, &[("nhs_number", "12")])
        .await?;
    refused.expect("Enter an NHS number")?;
    refused.expect("Enter a date of birth")?;

    let (day, month) = (
        patient.dob.day().to_string(),
        patient.dob.month().to_string(),
    );
    let year = patient.dob.year().to_string();
    let typed = [
        ("nhs_number", nhs_number.as_str()),
        ("day", day.as_str()),
        ("month", month.as_str()),
        ("year", year.as_str()),
        ("action", "stop"),
    ];
    browser
        .submit(&page, &form, &typed)
        .await?
        .expect("not reminded any more")?;
    let number = emis_partner::types::PatientNumber::new(patient.patient_number.into())?;
    let practice = service.partner().practice(ods.parse()?);
    assert_eq!(practice.reminders().exclusions_of(number).await?.len(), 1);

    let mut fields = page.fields(&form)?;
    fields.retain(|(name, _)| !typed.iter().any(|(over, _)| over == name));
    fields.extend(
        typed
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string())),
    );
    let invited = browser.post(&format!("{path}/invite"), &fields).await?;
    assert_eq!(invited.status, StatusCode::OK);
    let audit = browser.get(&format!("/practices/{ods}/audit")).await?;
    audit.expect("Patient opted out")?;
    audit.expect("Invitation made")
}
