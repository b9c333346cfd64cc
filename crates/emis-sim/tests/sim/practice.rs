//! The practice: consistent, varied, and the same for the same seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use emis_sim::{DiaryError, PatientKind, Sim, SimOperation, SimPractice, StartErrorKind};
use emis_types::{Clock, ManualClock, SystemClock, uk};
use jiff::civil::{Weekday, date};

use crate::common::{NOW, small, tomorrow};

const KINDS: [PatientKind; 9] = [
    PatientKind::Regular,
    PatientKind::Deceased,
    PatientKind::Deducted,
    PatientKind::Dummy,
    PatientKind::NoMobile,
    PatientKind::SharedMobile,
    PatientKind::LandlineInMobile,
    PatientKind::MobileWithNote,
    PatientKind::Child,
];

fn everything(practice: &SimPractice) -> String {
    let patients: Vec<_> = practice
        .patients()
        .into_iter()
        .map(|patient| {
            format!(
                "{} {} {} {:?} {:?} {:?} {} {:?}",
                patient.title,
                patient.first_names,
                patient.family_name,
                patient.nhs_number,
                patient.mobile,
                patient.email,
                patient.dob,
                patient.date_of_death,
            )
        })
        .collect();
    format!(
        "{patients:?}{:?}{:?}{}",
        practice.slots(),
        practice.staff(),
        practice.password()
    )
}

#[tokio::test]
async fn the_same_seed_and_clock_give_the_same_practice() {
    let one = small().start().await.expect("started");
    let same = small().start().await.expect("started");
    assert_eq!(everything(&one.practice()), everything(&same.practice()));
    assert_eq!(one.client_secret(), same.client_secret());
    let other = small().seed(8).start().await.expect("started");
    assert_ne!(everything(&one.practice()), everything(&other.practice()));
    assert_ne!(one.client_secret(), other.client_secret());
    let two = small().practices(2).start().await.expect("started");
    assert_eq!(everything(&one.practice()), everything(&two.practices()[0]));
    let two = small()
        .practices(2)
        .patients(3_000)
        .start()
        .await
        .expect("started");
    // Practices are drawn independently of each other.
    let many = small()
        .practices(60)
        .patients(20)
        .start()
        .await
        .expect("started");
    let two_of_twenty = small()
        .practices(2)
        .patients(20)
        .start()
        .await
        .expect("started");
    for (practice, same) in many.practices().iter().zip(two_of_twenty.practices()) {
        assert_eq!(everything(practice), everything(same));
    }
    let codes = |code: fn(&SimPractice) -> &str| -> BTreeSet<_> {
        many.practices().iter().map(code).collect()
    };
    assert_eq!(codes(SimPractice::ods).len(), 60);
    assert_eq!(codes(SimPractice::cdb).len(), 60);
    let passwords: BTreeSet<_> = many.practices().iter().map(SimPractice::password).collect();
    assert_eq!(passwords.len(), 60);
    let nhs = |practice: &SimPractice| -> BTreeSet<_> {
        practice
            .patients()
            .into_iter()
            .filter_map(|patient| patient.nhs_number)
            .collect()
    };
    assert!(nhs(&two.practices()[0]).is_disjoint(&nhs(&two.practices()[1])));
}

#[tokio::test]
async fn every_kind_of_patient_is_there() {
    for patients in [12, 200, 2_000] {
        let sim = small().patients(patients).start().await.expect("started");
        let practice = sim.practice();
        assert_eq!(practice.patients().len(), patients);
        for kind in KINDS {
            let patient = practice.patient_of_kind(kind).expect("one of each kind");
            assert_eq!(practice.patient(patient).expect("known").kind, kind);
        }
    }
}

#[tokio::test]
async fn a_bookable_patient_has_no_appointment_ahead() {
    let clock = ManualClock::at_uk(NOW);
    let builder = Sim::builder().patients(200).manual_clock(clock);
    let sim = builder.start().await.expect("started");
    let practice = sim.practice();
    let ahead = |patient: i32| {
        let slots = practice.bookings_for(patient).into_iter();
        slots.filter(|slot| slot.start >= NOW).count()
    };
    let before = practice.patient_who_can_book().expect("a patient");
    assert!(
        ahead(before.patient_number) > 1,
        "every patient is in the diary"
    );

    let patient = practice.bookable_patient().expect("a patient");
    assert_eq!(patient.patient_number, before.patient_number);
    assert_eq!(ahead(patient.patient_number), 0);
}

