//! Operations against the simulated practice, and its faults.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use emis_client::model::{
    AppointmentStatus, BookedAppointment, DateRange, KnownSlotStatus, MatchedTerms, MinutesWindow,
    NewBooking, SlotStatus, VitalStatus,
};
use emis_client::{Client, ClientError, ClientErrorKind};
use emis_sim::{Distortion, FalseAnswer, PatientKind, Sim, SimFault, SimOperation, SimPractice};
use emis_test_support::{LeakGuard, api_user_grant, client_builder, token_source_builder};
use emis_types::{ManualClock, PatientNumber, SessionId, SlotId};
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// A Tuesday.
const TODAY: Date = date(2026, 6, 2);

/// A practice, and an ear for what gets out of it.
async fn sim() -> Heard {
    let clock = ManualClock::at_uk(TODAY.at(10, 0, 0, 0));
    let sim = Sim::builder().patients(200).clock(Arc::new(clock));
    let sim = sim.start().await.unwrap();
    let _listening = LeakGuard::for_sim(&sim);
    Heard { sim, _listening }
}

struct Heard {
    sim: Sim,
    _listening: LeakGuard,
}

impl Deref for Heard {
    type Target = Sim;

    fn deref(&self) -> &Sim {
        &self.sim
    }
}

fn client(sim: &Sim) -> Client {
    client_with(sim, Duration::from_secs(60), &[])
}

fn client_with(sim: &Sim, attempt_timeout: Duration, scopes: &[&str]) -> Client {
    let clock = ManualClock::at_uk(TODAY.at(10, 0, 0, 0));
    let tokens = token_source_builder(sim, api_user_grant(&sim.practice()), &clock);
    client_builder(sim, tokens.scopes(scopes.iter().copied()), &clock)
        .attempt_timeout(attempt_timeout)
        .build()
        .unwrap()
}

fn slot_id(id: i32) -> SlotId {
    SlotId::new(id.into()).unwrap()
}

fn patient_number(id: i32) -> PatientNumber {
    PatientNumber::new(id.into()).unwrap()
}

fn regular(practice: &SimPractice) -> i32 {
    practice.patient_of_kind(PatientKind::Regular).unwrap()
}

fn june() -> DateRange {
    DateRange::new(date(2026, 6, 1), date(2026, 6, 30)).unwrap()
}

#[tokio::test]
async fn the_practice_and_its_configuration_are_those_of_the_simulator() {
    let sim = sim().await;
    let (client, practice) = (client(&sim), sim.practice());

    client.health().await.unwrap();
    let claims = client.token_claims().await.unwrap();
    assert_eq!(
        claims.organisation_id,
        Some(practice.cdb().parse().unwrap())
    );

    let organisation = client.organisation().get_organisation().await.unwrap();
    assert_eq!(organisation.skipped, []);
    assert_eq!(organisation.name.as_deref(), Some(practice.name()));
    assert_eq!(organisation.ods_code, Some(practice.ods().parse().unwrap()));
    let staff: BTreeMap<i32, _> = organisation
        .users
        .iter()
        .map(|user| (user.id.get(), user.guid))
        .collect();
    for member in practice.staff() {
        assert_eq!(
            staff.get(&member.id),
            Some(&Some(member.guid)),
            "{}",
            member.name
        );
    }

    let user = organisation.users.first().unwrap();
    let found = client.user().get_user_by_id(user.id).await.unwrap();
    assert_eq!(found.items[0].id, user.id);

    let configuration = client
        .appointments()
        .get_appointment_configuration(june())
        .await
        .unwrap();
    assert_eq!(configuration.skipped, []);
    let mut slot_types: Vec<String> = configuration
        .slot_types
        .iter()
        .map(|slot_type| slot_type.id.to_string())
        .collect();
    let mut expected: Vec<String> = practice
        .slot_types()
        .iter()
        .map(|slot_type| slot_type.id.to_string())
        .collect();
    slot_types.sort();
    expected.sort();
    assert_eq!(slot_types, expected);
    assert_eq!(configuration.sites.len(), practice.sites().len());
    assert!(!configuration.session_holders.is_empty());
}

