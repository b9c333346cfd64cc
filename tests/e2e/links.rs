//! Invitations and links through the facade: what they allow, once, to the patient alone.

use std::collections::BTreeSet;

use emis_partner::audit::{Actor, Provenance};
use emis_partner::booking::{
    BookingOutcome, BookingRequest, CancelOutcome, DeclineReason, FreeSlots, InvitationBatch,
    InviteOutcome, IssuedLink, LinkAllowance, LinkAnswer, LinkChange, LinkRefusal, LinkRequest,
    LinkStatus, MatchRefusal, MoveOutcome, MoveRequest, PatientIdentity, PatientMatch,
    PatientQuery, Rejection, SlotSearch,
};
use emis_partner::types::{NhsNumber, PatientNumber};
use emis_sim::{PatientFacts, PatientKind, SimOperation};
use jiff::SignedDuration;
use jiff::civil::date;

use crate::support::{Failure, TODAY, World, known};

/// A search for the next two weeks.
fn fortnight() -> SlotSearch {
    SlotSearch::new(TODAY.at(0, 0, 0, 0), date(2026, 6, 16).at(0, 0, 0, 0))
}

async fn invited(world: &World, person: &PatientFacts) -> Result<IssuedLink, Failure> {
    let patient = PatientNumber::new(person.patient_number.into())?;
    let batch = InvitationBatch::new([patient], LinkAllowance::any());
    match world.practice.booking().invite(&batch).await? {
        InviteOutcome::Invited(mut links) => Ok(links.remove(0)),
        other => Err(format!("{other:?}").into()),
    }
}

async fn found(world: &World, link: &IssuedLink) -> Result<FreeSlots, Failure> {
    let search = fortnight();
    let found = world
        .practice
        .booking()
        .invitation(&link.token)
        .free_slots(&search)
        .await?;
    found.allowed().ok_or_else(|| "refused".into())
}

async fn book(
    world: &World,
    link: &IssuedLink,
    request: &LinkRequest,
) -> Result<LinkAnswer<BookingOutcome>, Failure> {
    let search = fortnight();
    let booking = world.practice.booking();
    let answer = booking
        .invitation(&link.token)
        .book(request, &search)
        .await?;
    Ok(match answer {
        LinkAnswer::Allowed(answer) => LinkAnswer::Allowed(answer.outcome),
        LinkAnswer::Refused(refusal) => LinkAnswer::Refused(refusal),
    })
}

async fn history(world: &World, link: &IssuedLink) -> Result<Vec<LinkChange>, Failure> {
    let history = world.practice.booking().link_history(&link.id).await?;
    Ok(history.iter().map(|event| event.change).collect())
}

#[tokio::test]
async fn a_patient_is_invited_books_looks_and_cancels() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let person = world.free_patients().next().expect("a patient is free");
    let link = invited(&world, &person).await?;
    let booking = world.practice.booking();
    booking.note_sent(&link.id).await?;
    for _ in 0..2 {
        let view = booking
            .invitation(&link.token)
            .open()
            .await?
            .allowed()
            .expect("it opens");
        assert!(view.books && view.id == link.id);
    }
    let nothing = booking
        .invitation(&link.token)
        .appointment(person.dob)
        .await?;
    assert_eq!(nothing.refusal(), Some(LinkRefusal::NothingBooked));
    let patient = booking.invitation(&link.token).verify(person.dob).await?;
    let patient = patient.allowed().expect("the date of birth is right");
    assert_eq!(patient.patient.get(), person.patient_number);

    let slot = found(&world, &link).await?.slots.remove(0);
    let request = LinkRequest::new(slot.choice(), person.dob);
    let BookingOutcome::Confirmed(confirmed) = book(&world, &link, &request)
        .await?
        .allowed()
        .expect("allowed")
    else {
        return Err("not booked".into());
    };
    // A form that is submitted twice gets the same answer; another request finds the link used.
    let again = book(&world, &link, &request).await?.allowed();
    let Some(BookingOutcome::Confirmed(again)) = again else {
        return Err("another answer".into());
    };
    assert_eq!(again.id, confirmed.id);
    // Whoever finds the link learns no more than that it was used.
    let view = booking.invitation(&link.token).open().await?;
    let view = view.allowed().expect("it opens");
    let json = serde_json::to_string(&view)?;
    assert_eq!(view.state, LinkStatus::Used);
    assert!(!json.contains(&confirmed.id.to_string()), "{json}");
    let other = found(&world, &link).await?.slots.remove(0);
    let second = LinkRequest::new(other.choice(), person.dob);
    assert_eq!(
        book(&world, &link, &second).await?.refusal(),
        Some(LinkRefusal::Used)
    );

    let own = booking
        .invitation(&link.token)
        .appointment(person.dob)
        .await?;
    let own = own.allowed().expect("it is shown");
    assert_eq!(own.booking, Some(confirmed.id));
    assert_eq!((own.not_cancelled, own.can_be_moved), (None, true));
    let listed = booking.appointments_of(patient.patient).await?;
    assert_eq!((listed.appointments, listed.unread), (vec![own], 0));

    let cancelled = booking.invitation(&link.token).cancel(person.dob).await?;
    assert_eq!(cancelled.allowed(), Some(CancelOutcome::Cancelled));
    assert_eq!(world.sim.practice().booking_of(slot.slot.get()), None);
    let expected = [
        LinkChange::Sent,
        LinkChange::Opened,
        LinkChange::Booked,
        LinkChange::Cancelled,
    ];
    assert_eq!(history(&world, &link).await?, expected);

    let mut log = Vec::new();
    world.practice.audit().export(&mut log).await?;
    let log = String::from_utf8(log)?;
    assert!(!log.contains(&link.token.expose()) && log.contains("invitation.made"));
    Ok(())
}