#[tokio::test]
async fn patients_match_their_kind() {
    let sim = small().patients(2_000).start().await.expect("started");
    let patients = sim.practice().patients();
    let mut mobiles = BTreeMap::<String, usize>::new();
    for patient in &patients {
        if let Some(mobile) = &patient.mobile {
            *mobiles.entry(mobile.clone()).or_default() += 1;
        }
    }
    let sixteen = date(2010, 6, 2);
    for patient in &patients {
        let mobile = patient.mobile.as_deref();
        match patient.kind {
            PatientKind::Regular => assert!(mobile.is_some_and(|mobile| mobiles[mobile] == 1)),
            PatientKind::NoMobile | PatientKind::Dummy => assert_eq!(mobile, None),
            PatientKind::SharedMobile => assert!(mobile.is_some_and(|mobile| mobiles[mobile] > 1)),
            PatientKind::LandlineInMobile => {
                assert!(mobile.is_some_and(|mobile| mobile.starts_with("01632 960")))
            }
            PatientKind::MobileWithNote => {
                assert!(mobile.is_some_and(|mobile| mobile.len() > "07700 900123".len()));
            }
            PatientKind::Child => assert!(patient.dob > sixteen),
            PatientKind::Deceased => {
                assert!(patient.dead == Some(true) || patient.date_of_death.is_some())
            }
            PatientKind::Deducted => {
                assert!(patient.deducted_date.is_some_and(|day| day < NOW.date()))
            }
            other => panic!("{other:?} is not described"),
        }
        let adult = patient.dob <= sixteen;
        assert_eq!(adult, patient.kind != PatientKind::Child, "{patient:?}");
    }
}

#[tokio::test]
async fn all_data_is_invented() {
    let sim = small().patients(2_000).start().await.expect("started");
    let mut numbers = BTreeSet::new();
    for patient in sim.practice().patients() {
        if let Some(number) = &patient.nhs_number {
            assert!(number.starts_with("999") && number.len() == 10);
            assert!(
                number.parse::<emis_types::NhsNumber>().is_ok(),
                "check digit"
            );
            assert!(numbers.insert(number.clone()), "one number, one patient");
        }
        if let Some(mobile) = &patient.mobile {
            let digits: String = mobile.chars().filter(char::is_ascii_digit).collect();
            assert!(
                digits.contains("7700900") || digits.starts_with("01632960"),
                "{mobile}"
            );
        }
        assert!(
            patient
                .email
                .is_none_or(|email| email.ends_with("@example.com"))
        );
    }
}

