//! The rules, tested by tables and properties.

use emis_booking::rules::{BookingWindow, NotOffered, offer};
use emis_booking::{PatientIdentity, Rejection, may_book};
use emis_client::model::{
    KnownSlotStatus, Patient, Registration, Session, SessionHolder, Site, Slot, SlotStatus,
    StaffName, VitalStatus,
};
use emis_settings::{BookingSettings, Selection};
use emis_types::{PatientNumber, SessionId, SiteId, SlotId, StaffId, uk};
use jiff::civil::{Date, DateTime, date, time};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

/// Tuesday 2 June 2026, 10:00.
const NOW: DateTime = date(2026, 6, 2).at(10, 0, 0, 0);

fn moment(local: DateTime) -> Timestamp {
    uk::zoned(local).timestamp()
}

fn site(id: i64) -> SiteId {
    SiteId::new(id).unwrap()
}

fn staff(id: i64) -> StaffId {
    StaffId::new(id).unwrap()
}

fn holder(id: i64) -> SessionHolder {
    SessionHolder::new(staff(id), StaffName::default())
}

/// Slot type 3, at all sites, with all session holders, 7 days ahead, an hour's notice.
fn settings() -> BookingSettings {
    let mut settings = BookingSettings::default();
    settings.enabled = true;
    settings.slot_types = ["3".parse().unwrap()].into();
    settings.horizon_days = 7;
    settings
}

/// A session of the next day at site 1 with holder 11.
fn session() -> Session {
    let mut session = Session::new(SessionId::new(21).unwrap(), date(2026, 6, 3));
    session.site = Some(Site::new(site(1), None));
    session.session_holders = vec![holder(11)];
    session
}

/// A free slot of type 3 at nine.
fn slot() -> Slot {
    let status = KnownSlotStatus::SlotAvailable.into();
    let mut slot = Slot::new(SlotId::new(31).unwrap(), time(9, 0, 0, 0), status);
    slot.slot_type = Some("3".parse().unwrap());
    slot.minutes = Some(10);
    slot
}

#[test]
fn a_slot_that_keeps_every_rule_is_offered() {
    let (session, slot) = (session(), slot());
    let offered = offer(&settings(), moment(NOW), &session, &slot).unwrap();
    assert_eq!((offered.session, offered.slot), (session.id, slot.id));
    assert_eq!(offered.start, uk::zoned(date(2026, 6, 3).at(9, 0, 0, 0)));
    assert_eq!(offered.minutes, Some(10));
    assert_eq!(offered.site, session.site);
    assert_eq!(offered.session_holders, session.session_holders);
}

type Break = fn(&mut BookingSettings, &mut Session, &mut Slot);

#[test]
fn each_broken_rule_has_its_reason() {
    let table: &[(NotOffered, Break)] = &[
        (NotOffered::Off, |s, _, _| s.enabled = false),
        (NotOffered::HoldsPatient, |_, _, slot| {
            slot.patient = Some(PatientNumber::new(501).unwrap());
        }),
        (NotOffered::SlotType, |s, _, _| s.slot_types.clear()),
        (NotOffered::SlotType, |_, _, slot| slot.slot_type = None),
        (NotOffered::SlotType, |_, _, slot| {
            slot.slot_type = Some("4".parse().unwrap());
        }),
        (NotOffered::Site, |s, _, _| {
            s.sites = Selection::only([site(2)])
        }),
        (NotOffered::Site, |s, session, _| {
            s.sites = Selection::only([site(1)]);
            session.site = None;
        }),
        (NotOffered::SessionHolder, |_, session, _| {
            session.session_holders.clear()
        }),
        (NotOffered::SessionHolder, |s, _, _| {
            s.session_holders = Selection::only([staff(12)]);
        }),
        (NotOffered::SessionHolder, |s, session, _| {
            s.session_holders = Selection::only([staff(11)]);
            session.session_holders.push(holder(12));
        }),
        (NotOffered::TooSoon, |_, session, _| {
            session.date = date(2026, 6, 1)
        }),
        (NotOffered::TooFar, |_, session, _| {
            session.date = date(2026, 6, 10)
        }),
    ];
    for (row, (reason, break_rule)) in table.iter().enumerate() {
        let (mut settings, mut session, mut slot) = (settings(), session(), slot());
        break_rule(&mut settings, &mut session, &mut slot);
        let refused = offer(&settings, moment(NOW), &session, &slot).unwrap_err();
        assert_eq!(refused, *reason, "row {row}");
    }
}

#[test]
fn only_the_status_slot_available_is_free() {
    let free: Vec<_> = KnownSlotStatus::ALL
        .iter()
        .filter(|status| {
            let mut slot = slot();
            slot.status = (**status).into();
            offer(&settings(), moment(NOW), &session(), &slot).is_ok()
        })
        .collect();
    assert_eq!(free, [&KnownSlotStatus::SlotAvailable]);
}

