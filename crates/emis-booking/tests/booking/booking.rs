use std::sync::Arc;

use emis_booking::{
    AppointmentDetails, Booking, BookingErrorKind, BookingId, BookingOutcome, BookingRequest,
    BookingState, PatientIdentity, Rejection,
};
use emis_settings::AppointmentMode;
use emis_sim::{PatientKind, SimFault, SimOperation};
use emis_types::{Clock, PatientNumber, SessionId, SlotTypeId};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::world::{World, of_practice, patient_number, whole_month};

async fn rejection(world: &World, request: &BookingRequest) -> Rejection {
    match world.booking.book(request).await {
        Ok(BookingOutcome::Rejected(rejection)) => rejection,
        other => panic!("not rejected: {other:?}"),
    }
}

#[tokio::test]
async fn a_booking_is_sent_once_and_confirmed_by_reading_back() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let request = world.request(&slot, patient);
    let outcome = world.booking.book(&request).await.unwrap();
    let BookingOutcome::Confirmed(confirmation) = &outcome else {
        panic!("not confirmed: {outcome:?}")
    };
    assert_eq!(confirmation.id, request.id);
    assert_eq!(confirmation.appointment.start, slot.start);

    assert_eq!(world.bookings_sent(), 1);
    let booked = world.facts(slot.slot);
    assert_eq!(booked.patient, Some(patient.get()));
    assert_eq!(booked.reason.as_deref(), Some("Booked online"));
    assert_eq!(booked.note, Some(request.id.reference().to_string()));
    let record = world.booking.record(&request.id).await.unwrap().unwrap();
    assert_eq!(record.state, BookingState::Confirmed);
}

#[tokio::test]
async fn a_confirmation_says_where_with_whom_and_how() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let booking = world.booking_with(|details| {
        let mode = (slot.slot_type.clone(), AppointmentMode::Telephone);
        details.slot_type_modes = [mode].into();
    });
    let found = booking.free_slots(&whole_month()).await.unwrap().slots;
    let expected = found.iter().find(|it| it.slot == slot.slot).unwrap();
    let request = world.request(&slot, patient);
    let outcome = booking.book(&request).await.unwrap();
    let BookingOutcome::Confirmed(confirmation) = &outcome else {
        panic!("not confirmed: {outcome:?}")
    };
    let details = confirmation.details.as_ref().unwrap();
    assert_eq!(details, &AppointmentDetails::from(expected));
    assert_eq!(details.mode, Some(AppointmentMode::Telephone));
    assert!(details.site.is_some() && details.session_holders.len() == 1);
    let json = serde_json::to_string(&outcome).unwrap();
    assert_eq!(
        serde_json::from_str::<BookingOutcome>(&json).unwrap(),
        outcome
    );

    assert_eq!(booking.book(&request).await.unwrap(), outcome, "again");

    // They are no part of the proof.
    world.fail(SimOperation::GetAppointmentSessions, SimFault::Status(500));
    let unread = booking.book(&request).await.unwrap();
    let BookingOutcome::Confirmed(unread) = unread else {
        panic!("not confirmed: {unread:?}")
    };
    assert_eq!((unread.id, unread.details), (request.id, None));
}

#[tokio::test]
async fn the_outcome_is_a_sentence_for_the_patient() {
    let world = World::new().await;
    let slot = world.slot().await;
    let outcome = world
        .booking
        .book(&world.request(&slot, world.patient()))
        .await
        .unwrap();
    let start = emis_types::uk::at(slot.start);
    let text = outcome.to_string();
    let date = start.strftime("%A %-d June 2026").to_string();
    assert!(text.contains(&date), "{text}");
}

#[tokio::test]
async fn the_same_request_twice_books_once() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let request = world.request(&slot, patient);
    let first = world.booking.book(&request).await.unwrap();
    let second = world.booking.book(&request).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(world.bookings_sent(), 1);

    // Under another ID it is found by reading EMIS, and not sent again either.
    let third = world.request(&slot, patient);
    assert_eq!(rejection(&world, &third).await, Rejection::AlreadyBooked);
    assert_eq!(world.bookings_sent(), 1);
}

