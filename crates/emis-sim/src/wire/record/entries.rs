//! `AllergyType`, `ReferralType`, `DiaryType` and `AttachmentType`.

use serde::Serialize;

use super::base::Coded;
use crate::model::record::{self as model, Entry};
use crate::wire::xml::Choice;

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Allergy {
    #[serde(flatten)]
    coded: Coded,
    episodicity: i32,
    episodicity_specified: bool,
    /// 1: to a group of drugs.
    allergy_type1: i32,
    allergy_type1_specified: bool,
    exclude: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Referral {
    #[serde(flatten)]
    coded: Coded,
    referral_reason: Option<String>,
    urgency: Choice,
    urgency_specified: bool,
    referral_ref: Option<String>,
    /// 1: outbound.
    direction: Option<String>,
    rejection_reason: Option<String>,
    source_description: Option<String>,
    referral_mode: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Diary {
    #[serde(flatten)]
    coded: Coded,
    #[serde(rename = "templateID")]
    template_id: Option<String>,
    #[serde(rename = "templateInstanceID")]
    template_instance_id: Option<String>,
    template_component_name: Option<String>,
    duration_term: Option<String>,
    reminder: Option<String>,
    /// `L`: by letter.
    reminder_type: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attachment {
    #[serde(flatten)]
    coded: Coded,
    title: Option<String>,
    address: Option<String>,
    version: Option<String>,
    dds_identifier: Option<String>,
    /// Always empty: the content is read by itself.
    attachment_data: Option<String>,
    provisional: bool,
    provisional_specified: bool,
    pfs_visible: bool,
    pfs_visible_specified: bool,
}

impl Allergy {
    pub(super) fn of(entry: &Entry<model::Allergy>) -> Self {
        Self {
            coded: Coded::of(entry, None),
            allergy_type1: 1,
            allergy_type1_specified: true,
            ..Self::default()
        }
    }
}

impl Referral {
    pub(super) fn of(entry: &Entry<model::Referral>) -> Self {
        let (place, literal) = if entry.of.urgent { (2, "2") } else { (0, "0") };
        Self {
            coded: Coded::of(entry, None),
            urgency: Choice { place, literal },
            urgency_specified: true,
            direction: Some("1".to_owned()),
            ..Self::default()
        }
    }
}

impl Diary {
    pub(super) fn of(entry: &Entry<model::DiaryEntry>) -> Self {
        Self {
            coded: Coded::of(entry, None),
            reminder_type: Some("L".to_owned()),
            ..Self::default()
        }
    }
}

impl Attachment {
    pub(super) fn of(entry: &Entry<model::Attachment>) -> Self {
        let of = &entry.of;
        Self {
            coded: Coded::of(entry, None),
            title: Some(of.title.clone()),
            address: Some(of.file_name.clone()),
            version: Some("1".to_owned()),
            dds_identifier: Some(of.document.to_string()),
            provisional: of.provisional,
            provisional_specified: true,
            pfs_visible: of.visible,
            pfs_visible_specified: true,
            ..Self::default()
        }
    }
}