#[tokio::test]
async fn a_link_can_be_used_again_if_its_slot_was_taken() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let mut people = world.free_patients();
    let (person, rival) = (people.next().expect("one"), people.next().expect("another"));
    let link = invited(&world, &person).await?;
    let slots = found(&world, &link).await?.slots;
    let taken = &slots[0];
    world
        .sim
        .practice()
        .staff_book(taken.slot.get(), rival.patient_number)?;

    let request = LinkRequest::new(taken.choice(), person.dob);
    let search = fortnight();
    let booking = world.practice.booking();
    let answer = booking
        .invitation(&link.token)
        .book(&request, &search)
        .await?;
    let answer = answer.allowed().expect("it is answered");
    assert_eq!(
        answer.outcome,
        BookingOutcome::Rejected(Rejection::SlotTaken)
    );
    let nearest = answer.alternatives.first().expect("there are others");
    assert!(slots.contains(nearest) && nearest.slot != taken.slot);

    let request = LinkRequest::new(nearest.choice(), person.dob);
    let booked = book(&world, &link, &request).await?.allowed();
    assert!(
        matches!(booked, Some(BookingOutcome::Confirmed(_))),
        "{booked:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_link_opens_no_more_than_it_allows_and_only_while_it_stands() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let person = world.free_patients().next().expect("a patient is free");
    let patient = PatientNumber::new(person.patient_number.into())?;
    let booking = world.practice.booking();
    // Only tomorrow.
    let tomorrow = TODAY.tomorrow()?;
    let allowance = LinkAllowance::any().on_days(tomorrow, tomorrow);
    let batch = InvitationBatch::new([patient], allowance);
    let InviteOutcome::Invited(links) = booking.invite(&batch).await? else {
        return Err("not invited".into());
    };
    let link = &links[0];
    let days: BTreeSet<_> = found(&world, link)
        .await?
        .slots
        .iter()
        .map(|it| it.start.date())
        .collect();
    assert_eq!(days, [tomorrow].into());
    let all = booking.free_slots(&fortnight()).await?.slots;
    let later = all
        .iter()
        .find(|it| it.start.date() > tomorrow)
        .expect("a later slot");
    let outside = LinkRequest::new(later.choice(), person.dob);
    let refused = book(&world, link, &outside).await?.allowed();
    assert_eq!(
        refused,
        Some(BookingOutcome::Rejected(Rejection::NotOffered))
    );
    // Another patient's request can't use it.
    let stranger = world.free_patients().nth(1).expect("another");
    let (number, identity) = known(&stranger)?;
    let request = BookingRequest::new(later.choice(), number, identity).by_invitation(link.id);
    let refused = booking.book(&request).await?;
    assert_eq!(refused, BookingOutcome::Rejected(Rejection::LinkUnusable));

    booking.revoke(&link.id).await?;
    let revoked = booking.invitation(&link.token).verify(person.dob).await?;
    assert_eq!(revoked.refusal(), Some(LinkRefusal::Revoked));
    let (link, other) = (
        invited(&world, &person).await?,
        invited(&world, &stranger).await?,
    );
    let reason = DeclineReason::NoSuitableTime;
    assert_eq!(
        booking
            .invitation(&link.token)
            .decline(reason)
            .await?
            .allowed(),
        Some(())
    );
    let view = booking.invitation(&link.token).open().await?;
    let view = view.allowed().expect("it opens");
    let json = serde_json::to_string(&view)?;
    assert!(
        view.state == LinkStatus::Declined && !json.contains("suitable"),
        "{json}"
    );
    let after = LinkRequest::new(all[0].choice(), person.dob);
    assert_eq!(
        book(&world, &link, &after).await?.refusal(),
        Some(LinkRefusal::Declined)
    );
    assert_eq!(
        history(&world, &link).await?,
        [LinkChange::Declined(reason), LinkChange::Opened]
    );
    let elsewhere = world.partner.practice("B81010".parse()?);
    assert!(
        elsewhere
            .booking()
            .invitation(&other.token)
            .open()
            .await
            .is_err(),
        "not set up"
    );
    Ok(())
}

