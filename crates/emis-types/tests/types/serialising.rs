//! Serde: identifiers as text or numbers; values about a patient are read, and written only where
//! a field says so.

use emis_types::{
    ApplicationId, BookedBy, EmailAddress, NhsNumber, OdsCode, ResponsibleParty, Sensitive,
    SlotTypeId, UkMobile,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Practice {
    ods_code: OdsCode,
    application_id: ApplicationId,
    slot_type: SlotTypeId,
    booked_by: BookedBy,
    acts: ResponsibleParty,
}

#[test]
fn identifiers_round_trip() {
    let text = json!({
        "ods_code": "A20047",
        "application_id": "party-key-4711",
        "slot_type": "12",
        "booked_by": "17",
        "acts": "no_one",
    });
    let practice: Practice = serde_json::from_value(text.clone()).unwrap();
    assert_eq!(serde_json::to_value(&practice).unwrap(), text);
}

#[derive(Serialize, Deserialize)]
struct Patient {
    #[serde(with = "emis_types::exposed")]
    nhs_number: NhsNumber,
    #[serde(with = "emis_types::exposed", default)]
    mobile: Option<UkMobile>,
    #[serde(with = "emis_types::exposed")]
    emails: Vec<EmailAddress>,
    #[serde(with = "emis_types::exposed")]
    name: Sensitive<String>,
}

#[test]
fn values_about_a_patient_are_written_where_a_field_says_so() {
    let text = json!({
        "nhs_number": "9990000018",
        "mobile": null,
        "emails": ["invented@example.com"],
        "name": "Invented Person",
    });
    let patient: Patient = serde_json::from_value(text.clone()).unwrap();
    assert_eq!(serde_json::to_value(&patient).unwrap(), text);
}

#[test]
fn what_is_not_valid_is_refused_without_being_quoted() {
    let error = serde_json::from_str::<NhsNumber>(r#""9990000019""#).unwrap_err();
    assert!(!error.to_string().contains("9990000019"), "{error}");
    let error = serde_json::from_str::<OdsCode>(r#""A2-047""#).unwrap_err();
    assert!(!error.to_string().contains("A2-047"), "{error}");
}
