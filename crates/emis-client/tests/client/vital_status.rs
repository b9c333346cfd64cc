//! The truth table of the fields that say whether a patient is alive.

use crate::support::{Scripted, builder, id, json};
use emis_client::DeceasedFlagEncoding::{self, Literal, Ordinal};
use emis_client::model::VitalStatus::{self, Conflicting, Deceased, NoSignOfDeath};

/// The vital status of demographics with these fields.
async fn status(encoding: DeceasedFlagEncoding, fields: &str, code: Option<u8>) -> VitalStatus {
    let code = code.map_or("null".to_owned(), |code| {
        format!(r#"{{"value": "{code}"}}"#)
    });
    let body = format!(
        r#"{{"registration": {{"dbid": "17"{fields}}},
            "registrationStatus": {{"currentStatus": {{"code": {code}}}}}}}"#
    );
    let client = builder()
        .deceased_flag_encoding(encoding)
        .build_with_transport(Scripted::new([json(200, &body)]));
    let patient = client
        .patient()
        .get_patient_demographics(id("17"))
        .await
        .unwrap();
    patient.vital_status
}

#[tokio::test]
async fn the_truth_table_holds_in_both_encodings() {
    const NO_DATE: &str = r#", "dateOfDeath": null"#;
    const BLANK_DATE: &str = r#", "dateOfDeath": "  ""#;
    const DATE: &str = r#", "dateOfDeath": "01/05/2026""#;
    const ODD_DATE: &str = r#", "dateOfDeath": "May 2026""#;
    // (date of death, deadSpecified, whether `dead` says dead) → status
    let table = [
        (NO_DATE, Some(false), Some(true), NoSignOfDeath),
        (NO_DATE, Some(false), Some(false), NoSignOfDeath),
        (NO_DATE, Some(false), None, NoSignOfDeath),
        (NO_DATE, Some(true), Some(true), Deceased),
        (NO_DATE, Some(true), Some(false), NoSignOfDeath),
        (NO_DATE, Some(true), None, Conflicting),
        (NO_DATE, None, Some(true), Conflicting),
        (NO_DATE, None, Some(false), NoSignOfDeath),
        (NO_DATE, None, None, NoSignOfDeath),
        (BLANK_DATE, Some(false), Some(true), NoSignOfDeath),
        (BLANK_DATE, Some(true), Some(false), NoSignOfDeath),
        (DATE, Some(false), Some(true), Deceased),
        (DATE, Some(false), Some(false), Deceased),
        (DATE, Some(false), None, Deceased),
        (DATE, Some(true), Some(true), Deceased),
        (DATE, Some(true), Some(false), Conflicting),
        (DATE, Some(true), None, Conflicting),
        (DATE, None, Some(true), Deceased),
        (DATE, None, Some(false), Conflicting),
        (DATE, None, None, Deceased),
        (ODD_DATE, Some(false), Some(true), Deceased),
        (ODD_DATE, Some(true), Some(false), Conflicting),
    ];
    for (date, specified, dead, expected) in table {
        for (encoding, dead_number) in [(Ordinal, 0), (Literal, 1)] {
            let number = dead.map(|dead| if dead { dead_number } else { 1 - dead_number });
            let mut fields = date.to_owned();
            if let Some(number) = number {
                fields.push_str(&format!(r#", "dead": {number}"#));
            }
            if let Some(specified) = specified {
                fields.push_str(&format!(r#", "deadSpecified": {specified}"#));
            }
            assert_eq!(
                status(encoding, &fields, None).await,
                expected,
                "{encoding:?} {fields}"
            );
        }
    }
}

#[tokio::test]
async fn an_unknown_number_is_never_taken_for_alive() {
    for encoding in [Ordinal, Literal] {
        for (fields, expected) in [
            (r#", "dead": 2, "deadSpecified": true"#, Conflicting),
            (r#", "dead": -1, "deadSpecified": true"#, Conflicting),
            (r#", "dead": 2"#, Conflicting),
            (r#", "dead": 2, "deadSpecified": false"#, NoSignOfDeath),
        ] {
            assert_eq!(status(encoding, fields, None).await, expected, "{fields}");
        }
    }
}

#[tokio::test]
async fn a_registration_that_ended_by_death_counts_as_a_record_of_it() {
    let unset = r#", "dead": 0, "deadSpecified": false"#;
    let alive = r#", "dead": 1, "deadSpecified": true"#;
    for code in [11, 12, 47, 48] {
        assert_eq!(status(Ordinal, unset, Some(code)).await, Deceased);
        assert_eq!(status(Ordinal, alive, Some(code)).await, Conflicting);
    }
    for code in [1, 8, 9, 15] {
        assert_eq!(status(Ordinal, unset, Some(code)).await, NoSignOfDeath);
    }
}
