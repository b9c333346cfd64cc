//! `OrganisationInformation`, in both versions, and `UserDetails`.

use serde::Serialize;

use super::ident::{Address, Ident};
use super::person::Person;
use super::version::Version;
use crate::model::{Model, Site};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganisationInformation {
    #[serde(skip)]
    pub(super) version: Version,
    organisation_list: Vec<Location>,
    user_list: Vec<User>,
    external_organisation_list: Vec<Location>,
    external_person_list: Vec<User>,
    location_type_list: Vec<LocationKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_list: Option<Vec<Location>>,
}

/// `UserDetails`: the answer to `GetUserById`.
#[derive(Debug, Serialize)]
pub(crate) struct UserDetails {
    pub(crate) person: Vec<User>,
}

/// A person in these two messages, which add `activeUser`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    #[serde(flatten)]
    pub(crate) person: Person,
    pub(crate) active_user: Option<String>,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        Self {
            person,
            active_user: Some("Y".to_owned()),
        }
    }
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Location {
    #[serde(flatten)]
    ident: Ident,
    location_name: Option<String>,
    national_code: Option<String>,
    #[serde(rename = "locationTypeID")]
    location_type_id: Ident,
    address: Address,
    telephone1: Option<String>,
    telephone2: Option<String>,
    fax: Option<String>,
    email: Option<String>,
    contact: Option<String>,
    cypher: Option<String>,
    interchange: Option<String>,
    link_code: Option<String>,
    senior_partner: Option<String>,
    pcg_code: Option<String>,
    pct_code: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct LocationKind {
    #[serde(flatten)]
    ident: Ident,
    description: Option<String>,
}

const PRACTICE: i32 = 1;
const SURGERY: i32 = 2;

impl OrganisationInformation {
    /// Returns the message with these users.
    pub(crate) fn of(model: &Model, users: Vec<User>, version: Version) -> Self {
        Self {
            version,
            organisation_list: vec![practice(model)],
            user_list: users,
            external_organisation_list: Vec::new(),
            external_person_list: Vec::new(),
            location_type_list: location_kinds(),
            location_list: version.second(|| model.sites.iter().map(surgery).collect()),
        }
    }
}

/// Returns the kinds of a practice's locations.
pub(super) fn location_kinds() -> Vec<LocationKind> {
    [(PRACTICE, "GP Practice"), (SURGERY, "Surgery")]
        .map(|(id, description)| LocationKind {
            ident: Ident::reference(id),
            description: Some(description.to_owned()),
        })
        .into()
}

fn practice(model: &Model) -> Location {
    let main_site = model.sites.first();
    Location {
        ident: Ident::of(model.organisation.id, model.organisation.guid),
        location_name: Some(model.organisation.name.clone()),
        national_code: Some(model.organisation.ods.clone()).filter(|code| !code.is_empty()),
        location_type_id: Ident::reference(PRACTICE),
        address: main_site.map(address).unwrap_or_default(),
        telephone1: main_site.map(|site| site.telephone.clone()),
        ..Location::default()
    }
}

pub(super) fn surgery(site: &Site) -> Location {
    Location {
        ident: Ident::of(site.id, site.guid),
        location_name: Some(site.name.clone()),
        location_type_id: Ident::reference(SURGERY),
        address: address(site),
        telephone1: Some(site.telephone.clone()),
        ..Location::default()
    }
}

fn address(site: &Site) -> Address {
    Address {
        street: Some(site.street),
        town: Some(site.town),
        post_code: Some(site.post_code),
        ..Address::default()
    }
}