#[test]
fn an_unlisted_value_is_allowed_only_if_all_are() {
    let (mut settings, mut session, slot) = (settings(), session(), slot());
    session.site = None;
    assert!(offer(&settings, moment(NOW), &session, &slot).is_ok());
    session.site = Some(Site::new(site(1), None));
    settings.sites = Selection::only([site(1)]);
    settings.session_holders = Selection::only([staff(11)]);
    assert!(offer(&settings, moment(NOW), &session, &slot).is_ok());
}

#[test]
fn notice_and_horizon_to_the_minute() {
    let at = |day: Date, hour, minute| {
        let (mut session, mut slot) = (session(), slot());
        session.date = day;
        slot.start = time(hour, minute, 0, 0);
        offer(&settings(), moment(NOW), &session, &slot).map(|_| ())
    };
    assert_eq!(at(date(2026, 6, 2), 10, 59), Err(NotOffered::TooSoon));
    assert_eq!(at(date(2026, 6, 2), 11, 0), Ok(()));
    assert_eq!(at(date(2026, 6, 9), 23, 59), Ok(()));
    assert_eq!(at(date(2026, 6, 10), 0, 0), Err(NotOffered::TooFar));
}

#[test]
fn the_window_follows_local_time_when_the_clocks_change() {
    // The clocks go back on 25 October: the day has 25 hours, and all of them count.
    let window = BookingWindow::open(&settings(), moment(date(2026, 10, 18).at(10, 0, 0, 0)));
    assert_eq!(
        uk::at(window.end).datetime(),
        date(2026, 10, 26).at(0, 0, 0, 0)
    );
    // An hour's notice is an elapsed hour, also in the night in which 01:30 occurs twice.
    let first = date(2026, 10, 25).at(1, 30, 0, 0);
    let window = BookingWindow::open(&settings(), moment(first));
    assert_eq!(uk::at(window.earliest).datetime(), first);
    assert_eq!(window.earliest, moment(first) + 1.hour());
}

#[test]
fn every_reason_tells_the_patient_to_choose_or_wait() {
    let taken = [
        NotOffered::HoldsPatient,
        NotOffered::NotFree,
        NotOffered::SlotType,
    ];
    let told = taken.map(NotOffered::rejection);
    assert_eq!(
        told,
        [
            Rejection::SlotTaken,
            Rejection::SlotChanged,
            Rejection::NotOffered
        ]
    );
    assert_eq!(NotOffered::TooSoon.rejection(), Rejection::TooSoon);
    assert_eq!(NotOffered::TooFar.rejection(), Rejection::TooFar);
}

fn patient() -> Patient {
    let mut patient = Patient::new(PatientNumber::new(501).unwrap());
    patient.nhs_number = Some("999 000 0018".parse().unwrap());
    patient.date_of_birth = Some(date(1957, 5, 9).into());
    patient
}

fn check(patient: &Patient) -> Result<(), Rejection> {
    let known = PatientIdentity::date_of_birth(date(1957, 5, 9));
    may_book(patient, patient.number, &known, date(2026, 6, 3))
}

#[test]
fn every_known_detail_of_the_patient_must_match() {
    let (nhs, born) = ("999 000 0018".parse().unwrap(), date(1957, 5, 9));
    let (other_nhs, other_born) = ("999 000 0026".parse().unwrap(), date(1957, 9, 5));
    let mismatch = Err(Rejection::IdentityMismatch);
    let table = [
        (PatientIdentity::nhs_number(nhs), Ok(())),
        (PatientIdentity::date_of_birth(born), Ok(())),
        (
            PatientIdentity::nhs_number(nhs).and_date_of_birth(born),
            Ok(()),
        ),
        (PatientIdentity::nhs_number(other_nhs), mismatch),
        (PatientIdentity::date_of_birth(other_born), mismatch),
        (
            PatientIdentity::nhs_number(nhs).and_date_of_birth(other_born),
            mismatch,
        ),
        (
            PatientIdentity::nhs_number(other_nhs).and_date_of_birth(born),
            mismatch,
        ),
    ];
    let on = date(2026, 6, 3);
    for (known, expected) in table {
        assert_eq!(may_book(&patient(), patient().number, &known, on), expected);
    }
    // Every known detail must be in the record.
    let unrecorded = Patient::new(patient().number);
    let known = PatientIdentity::nhs_number(nhs);
    assert_eq!(
        may_book(&unrecorded, unrecorded.number, &known, on),
        mismatch
    );
    // The record must have the requested number.
    let other_number = PatientNumber::new(502).unwrap();
    assert_eq!(may_book(&patient(), other_number, &known, on), mismatch);
}

#[test]
fn only_living_patients_of_the_practice_are_booked() {
    let not_active = Err(Rejection::PatientNotActive);
    for vital in [VitalStatus::Deceased, VitalStatus::Conflicting] {
        let mut patient = patient();
        patient.vital_status = vital;
        assert_eq!(check(&patient), not_active);
    }
    for (deducted, expected) in [
        (date(2026, 6, 2), not_active),
        (date(2026, 6, 3), not_active),
        (date(2026, 6, 4), Ok(())),
    ] {
        let mut patient = patient();
        patient.deducted_on = Some(deducted);
        assert_eq!(check(&patient), expected, "{deducted}");
    }
}

