//! The ways in which .NET and XML Schema write dates and times: read as they are meant, and refused
//! where they can be read in two ways.

use crate::support::operations::answered as answered_by;
use crate::support::{answered, id};
use emis_client::model::{BookedPatient, Listing, MinutesWindow, VitalStatus};
use emis_client::{Client, Operation};
use jiff::civil::{date, time};
use proptest::prelude::*;

/// Booked patients, of whom the first has these fields.
fn in_json(patient: &str, date: &str, time: &str) -> String {
    format!(
        r#"{{"bookedList": [{{"patient": {{"dbid": 17, "familyName": "Person"{patient}}},
            "appointment": {{"id": {{"dbid": 21}}, "date": "{date}", "time": "{time}"}}}},
          {{"patient": {{"dbid": 18}}, "appointment":
            {{"id": {{"dbid": 22}}, "date": "02/06/2026", "time": "10:05"}}}}]}}"#
    )
}

fn in_xml(patient: &str, date: &str, time: &str) -> String {
    format!(
        "<BookedPatients><BookedList><Booked><Patient><DBID>17</DBID>{patient}</Patient>
           <Appointment><ID><DBID>21</DBID></ID><Date>{date}</Date><Time>{time}</Time></Appointment>
         </Booked><Booked><Patient><DBID>18</DBID></Patient><Appointment><ID><DBID>22</DBID></ID>
           <Date>02/06/2026</Date><Time>10:05</Time></Appointment></Booked></BookedList>
         </BookedPatients>"
    )
}

fn booked(body: &str) -> Listing<BookedPatient> {
    let client: Client = answered(200, body);
    let window = MinutesWindow::new(0, 1440).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let booked = client.appointments().get_booked_patients(window);
    runtime.unwrap().block_on(booked).unwrap()
}

const NULLS: [&str; 8] = [
    "0001-01-01T00:00:00",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+00:00",
    "0001-01-01T00:00:00.0000000",
    "0001-01-01",
    "01/01/0001",
    "01/01/0001 00:00:00",
    "9999-12-31T23:59:59.9999999",
];

/// The first days of SQL Server's types and of OLE Automation.
const DATABASE_NULLS: [&str; 6] = [
    "1900-01-01T00:00:00",
    "01/01/1900",
    "1753-01-01T00:00:00",
    "01/01/1753",
    "1899-12-30T00:00:00",
    "30/12/1899",
];

