//! `MedicationType`, a course of a drug, and `IssueType`, one prescription of it.

use serde::Serialize;

use super::base::Author;
use crate::formats;
use crate::model::record as model;
use crate::wire::ident::{Ident, IntegerCode};
use crate::wire::xml::{Choice, OneOf};

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Medication {
    #[serde(flatten)]
    ident: Ident,
    #[serde(rename = "authorisedUserID")]
    authorised_user_id: Ident,
    original_author: Author,
    assigned_date: Option<String>,
    date_last_issue: Option<String>,
    issue_method: Choice,
    issue_method_specified: bool,
    date_rx_expire: Option<String>,
    dose_abbreviation: Option<String>,
    dosage: Option<String>,
    quantity: f32,
    quantity_specified: bool,
    quantity_units: Option<String>,
    quantity_representation: Option<String>,
    /// Days, taken together with the dosage.
    duration: Option<String>,
    mixture_indicator: Option<String>,
    drug: Preparation,
    prescription_type: Choice,
    prescription_type_specified: bool,
    drug_source: Option<String>,
    rx_review_date: Option<String>,
    pharmacy_text: Option<String>,
    rx_text: Option<String>,
    authorised_issue: Option<String>,
    issue_count: Option<String>,
    status: Choice,
    status_specified: bool,
    advice: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct Preparation {
    item: OneOf<IntegerCode>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Issue {
    #[serde(flatten)]
    course: Medication,
    estimated_cost: f64,
    estimated_cost_specified: bool,
    comment: Option<String>,
    #[serde(rename = "issuerID")]
    issuer_id: Ident,
    date_time_print: Option<String>,
    date_time_dispense: Option<String>,
    batch_number: Option<String>,
    medication_link: MedicationLink,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct MedicationLink {
    guid: Option<String>,
    #[serde(rename = "preparationID")]
    preparation_id: Option<String>,
    system_date: Option<String>,
}

const PRINTED: Choice = Choice {
    place: 5,
    literal: "P",
};
const ACUTE: Choice = Choice {
    place: 0,
    literal: "ACUTE",
};
const REPEAT: Choice = Choice {
    place: 1,
    literal: "REPEAT",
};
const CURRENT: Choice = Choice {
    place: 0,
    literal: "C",
};

impl Medication {
    pub(super) fn of(course: &model::Medication) -> Self {
        let drug = course.drug;
        Self {
            ident: Ident::of(course.id, course.guid),
            authorised_user_id: Ident::reference(course.author),
            original_author: Author::of(course.author, course.started.at(9, 0, 0, 0)),
            assigned_date: Some(formats::date(course.started)),
            date_last_issue: Some(formats::date(course.last_issue)),
            issue_method: PRINTED,
            issue_method_specified: true,
            dosage: Some(drug.dosage.to_owned()),
            quantity: drug.quantity,
            quantity_specified: true,
            quantity_units: Some(drug.units.to_owned()),
            quantity_representation: Some(format!("{} {}", drug.quantity, drug.units)),
            duration: Some(drug.days.to_string()),
            mixture_indicator: Some("0".to_owned()),
            drug: Preparation {
                item: OneOf {
                    element: "<PreparationID>",
                    content: IntegerCode::new(drug.preparation, drug.term),
                },
            },
            prescription_type: if course.repeat { REPEAT } else { ACUTE },
            prescription_type_specified: true,
            authorised_issue: Some("6".to_owned()),
            issue_count: Some(course.issues.to_string()),
            status: CURRENT,
            status_specified: true,
            ..Self::default()
        }
    }
}

impl Issue {
    pub(super) fn of(issue: &model::Issue, course: &model::Medication) -> Self {
        Self {
            course: Medication {
                ident: Ident::of(issue.id, issue.guid),
                assigned_date: Some(formats::date(issue.on)),
                ..Medication::of(course)
            },
            issuer_id: Ident::reference(course.author),
            date_time_print: Some(formats::date_time(issue.on.at(9, 0, 0, 0))),
            medication_link: MedicationLink {
                guid: Some(course.guid.to_string()),
                preparation_id: Some(course.drug.preparation.to_string()),
                system_date: None,
            },
            ..Self::default()
        }
    }
}
