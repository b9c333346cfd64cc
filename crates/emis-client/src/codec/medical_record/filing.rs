//! A new consultation as the message that `FileRecord` takes.
//!
//! In JSON an element of a consultation has room for no more than a reference, so the entry itself
//! stands in the record's own list, under the number that the element refers to. In XML it stands
//! in the element ([`filing_xml`](super::filing_xml)).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use emis_types::PatientNumber;
use jiff::civil::DateTime;

use super::filing_wire::{
    AttachmentWire, CodeWire, ConsultationWire, ElementWire, EntryWire, EventWire, IdentWire,
    NumericValueWire, RecordWire,
};
use super::filing_xml;
use super::places::place;
use crate::codec::Encoding;
use crate::model::Code;
use crate::model::medical_record::{
    EventKind, NewAttachment, NewCodedValue, NewConsultation, NewEntry, OnlineVisibility,
};

/// Every list of the message has one record, and this is its number.
const ONE: &str = "1";
const NEW: &str = "0";
const REFERENCE: &str = "3";

/// Returns the body of `FileRecord`.
pub(crate) fn file_record(
    patient: PatientNumber,
    consultation: &NewConsultation,
    encoding: Encoding,
) -> Result<Vec<u8>, serde_json::Error> {
    let record = record(patient, consultation);
    match encoding {
        Encoding::Json => serde_json::to_vec(&record),
        Encoding::Xml => Ok(filing_xml::write(&record).into_bytes()),
    }
}

fn record(patient: PatientNumber, consultation: &NewConsultation) -> RecordWire {
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
    record
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
