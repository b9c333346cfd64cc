//! The plan: reminders due and suppressed.

use emis_client::model::{BookedPatient, Patient, Registration, VitalStatus};
use emis_messaging::Contact;
use emis_reminders::{MessageRecipient, SuppressionReason, plan};
use emis_settings::{Channel, Offset, ReminderSettings, Selection, WorkingCalendar};
use emis_types::{Sensitive, SiteId};
use jiff::civil::date;
use proptest::prelude::*;

use crate::support::{adult, booked, london, only_reason, tuesday_at, wednesday_at};

/// Returns the reason for an adult with an appointment in 24 hours, after a change to each.
fn reason(
    change: impl FnOnce(&mut BookedPatient, &mut ReminderSettings),
) -> Option<SuppressionReason> {
    let mut settings = ReminderSettings::default();
    let mut appointment = booked(1, wednesday_at(10, 0), adult(1));
    change(&mut appointment, &mut settings);
    let now = london(tuesday_at(10, 0));
    only_reason(&plan(
        &now,
        &settings,
        &WorkingCalendar::default(),
        &[appointment],
    ))
}

fn reason_for_patient(change: impl FnOnce(&mut Patient)) -> Option<SuppressionReason> {
    reason(|appointment, _| change(&mut appointment.patient))
}

fn registration(code: Option<i32>, registered: Option<bool>) -> Option<Registration> {
    let mut registration = Registration::default();
    registration.status_code = code;
    registration.practice_registered = registered;
    Some(registration)
}

#[test]
fn a_registered_adult_is_due() {
    assert_eq!(reason(|_, _| ()), None);
}

#[test]
fn deceased_patients_are_not_reminded() {
    let dead = reason_for_patient(|p| p.vital_status = VitalStatus::Deceased);
    assert_eq!(dead, Some(SuppressionReason::Deceased));
    let unclear = reason_for_patient(|p| p.vital_status = VitalStatus::Conflicting);
    assert_eq!(unclear, Some(SuppressionReason::VitalStatusConflicting));
    for code in [11, 12, 47, 48] {
        let dead = reason_for_patient(|p| p.registration = registration(Some(code), Some(true)));
        assert_eq!(dead, Some(SuppressionReason::Deceased), "status {code}");
    }
}

#[test]
fn deregistered_patients_are_not_reminded() {
    let today = date(2026, 6, 2);
    let left = reason_for_patient(|p| p.deducted_on = Some(today));
    assert_eq!(left, Some(SuppressionReason::Deducted));
    let leaves = reason_for_patient(|p| p.deducted_on = today.tomorrow().ok());
    assert_eq!(leaves, None);
    for code in (13..=19).chain([21, 22]).chain(24..=33).chain(35..=38) {
        let left = reason_for_patient(|p| p.registration = registration(Some(code), None));
        assert_eq!(left, Some(SuppressionReason::Deducted), "status {code}");
    }
    let flagged = reason_for_patient(|p| p.registration = registration(None, Some(false)));
    assert_eq!(flagged, Some(SuppressionReason::Deducted));
}

#[test]
fn registered_and_temporary_patients_are_reminded() {
    for code in (1..=10).chain([20, 23, 34]) {
        for registered in [None, Some(true), Some(false)] {
            let kept =
                reason_for_patient(|p| p.registration = registration(Some(code), registered));
            assert_eq!(kept, None, "status {code}");
        }
    }
    let silent = reason_for_patient(|p| p.registration = registration(None, None));
    assert_eq!(silent, None);
}

#[test]
fn an_unknown_registration_status_does_not_count_as_registered() {
    for code in [-1, 0, 39, 46, 49, 1000] {
        let unknown = reason_for_patient(|p| p.registration = registration(Some(code), Some(true)));
        assert_eq!(
            unknown,
            Some(SuppressionReason::RegistrationUnclear),
            "status {code}"
        );
    }
}

#[test]
fn dummy_patients_are_not_reminded() {
    let dummy = reason_for_patient(|p| {
        let mut registration = Registration::default();
        registration.patient_type = Some(7);
        p.registration = Some(registration);
    });
    assert_eq!(dummy, Some(SuppressionReason::DummyPatient));
}

#[test]
fn opted_out_patients_are_not_reminded() {
    let out = reason(|appointment, settings| {
        settings.opted_out.insert(appointment.patient.number);
    });
    assert_eq!(out, Some(SuppressionReason::OptedOut));
}

#[test]
fn no_patient_is_reminded_while_reminders_are_off() {
    let off = reason(|_, settings| settings.enabled = false);
    assert_eq!(off, Some(SuppressionReason::RemindersOff));
}