#[tokio::test]
async fn a_booking_id_identifies_one_attempt() {
    let world = World::new().await;
    let slots = world.offered().await;
    let patient = world.patient();
    let id = BookingId::random();
    world
        .booking
        .book(&world.request(&slots[0], patient).with_id(id))
        .await
        .unwrap();
    let mut retyped = slots[0].clone();
    retyped.slot_type = "99".parse::<SlotTypeId>().unwrap();
    let wrong_day = PatientIdentity::date_of_birth(date(1901, 1, 1));
    for other in [
        world.request(&slots[1], patient),
        world.request(&slots[0], world.patients()[1]),
        world.request(&retyped, patient),
        BookingRequest::new(slots[0].clone(), patient, wrong_day),
    ] {
        let error = world.booking.book(&other.with_id(id)).await.unwrap_err();
        assert_eq!(error.kind(), BookingErrorKind::IdReused);
    }
    assert_eq!(world.bookings_sent(), 1);
}

#[tokio::test]
async fn a_slot_taken_since_the_search_is_not_booked() {
    let world = World::new().await;
    let (slot, patients) = (world.slot().await, world.patients());
    world
        .practice
        .staff_book(slot.slot.get(), patients[1].get())
        .unwrap();
    let request = world.request(&slot, patients[0]);
    assert_eq!(rejection(&world, &request).await, Rejection::SlotTaken);
    assert_eq!(world.bookings_sent(), 0);
    assert_eq!(world.patient_in(slot.slot), Some(patients[1]));
}

#[tokio::test]
async fn a_slot_changed_since_the_search_is_not_booked() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let mut moved = slot.clone();
    moved.start = slot.start.saturating_add(5.minutes()).unwrap();
    let mut retyped = slot.clone();
    retyped.slot_type = "99".parse::<SlotTypeId>().unwrap();
    let mut elsewhere = slot.clone();
    elsewhere.session = SessionId::new(999_999).unwrap();
    for changed in [moved, retyped, elsewhere] {
        let request = world.request(&changed, patient);
        assert_eq!(rejection(&world, &request).await, Rejection::SlotChanged);
    }

    world.practice.staff_block(slot.slot.get()).unwrap();
    let request = world.request(&slot, patient);
    assert_eq!(rejection(&world, &request).await, Rejection::SlotChanged);
    assert_eq!(world.bookings_sent(), 0);
}

#[tokio::test]
async fn a_slot_that_the_practice_does_not_offer_is_not_booked() {
    let world = World::new().await;
    let patient = world.patient();
    let slot = world.slot().await;
    let unlisted = world.practice.free_slots().into_iter().find(|other| {
        let slot_type: SlotTypeId = other.slot_type_id.to_string().parse().unwrap();
        !world.settings.slot_types.contains(&slot_type)
    });
    let unlisted = unlisted.unwrap();
    let mut chosen = slot.clone();
    chosen.session = SessionId::new(i64::from(unlisted.session_id)).unwrap();
    chosen.slot = emis_types::SlotId::new(i64::from(unlisted.slot_id)).unwrap();
    chosen.start = emis_types::uk::zoned(unlisted.start).timestamp();
    let request = world.request(&chosen, patient);
    assert_eq!(rejection(&world, &request).await, Rejection::NotOffered);

    world.clock.set(slot.start);
    let request = world.request(&slot, patient);
    assert_eq!(rejection(&world, &request).await, Rejection::TooSoon);
    assert_eq!(world.bookings_sent(), 0);
}

