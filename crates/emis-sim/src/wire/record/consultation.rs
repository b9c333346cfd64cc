//! `ConsultationType`. It refers to its entries, which are in the record's lists: the document has no
//! other members for them.

use serde::Serialize;

use super::base::Author;
use crate::formats;
use crate::model::record::{self as model, ElementKind};
use crate::wire::ident::{Ident, IntegerCode};
use crate::wire::xml::OneOf;

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Consultation {
    #[serde(flatten)]
    ident: Ident,
    assigned_date: Option<String>,
    /// 4: day and time.
    date_part: i32,
    date_part_specified: bool,
    #[serde(rename = "userID")]
    user_id: Ident,
    external_consultant: Option<String>,
    #[serde(rename = "locationID")]
    location_id: Ident,
    /// 0: an encounter in general practice.
    consultation_type1: i32,
    consultation_type1_specified: bool,
    /// Minutes.
    duration: Option<String>,
    travel_time: Option<String>,
    #[serde(rename = "appointmentSlotID")]
    appointment_slot_id: Option<String>,
    data_source: Option<String>,
    #[serde(rename = "policyID")]
    policy_id: Option<String>,
    original_author: Author,
    element_list: Vec<Element>,
    pfs_visible: bool,
    pfs_visible_specified: bool,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Element {
    #[serde(flatten)]
    ident: Ident,
    display_order: i32,
    display_order_specified: bool,
    problem_section: i32,
    problem_section_specified: bool,
    header: IntegerCode,
    item: OneOf<Ident>,
}

impl Consultation {
    pub(super) fn of(consultation: &model::Consultation) -> Self {
        let elements = consultation.elements.iter();
        Self {
            ident: Ident::of(consultation.id, consultation.guid),
            assigned_date: Some(formats::exact_date_time(consultation.at)),
            date_part: 4,
            date_part_specified: true,
            user_id: Ident::reference(consultation.user),
            location_id: Ident::reference(consultation.site),
            consultation_type1_specified: true,
            duration: Some("10".to_owned()),
            data_source: Some("0".to_owned()),
            original_author: Author::of(consultation.user, consultation.at),
            element_list: (1..).zip(elements).map(Element::of).collect(),
            pfs_visible: consultation.visible,
            pfs_visible_specified: true,
            ..Self::default()
        }
    }
}

impl Element {
    fn of((place, element): (i32, &model::Element)) -> Self {
        Self {
            ident: Ident::default(),
            display_order: place,
            display_order_specified: true,
            header: IntegerCode::new(
                1,
                match element.kind {
                    ElementKind::Event => "Examination",
                    ElementKind::Referral => "Referral",
                    ElementKind::Attachment => "Document",
                },
            ),
            item: OneOf {
                element: match element.kind {
                    ElementKind::Event => "<Event>",
                    ElementKind::Referral => "<Referral>",
                    ElementKind::Attachment => "<Attachment>",
                },
                content: Ident::of(element.entry, element.guid),
            },
            ..Self::default()
        }
    }
}
