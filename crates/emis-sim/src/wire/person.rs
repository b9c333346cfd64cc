//! `PersonType`: a member of staff.

use serde::Serialize;

use super::ident::Ident;
use super::xml::Choice;
use super::yes_or_no;
use crate::formats;
use crate::model::{Category, Model, StaffMember};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    #[serde(flatten)]
    ident: Ident,
    mnemonic: Option<String>,
    pcs_user: Option<String>,
    #[serde(rename = "activeEMISUser")]
    active_emis_user: Option<String>,
    title: Option<String>,
    first_names: Option<String>,
    last_name: Option<String>,
    category: PersonCategory,
    national_code: Option<String>,
    prescription_code: Option<String>,
    gmc_code: Option<String>,
    ukcc_code: Option<String>,
    scripts: Choice,
    scripts_specified: bool,
    consulter: Choice,
    consulter_specified: bool,
    contract_start: Option<String>,
    contract_end: Option<String>,
    doctor: Choice,
    doctor_specified: bool,
    locum: Choice,
    locum_specified: bool,
    registrar: Choice,
    registrar_specified: bool,
    maternity: Option<String>,
    child_surveillance: u8,
    child_surveillance_specified: bool,
    contraceptive: u8,
    contraceptive_specified: bool,
    twenty_four_hour: u8,
    twenty_four_hour_specified: bool,
    minor_surgery: u8,
    minor_surgery_specified: bool,
    contractual_relationship: u8,
    contractual_relationship_specified: bool,
    telephone1: Option<String>,
    telephone2: Option<String>,
    fax: Option<String>,
    email: Option<String>,
    role: Role,
    security1: Option<String>,
    security2: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PersonCategory {
    #[serde(flatten)]
    ident: Ident,
    mnemonic: Option<String>,
    description: Option<String>,
    purpose: u8,
    purpose_specified: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Role {
    #[serde(flatten)]
    ident: Ident,
}

impl Person {
    pub(crate) fn of(member: &StaffMember, model: &Model) -> Self {
        let site = model.sites.first();
        Self {
            ident: Ident::of(member.id, member.guid),
            mnemonic: Some(member.mnemonic.clone()),
            pcs_user: None,
            active_emis_user: Some("Y".to_owned()),
            title: (!member.title.is_empty()).then(|| member.title.to_owned()),
            first_names: Some(member.first_names.to_owned()),
            last_name: Some(member.last_name.to_owned()),
            category: PersonCategory::of(member.category),
            national_code: None,
            prescription_code: None,
            gmc_code: None,
            ukcc_code: None,
            scripts: yes_or_no(member.category.is_doctor()),
            scripts_specified: true,
            consulter: yes_or_no(member.category.holds_sessions()),
            consulter_specified: true,
            contract_start: Some(formats::date(member.contract_start)),
            contract_end: None,
            doctor: yes_or_no(member.category.is_doctor()),
            doctor_specified: true,
            locum: yes_or_no(false),
            locum_specified: true,
            registrar: yes_or_no(false),
            registrar_specified: true,
            maternity: None,
            child_surveillance: 0,
            child_surveillance_specified: false,
            contraceptive: 0,
            contraceptive_specified: false,
            twenty_four_hour: 0,
            twenty_four_hour_specified: false,
            minor_surgery: 0,
            minor_surgery_specified: false,
            contractual_relationship: 0,
            contractual_relationship_specified: false,
            telephone1: site.map(|site| site.telephone.clone()),
            telephone2: None,
            fax: None,
            email: None,
            role: Role {
                ident: Ident::reference(member.category.id()),
            },
            security1: None,
            security2: None,
        }
    }
}

impl PersonCategory {
    fn of(category: Category) -> Self {
        Self {
            ident: Ident::reference(category.id()),
            mnemonic: Some(category.mnemonic().to_owned()),
            description: Some(category.description().to_owned()),
            purpose: 0,
            purpose_specified: false,
        }
    }
}