#[tokio::test]
async fn a_range_longer_than_emis_serves_is_read_whole() {
    let sim = sim().await;
    let (client, practice) = (client(&sim), sim.practice());
    let (patient, slot_type) = (regular(&practice), practice.slot_types()[0].id);
    let mut booked = Vec::new();
    // Every day around the ends of the windows, and the ends of the range.
    let days = [0, 88, 89, 90, 91, 179, 180, 181, 269, 270, 364];
    for day in days {
        let morning = (TODAY + day.days()).at(7, 0, 0, 0);
        let slots = practice.staff_open_session(morning, 10, 1, slot_type);
        let slot = slots.unwrap()[0];
        practice.staff_book(slot, patient).unwrap();
        booked.push((slot_id(slot), morning));
    }

    let year = DateRange::new(TODAY, TODAY + 364.days()).unwrap();
    let appointments = client.appointments();
    let list = appointments
        .get_patient_appointments(patient_number(patient), year)
        .await
        .unwrap();
    let mut seen: Vec<_> = list
        .items
        .iter()
        .map(|item| (item.slot, item.start))
        .collect();
    // The practice has booked the patient in on other occasions.
    seen.retain(|appointment| booked.contains(appointment));
    assert_eq!(seen, booked);

    let sessions = appointments.get_appointment_sessions(year, None).await;
    let mut seen: Vec<i32> = sessions.unwrap().items.iter().map(|s| s.id.get()).collect();
    let slots = practice.slots().into_iter();
    let expected: BTreeSet<i32> = slots
        .filter(|slot| (year.start()..=year.end()).contains(&slot.start.date()))
        .map(|slot| slot.session_id)
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, Vec::from_iter(expected));
}

#[tokio::test]
async fn the_appointment_book_is_the_one_that_reception_sees() {
    let sim = sim().await;
    let (client, practice) = (client(&sim), sim.practice());
    let expected: BTreeMap<i32, _> = practice
        .slots_on(TODAY)
        .into_iter()
        .map(|slot| (slot.slot_id, slot))
        .collect();
    assert!(!expected.is_empty());

    let day = DateRange::day(TODAY);
    let sessions = client
        .appointments()
        .get_appointment_sessions(day, None)
        .await
        .unwrap();
    assert_eq!(sessions.skipped, []);
    let mut seen = 0;
    for session in &sessions.items {
        assert_eq!(session.date, TODAY);
        let slots = client
            .appointments()
            .get_slots_for_session(session.id)
            .await
            .unwrap();
        assert_eq!(slots.skipped, []);
        let total: u32 = session.slot_types.iter().map(|count| count.total).sum();
        assert_eq!(usize::try_from(total).unwrap(), slots.items.len());
        for slot in &slots.items {
            let fact = &expected[&slot.id.get()];
            assert_eq!(slot.starts_at(session).datetime(), fact.start);
            assert_eq!(slot.status.as_str(), fact.status);
            assert_eq!(slot.patient.map(PatientNumber::get), fact.patient);
            assert_eq!(slot.minutes.map(i32::from), Some(fact.minutes.into()));
            let slot_type = slot.slot_type.as_ref().map(ToString::to_string);
            assert_eq!(slot_type, Some(fact.slot_type_id.to_string()));
            assert_eq!(
                session.site.as_ref().map(|site| site.id.get()),
                Some(fact.site_id)
            );
            seen += 1;
        }
    }
    assert_eq!(seen, expected.len());
}

#[tokio::test]
async fn booked_patients_are_those_who_are_booked() {
    let sim = sim().await;
    let (client, practice) = (client(&sim), sim.practice());
    let window = MinutesWindow::new(0, 3 * 24 * 60).unwrap();
    let booked = client
        .appointments()
        .get_booked_patients(window)
        .await
        .unwrap();
    assert_eq!(booked.skipped, []);
    assert!(booked.items.len() > 10);
    for record in &booked.items {
        let slot = practice.slot(record.slot.get()).unwrap();
        assert_eq!(slot.patient, Some(record.patient.number.get()));
        assert_eq!(slot.start, record.start);
        assert_eq!(record.session.map(SessionId::get), Some(slot.session_id));
        assert!(
            record
                .session_holders
                .iter()
                .any(|holder| holder.get() == slot.holder_id)
        );
        assert!(record.sites.iter().any(|site| site.get() == slot.site_id));
        let patient = practice.patient(record.patient.number.get()).unwrap();
        let mobile = record
            .patient
            .mobile
            .as_ref()
            .map(|mobile| mobile.expose().clone());
        assert_eq!(mobile.as_deref(), patient.mobile.as_deref().map(str::trim));
        assert_eq!(record.patient.deducted_on, patient.deducted_date);
        let born = record.patient.date_of_birth.map(|born| *born.expose());
        assert_eq!(born, Some(patient.dob));
    }
}