#[tokio::test]
async fn the_diary_has_four_weeks_of_weekdays() {
    let sim = small().patients(2_000).start().await.expect("started");
    let practice = sim.practice();
    let slots = practice.slots();
    let days: BTreeSet<_> = slots.iter().map(|slot| slot.start.date()).collect();
    assert_eq!(days.len(), 20);
    assert_eq!(days.first(), Some(&date(2026, 6, 1)));
    assert_eq!(days.last(), Some(&date(2026, 6, 26)));
    assert!(
        days.iter()
            .all(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
    );
    let statuses: BTreeSet<_> = slots.iter().map(|slot| slot.status).collect();
    for status in [
        "Slot Available",
        "Booked",
        "Blocked",
        "Embargoed",
        "Left",
        "DNA",
    ] {
        assert!(statuses.contains(status), "{status}");
    }
    for slot in &slots {
        let over = ["Left", "DNA", "Arrived"].contains(&slot.status);
        assert!(!over || slot.start <= NOW, "{slot:?}");
        assert!(slot.status != "Booked" || slot.start > NOW, "{slot:?}");
    }
    let day = practice.slots_on(tomorrow());
    let taken = day.iter().filter(|slot| slot.patient.is_some()).count();
    let share = taken as f64 / day.len() as f64;
    assert!((0.5..0.75).contains(&share), "{share}");
    assert_eq!(practice.sites().len(), 2);
    let sites: BTreeSet<_> = slots.iter().map(|slot| slot.site_id).collect();
    assert_eq!(sites.len(), 2);
    let holders: BTreeSet<_> = slots.iter().map(|slot| slot.holder_id).collect();
    assert_eq!(holders.len(), 8);
    let overlaps = slots
        .iter()
        .filter(|slot| slot.patient.is_some())
        .filter(|slot| {
            let same = |other: &&emis_sim::SlotFacts| {
                other.patient == slot.patient
                    && other.start == slot.start
                    && other.slot_id != slot.slot_id
            };
            slots.iter().any(|other| same(&other))
        });
    assert_eq!(overlaps.count(), 0, "nobody is in two places");
}

#[tokio::test]
async fn deceased_and_deducted_patients_have_appointments() {
    let sim = small().start().await.expect("started");
    let practice = sim.practice();
    for kind in [
        PatientKind::Deceased,
        PatientKind::Deducted,
        PatientKind::Dummy,
    ] {
        let patient = practice.patient_of_kind(kind).expect("one");
        let bookings = practice.bookings_for(patient);
        assert!(
            bookings
                .iter()
                .any(|slot| slot.start > NOW && slot.status == "Booked"),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_free_slot_is_for_patients_and_not_today() {
    for day in 1..=7 {
        let clock = ManualClock::at_uk(date(2026, 6, day).at(23, 30, 0, 0));
        let sim = small()
            .clock(Arc::new(clock.clone()))
            .start()
            .await
            .expect("started");
        let practice = sim.practice();
        let slot = practice.free_slot().expect("a free slot");
        assert!(slot.is_available() && slot.start.date() > uk::today(&clock));
        let admin = practice
            .slot_types()
            .into_iter()
            .find(|kind| kind.display == "Admin");
        let admin = admin.expect("admin slots");
        assert!(admin.bookable, "as practices leave them");
        assert!(
            practice
                .free_slots()
                .iter()
                .all(|slot| slot.slot_type_id != admin.id)
        );
        assert!(
            practice
                .slots()
                .iter()
                .any(|slot| slot.slot_type_id == admin.id && slot.is_available())
        );
    }
}

#[tokio::test]
async fn refused_actions_of_reception_are_errors() {
    let sim = small().start().await.expect("started");
    let practice = sim.practice();
    let slot = practice.free_slot().expect("free").slot_id;
    let patient = practice.patients()[0].patient_number;
    assert_eq!(
        practice.staff_book(-1, patient),
        Err(DiaryError::UnknownSlot)
    );
    assert_eq!(
        practice.staff_book(slot, -1),
        Err(DiaryError::UnknownPatient)
    );
    assert_eq!(practice.staff_cancel(slot), Err(DiaryError::Empty));
    assert_eq!(practice.staff_book(slot, patient), Ok(()));
    assert_eq!(
        practice.staff_book(slot, patient),
        Err(DiaryError::NotAvailable)
    );
    assert_eq!(practice.staff_block(slot), Err(DiaryError::NotAvailable));
    assert_eq!(practice.booking_of(slot), Some(patient));
}

#[tokio::test]
async fn debug_output_has_no_secret_and_no_patient() {
    let sim = small().start().await.expect("started");
    let practice = sim.practice();
    let patient = practice.patient_of_kind(PatientKind::Regular).expect("one");
    let patient = practice.patient(patient).expect("known");
    let printed = format!("{sim:?}{practice:?}{patient:?}{:?}", practice.emas());
    for secret in [
        sim.client_secret(),
        &practice.password(),
        &patient.family_name,
        patient.mobile.as_deref().expect("mobile"),
    ] {
        assert!(!printed.contains(secret));
    }
}

#[tokio::test]
async fn sizes_and_addresses_are_checked() {
    for (practices, patients) in [(0, 10), (1_001, 10), (1, 100_001)] {
        let refused = Sim::builder()
            .practices(practices)
            .patients(patients)
            .start()
            .await;
        assert_eq!(refused.expect_err("refused").kind(), StartErrorKind::Size);
    }
    let sim = small().start().await.expect("started");
    let address = sim
        .api_url()
        .trim_start_matches("http://")
        .trim_end_matches("/partner");
    let refused = small()
        .listen(address.parse().expect("an address"))
        .start()
        .await;
    assert_eq!(refused.expect_err("taken").kind(), StartErrorKind::Listen);
    let empty = small()
        .patients(0)
        .start()
        .await
        .expect("nobody is no mistake");
    assert_eq!(empty.practice().patients().len(), 0);
}

#[tokio::test]
async fn the_machines_clock_is_the_default() {
    let sim = Sim::builder().patients(20).start().await.expect("started");
    let today = uk::today(&SystemClock);
    let slots = sim.practice().slots();
    assert!(slots.iter().any(|slot| slot.start.date() > today));
    assert!(SystemClock.now() > uk::zoned(NOW.saturating_sub(jiff::ToSpan::years(5))).timestamp());
}

#[test]
fn operations_parse_from_their_names() {
    for operation in SimOperation::ALL {
        assert_eq!(operation.as_str().parse(), Ok(*operation));
        assert_eq!(operation.to_string(), operation.as_str());
    }
    assert!("bookappointment".parse::<SimOperation>().is_err());
}