#[tokio::test]
async fn a_start_outside_the_practices_window_does_not_reach_emis() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let calls = world.sim.journal().len();
    let table = [
        (Timestamp::MIN, Rejection::TooSoon),
        (Timestamp::UNIX_EPOCH, Rejection::TooSoon),
        (world.clock.now(), Rejection::TooSoon),
        (
            slot.start + SignedDuration::from_hours(24 * 365),
            Rejection::TooFar,
        ),
        (Timestamp::MAX, Rejection::TooFar),
    ];
    for (start, expected) in table {
        let mut chosen = slot.clone();
        chosen.start = start;
        let request = world.request(&chosen, patient);
        assert_eq!(rejection(&world, &request).await, expected, "{start}");
    }
    assert_eq!(world.sim.journal().len(), calls);
}

#[tokio::test]
async fn a_repeated_request_returns_the_booking_even_after_its_start() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let request = world.request(&slot, patient);
    let first = world.booking.book(&request).await.unwrap();
    world.clock.set(slot.start);
    assert_eq!(world.booking.book(&request).await.unwrap(), first);
}

#[tokio::test]
async fn nothing_is_booked_while_booking_is_off_or_not_set_up() {
    let world = World::new().await;
    let request = world.request(&world.slot().await, world.patient());
    let with = |change: fn(&mut emis_settings::BookingSettings)| {
        let mut settings = world.settings.clone();
        change(&mut settings);
        Booking::new(
            world.client.clone(),
            &of_practice(world.practice.ods(), &settings),
            world.store.clone(),
            Arc::new(world.clock.clone()),
        )
    };
    let unset = with(|settings| settings.booked_by = None)
        .book(&request)
        .await;
    assert_eq!(unset.unwrap_err().kind(), BookingErrorKind::Settings);
    let off = with(|settings| settings.enabled = false)
        .book(&request)
        .await;
    assert_eq!(
        off.unwrap(),
        BookingOutcome::Rejected(Rejection::NotOffered)
    );
    assert_eq!(world.bookings_sent(), 0);
}

#[tokio::test]
async fn deceased_deregistered_and_dummy_patients_are_not_booked() {
    let world = World::with(|settings| settings.max_future_per_patient = 10).await;
    let slot = world.slot().await;
    for kind in [
        PatientKind::Deceased,
        PatientKind::Deducted,
        PatientKind::Dummy,
    ] {
        let patients = world.practice.patients();
        let of_kind: Vec<_> = patients
            .iter()
            .filter(|patient| patient.kind == kind)
            .collect();
        assert!(!of_kind.is_empty());
        for patient in of_kind {
            let request = world.request(&slot, patient_number(patient.patient_number));
            let found = rejection(&world, &request).await;
            assert_eq!(found, Rejection::PatientNotActive, "{kind:?}");
        }
    }
    assert_eq!(world.bookings_sent(), 0);
}

#[tokio::test]
async fn a_patient_who_leaves_before_the_appointment_is_not_booked() {
    let world = World::new().await;
    let (slot, patient) = (world.slot().await, world.patient());
    let day = emis_types::uk::at(slot.start).date();
    world.practice.deduct(patient.get(), day).unwrap();
    let request = world.request(&slot, patient);
    assert_eq!(
        rejection(&world, &request).await,
        Rejection::PatientNotActive
    );
}

#[tokio::test]
async fn a_patient_with_another_identity_is_not_booked() {
    let world = World::new().await;
    let (slot, patients) = (world.slot().await, world.patients());
    let wrong_day = PatientIdentity::date_of_birth(date(1901, 1, 1));
    let somebody_else = world.identity(patients[1]);
    let half_right = {
        let facts = world.practice.patient(patients[0].get()).unwrap();
        PatientIdentity::nhs_number(facts.nhs_number.unwrap().parse().unwrap())
            .and_date_of_birth(date(1901, 1, 1))
    };
    for identity in [wrong_day, somebody_else, half_right] {
        let request = BookingRequest::new(slot.clone(), patients[0], identity);
        assert_eq!(
            rejection(&world, &request).await,
            Rejection::IdentityMismatch
        );
    }
    let nobody = PatientNumber::new(999_999_999).unwrap();
    let request = BookingRequest::new(slot.clone(), nobody, wrong_day);
    let unknown = rejection(&world, &request).await;
    assert_eq!(unknown, Rejection::PatientNotFound);
    // The wording does not reveal whether such a patient exists.
    assert_eq!(unknown.sentence(), Rejection::IdentityMismatch.sentence());
    assert_eq!(world.bookings_sent(), 0);
}