#[tokio::test]
async fn no_more_patients_are_invited_than_there_are_slots() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let tomorrow = TODAY.tomorrow()?;
    let allowance = LinkAllowance::any().on_days(tomorrow, tomorrow);
    let booking = world.practice.booking();
    let free = booking.capacity(&allowance).await?;
    assert!(free.free > 0 && free.open == 0 && free.spare() == free.free);
    let patients = world.sim.practice().patients();
    let numbers = patients
        .iter()
        .map(|it| PatientNumber::new(it.patient_number.into()));
    let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
    let most = usize::try_from(free.free)?;
    let invite = async |patients: &[PatientNumber]| {
        let batch = InvitationBatch::new(patients.iter().copied(), allowance.clone());
        booking.invite(&batch).await
    };
    let too_many = invite(&numbers[..most + 1]).await?;
    assert!(
        matches!(too_many, InviteOutcome::NotEnoughSlots(_)),
        "{too_many:?}"
    );
    assert!(matches!(
        invite(&numbers[..most]).await?,
        InviteOutcome::Invited(_)
    ));
    let InviteOutcome::NotEnoughSlots(full) = invite(&numbers[..1]).await? else {
        return Err("one more was invited".into());
    };
    assert_eq!((full.free, full.open), (free.free, free.free));
    let batch = InvitationBatch::new([numbers[0]], allowance.clone()).beyond_capacity();
    let beyond = booking.invite(&batch).await?;
    assert!(matches!(beyond, InviteOutcome::Invited(_)));
    let over = batch.valid_for(SignedDuration::ZERO);
    assert!(matches!(
        booking.invite(&over).await?,
        InviteOutcome::Invited(_)
    ));
    assert_eq!(booking.expire_invitations().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn dates_of_birth_are_not_guessed() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let person = world.free_patients().next().expect("a patient is free");
    let (patient, right) = known(&person)?;
    let slot = world.offered_slot().await?;
    let booking = world.practice.booking();
    let before = world.sim.count(SimOperation::GetPatientDemographics);
    let mut answers = Vec::new();
    for day in 0..301_i64 {
        let guess = date(1900, 1, 1).saturating_add(jiff::ToSpan::days(day));
        let wrong = PatientIdentity::date_of_birth(guess);
        let request = BookingRequest::new(slot.choice(), patient, wrong);
        let BookingOutcome::Rejected(rejection) = booking.book(&request).await? else {
            return Err("a guess was right".into());
        };
        answers.push(rejection);
    }
    assert_eq!(answers[..5], [Rejection::IdentityMismatch; 5]);
    assert!(
        answers[5..]
            .iter()
            .all(|it| *it == Rejection::TooManyAttempts)
    );
    let asked = world.sim.count(SimOperation::GetPatientDemographics) - before;
    assert_eq!(asked, 5, "EMIS is not asked either");

    // The patient's own links and the matching wait as well; other patients do not.
    let request = BookingRequest::new(slot.choice(), patient, right);
    let slowed = booking.book(&request).await?;
    assert_eq!(slowed, BookingOutcome::Rejected(Rejection::TooManyAttempts));
    let link = invited(&world, &person).await?;
    let slowed = booking.invitation(&link.token).verify(person.dob).await?;
    assert!(
        matches!(slowed.refusal(), Some(LinkRefusal::Wait(_))),
        "{slowed:?}"
    );
    let other = world.free_patients().nth(1).expect("another");
    let (patient, identity) = known(&other)?;
    let request = BookingRequest::new(slot.choice(), patient, identity);
    let booked = booking.book(&request).await?;
    assert!(matches!(booked, BookingOutcome::Confirmed(_)));
    Ok(())
}