#[test]
fn patients_below_the_minimum_age_are_not_reminded() {
    let born = |year, month, day| {
        reason_for_patient(|p| p.date_of_birth = Some(Sensitive::new(date(year, month, day))))
    };
    assert_eq!(born(2010, 6, 2), None, "sixteen today");
    assert_eq!(
        born(2010, 6, 3),
        Some(SuppressionReason::UnderAge),
        "sixteen tomorrow"
    );
    let unknown = reason_for_patient(|p| p.date_of_birth = None);
    assert_eq!(unknown, Some(SuppressionReason::AgeUnknown));

    let any_age = reason(|appointment, settings| {
        appointment.patient.date_of_birth = None;
        settings.minimum_age_years = 0;
    });
    assert_eq!(any_age, None);
}

#[test]
fn a_patient_born_on_29_february_is_sixteen_on_1_march() {
    let on = |month, day| {
        let mut patient = adult(1);
        patient.date_of_birth = Some(Sensitive::new(date(2008, 2, 29)));
        let start = date(2026, month, day).tomorrow().unwrap().at(10, 0, 0, 0);
        let now = london(date(2026, month, day).at(10, 0, 0, 0));
        let mut settings = ReminderSettings::default();
        settings.minimum_age_years = 18;
        only_reason(&plan(
            &now,
            &settings,
            &WorkingCalendar::default(),
            &[booked(1, start, patient)],
        ))
    };
    assert_eq!(on(2, 28), Some(SuppressionReason::UnderAge));
    assert_eq!(on(3, 1), None);
}

#[test]
fn only_the_chosen_slot_types_and_sites_are_reminded_of() {
    let with = |slot_type: Option<&str>| {
        reason(|appointment, settings| {
            appointment.slot_type = slot_type.map(|id| id.parse().unwrap());
            settings.slot_types = Selection::only(["3".parse().unwrap()]);
        })
    };
    assert_eq!(with(Some("3")), None);
    assert_eq!(
        with(Some("4")),
        Some(SuppressionReason::SlotTypeNotReminded)
    );
    assert_eq!(with(None), Some(SuppressionReason::SlotTypeNotReminded));

    let site = |id| SiteId::new(id).unwrap();
    let at = |sites: &[i64]| {
        reason(|appointment, settings| {
            appointment.sites = sites.iter().map(|id| site(*id)).collect();
            settings.sites = Selection::only([site(3)]);
        })
    };
    assert_eq!(at(&[2, 3]), None);
    assert_eq!(at(&[4]), Some(SuppressionReason::SiteNotReminded));
    assert_eq!(at(&[]), Some(SuppressionReason::SiteNotReminded));
}

#[test]
fn only_a_usable_contact_is_chosen() {
    let mobile = |text: &str| {
        reason_for_patient(|p| {
            p.mobile = Some(Sensitive::new(text.into()));
            p.email = None;
        })
    };
    assert_eq!(mobile("07700 900123"), None);
    for unfit in [
        "07700 900123 mum",
        "0117 496 0123",
        "",
        "07700 900123/07700 900124",
    ] {
        assert_eq!(
            mobile(unfit),
            Some(SuppressionReason::NoValidContact),
            "{unfit:?}"
        );
    }
}

#[test]
fn the_preferred_channel_comes_first_and_the_other_is_the_fallback() {
    let channels = |order: &[Channel], change: fn(&mut Patient)| {
        let mut settings = ReminderSettings::default();
        settings.channels = order.to_vec();
        let mut patient = adult(1);
        change(&mut patient);
        let now = london(tuesday_at(10, 0));
        let plan = plan(
            &now,
            &settings,
            &WorkingCalendar::default(),
            &[booked(1, wednesday_at(9, 0), patient)],
        );
        let addressees = plan.due.first().map(|due| due.addressees.clone());
        let channels = addressees.unwrap_or_default().into_iter();
        channels
            .map(|addressee| addressee.channel())
            .collect::<Vec<_>>()
    };
    use Channel::{Email, Sms};
    assert_eq!(channels(&[Sms, Email], |_| ()), [Sms, Email]);
    assert_eq!(channels(&[Email, Sms], |_| ()), [Email, Sms]);
    assert_eq!(channels(&[Sms, Email], |p| p.mobile = None), [Email]);
    assert_eq!(channels(&[Sms], |_| ()), [Sms]);
    assert!(channels(&[Sms], |p| p.mobile = None).is_empty());
}

