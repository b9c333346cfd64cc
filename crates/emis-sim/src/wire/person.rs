//! `PersonType`: a member of staff.

use serde::Serialize;

use super::ident::Ident;
use super::xml::Choice;
use crate::formats;
use crate::model::{Model, StaffMember};

#[derive(Debug, Default, Serialize)]
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

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct PersonCategory {
    #[serde(flatten)]
    ident: Ident,
    mnemonic: Option<String>,
    description: Option<String>,
    purpose: u8,
    purpose_specified: bool,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Role {
    #[serde(flatten)]
    ident: Ident,
}

impl Person {
    pub(crate) fn of(member: &StaffMember, model: &Model) -> Self {
        let site = model.sites.first();
        let yes_or_no = Choice::yes_or_no;
        Self {
            ident: Ident::of(member.id, member.guid),
            mnemonic: Some(member.mnemonic.clone()),
            active_emis_user: Some("Y".to_owned()),
            title: (!member.title.is_empty()).then(|| member.title.to_owned()),
            first_names: Some(member.first_names.to_owned()),
            last_name: Some(member.last_name.to_owned()),
            category: PersonCategory {
                ident: Ident::reference(member.category.id()),
                mnemonic: Some(member.category.mnemonic().to_owned()),
                description: Some(member.category.description().to_owned()),
                ..PersonCategory::default()
            },
            scripts: yes_or_no(member.category.is_doctor()),
            scripts_specified: true,
            consulter: yes_or_no(member.category.holds_sessions()),
            consulter_specified: true,
            contract_start: Some(formats::date(member.contract_start)),
            doctor: yes_or_no(member.category.is_doctor()),
            doctor_specified: true,
            locum: yes_or_no(false),
            locum_specified: true,
            registrar: yes_or_no(false),
            registrar_specified: true,
            telephone1: site.map(|site| site.telephone.clone()),
            role: Role {
                ident: Ident::reference(member.category.id()),
            },
            ..Self::default()
        }
    }
}
