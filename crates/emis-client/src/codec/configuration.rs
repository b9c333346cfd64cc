//! `GetAppointmentConfiguration`.

use serde::Deserialize;

use super::scalar::{Day, Flag, Text, TimeOfDay, parsed, required};
use super::sessions::{HolderWire, SiteWire};
use super::{FieldError, Records, decode_answer, named_listing};
use crate::model::{AppointmentConfiguration, Holiday, Site, SlotType};
use crate::request::Response;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ConfigurationWire<'a> {
    #[serde(borrow)]
    site_list: Records<'a>,
    #[serde(borrow)]
    holder_list: Records<'a>,
    #[serde(borrow)]
    holiday_list: Option<HolidaysWire<'a>>,
    #[serde(borrow)]
    slot_type_list: Records<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct HolidaysWire<'a> {
    #[serde(borrow)]
    practice: Records<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct HolidayWire {
    description: Text,
    day: Day,
    start_time: TimeOfDay,
    end_time: TimeOfDay,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SlotTypeWire {
    id: Text,
    display: Text,
    description: Text,
    bookable: Flag,
}

pub(crate) fn appointment_configuration(
    response: &Response,
) -> Result<AppointmentConfiguration, FieldError> {
    let wire: ConfigurationWire<'_> = decode_answer(response)?;
    let holidays = wire.holiday_list.and_then(|list| list.practice);
    let mut skipped = Vec::new();
    Ok(AppointmentConfiguration {
        sites: named_listing("siteList", wire.site_list, &mut skipped, site),
        session_holders: named_listing(
            "holderList",
            wire.holder_list,
            &mut skipped,
            |holder: HolderWire| {
                let id = required(holder.dbid.0, "dbid")?;
                Ok(holder.into_holder(id))
            },
        ),
        slot_types: named_listing("slotTypeList", wire.slot_type_list, &mut skipped, slot_type),
        practice_holidays: named_listing("holidayList.practice", holidays, &mut skipped, holiday),
        skipped,
    })
}

fn site(wire: SiteWire) -> Result<Site, FieldError> {
    Ok(Site::new(required(wire.dbid.0, "dbid")?, wire.name.0))
}

fn slot_type(wire: SlotTypeWire) -> Result<SlotType, FieldError> {
    let mut slot_type = SlotType::new(required(parsed(wire.id, "id")?, "id")?);
    slot_type.display = wire.display.0;
    slot_type.description = wire.description.0;
    slot_type.bookable = wire.bookable.0;
    Ok(slot_type)
}

fn holiday(wire: HolidayWire) -> Result<Holiday, FieldError> {
    let mut holiday = Holiday::new(required(wire.day.0, "day")?);
    holiday.description = wire.description.0;
    holiday.start = wire.start_time.0;
    holiday.end = wire.end_time.0;
    Ok(holiday)
}