#[test]
fn a_shared_telephone_is_detected_in_any_notation() {
    let mut mother = adult(1);
    mother.mobile = Some(Sensitive::new("07700 900001".into()));
    mother.email = Some(Sensitive::new("Family@example.com".into()));
    let mut son = adult(2);
    son.mobile = Some(Sensitive::new("+44 (0)7700-900001".into()));
    son.email = Some(Sensitive::new("family@EXAMPLE.com".into()));
    let stranger = adult(3);
    // The same patient twice is not two patients.
    let batch = [
        booked(1, wednesday_at(9, 0), mother),
        booked(2, wednesday_at(9, 10), son),
        booked(3, wednesday_at(9, 20), stranger.clone()),
        booked(4, wednesday_at(9, 30), stranger),
    ];
    let plan = plan(
        &london(tuesday_at(10, 0)),
        &ReminderSettings::default(),
        &WorkingCalendar::default(),
        &batch,
    );
    let shared: Vec<Vec<bool>> = plan
        .due
        .iter()
        .map(|due| due.addressees.iter().map(|a| a.shared).collect())
        .collect();
    assert_eq!(
        shared,
        [[true, true], [true, true], [false, false], [false, false]]
    );
}

#[test]
fn the_most_important_reason_is_reported() {
    let all_at_once = reason(|appointment, settings| {
        appointment.patient.vital_status = VitalStatus::Deceased;
        appointment.patient.mobile = None;
        appointment.start = tuesday_at(9, 0);
        settings.opted_out.insert(appointment.patient.number);
    });
    assert_eq!(all_at_once, Some(SuppressionReason::Deceased));
}

#[test]
fn every_reason_has_a_unique_code() {
    let mut codes: Vec<_> = SuppressionReason::ALL
        .iter()
        .map(|reason| reason.code())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), SuppressionReason::ALL.len());
    for reason in SuppressionReason::ALL {
        assert!(!reason.to_string().is_empty());
    }
}

prop_compose! {
    fn any_patient(number: i64)(
        vital in prop_oneof![
            8 => Just(VitalStatus::NoSignOfDeath),
            1 => Just(VitalStatus::Deceased),
            1 => Just(VitalStatus::Conflicting),
        ],
        code in proptest::option::of(-2..60),
        registered in any::<Option<bool>>(),
        born in proptest::option::of((1920_i16..2026, 1_i8..=12, 1_i8..=28)),
        mobile in proptest::option::of("07700 ?900[0-9]{3}( mum)?"),
        email in proptest::option::of("[a-z]{1,8}@?example\\.com"),
    ) -> Patient {
        let mut patient = adult(number);
        patient.vital_status = vital;
        patient.registration = registration(code, registered);
        patient.date_of_birth = born.map(|(y, m, d)| Sensitive::new(date(y, m, d)));
        patient.mobile = mobile.map(Sensitive::new);
        patient.email = email.map(Sensitive::new);
        patient
    }
}

proptest! {
    #[test]
    fn every_appointment_is_either_due_or_suppressed(
        patients in (1_usize..20).prop_flat_map(|count| {
            (0..count).map(|n| any_patient(n as i64 + 1)).collect::<Vec<_>>()
        }),
        minutes in -2000_i64..6000,
        hours in proptest::collection::btree_set(1_u16..=168, 1..=3),
    ) {
        let now = london(tuesday_at(10, 0));
        let start = |n: i64| {
            let offset = jiff::SignedDuration::from_mins(minutes + n * 7);
            now.datetime().checked_add(offset).unwrap()
        };
        let batch: Vec<_> = patients
            .into_iter()
            .enumerate()
            .map(|(n, patient)| booked(n as i64 + 1, start(n as i64), patient))
            .collect();
        let mut settings = ReminderSettings::default();
        settings.offsets = hours.into_iter().map(Offset::Hours).collect();
        let plan = plan(&now, &settings, &WorkingCalendar::default(), &batch);

        let both = plan.due.iter().chain(&plan.soon);
        let mut slots: Vec<_> = both.map(|due| due.appointment().slot).collect();
        slots.extend(plan.suppressed.iter().map(|passed| passed.appointment.slot));
        slots.sort_unstable();
        let all: Vec<_> = batch.iter().map(|booked| booked.slot).collect();
        prop_assert_eq!(slots, all);

        for due in &plan.due {
            prop_assert_eq!(due.booked.patient.vital_status, VitalStatus::NoSignOfDeath);
            prop_assert!(due.booked.start > now.datetime());
            prop_assert!(!due.addressees.is_empty());
            prop_assert!(settings.offsets.contains(&due.offset));
            let contacts_differ = due.addressees.iter().all(|a| match &a.recipient {
                MessageRecipient::Contact(Contact::Sms(mobile)) => mobile.expose().starts_with("+447700900"),
                MessageRecipient::Contact(Contact::Email(email)) => email.expose().contains('@'),
                _ => false,
            });
            prop_assert!(contacts_differ);
        }
    }
}
