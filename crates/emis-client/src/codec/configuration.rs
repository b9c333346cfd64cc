//! `GetAppointmentConfiguration`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::decode::decode_object;
use super::field_error::FieldError;
use super::list::{Records, named_listing};
use super::message::{Message, decode_answer};
use super::nested::Nested;
use super::scalar::{Day, Flag, Minutes, Text, TimeOfDay, parsed, required};
use super::sessions::{HolderWire, SiteWire};
use crate::model::{
    AppointmentConfiguration, Coding, Holiday, Schedule, SessionHolder, Site, SlotType,
    StaffHolidays,
};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ConfigurationWire<'a> {
    #[serde(borrow)]
    site_list: Records<'a>,
    #[serde(borrow)]
    holder_list: Records<'a>,
    #[serde(borrow)]
    schedule_list: Records<'a>,
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
    #[serde(borrow)]
    staff: Records<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ScheduleWire {
    name: Text,
    start_time: TimeOfDay,
    end_time: TimeOfDay,
    slot_length: Minutes,
}

/// The fields of a member of staff that a [`HolderWire`] lacks.
#[derive(Deserialize, Default)]
#[serde(default)]
struct DaysAwayWire {
    dates: Nested<HolidayWire>,
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
#[serde(default, rename_all = "camelCase")]
pub(super) struct SlotTypeWire {
    id: Text,
    display: Text,
    description: Text,
    bookable: Flag,
    emis_access: Text,
    coding: Option<CodingWire>,
}

impl SlotTypeWire {
    pub(super) fn has_id(&self) -> bool {
        self.id.0.is_some()
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CodingWire {
    system: Text,
    code: Text,
    display: Text,
}

pub(crate) fn appointment_configuration(
    message: &Message,
) -> Result<AppointmentConfiguration, FieldError> {
    let wire: ConfigurationWire<'_> = decode_answer(message)?;
    let holidays = wire.holiday_list.unwrap_or_default();
    let mut skipped = Vec::new();
    Ok(AppointmentConfiguration {
        sites: named_listing("siteList", wire.site_list, &mut skipped, site)?,
        session_holders: named_listing(
            "holderList",
            wire.holder_list,
            &mut skipped,
            session_holder,
        )?,
        schedules: named_listing("scheduleList", wire.schedule_list, &mut skipped, schedule)?,
        slot_types: named_listing("slotTypeList", wire.slot_type_list, &mut skipped, |wire| {
            slot_type(wire, "id")
        })?,
        practice_holidays: named_listing(
            "holidayList.practice",
            holidays.practice,
            &mut skipped,
            holiday,
        )?,
        staff_holidays: named_listing(
            "holidayList.staff",
            holidays.staff,
            &mut skipped,
            staff_holidays,
        )?,
        skipped,
        repaired_characters: message.repaired(),
    })
}

fn site(wire: SiteWire) -> Result<Site, FieldError> {
    Ok(Site::new(required(wire.dbid.0, "dbid")?, wire.name.0))
}

fn session_holder(wire: HolderWire) -> Result<SessionHolder, FieldError> {
    let id = required(wire.dbid.0, "dbid")?;
    Ok(wire.into_holder(id))
}

fn schedule(wire: ScheduleWire) -> Result<Schedule, FieldError> {
    Ok(Schedule {
        name: wire.name.0,
        start: wire.start_time.without_date("startTime")?,
        end: wire.end_time.without_date("endTime")?,
        slot_minutes: wire.slot_length.0,
    })
}

fn staff_holidays(record: &RawValue) -> Result<StaffHolidays, FieldError> {
    // Twice, because serde's flattening loses the names of fields at fault.
    let json = record.get();
    let holder = session_holder(decode_object(json)?)?;
    let away: DaysAwayWire = decode_object(json)?;
    let days = away.dates.into_iter().map(holiday);
    Ok(StaffHolidays::new(holder, days.collect::<Result<_, _>>()?))
}

/// Reads a slot type. `field` is the wire path of its id in the record at hand.
pub(super) fn slot_type(wire: SlotTypeWire, field: &'static str) -> Result<SlotType, FieldError> {
    let mut slot_type = SlotType::new(required(parsed(wire.id.0, field)?, field)?);
    slot_type.display = wire.display.0;
    slot_type.description = wire.description.0;
    slot_type.bookable = wire.bookable.0;
    slot_type.emis_access = wire.emis_access.0;
    slot_type.coding = wire.coding.map(|coding| Coding {
        system: coding.system.0,
        code: coding.code.0,
        display: coding.display.0,
    });
    Ok(slot_type)
}

fn holiday(wire: HolidayWire) -> Result<Holiday, FieldError> {
    let mut holiday = Holiday::new(required(wire.day.0, "day")?);
    holiday.description = wire.description.0;
    holiday.start = wire.start_time.on(holiday.day, "startTime")?;
    holiday.end = wire.end_time.on(holiday.day, "endTime")?;
    Ok(holiday)
}