#[tokio::test]
async fn one_patient_is_found_or_none() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let booking = world.practice.booking();
    let mut people = world.free_patients().filter(|it| it.nhs_number.is_some());
    let (person, other) = (people.next().expect("one"), people.next().expect("another"));
    let number = person.nhs_number.as_deref().unwrap_or_default().parse()?;

    let found = booking
        .find_patient(&PatientQuery::nhs_number(number, person.dob))
        .await?;
    let PatientMatch::One(matched) = found else {
        return Err(format!("{found:?}").into());
    };
    assert_eq!(matched.patient.get(), person.patient_number);
    let wrong = booking
        .find_patient(&PatientQuery::nhs_number(number, other.dob))
        .await?;
    assert_eq!(wrong, PatientMatch::Refused(MatchRefusal::NoMatch));

    // A telephone that a family shares: the date of birth decides.
    let emis = world.sim.practice();
    for member in [&person, &other] {
        emis.set_mobile(member.patient_number, "07700 900987")?;
    }
    let telephone = "07700 900987".parse::<emis_partner::types::UkMobile>()?;
    for member in [&person, &other] {
        let query = PatientQuery::telephone(telephone.clone(), member.dob);
        let PatientMatch::One(matched) = booking.find_patient(&query).await? else {
            return Err("not found by telephone".into());
        };
        assert_eq!(matched.patient.get(), member.patient_number);
    }
    let born = PatientQuery::telephone(telephone, date(1901, 1, 1));
    let nobody = booking.find_patient(&born).await?;
    assert_eq!(nobody, PatientMatch::Refused(MatchRefusal::NoMatch));

    let dead = emis.patients().into_iter();
    let mut dead = dead.filter(|it| it.kind == PatientKind::Deceased && it.nhs_number.is_some());
    let dead = dead.next().expect("a deceased patient");
    let number = dead.nhs_number.as_deref().unwrap_or_default().parse()?;
    let gone = booking
        .find_patient(&PatientQuery::nhs_number(number, dead.dob))
        .await?;
    assert_eq!(gone, PatientMatch::Refused(MatchRefusal::NotActive));
    Ok(())
}

#[tokio::test]
async fn a_wrong_nhs_number_is_answered_like_a_wrong_date_of_birth() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let booking = world.practice.booking();
    let patients = world.sim.practice().patients();
    let known: BTreeSet<_> = patients
        .iter()
        .filter_map(|it| it.nhs_number.clone())
        .collect();
    let person = world.free_patients().find(|it| it.nhs_number.is_some());
    let person = person.expect("a patient with an NHS number");
    let right: NhsNumber = person.nhs_number.as_deref().unwrap_or_default().parse()?;
    let mut others = (9_990_000_000_u64..).map(|number| number.to_string());
    let strange: NhsNumber = others
        .find_map(|number| number.parse().ok().filter(|_| !known.contains(&number)))
        .expect("a number that the practice does not have");
    let mut refusals = Vec::new();
    for number in [right, strange] {
        let mut answers = Vec::new();
        for day in 0..12 {
            let guess = date(1900, 1, 1).saturating_add(jiff::ToSpan::days(day));
            let query = PatientQuery::nhs_number(number, guess);
            answers.push(booking.find_patient(&query).await?);
            world.clock.advance(SignedDuration::from_secs(40));
        }
        refusals.push(answers);
    }
    assert_eq!(refusals[0], refusals[1]);
    let wrong = PatientMatch::Refused(MatchRefusal::NoMatch);
    assert_eq!(refusals[0][..5], [wrong; 5]);
    let waits = refusals[0].iter().filter(|it| **it != wrong);
    assert!(waits.count() > 3, "{:?}", refusals[0]);
    Ok(())
}