#[tokio::test]
async fn a_patient_books_up_to_the_limit() {
    let world = World::with(|settings| settings.max_future_per_patient = 2).await;
    let slots = world.offered().await;
    let patient = world.patient();
    // An appointment booked by reception counts.
    world
        .practice
        .staff_book(slots[0].slot.get(), patient.get())
        .unwrap();
    let first = world.booked(&slots[1], patient).await;
    let request = world.request(&slots[2], patient);
    assert_eq!(rejection(&world, &request).await, Rejection::PatientLimit);

    world.booking.cancel(&first.id).await.unwrap();
    world.booked(&slots[2], patient).await;
}

#[tokio::test]
async fn two_concurrent_bookings_of_one_slot_book_it_once() {
    let world = World::new().await;
    let (slot, patients) = (world.slot().await, world.patients());
    let book = |patient| {
        let (booking, request) = (world.booking.clone(), world.request(&slot, patient));
        tokio::spawn(async move { booking.book(&request).await })
    };
    let (one, other) = (book(patients[0]), book(patients[1]));
    let outcomes = [one.await.unwrap().unwrap(), other.await.unwrap().unwrap()];

    let confirmed = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, BookingOutcome::Confirmed(_)));
    assert_eq!(confirmed.count(), 1, "{outcomes:?}");
    assert!(outcomes.contains(&BookingOutcome::Rejected(Rejection::SlotTaken)));
    assert_eq!(world.bookings_sent(), 1);
}

#[tokio::test]
async fn concurrent_bookings_do_not_exceed_the_patients_limit() {
    let world = World::with(|settings| settings.max_future_per_patient = 1).await;
    let slots = world.offered().await;
    let patient = world.patient();
    let tasks: Vec<_> = slots[..5]
        .iter()
        .map(|slot| {
            let (booking, request) = (world.booking.clone(), world.request(slot, patient));
            tokio::spawn(async move { booking.book(&request).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(world.practice.bookings_for(patient.get()).len(), 1);
}

#[tokio::test]
async fn no_call_is_sent_to_another_practice() {
    let world = World::new().await;
    let request = world.request(&world.slot().await, world.patient());
    let elsewhere = world.sim.practices()[1].ods();
    let booking = Booking::new(
        world.client.clone(),
        &of_practice(elsewhere, &world.settings),
        world.store.clone(),
        Arc::new(world.clock.clone()),
    );
    let calls = world.sim.journal().len();
    let error = booking.book(&request).await.unwrap_err();
    assert_eq!(error.kind(), BookingErrorKind::WrongPractice);
    assert_eq!(
        world.sim.journal().len(),
        calls,
        "no request was sent to EMIS"
    );
}

#[tokio::test]
async fn an_application_token_is_checked_against_the_practice_once() {
    let world = World::with_application_token().await;
    let slot = world.slot().await;
    world.booked(&slot, world.patient()).await;
    assert_eq!(world.sim.count(SimOperation::GetOrganisationV2), 1);

    let elsewhere = world.sim.practices()[1].ods();
    let booking = Booking::new(
        world.client.clone(),
        &of_practice(elsewhere, &world.settings),
        world.store.clone(),
        Arc::new(world.clock.clone()),
    );
    let error = booking
        .book(&world.request(&slot, world.patient()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), BookingErrorKind::WrongPractice);
}

#[tokio::test]
async fn a_slot_choice_round_trips_through_the_browser() {
    let world = World::new().await;
    let slot = world.slot().await;
    let json = serde_json::to_string(&slot).unwrap();
    assert_eq!(
        serde_json::from_str::<emis_booking::SlotChoice>(&json).unwrap(),
        slot
    );
    world.clock.advance(SignedDuration::from_mins(30));
    world.booked(&slot, world.patient()).await;
}
