//! A new consultation as the message that `FileRecord` takes.
//!
//! In JSON an element of a consultation has room for no more than a reference, so the entry itself
//! stands in the record's own list, under the number that the element refers to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use emis_types::PatientNumber;
use jiff::civil::DateTime;
use serde::Serialize;

use super::super::fields::place;
use crate::model::Code;
use crate::model::medical_record::{
    EventKind, NewAttachment, NewCodedValue, NewConsultation, NewEntry, OnlineVisibility,
};

/// Every list of the message has one record, and this is its number.
const ONE: &str = "1";
const NEW: &str = "0";
const REFERENCE: &str = "3";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecordWire {
    #[serde(rename = "patientID")]
    patient_id: String,
    consultation_list: [ConsultationWire; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    event_list: Option<[EventWire; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment_list: Option<[AttachmentWire; 1]>,
    people_list: [IdentWire; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    location_list: Option<[IdentWire; 1]>,
}

#[derive(Serialize, Clone)]
#[serde(rename_all = "camelCase")]
struct IdentWire {
    #[serde(skip_serializing_if = "Option::is_none")]
    dbid: Option<String>,
    #[serde(rename = "refID")]
    ref_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    guid: Option<String>,
    file_status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConsultationWire {
    #[serde(flatten)]
    ident: IdentWire,
    assigned_date: String,
    date_part: u8,
    date_part_specified: bool,
    #[serde(rename = "userID")]
    user_id: IdentWire,
    #[serde(rename = "locationID", skip_serializing_if = "Option::is_none")]
    location_id: Option<IdentWire>,
    element_list: [ElementWire; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pfs_visible: Option<bool>,
    pfs_visible_specified: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ElementWire {
    #[serde(flatten)]
    ident: IdentWire,
    display_order: u8,
    display_order_specified: bool,
    item: IdentWire,
}

/// What both kinds of entry have.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryWire {
    #[serde(flatten)]
    ident: IdentWire,
    assigned_date: String,
    date_part: u8,
    date_part_specified: bool,
    assigned_time: String,
    #[serde(rename = "authorID")]
    author_id: IdentWire,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_term: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptive_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<CodeWire>,
    #[serde(rename = "termID", skip_serializing_if = "Option::is_none")]
    term_id: Option<CodeWire>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventWire {
    #[serde(flatten)]
    entry: EntryWire,
    #[serde(skip_serializing_if = "Option::is_none")]
    numeric_value: Option<NumericValueWire>,
    event_type1: Option<usize>,
    event_type1_specified: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NumericValueWire {
    value: f64,
    value_specified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    units: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttachmentWire {
    #[serde(flatten)]
    entry: EntryWire,
    title: String,
    address: String,
    attachment_data: String,
}

#[derive(Serialize, Clone)]
#[serde(rename_all = "camelCase")]
struct CodeWire {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<usize>,
    scheme_specified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    term: Option<String>,
}

/// The body of `FileRecord`.
pub(crate) fn file_record(
    patient: PatientNumber,
    consultation: &NewConsultation,
) -> Result<Vec<u8>, serde_json::Error> {
    let at = *consultation.at.expose();
    let user = IdentWire {
        dbid: Some(consultation.user.to_string()),
        guid: consultation.user_guid.map(|guid| guid.to_string()),
        ..referring()
    };
    let location = consultation.location.map(|location| IdentWire {
        dbid: Some(location.to_string()),
        ..referring()
    });
    let mut record = RecordWire {
        patient_id: patient.to_string(),
        consultation_list: [ConsultationWire {
            ident: new(),
            assigned_date: at.strftime("%d/%m/%Y %H:%M:%S").to_string(),
            date_part: 4,
            date_part_specified: true,
            user_id: user.clone(),
            location_id: location.clone(),
            element_list: [ElementWire {
                ident: new(),
                display_order: 1,
                display_order_specified: true,
                item: referring(),
            }],
            pfs_visible: consultation
                .visibility
                .map(|visibility| visibility == OnlineVisibility::Visible),
            pfs_visible_specified: consultation.visibility.is_some(),
        }],
        event_list: None,
        attachment_list: None,
        people_list: [user.clone()],
        location_list: location.map(|location| [location]),
    };
    let entry = entry(at, user);
    match &consultation.entry {
        NewEntry::Coded(coded) => record.event_list = Some([coded_value(coded, entry)]),
        NewEntry::Comment(text) => {
            record.event_list = Some([event(
                EntryWire {
                    descriptive_text: Some(text.expose().clone()),
                    ..entry
                },
                EventKind::Text,
            )]);
        }
        NewEntry::Attachment(file) => record.attachment_list = Some([attachment(file, entry)]),
    }
    serde_json::to_vec(&record)
}

fn new() -> IdentWire {
    IdentWire {
        dbid: None,
        ref_id: ONE,
        guid: None,
        file_status: NEW,
    }
}

fn referring() -> IdentWire {
    IdentWire {
        file_status: REFERENCE,
        ..new()
    }
}

fn entry(at: DateTime, author_id: IdentWire) -> EntryWire {
    EntryWire {
        ident: new(),
        assigned_date: at.strftime("%d/%m/%Y").to_string(),
        date_part: 0,
        date_part_specified: true,
        assigned_time: at.strftime("%H:%M").to_string(),
        author_id,
        display_term: None,
        descriptive_text: None,
        code: None,
        term_id: None,
    }
}

fn coded(entry: EntryWire, code: &Code) -> EntryWire {
    let text = |text: &Option<emis_types::Sensitive<String>>| {
        text.as_ref().map(|text| text.expose().clone())
    };
    let scheme = code
        .scheme
        .as_ref()
        .and_then(|scheme| place(scheme.known()?));
    let wire = CodeWire {
        value: text(&code.value),
        scheme,
        scheme_specified: scheme.is_some(),
        term: text(&code.term),
    };
    EntryWire {
        display_term: wire.term.clone(),
        // EMIS wants the code again where there is no id of the term.
        term_id: Some(wire.clone()),
        code: Some(wire),
        ..entry
    }
}

fn coded_value(value: &NewCodedValue, entry: EntryWire) -> EventWire {
    let mut entry = coded(entry, &value.code);
    entry.descriptive_text = value.text.as_ref().map(|text| text.expose().clone());
    let Some(number) = &value.value else {
        return event(entry, EventKind::Observation);
    };
    EventWire {
        numeric_value: Some(NumericValueWire {
            value: *number.expose(),
            value_specified: true,
            units: value.units.clone(),
        }),
        ..event(entry, EventKind::Value)
    }
}

fn event(entry: EntryWire, kind: EventKind) -> EventWire {
    EventWire {
        entry,
        numeric_value: None,
        event_type1: place(kind),
        event_type1_specified: true,
    }
}

fn attachment(file: &NewAttachment, entry: EntryWire) -> AttachmentWire {
    AttachmentWire {
        entry: match &file.code {
            Some(code) => coded(entry, code),
            None => entry,
        },
        title: file.title.expose().clone(),
        address: file.file_name.expose().clone(),
        attachment_data: STANDARD.encode(file.data.expose()),
    }
}