#[tokio::test]
async fn a_proxy_and_the_patient_are_both_in_the_audit_trail() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let person = world.free_patients().next().expect("a patient is free");
    let (patient, identity) = known(&person)?;
    let slot = world.offered_slot().await?;
    let request =
        BookingRequest::new(slot.choice(), patient, identity).by_proxy("carer-12".parse()?);
    let app = Provenance::of(Actor::patient("p-204")?).from("patient app")?;
    let booked = world.practice.booking().book(&request).by(app).await?;
    assert!(matches!(booked, BookingOutcome::Confirmed(_)), "{booked}");
    let mut log = Vec::new();
    world.practice.audit().export(&mut log).await?;
    let log = String::from_utf8(log)?;
    let begun = log
        .lines()
        .find(|line| line.contains("booking.begun"))
        .expect("it is begun");
    for part in [
        "\\\"proxy\\\"",
        "carer-12",
        "p-204",
        "patient app",
        &patient.to_string(),
    ] {
        assert!(begun.contains(part), "{part} is not in {begun}");
    }

    // So are those who move and cancel.
    let BookingOutcome::Confirmed(booked) = booked else {
        return Err("not booked".into());
    };
    let app = || -> Result<Provenance, Failure> {
        Ok(Provenance::of(Actor::patient("p-204")?).from("patient app")?)
    };
    let other = world.offered_slot().await?;
    let request = MoveRequest::new(booked.id, other.choice(), identity);
    let request = request.by_proxy("carer-13".parse()?);
    let moved = world.practice.booking().reschedule(&request).by(app()?);
    assert!(matches!(moved.await?, MoveOutcome::Moved(_)));
    let carer = app()?.for_proxy("carer-14".parse()?);
    let cancelled = world.practice.booking().cancel(&request.id).by(carer);
    assert_eq!(cancelled.await?, CancelOutcome::Cancelled);
    let mut log = Vec::new();
    world.practice.audit().export(&mut log).await?;
    let log = String::from_utf8(log)?;
    for (carer, state) in [("carer-13", "sending"), ("carer-14", "cancelling")] {
        let is_theirs =
            |line: &&str| line.contains(carer) && line.contains(&request.id.to_string());
        let mut lines = log.lines().filter(is_theirs);
        let line = lines.find(|line| line.contains(state));
        let line = line.ok_or_else(|| format!("{carer} is not in the log"))?;
        assert!(line.contains("p-204"), "{line}");
    }
    Ok(())
}

#[tokio::test]
async fn a_link_to_an_appointment_of_reception_lets_its_patient_cancel_it() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let person = world.free_patients().next().expect("a patient is free");
    let slot = world.offered_slot().await?;
    world
        .sim
        .practice()
        .staff_book(slot.slot.get(), person.patient_number)?;
    let booking = world.practice.booking();
    let patient = PatientNumber::new(person.patient_number.into())?;
    let own = booking
        .appointments_of(patient)
        .await?
        .appointments
        .remove(0);
    assert_eq!((own.appointment.slot, own.booking), (slot.slot, None));
    let link = booking
        .link_to(&own.appointment, LinkAllowance::any())
        .await?;
    let book = LinkRequest::new(slot.choice(), person.dob);
    let other = booking
        .invitation(&link.token)
        .book(&book, &fortnight())
        .await?;
    assert_eq!(other.refusal(), Some(LinkRefusal::OtherPurpose));
    let wrong = booking
        .invitation(&link.token)
        .cancel(date(1901, 1, 1))
        .await?;
    assert_eq!(wrong.refusal(), Some(LinkRefusal::WrongIdentity));
    let shown = booking
        .invitation(&link.token)
        .appointment(person.dob)
        .await?;
    assert_eq!(shown.allowed(), Some(own));
    let cancelled = booking.invitation(&link.token).cancel(person.dob).await?;
    assert_eq!(cancelled.allowed(), Some(CancelOutcome::Cancelled));
    let gone = booking
        .invitation(&link.token)
        .appointment(person.dob)
        .await?;
    assert_eq!(gone.refusal(), Some(LinkRefusal::NothingBooked));
    Ok(())
}

#[tokio::test]
async fn a_day_has_so_many_bookings() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let mut settings = world.routine_bookings()?;
    (settings.max_a_day_per_patient, settings.max_a_day) = (Some(1), Some(2));
    world.practice.settings().set_booking(settings).await?;
    let booking = world.practice.booking();
    let people: Vec<_> = world.free_patients().take(3).collect();
    let book = async |person: &PatientFacts| -> Result<BookingOutcome, Failure> {
        let slot = world.offered_slot().await?;
        let (patient, identity) = known(person)?;
        Ok(booking
            .book(&BookingRequest::new(slot.choice(), patient, identity))
            .await?)
    };
    assert!(matches!(
        book(&people[0]).await?,
        BookingOutcome::Confirmed(_)
    ));
    let limit = BookingOutcome::Rejected(Rejection::PatientDayLimit);
    assert_eq!(book(&people[0]).await?, limit);
    assert!(matches!(
        book(&people[1]).await?,
        BookingOutcome::Confirmed(_)
    ));
    let limit = BookingOutcome::Rejected(Rejection::PracticeDayLimit);
    assert_eq!(book(&people[2]).await?, limit);
    Ok(())
}