#[tokio::test]
async fn every_patient_is_as_alive_as_the_practice_knows() {
    let sim = sim().await;
    let (client, practice) = (client(&sim), sim.practice());
    let mut deceased = 0;
    for fact in practice.patients() {
        let patient = client
            .patient()
            .get_patient_demographics(patient_number(fact.patient_number))
            .await
            .unwrap();
        let expected = match (fact.date_of_death.is_some(), fact.dead) {
            (true, Some(false)) => VitalStatus::Conflicting,
            (true, _) | (false, Some(true)) => VitalStatus::Deceased,
            (false, _) => VitalStatus::NoSignOfDeath,
        };
        let status_of_death = patient
            .registration
            .and_then(|registration| registration.status_code)
            .is_some_and(|code| code == 11);
        if !status_of_death {
            assert_eq!(patient.vital_status, expected, "{fact:?}");
        } else {
            assert_ne!(patient.vital_status, VitalStatus::NoSignOfDeath, "{fact:?}");
            deceased += 1;
        }
        let nhs_number = patient.nhs_number.map(|number| number.expose());
        assert_eq!(
            nhs_number,
            fact.nhs_number.map(|number| number.replace(' ', ""))
        );
    }
    assert!(deceased > 0);
}

#[tokio::test]
async fn a_patient_is_found_by_nhs_number() {
    let sim = sim().await;
    let (client, practice) = (client(&sim), sim.practice());
    let fact = practice.patient(regular(&practice)).unwrap();
    let number = fact.nhs_number.unwrap().parse().unwrap();
    let terms = MatchedTerms::nhs_number(number);
    let found = client
        .patient_matching()
        .get_matched_patients(&terms)
        .await
        .unwrap();
    let [patient] = found.items.as_slice() else {
        panic!("one patient")
    };
    assert_eq!(patient.number.get(), fact.patient_number);
    assert!(patient.registration.is_some());

    let nobody = MatchedTerms::new("Nobodyofthisname").unwrap();
    let found = client
        .patient_matching()
        .get_matched_patients(&nobody)
        .await
        .unwrap();
    assert_eq!(found.items, []);
}

async fn book(
    client: &Client,
    practice: &SimPractice,
    slot: i32,
) -> Result<BookedAppointment, ClientError> {
    let by = practice.staff()[0].guid.to_string().parse().unwrap();
    let patient = patient_number(regular(practice));
    let mut booking = NewBooking::new(slot_id(slot), patient, by, "Booked online");
    booking.note = Some("ref 0001".to_owned().into());
    client.appointments().book_appointment(&booking).await
}

#[tokio::test]
async fn a_booking_lives_from_free_slot_to_cancellation() {
    let sim = sim().await;
    let (client, practice) = (client(&sim), sim.practice());
    let appointments = client.appointments();
    let patient = regular(&practice);
    let fact = practice.free_slot().unwrap();
    let slot = slot_id(fact.slot_id);

    let booked = book(&client, &practice, fact.slot_id).await.unwrap();
    assert_eq!(
        (booked.slot, booked.patient),
        (slot, Some(patient_number(patient)))
    );
    assert_eq!(booked.start, Some(fact.start));
    assert_eq!(booked.session.map(SessionId::get), Some(fact.session_id));
    assert_eq!(practice.booking_of(fact.slot_id), Some(patient));

    let day = DateRange::day(fact.start.date());
    let list = appointments
        .get_patient_appointments(patient_number(patient), day)
        .await
        .unwrap();
    let appointment = list.items.iter().find(|item| item.slot == slot).unwrap();
    assert_eq!(appointment.start, fact.start);
    assert_eq!(
        appointment.reason.as_ref().unwrap().expose(),
        "Booked online"
    );
    assert!(
        appointment
            .notes
            .as_ref()
            .unwrap()
            .expose()
            .contains("ref 0001")
    );

    let taken = book(&client, &practice, fact.slot_id).await.unwrap_err();
    assert_eq!(taken.kind(), ClientErrorKind::Conflict);
    assert_eq!(taken.legacy_outcome(), Some(2));
    assert!(taken.message_id().is_some());

    appointments
        .add_slot_comment(slot, "Reminder sent")
        .await
        .unwrap();
    let arrive = AppointmentStatus::Arrive;
    appointments
        .set_appointment_status(slot, patient_number(patient), arrive)
        .await
        .unwrap();
    let session = SessionId::new(fact.session_id.into()).unwrap();
    let slots = appointments.get_slots_for_session(session).await.unwrap();
    let after = slots.items.iter().find(|item| item.id == slot).unwrap();
    assert_eq!(after.status, SlotStatus::from(KnownSlotStatus::Arrived));
    assert_eq!(after.comments.last().unwrap().expose(), "Reminder sent");

    appointments
        .cancel_appointment(slot, patient_number(patient))
        .await
        .unwrap();
    assert_eq!(practice.booking_of(fact.slot_id), None);
    let again = appointments
        .cancel_appointment(slot, patient_number(patient))
        .await;
    assert_eq!(again.unwrap_err().kind(), ClientErrorKind::NotFound);
}