#[test]
fn the_null_of_a_database_is_no_date_of_deduction_and_may_be_one_of_birth() {
    for null in DATABASE_NULLS {
        let fields = format!(r#", "deductedDate": "{null}", "dateOfBirth": "{null}""#);
        let listing = booked(&in_json(&fields, "02/06/2026", "09:05"));
        let patient = &listing.items[0].patient;
        assert_eq!(patient.deducted_on, None, "{null}");
        assert!(patient.date_of_birth.is_some(), "{null}");
    }
    for day in ["02/01/1900", "1753-01-02", "1899-12-31"] {
        let fields = format!(r#", "deductedDate": "{day}""#);
        let listing = booked(&in_json(&fields, "02/06/2026", "09:05"));
        assert!(listing.items[0].patient.deducted_on.is_some(), "{day}");
    }
}

#[test]
fn the_null_of_dot_net_is_no_date_of_death() {
    let others = ["", "/Date(-62135596800000)/"];
    for null in NULLS.into_iter().chain(DATABASE_NULLS).chain(others) {
        let json = in_json(
            &format!(r#", "dateOfDeath": "{null}""#),
            "02/06/2026",
            "09:05",
        );
        let xml = in_xml(
            &format!("<DateOfDeath>{null}</DateOfDeath>"),
            "02/06/2026",
            "09:05",
        );
        for body in [json, xml] {
            let booked = booked(&body);
            assert_eq!((booked.items.len(), booked.skipped.len()), (2, 0), "{null}");
            let status = booked.items[0].patient.vital_status;
            assert_eq!(status, VitalStatus::NoSignOfDeath, "{null}");
        }
    }
    // Any other date of death is one, readable or not.
    for date in [
        "01/05/2026",
        "2026-05-01T00:00:00",
        "May 2026",
        "0001-01-02T00:00:00",
        "1900-01-02T00:00:00",
    ] {
        let booked = booked(&in_json(
            &format!(r#", "dateOfDeath": "{date}""#),
            "02/06/2026",
            "09:05",
        ));
        assert_eq!(
            booked.items[0].patient.vital_status,
            VitalStatus::Deceased,
            "{date}"
        );
    }
}

#[test]
fn the_null_of_dot_net_is_null_for_every_other_date() {
    for null in NULLS {
        let fields = format!(r#", "deductedDate": "{null}", "dateOfBirth": "{null}""#);
        let listing = booked(&in_json(&fields, "02/06/2026", "09:05"));
        let patient = &listing.items[0].patient;
        assert_eq!(
            (patient.deducted_on, &patient.date_of_birth),
            (None, &None),
            "{null}"
        );
        // An appointment has to have a day.
        let listing = booked(&in_json("", null, "09:05"));
        let skipped = listing.skipped[0].to_string();
        assert_eq!(skipped, "record 0: appointment.date is missing", "{null}");
    }
    let listing = booked(&in_json(
        r#", "deductedDate": "01/05/2026""#,
        "02/06/2026",
        "09:05",
    ));
    assert_eq!(listing.items[0].patient.deducted_on, Some(date(2026, 5, 1)));

    // In a medical record, in a booking's answer, in the configuration and in sessions, too.
    let record = r#"{"registration": {"dbid": 17, "dateOfDeath": "0001-01-01T00:00:00",
        "dateAdded": "0001-01-01T00:00:00"}, "eventList": [{"assignedDate": "0001-01-01T00:00:00"}]}"#;
    let record = answered_by(Operation::GetMedicalRecord, 200, record).unwrap();
    assert_eq!(record.skipped, []);
    let booking = r#"{"appointmentInformation": {"slotId": 21, "slotDateTime": "0001-01-01T00:00:00",
        "endDateTime": "01/01/0001 00:00:00"}}"#;
    let booking = answered_by(Operation::BookAppointment, 200, booking).unwrap();
    assert!(
        booking.shown.contains("start: None, end: None"),
        "{}",
        booking.shown
    );
    let configuration = r#"{"holidayList": {"practice": [{"day": "0001-01-01T00:00:00"}]}}"#;
    let configuration =
        answered_by(Operation::GetAppointmentConfiguration, 200, configuration).unwrap();
    let skipped = configuration.skipped[0].to_string();
    assert_eq!(skipped, "record 0: holidayList.practice.day is missing");
}

#[test]
fn a_time_of_day_is_read_in_every_form_that_leaves_one_reading() {
    let five_past = date(2026, 6, 2).at(9, 5, 0, 0);
    for (day, written) in [
        ("02/06/2026", "09:05:00.0000000"),
        ("02/06/2026", "09:05:00.0000000+01:00"),
        ("02/06/2026", "0001-01-01T09:05:00"),
        ("02/06/2026", "0001-01-01T09:05:00+01:00"),
        ("02/06/2026", "1899-12-30T09:05:00"),
        ("02/06/2026", "2026-06-02T09:05:00"),
        ("02/06/2026", "2026-06-02T08:05:00Z"),
        ("02/06/2026", "02/06/2026 09:05"),
        ("2026-06-02+01:00", "09:05"),
        ("2026-06-02Z", "09:05"),
        ("2026-06-02T00:00:00.0000000+01:00", "9:05"),
        ("2026-06-01T23:00:00Z", "09:05:00"),
    ] {
        for body in [in_json("", day, written), in_xml("", day, written)] {
            let booked = booked(&body);
            assert_eq!(booked.skipped, [], "{day} {written}");
            assert_eq!(booked.items[0].start, five_past, "{day} {written}");
        }
    }
    let winter = booked(&in_json("", "02/12/2026", "09:05:00Z"));
    assert_eq!(winter.items[0].start, date(2026, 12, 2).at(9, 5, 0, 0));
}

#[test]
fn a_time_with_two_readings_costs_its_record_and_names_the_field() {
    for (day, written) in [
        // Summer: UTC, or the wall clock with an offset that means nothing.
        ("02/06/2026", "09:05:00Z"),
        ("02/06/2026", "09:05:00+00:00"),
        ("02/12/2026", "09:05:00+01:00"),
        ("02/06/2026", "09:05:00-05:00"),
        // Another day than the appointment's.
        ("02/06/2026", "2026-06-03T09:05:00"),
    ] {
        for body in [in_json("", day, written), in_xml("", day, written)] {
            let booked = booked(&body);
            assert_eq!(booked.items.len(), 1, "{day} {written}");
            let skipped = booked.skipped[0].to_string();
            let expected = "record 0: appointment.time is a time that can be read in two ways";
            assert_eq!(skipped, expected, "{day} {written}");
        }
    }
}

#[tokio::test]
async fn slots_and_sessions_are_read_in_the_same_forms() {
    let slot = async |written: &str, length: &str| {
        let body = format!(
            r#"{{"slot": [{{"dbid": 41, "status": "Booked", "startTime": "{written}",
                "slotLength": "{length}"}}]}}"#
        );
        let client = answered(200, &body);
        let slots = client.appointments().get_slots_for_session(id("5")).await;
        let slots = slots.unwrap();
        slots.items.first().map(|slot| (slot.start, slot.minutes))
    };
    for written in [
        "09:05:00.0000000",
        "0001-01-01T09:05:00",
        "09:05+01:00",
        "2026-06-02T08:05:00Z",
    ] {
        for length in ["10", "10.0", "00:10:00", "00:10:00.0000000"] {
            let read = slot(written, length).await;
            assert_eq!(
                read,
                Some((time(9, 5, 0, 0), Some(10))),
                "{written} {length}"
            );
        }
    }
    // A slot has no day that could tell whether UTC is an hour off.
    assert_eq!(slot("09:05Z", "10").await, None);
    for length in ["10:00", "10.5", "00:10:30", "ten"] {
        assert_eq!(slot("09:05", length).await, None, "{length}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_form_of_an_appointments_start_is_the_same_start(
        day in 1i8..=28, month in 1i8..=12, hour in 0i8..24, minute in 0i8..60,
    ) {
        let start = date(2026, month, day).at(hour, minute, 0, 0);
        let uk = emis_types::uk::zoned(start);
        prop_assume!(uk.datetime() == start);
        let offset = uk.strftime("%:z").to_string();
        let (iso, clock) = (start.date().to_string(), format!("{hour:02}:{minute:02}:00"));
        for (day, written) in [
            (start.strftime("%d/%m/%Y").to_string(), format!("{hour}:{minute:02}")),
            (iso.clone(), format!("{clock}.0000000")),
            (iso.clone(), format!("{clock}{offset}")),
            (format!("{iso}T00:00:00"), format!("0001-01-01T{clock}.0000000{offset}")),
            (iso.clone(), uk.timestamp().to_string()),
        ] {
            // Midnight on .NET's first day is its null.
            prop_assume!(!(written.starts_with("0001") && clock == "00:00:00"));
            let booked = booked(&in_json("", &day, &written));
            prop_assert_eq!(&booked.skipped, &[], "{} {}", day, written);
            prop_assert_eq!(booked.items[0].start, start, "{} {}", day, written);
        }
    }
}
