//! `AppointmentConfiguration`.

use jiff::civil::Date;
use serde::Serialize;

use crate::assumptions;
use crate::formats;
use crate::model::{Holiday, Model, SlotType, StaffMember};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppointmentConfiguration {
    site_list: Vec<Site>,
    holder_list: Vec<Holder>,
    schedule_list: Vec<Schedule>,
    holiday_list: Holidays,
    slot_type_list: Vec<Type>,
}

#[derive(Debug, Serialize)]
struct Site {
    dbid: i32,
    #[serde(rename = "refID")]
    ref_id: i32,
    name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Holder {
    dbid: i32,
    #[serde(rename = "refID")]
    ref_id: i32,
    title: Option<String>,
    first_names: Option<String>,
    surname: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Schedule {
    name: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
    slot_length: Option<String>,
}

#[derive(Debug, Serialize)]
struct Holidays {
    practice: Vec<HolidayEntry>,
    staff: Vec<Individual>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HolidayEntry {
    description: Option<String>,
    day: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
}

#[derive(Debug, Serialize)]
struct Individual {
    #[serde(flatten)]
    holder: Holder,
    dates: Vec<HolidayEntry>,
}

/// `TypeStruct`. Its `bookable` is text; in the messages of appointments it is a boolean.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Type {
    id: Option<String>,
    display: Option<String>,
    description: Option<String>,
    bookable: Option<String>,
    emis_access: Option<String>,
}

impl AppointmentConfiguration {
    /// Returns the configuration. The dates limit only the holidays.
    pub(crate) fn of(model: &Model, from: Date, to: Date) -> Self {
        let within = |holiday: &&Holiday| from <= holiday.day && holiday.day <= to;
        Self {
            site_list: model
                .sites
                .iter()
                .map(|site| Site {
                    dbid: site.id,
                    ref_id: site.id,
                    name: Some(site.name.clone()),
                })
                .collect(),
            holder_list: model.session_holders().map(Holder::of).collect(),
            schedule_list: schedules(model),
            holiday_list: Holidays {
                practice: model
                    .practice_holidays
                    .iter()
                    .filter(within)
                    .map(HolidayEntry::of)
                    .collect(),
                staff: model
                    .staff_holidays
                    .iter()
                    .filter_map(|(id, dates)| {
                        let dates: Vec<_> =
                            dates.iter().filter(within).map(HolidayEntry::of).collect();
                        let holder = Holder::of(model.staff.get(id)?);
                        (!dates.is_empty()).then_some(Individual { holder, dates })
                    })
                    .collect(),
            },
            slot_type_list: model.slot_types.iter().map(Type::of).collect(),
        }
    }
}

/// Returns the distinct patterns of the sessions.
fn schedules(model: &Model) -> Vec<Schedule> {
    let patterns: std::collections::BTreeSet<_> = model
        .diary
        .sessions()
        .map(|session| {
            (
                session.start,
                &session.name,
                session.end,
                session.slot_minutes,
            )
        })
        .collect();
    patterns
        .into_iter()
        .map(|(start, name, end, minutes)| Schedule {
            name: Some(name.clone()),
            start_time: Some(formats::time(start)),
            end_time: Some(formats::time(end)),
            slot_length: Some(minutes.to_string()),
        })
        .collect()
}

impl Holder {
    fn of(member: &StaffMember) -> Self {
        Self {
            dbid: member.id,
            ref_id: member.id,
            title: Some(member.title.to_owned()),
            first_names: Some(member.first_names.to_owned()),
            surname: Some(member.last_name.to_owned()),
        }
    }
}

impl HolidayEntry {
    fn of(holiday: &Holiday) -> Self {
        Self {
            description: Some(holiday.description.to_owned()),
            day: Some(formats::date(holiday.day)),
            start_time: Some(formats::time(holiday.start)),
            end_time: Some(formats::time(holiday.end)),
        }
    }
}

impl Type {
    fn of(slot_type: &SlotType) -> Self {
        Self {
            id: Some(slot_type.id.to_string()),
            display: Some(slot_type.display.to_owned()),
            description: Some(slot_type.description.to_owned()),
            bookable: Some(slot_type.bookable.to_string()),
            emis_access: Some(assumptions::EMIS_ACCESS.to_owned()),
        }
    }
}
