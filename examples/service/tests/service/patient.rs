//! The patient's pages.

use emis_partner::booking::{InvitationBatch, InviteOutcome, LinkAllowance};
use emis_partner::jiff::SignedDuration;
use emis_partner::types::PatientNumber;
use emis_service::{PrintedLink, Service};
use emis_sim::{PatientKind, SimFault, SimOperation};
use http::StatusCode;

use crate::browser::{Browser, Received, TestResult, start};

/// Opens the printed invitation and types the date of birth.
async fn enter(service: &Service) -> TestResult<(Browser, Received, PrintedLink)> {
    follow(service, true).await
}

async fn follow(service: &Service, books: bool) -> TestResult<(Browser, Received, PrintedLink)> {
    let mut links = service.links().iter();
    let link = links.find(|it| it.books == books).ok_or("no link")?.clone();
    let mut browser = Browser::of(service)?;
    let page = browser.get(&link.path).await?;
    page.expect("date of birth")?;
    let page = type_birthday(&mut browser, &page, &link).await?;
    Ok((browser, page, link))
}

async fn type_birthday(
    browser: &mut Browser,
    page: &Received,
    link: &PrintedLink,
) -> TestResult<Received> {
    let born = link.date_of_birth;
    let (day, month, year) = (
        born.day().to_string(),
        born.month().to_string(),
        born.year().to_string(),
    );
    let typed = [
        ("day", day.as_str()),
        ("month", month.as_str()),
        ("year", year.as_str()),
    ];
    browser.submit(page, &link.path, &typed).await
}

#[tokio::test]
async fn an_invitation_is_booked_moved_and_cancelled() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, page, link) = enter(&service).await?;
    let emis = service.sim().ok_or("no simulator")?.practice();
    page.expect("Choose an appointment")?;
    let before = emis.bookings_for(link.patient).len();
    let slots = page.choices("slot");
    let first = slots.first().ok_or("no slot")?;
    let page = browser
        .submit(&page, "/appointment/confirm", &[("slot", first)])
        .await?;
    page.expect("Check and book")?;
    assert_eq!(emis.bookings_for(link.patient).len(), before);
    let confirm = page;
    let page = browser.submit(&confirm, "/appointment/book", &[]).await?;
    page.expect("Your appointment is booked for")?;
    assert_eq!(emis.bookings_for(link.patient).len(), before + 1);

    // A double click, or the back button and the button again.
    let again = browser.submit(&confirm, "/appointment/book", &[]).await?;
    again.expect("Your appointment is booked for")?;
    assert_eq!(emis.bookings_for(link.patient).len(), before + 1);

    let page = browser.get("/appointment/move").await?;
    let slots = page.choices("slot");
    let last = slots.last().ok_or("no slot")?;
    let page = browser
        .submit(&page, "/appointment/confirm", &[("slot", last)])
        .await?;
    page.expect("Check and move")?;
    let page = browser.submit(&page, "/appointment/change", &[]).await?;
    page.expect("Your appointment is moved to")?;
    assert_eq!(emis.bookings_for(link.patient).len(), before + 1);

    let page = browser.get("/appointment/cancel").await?;
    page.expect("Cancel your appointment?")?;
    let page = browser.submit(&page, "/appointment/cancel", &[]).await?;
    page.expect("Your appointment is cancelled.")?;
    assert_eq!(emis.bookings_for(link.patient).len(), before);
    Ok(())
}

#[tokio::test]
async fn a_slot_that_another_took_is_answered_with_the_nearest() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, page, link) = enter(&service).await?;
    let emis = service.sim().ok_or("no simulator")?.practice();
    let slots = page.choices("slot");
    let first = slots.first().ok_or("no slot")?;
    let confirm = browser
        .submit(&page, "/appointment/confirm", &[("slot", first)])
        .await?;
    let slot: i32 = first.split(':').nth(1).ok_or("no slot")?.parse()?;
    let mut people = emis.patients().into_iter();
    let rival = people
        .find(|it| it.patient_number != link.patient)
        .ok_or("no rival")?;
    emis.staff_book(slot, rival.patient_number)?;
    let page = browser.submit(&confirm, "/appointment/book", &[]).await?;
    page.expect("This appointment has just been taken.")?;
    page.expect("The nearest free appointments")?;
    let nearest = page
        .choices("slot")
        .into_iter()
        .next()
        .ok_or("no alternative")?;
    let page = browser
        .submit(&page, "/appointment/confirm", &[("slot", &nearest)])
        .await?;
    browser
        .submit(&page, "/appointment/book", &[])
        .await?
        .expect("Your appointment is booked for")
}