#[tokio::test]
async fn a_write_in_trouble_is_ambiguous_and_was_sent_once() {
    let sim = sim().await;
    let practice = sim.practice();
    let slots = practice.free_slots();
    let faults = [
        (SimFault::Status(500), false),
        (SimFault::StatusAfterCommit(500), true),
        (SimFault::StatusAfterCommit(504), true),
        (SimFault::DropBeforeCommit, false),
        (SimFault::DropAfterCommit, true),
        (SimFault::StallBeforeCommit, false),
        (SimFault::StallAfterCommit, true),
        (SimFault::TruncatedBody, true),
        (SimFault::Distort(Distortion::MalformedRecord), true),
        (SimFault::Instead(FalseAnswer::HtmlPage), false),
    ];
    for (number, ((fault, committed), slot)) in faults.into_iter().zip(&slots).enumerate() {
        let stalls = matches!(
            fault,
            SimFault::StallBeforeCommit | SimFault::StallAfterCommit
        );
        let timeout = if stalls {
            Duration::from_secs(2)
        } else {
            Duration::from_secs(60)
        };
        let client = client_with(&sim, timeout, &[]);
        sim.faults().next(SimOperation::BookAppointment, fault);
        let error = book(&client, &practice, slot.slot_id).await.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Ambiguous, "{fault:?}");
        assert_eq!(
            sim.count(SimOperation::BookAppointment),
            number + 1,
            "{fault:?}"
        );
        assert_eq!(
            practice.booking_of(slot.slot_id).is_some(),
            committed,
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_read_gets_over_trouble_that_passes() {
    let sim = sim().await;
    let client = client_with(&sim, Duration::from_secs(2), &[]);
    let window = MinutesWindow::new(0, 24 * 60).unwrap();
    let whole = client
        .appointments()
        .get_booked_patients(window)
        .await
        .unwrap();
    for fault in [
        SimFault::Status(503),
        SimFault::DropBeforeCommit,
        SimFault::TruncatedBody,
        SimFault::RetryAfter {
            status: 429,
            seconds: 0,
        },
    ] {
        sim.faults().next(SimOperation::GetBookedPatientsV2, fault);
        let again = client
            .appointments()
            .get_booked_patients(window)
            .await
            .unwrap();
        assert_eq!(again, whole, "{fault:?}");
    }

    sim.faults().next(
        SimOperation::GetBookedPatientsV2,
        SimFault::Distort(Distortion::MalformedRecord),
    );
    let again = client
        .appointments()
        .get_booked_patients(window)
        .await
        .unwrap();
    assert_eq!(
        (again.items.len(), again.skipped.len()),
        (whole.items.len() - 1, 1)
    );

    sim.faults().next(
        SimOperation::GetBookedPatientsV2,
        SimFault::Instead(FalseAnswer::HtmlPage),
    );
    let error = client
        .appointments()
        .get_booked_patients(window)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Decode);
}

#[tokio::test]
async fn expired_tokens_cost_a_read_one_more_request_and_a_write_its_call() {
    let sim = sim().await;
    let (client, practice) = (client(&sim), sim.practice());
    client.organisation().get_organisation().await.unwrap();
    sim.expire_tokens();
    client.organisation().get_organisation().await.unwrap();
    assert_eq!(sim.count(SimOperation::GetOrganisationV2), 3);
    assert_eq!(sim.count(SimOperation::Token), 2);

    sim.expire_tokens();
    let slot = practice.free_slot().unwrap().slot_id;
    let error = book(&client, &practice, slot).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Unauthenticated);
    assert_eq!(sim.count(SimOperation::BookAppointment), 1);
    book(&client, &practice, slot).await.unwrap();
    assert_eq!(sim.count(SimOperation::BookAppointment), 2);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let sim = sim().await;
    let (client, practice) = (client(&sim), sim.practice());
    let unknown = patient_number(999_999);
    let error = client
        .patient()
        .get_patient_demographics(unknown)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.http_status()),
        (ClientErrorKind::NotFound, Some(404))
    );

    let reads_only = client_with(&sim, Duration::from_secs(60), &["papi-appt.read"]);
    let slot = practice.free_slot().unwrap().slot_id;
    let error = book(&reads_only, &practice, slot).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Forbidden);

    practice.emas().deactivate_application();
    let error = client.organisation().get_organisation().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.legacy_outcome()),
        (ClientErrorKind::Forbidden, Some(3))
    );
    practice.emas().activate_application();
    practice.emas().set_allow_login(false);
    let error = client.organisation().get_organisation().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.legacy_outcome()),
        (ClientErrorKind::Forbidden, Some(4))
    );
}
