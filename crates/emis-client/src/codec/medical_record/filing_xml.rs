//! The message that `FileRecord` takes, in EMIS Open XML: its elements in the schema's order.

use quick_xml::escape::escape;

use super::filing_wire::{
    AttachmentWire, CodeWire, ConsultationWire, EntryWire, EventWire, IdentWire, RecordWire,
};
use super::places::literal;
use crate::model::CodeScheme;
use crate::model::medical_record::EventKind;

const NAMESPACE: &str = "http://www.e-mis.com/emisopen/MedicalRecord";

pub(super) fn write(record: &RecordWire) -> String {
    let mut xml = Xml(String::new());
    xml.0.push_str(&format!(
        r#"<?xml version="1.0" encoding="utf-8"?><MedicalRecord xmlns="{NAMESPACE}" PatientID="{}">"#,
        record.patient_id
    ));
    xml.element("ConsultationList", |xml| {
        for consultation in &record.consultation_list {
            xml.element("Consultation", |xml| {
                xml.consultation(consultation, record);
            });
        }
    });
    xml.element("PeopleList", |xml| {
        for person in &record.people_list {
            xml.identified("Person", person);
        }
    });
    if let Some(locations) = &record.location_list {
        xml.element("LocationList", |xml| {
            for location in locations {
                xml.identified("Location", location);
            }
        });
    }
    xml.0.push_str("</MedicalRecord>");
    xml.0
}

/// XML as it is written.
struct Xml(String);

impl Xml {
    fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.0.push_str(&format!("<{name}>"));
        content(self);
        self.0.push_str(&format!("</{name}>"));
    }

    fn text(&mut self, name: &str, text: impl AsRef<str>) {
        self.element(name, |xml| xml.0.push_str(&escape(text.as_ref())));
    }

    fn optional(&mut self, name: &str, text: Option<impl AsRef<str>>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn identified(&mut self, name: &str, ident: &IdentWire) {
        self.element(name, |xml| xml.ident(ident));
    }

    fn ident(&mut self, ident: &IdentWire) {
        self.optional("DBID", ident.dbid.as_ref());
        self.text("RefID", ident.ref_id);
        self.optional("GUID", ident.guid.as_ref());
        self.text("FileStatus", ident.file_status);
    }

    fn consultation(&mut self, consultation: &ConsultationWire, record: &RecordWire) {
        self.ident(&consultation.ident);
        self.text("AssignedDate", &consultation.assigned_date);
        self.text("DatePart", consultation.date_part.to_string());
        self.identified("UserID", &consultation.user_id);
        if let Some(location) = &consultation.location_id {
            self.identified("LocationID", location);
        }
        self.element("ElementList", |xml| {
            for element in &consultation.element_list {
                xml.element("ConsultationElement", |xml| {
                    xml.ident(&element.ident);
                    xml.text("DisplayOrder", element.display_order.to_string());
                    for event in record.event_list.iter().flatten() {
                        xml.element("Event", |xml| xml.event(event));
                    }
                    for attachment in record.attachment_list.iter().flatten() {
                        xml.element("Attachment", |xml| xml.attachment(attachment));
                    }
                });
            }
        });
        let visible = consultation.pfs_visible.map(|visible| visible.to_string());
        self.optional("PfsVisible", visible);
    }

    fn entry(&mut self, entry: &EntryWire) {
        self.ident(&entry.ident);
        self.text("AssignedDate", &entry.assigned_date);
        self.text("DatePart", entry.date_part.to_string());
        self.text("AssignedTime", &entry.assigned_time);
        self.identified("AuthorID", &entry.author_id);
        self.optional("DisplayTerm", entry.display_term.as_ref());
        self.optional("DescriptiveText", entry.descriptive_text.as_ref());
        for (name, code) in [("Code", &entry.code), ("TermID", &entry.term_id)] {
            if let Some(code) = code {
                self.element(name, |xml| xml.code(code));
            }
        }
    }

    fn code(&mut self, code: &CodeWire) {
        self.optional("Value", code.value.as_ref());
        self.optional("Scheme", code.scheme.and_then(literal::<CodeScheme>));
        self.optional("Term", code.term.as_ref());
    }

    fn event(&mut self, event: &EventWire) {
        self.entry(&event.entry);
        if let Some(value) = &event.numeric_value {
            self.element("NumericValue", |xml| {
                xml.text("Value", value.value.to_string());
                xml.optional("Units", value.units.as_ref());
            });
        }
        let kind = event.event_type1.and_then(literal::<EventKind>);
        self.optional("EventType", kind);
    }

    fn attachment(&mut self, attachment: &AttachmentWire) {
        self.entry(&attachment.entry);
        self.text("Title", &attachment.title);
        self.text("Address", &attachment.address);
        self.text("AttachmentData", &attachment.attachment_data);
    }
}