#[tokio::test]
async fn wrong_dates_of_birth_are_slowed() -> TestResult {
    let (service, _) = start().await?;
    let link = service.links().first().ok_or("no link")?.clone();
    let mut browser = Browser::of(&service)?;
    let page = browser.get(&link.path).await?;
    let impossible = [("day", "31"), ("month", "2"), ("year", "1980")];
    let refused = browser.submit(&page, &link.path, &impossible).await?;
    refused.expect("Enter your date of birth")?;
    let mut slowed = false;
    for day in 1..=10 {
        let day = day.to_string();
        let typed = [("day", day.as_str()), ("month", "1"), ("year", "1901")];
        let answer = browser.submit(&page, &link.path, &typed).await?;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            answer.expect("You have tried too many times")?;
            slowed = true;
            break;
        }
        answer.expect("not the one on your record")?;
    }
    assert!(slowed);
    let right = type_birthday(&mut browser, &page, &link).await?;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS);
    Ok(())
}

#[tokio::test]
async fn no_address_title_or_page_tells_of_the_patient() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, page, link) = enter(&service).await?;
    let emis = service.sim().ok_or("no simulator")?.practice();
    let patient = emis.patient(link.patient).ok_or("no patient")?;
    assert_eq!(page.path, "/appointment");
    let token = link.path.trim_start_matches("/a/");
    let slots = page.choices("slot");
    let first = slots.first().ok_or("no slot")?;
    let confirm = browser
        .submit(&page, "/appointment/confirm", &[("slot", first)])
        .await?;
    for page in [&page, &confirm] {
        assert!(!page.has(token), "the token is in the page");
        assert!(!page.has(&patient.family_name), "the name is in the page");
        assert_eq!(page.headers["cache-control"], "no-store");
    }
    Ok(())
}

#[tokio::test]
async fn a_visit_ends() -> TestResult {
    let (service, clock) = start().await?;
    let (mut browser, page, _) = enter(&service).await?;
    browser
        .submit(&page, "/appointment/leave", &[])
        .await?
        .expect("You have finished")?;
    assert_eq!(
        browser.get("/appointment").await?.status,
        StatusCode::FORBIDDEN
    );
    let (mut browser, ..) = enter(&service).await?;
    clock.advance(SignedDuration::from_mins(21));
    let page = browser.get("/appointment").await?;
    page.expect("Open the link in your message again")
}

#[tokio::test]
async fn an_invitation_can_be_declined() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, page, _) = enter(&service).await?;
    let page = browser
        .submit(&page, "/appointment/decline", &[("reason", "not-wanted")])
        .await?;
    page.expect("Thank you for telling us.")?;
    assert!(page.choices("slot").is_empty());
    Ok(())
}

#[tokio::test]
async fn an_unknown_link_says_so() -> TestResult {
    let (service, _) = start().await?;
    let mut browser = Browser::of(&service)?;
    for path in ["/a/nonsense", "/a/%3Cscript%3E", "/a/..%2f..%2fetc"] {
        let page = browser.get(path).await?;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        page.expect("This link does not work.")?;
    }
    Ok(())
}

#[tokio::test]
async fn of_two_patients_who_race_for_a_slot_one_gets_it() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, page, link) = enter(&service).await?;
    let emis = service.sim().ok_or("no simulator")?.practice();
    let practice = service.partner().practice(emis.ods().parse()?);
    let mut people = emis.patients().into_iter();
    let rival =
        people.find(|it| it.kind == PatientKind::Regular && it.patient_number != link.patient);
    let rival = rival.ok_or("no rival")?;
    let number = PatientNumber::new(rival.patient_number.into())?;
    let batch = InvitationBatch::new([number], LinkAllowance::any());
    let InviteOutcome::Invited(links) = practice.booking().invite(&batch).await? else {
        return Err("no patient is invited".into());
    };
    let mut theirs = link.clone();
    theirs.path = format!("/a/{}", links.first().ok_or("no link")?.token.expose());
    theirs.date_of_birth = rival.dob;
    let mut other = Browser::of(&service)?;
    let asked = other.get(&theirs.path).await?;
    let other_page = type_birthday(&mut other, &asked, &theirs).await?;
    let slots = page.choices("slot");
    let first = slots.first().ok_or("no slot")?;
    let typed = [("slot", first.as_str())];
    let mine = browser
        .submit(&page, "/appointment/confirm", &typed)
        .await?;
    let others = other
        .submit(&other_page, "/appointment/confirm", &typed)
        .await?;
    let (mine, others) = tokio::join!(
        browser.submit(&mine, "/appointment/book", &[]),
        other.submit(&others, "/appointment/book", &[]),
    );
    let pages = [mine?, others?];
    let booked = pages
        .iter()
        .filter(|page| page.has("Your appointment is booked for"))
        .count();
    assert_eq!(booked, 1);
    let sentence = "This appointment has just been taken. Choose another one.";
    assert_eq!(pages.iter().filter(|page| page.has(sentence)).count(), 1);
    Ok(())
}

