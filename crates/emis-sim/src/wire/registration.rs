//! `RegistrationType`: a patient's registration, in three messages.

use serde::Serialize;

use super::ident::{Address, Ident, Unknown};
use super::xml::Choice;
use crate::formats;
use crate::model::{Model, Patient};

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registration {
    #[serde(flatten)]
    ident: Ident,
    date_of_birth: Option<String>,
    sex: Option<&'static str>,
    previous_names: Unknown,
    family_name: Option<String>,
    calling_name: Option<String>,
    first_names: Option<String>,
    title: Option<&'static str>,
    nhs_number: Option<String>,
    address: Address,
    home_telephone: Option<String>,
    #[serde(rename = "registeredGpID")]
    registered_gp_id: Ident,
    #[serde(rename = "usualGpID")]
    usual_gp_id: Ident,
    walking_quarters: Unknown,
    dispensing: Unknown,
    rural_mileage: Unknown,
    difficult_quarters: Unknown,
    residential_institute: Unknown,
    blocked_special: Unknown,
    records_at: Unknown,
    hospital_numbers: Unknown,
    deducted_date: Option<String>,
    date_of_death: Option<String>,
    dead: Choice,
    dead_specified: bool,
    date_added: Option<String>,
    old_nhs_number: Unknown,
    work_telephone: Unknown,
    mobile: Option<String>,
    email: Option<String>,
    #[serde(rename = "homeGP")]
    home_gp: Unknown,
    #[serde(rename = "homeGPCode")]
    home_gp_code: Unknown,
    chi_number: Unknown,
    footpath_miles: Unknown,
    water_miles: Unknown,
    service_type: Unknown,
    service_number: Unknown,
    custom_registration_fields: Vec<CustomField>,
    gro_number: Unknown,
    upci_number: Unknown,
    marital_status: Unknown,
    medication_review_date: Unknown,
    exemption_expiry: Unknown,
    screen_message: Unknown,
    reminder_sent: Unknown,
    ethnic_code: Unknown,
    prison_number: Unknown,
    previous_prison_numbers: Unknown,
    social_security_number: Unknown,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomField {
    field_name: Option<String>,
    field_value: Option<String>,
}

impl Registration {
    pub(crate) fn of(patient: &Patient, model: &Model) -> Self {
        let gp = model.staff.get(&patient.usual_gp);
        let gp = gp.map_or_else(Ident::default, |gp| Ident::of(gp.id, gp.guid));
        let standing = &patient.registration;
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let word = |word: &'static str| (!word.is_empty()).then_some(word);
        Self {
            ident: Ident::of(patient.id, patient.guid),
            date_of_birth: Some(formats::date(patient.born)),
            sex: word(patient.sex),
            family_name: text(&patient.family_name),
            calling_name: patient.calling_name.clone(),
            first_names: text(&patient.first_names),
            title: word(patient.title),
            nhs_number: patient.nhs_number.clone(),
            address: Address {
                house_name_flat: text(&patient.house),
                street: word(patient.street),
                town: model.sites.first().and_then(|site| word(site.town)),
                post_code: model.sites.first().and_then(|site| word(site.post_code)),
                ..Address::default()
            },
            home_telephone: patient.home_telephone.clone(),
            registered_gp_id: gp.clone(),
            usual_gp_id: gp,
            deducted_date: standing.deducted.map(formats::date),
            date_of_death: standing.died.map(formats::date),
            dead: dead(standing.dead),
            dead_specified: standing.dead.is_some(),
            date_added: Some(formats::date(standing.added)),
            mobile: patient.mobile.clone(),
            email: patient.email.clone(),
            ..Self::default()
        }
    }
}

/// Returns the `dead` flag. The XML enumeration has `1` (dead) before `0`, and .NET writes the index in
/// JSON: there 0 is dead. An unset flag is index 0 as well, so that `deadSpecified` must be read with
/// it; XML leaves an unset flag out.
const fn dead(dead: Option<bool>) -> Choice {
    match dead {
        Some(true) | None => Choice {
            place: 0,
            literal: "1",
        },
        Some(false) => Choice {
            place: 1,
            literal: "0",
        },
    }
}
