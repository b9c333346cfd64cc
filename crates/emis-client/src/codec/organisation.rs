//! `GetOrganisationV2` and `GetUserById`.

use emis_types::{OdsCode, StaffId};
use serde::Deserialize;

use super::scalar::{Flag, Guid, Id, Text, required};
use super::{FieldError, Records, decode_answer, listing, named_listing};
use crate::model::{Listing, Location, Organisation, Staff, StaffName};
use crate::request::Response;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct OrganisationWire<'a> {
    #[serde(borrow)]
    organisation_list: Records<'a>,
    #[serde(borrow)]
    user_list: Records<'a>,
    #[serde(borrow)]
    location_list: Records<'a>,
}

/// An organisation or one of its locations: EMIS has one type for both.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct LocationWire {
    guid: Guid,
    location_name: Text,
    national_code: Text,
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

pub(crate) fn organisation(response: &Response) -> Result<Organisation, FieldError> {
    let wire: OrganisationWire<'_> = decode_answer(response)?;
    let mut skipped = Vec::new();
    let organisations = named_listing(
        "organisationList",
        wire.organisation_list,
        &mut skipped,
        |practice: LocationWire| Ok(practice),
    );
    // The list holds the practice that the token is for; nothing is known of a second entry.
    let practice = organisations.into_iter().next().unwrap_or_default();
    Ok(Organisation {
        name: practice.location_name.0,
        ods_code: ods_code(practice.national_code),
        guid: practice.guid.0,
        users: named_listing("userList", wire.user_list, &mut skipped, person),
        locations: named_listing("locationList", wire.location_list, &mut skipped, location),
        skipped,
    })
}

fn location(wire: LocationWire) -> Result<Location, FieldError> {
    Ok(Location {
        name: wire.location_name.0,
        ods_code: ods_code(wire.national_code),
    })
}

/// A code that is not shaped like an ODS code is as good as none.
fn ods_code(code: Text) -> Option<OdsCode> {
    code.0.and_then(|code| code.parse().ok())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct UserDetailsWire<'a> {
    #[serde(borrow)]
    person: Records<'a>,
}

pub(crate) fn staff(response: &Response) -> Result<Listing<Staff>, FieldError> {
    let wire: UserDetailsWire<'_> = decode_answer(response)?;
    Ok(listing(wire.person, person))
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