#[tokio::test]
async fn an_unknown_outcome_says_not_to_book_again_and_is_found_out() -> TestResult {
    let (service, clock) = start().await?;
    let (mut browser, page, link) = enter(&service).await?;
    let sim = service.sim().ok_or("no simulator")?;
    let before = sim.practice().bookings_for(link.patient).len();
    let slots = page.choices("slot");
    let first = slots.first().ok_or("no slot")?;
    let confirm = browser
        .submit(&page, "/appointment/confirm", &[("slot", first)])
        .await?;
    sim.faults().next(
        SimOperation::BookAppointment,
        SimFault::CommitLater {
            after: SignedDuration::from_mins(1),
            status: None,
        },
    );
    let page = browser.submit(&confirm, "/appointment/book", &[]).await?;
    page.expect("We are finding out")?;
    page.expect("Do not book another one.")?;
    assert!(page.choices("slot").is_empty(), "nothing else is offered");
    // The button again asks, and books nothing else.
    let page = browser.submit(&confirm, "/appointment/book", &[]).await?;
    page.expect("Do not book another one.")?;

    clock.advance(SignedDuration::from_mins(2));
    sim.perform_late_commits();
    service.work_once().await;
    let page = browser.submit(&confirm, "/appointment/book", &[]).await?;
    page.expect("Your appointment is booked for")?;
    assert_eq!(sim.practice().bookings_for(link.patient).len(), before + 1);
    Ok(())
}

#[tokio::test]
async fn an_appointment_book_that_cannot_be_read_says_that_nothing_was_changed() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, page, link) = enter(&service).await?;
    let sim = service.sim().ok_or("no simulator")?;
    let before = sim.practice().bookings_for(link.patient).len();
    let slots = page.choices("slot");
    let first = slots.first().ok_or("no slot")?;
    let confirm = browser
        .submit(&page, "/appointment/confirm", &[("slot", first)])
        .await?;
    sim.api().set_reachable(false);
    let page = browser.submit(&confirm, "/appointment/book", &[]).await?;
    page.expect("Nothing was changed.")?;
    assert!(page.status.is_server_error());
    assert_eq!(sim.practice().bookings_for(link.patient).len(), before);
    Ok(())
}

#[tokio::test]
async fn the_link_of_a_reminder_shows_moves_and_cancels_the_appointment() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, page, link) = follow(&service, false).await?;
    let emis = service.sim().ok_or("no simulator")?.practice();
    let before = emis.bookings_for(link.patient).len();
    page.expect("Your appointment")?;
    page.expect("Cancel this appointment")?;
    assert!(page.choices("slot").is_empty(), "it books nothing else");
    page.expect("Move this appointment")?;
    let page = browser.get("/appointment/move").await?;
    let slots = page.choices("slot");
    let last = slots.last().ok_or("no slot")?;
    let page = browser
        .submit(&page, "/appointment/confirm", &[("slot", last)])
        .await?;
    let page = browser.submit(&page, "/appointment/change", &[]).await?;
    page.expect("Your appointment is moved to")?;
    assert_eq!(emis.bookings_for(link.patient).len(), before);
    let page = browser.get("/appointment/cancel").await?;
    let page = browser.submit(&page, "/appointment/cancel", &[]).await?;
    page.expect("Your appointment is cancelled.")?;
    assert_eq!(emis.bookings_for(link.patient).len(), before - 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forty_patients_at_once_see_no_error_page() -> TestResult {
    const PATIENTS: usize = 40;
    let (service, _) = start().await?;
    let link = service.links().first().ok_or("no link")?.clone();
    let mut visits = tokio::task::JoinSet::new();
    for _ in 0..PATIENTS {
        let (mut browser, link) = (Browser::of(&service)?, link.clone());
        visits.spawn(async move {
            let page = browser
                .get(&link.path)
                .await
                .map_err(|error| error.to_string())?;
            let page = type_birthday(&mut browser, &page, &link).await;
            let page = page.map_err(|error| error.to_string())?;
            Ok::<_, String>((page.status, page.choices("slot").len()))
        });
    }
    while let Some(visit) = visits.join_next().await {
        let (status, slots) = visit??;
        assert_eq!(status, StatusCode::OK);
        assert!(slots > 0, "no slot is offered");
    }
    Ok(())
}

#[tokio::test]
async fn a_page_of_one_link_does_nothing_to_the_appointment_of_another() -> TestResult {
    let (service, _) = start().await?;
    let (mut browser, _, reminder) = follow(&service, false).await?;
    let emis = service.sim().ok_or("no simulator")?.practice();
    let ask = browser.get("/appointment/cancel").await?;
    // In a second tab, such as for a child.
    let mut links = service.links().iter();
    let other = links.find(|it| it.books).ok_or("no link")?.clone();
    let page = browser.get(&other.path).await?;
    type_birthday(&mut browser, &page, &other).await?;
    let before = (
        emis.bookings_for(reminder.patient),
        emis.bookings_for(other.patient),
    );
    let page = browser.submit(&ask, "/appointment/cancel", &[]).await?;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    page.expect("Nothing was changed.")?;
    let after = (
        emis.bookings_for(reminder.patient),
        emis.bookings_for(other.patient),
    );
    assert_eq!(
        (after.0.len(), after.1.len()),
        (before.0.len(), before.1.len())
    );
    Ok(())
}
