//! `GetOrganisationV2` and `GetUserById`.

use emis_types::StaffId;
use serde::Deserialize;

use super::field_error::FieldError;
use super::fields::Object;
use super::list::{Records, listing, named_listing};
use super::message::{Message, decode_answer};
use super::scalar::{Flag, Guid, Id, Text, required};
use crate::model::{Listing, Location, Organisation, Staff, StaffName};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct OrganisationWire<'a> {
    #[serde(borrow)]
    pub(super) organisation_list: Records<'a>,
    #[serde(borrow)]
    pub(super) user_list: Records<'a>,
    #[serde(borrow)]
    pub(super) location_list: Records<'a>,
    #[serde(borrow)]
    pub(super) external_organisation_list: Records<'a>,
    #[serde(borrow)]
    pub(super) external_person_list: Records<'a>,
    #[serde(borrow)]
    pub(super) location_type_list: Records<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PersonWire {
    dbid: Id<StaffId>,
    guid: Guid,
    title: Text,
    first_names: Text,
    last_name: Text,
    category: Option<CategoryWire>,
    #[serde(rename = "activeEMISUser")]
    active_emis_user: Flag,
    active_user: Flag,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CategoryWire {
    description: Text,
}

pub(crate) fn organisation(message: &Message) -> Result<Organisation, FieldError> {
    let wire: OrganisationWire<'_> = decode_answer(message)?;
    let mut skipped = Vec::new();
    let organisations = named_listing(
        "organisationList",
        wire.organisation_list,
        &mut skipped,
        location,
    )?;
    // The list holds the practice that the token is for; nothing is known of a second entry.
    let practice = organisations.into_iter().next().unwrap_or_default();
    Ok(Organisation {
        name: practice.name,
        ods_code: practice.ods_code,
        guid: practice.ident.guid,
        users: named_listing("userList", wire.user_list, &mut skipped, person)?,
        locations: named_listing("locationList", wire.location_list, &mut skipped, location)?,
        skipped,
        repaired_characters: message.repaired(),
    })
}

/// Reads an organisation or one of its locations: EMIS has one type for both.
fn location(Object(location): Object<Location>) -> Result<Location, FieldError> {
    Ok(location.unwrap_or_default())
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct UserDetailsWire<'a> {
    #[serde(borrow)]
    pub(super) person: Records<'a>,
}

pub(crate) fn staff(message: &Message) -> Result<Listing<Staff>, FieldError> {
    let wire: UserDetailsWire<'_> = decode_answer(message)?;
    let mut staff = listing(wire.person, person)?;
    staff.repaired_characters = message.repaired();
    Ok(staff)
}

fn person(wire: PersonWire) -> Result<Staff, FieldError> {
    let id = required(wire.dbid.0, "dbid")?;
    let name = StaffName::new(wire.title.0, wire.first_names.0, wire.last_name.0);
    let mut staff = Staff::new(id, name);
    staff.guid = wire.guid.0;
    staff.category = wire.category.and_then(|category| category.description.0);
    staff.active = wire.active_user.0.or(wire.active_emis_user.0);
    Ok(staff)
}