#[test]
fn registrations_by_code() {
    let with = |status_code, patient_type, practice_registered| {
        let mut registration = Registration::default();
        registration.status_code = status_code;
        registration.patient_type = patient_type;
        registration.practice_registered = practice_registered;
        let mut patient = patient();
        patient.registration = Some(registration);
        check(&patient).is_ok()
    };
    let active: Vec<_> = (-1..=60)
        .filter(|code| with(Some(*code), Some(4), None))
        .collect();
    assert_eq!(active, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 23, 34]);
    assert!(with(None, None, None) && with(None, Some(4), Some(true)));
    assert!(!with(None, Some(4), Some(false)));
    assert!(!with(Some(8), Some(7), Some(true)), "a dummy");
}

#[test]
fn codes_and_sentences() {
    for rejection in Rejection::ALL {
        assert_eq!(rejection.code().parse(), Ok(*rejection));
        assert!(rejection.sentence().ends_with('.'));
    }
    assert!("no-such-code".parse::<Rejection>().is_err());
}

prop_compose! {
    fn any_slot()(
        days in -30i64..120,
        minutes in 0i64..1440,
        status in prop_oneof![
            Just("Slot Available".to_owned()),
            proptest::sample::select(KnownSlotStatus::ALL).prop_map(|it| it.as_str().to_owned()),
            "\\PC{0,20}",
        ],
        patient in proptest::option::weighted(0.3, 1i64..1000),
        slot_type in proptest::option::weighted(0.9, 1u8..6),
        site_id in proptest::option::weighted(0.9, 1i64..4),
        holders in proptest::collection::vec(1i64..5, 0..3),
    ) -> (Session, Slot) {
        let mut session = Session::new(SessionId::new(21).unwrap(), NOW.date() + days.days());
        session.site = site_id.map(|id| Site::new(site(id), None));
        session.session_holders = holders.into_iter().map(holder).collect();
        let start = jiff::civil::Time::midnight().wrapping_add(minutes.minutes());
        let mut slot = Slot::new(SlotId::new(31).unwrap(), start, SlotStatus::from_wire(&status));
        slot.patient = patient.map(|number| PatientNumber::new(number).unwrap());
        slot.slot_type = slot_type.map(|id| id.to_string().parse().unwrap());
        (session, slot)
    }
}

prop_compose! {
    fn any_settings()(
        enabled in proptest::bool::weighted(0.9),
        slot_types in proptest::collection::btree_set(1u8..6, 0..5),
        sites in proptest::option::of(proptest::collection::btree_set(1i64..4, 0..4)),
        holders in proptest::option::of(proptest::collection::btree_set(1i64..5, 0..5)),
        horizon_days in any::<u16>(),
        minimum_notice_minutes in any::<u32>(),
        small in any::<bool>(),
    ) -> BookingSettings {
        let mut settings = BookingSettings::default();
        settings.enabled = enabled;
        settings.slot_types = slot_types.iter().map(|id| id.to_string().parse().unwrap()).collect();
        settings.sites = sites.map_or(Selection::All, |ids| Selection::only(ids.into_iter().map(site)));
        settings.session_holders =
            holders.map_or(Selection::All, |ids| Selection::only(ids.into_iter().map(staff)));
        settings.horizon_days = if small { horizon_days % 85 } else { horizon_days };
        settings.minimum_notice_minutes =
            if small { minimum_notice_minutes % 3000 } else { minimum_notice_minutes };
        settings
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// With any settings, an offered slot is free, listed, in the future, and as EMIS returned it.
    #[test]
    fn an_offered_slot_is_allowed_by_the_practice(
        settings in any_settings(),
        (session, slot) in any_slot(),
    ) {
        let now = moment(NOW);
        if let Ok(offered) = offer(&settings, now, &session, &slot) {
            prop_assert!(settings.enabled);
            prop_assert_eq!(slot.status.as_str(), "Slot Available");
            prop_assert_eq!(slot.patient, None);
            prop_assert!(settings.slot_types.contains(&offered.slot_type));
            prop_assert_eq!(Some(&offered.slot_type), slot.slot_type.as_ref());
            prop_assert!(!session.session_holders.is_empty());
            let start = offered.start.timestamp();
            prop_assert!(start >= now);
            let days_ahead = (offered.start.date() - NOW.date()).get_days();
            prop_assert!(days_ahead <= i32::from(settings.horizon_days));
        }
    }

    /// A longer horizon, a shorter notice and a longer list never take a slot away.
    #[test]
    fn allowing_more_never_offers_less(settings in any_settings(), (session, slot) in any_slot()) {
        let now = moment(NOW);
        let mut wider = settings.clone();
        wider.sites = Selection::All;
        wider.session_holders = Selection::All;
        wider.horizon_days = wider.horizon_days.saturating_add(1);
        wider.minimum_notice_minutes /= 2;
        wider.slot_types.insert("9".parse().unwrap());
        if offer(&settings, now, &session, &slot).is_ok() {
            prop_assert!(offer(&wider, now, &session, &slot).is_ok());
        }
    }
}
