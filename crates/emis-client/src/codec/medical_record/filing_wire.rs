//! The wire structs of the message that `FileRecord` takes.

use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecordWire {
    #[serde(rename = "patientID")]
    pub(super) patient_id: String,
    pub(super) consultation_list: [ConsultationWire; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_list: Option<[EventWire; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attachment_list: Option<[AttachmentWire; 1]>,
    pub(super) people_list: [IdentWire; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location_list: Option<[IdentWire; 1]>,
}

#[derive(Serialize, Clone)]
#[serde(rename_all = "camelCase")]
pub(super) struct IdentWire {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dbid: Option<String>,
    #[serde(rename = "refID")]
    pub(super) ref_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) guid: Option<String>,
    pub(super) file_status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsultationWire {
    #[serde(flatten)]
    pub(super) ident: IdentWire,
    pub(super) assigned_date: String,
    pub(super) date_part: u8,
    pub(super) date_part_specified: bool,
    #[serde(rename = "userID")]
    pub(super) user_id: IdentWire,
    #[serde(rename = "locationID", skip_serializing_if = "Option::is_none")]
    pub(super) location_id: Option<IdentWire>,
    pub(super) element_list: [ElementWire; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pfs_visible: Option<bool>,
    pub(super) pfs_visible_specified: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ElementWire {
    #[serde(flatten)]
    pub(super) ident: IdentWire,
    pub(super) display_order: u8,
    pub(super) display_order_specified: bool,
    pub(super) item: IdentWire,
}

/// The fields that both kinds of entry have.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryWire {
    #[serde(flatten)]
    pub(super) ident: IdentWire,
    pub(super) assigned_date: String,
    pub(super) date_part: u8,
    pub(super) date_part_specified: bool,
    pub(super) assigned_time: String,
    #[serde(rename = "authorID")]
    pub(super) author_id: IdentWire,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_term: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) descriptive_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<CodeWire>,
    #[serde(rename = "termID", skip_serializing_if = "Option::is_none")]
    pub(super) term_id: Option<CodeWire>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventWire {
    #[serde(flatten)]
    pub(super) entry: EntryWire,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) numeric_value: Option<NumericValueWire>,
    pub(super) event_type1: Option<usize>,
    pub(super) event_type1_specified: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NumericValueWire {
    pub(super) value: f64,
    pub(super) value_specified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) units: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttachmentWire {
    #[serde(flatten)]
    pub(super) entry: EntryWire,
    pub(super) title: String,
    pub(super) address: String,
    pub(super) attachment_data: String,
}

#[derive(Serialize, Clone)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodeWire {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scheme: Option<usize>,
    pub(super) scheme_specified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) term: Option<String>,
}
