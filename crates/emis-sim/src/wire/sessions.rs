//! `AppointmentSessionList`.

use serde::Serialize;

use crate::formats;
use crate::model::{Model, Session, SlotState, StaffMember};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppointmentSessionList {
    pub(crate) appointment_session: Vec<AppointmentSession>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppointmentSession {
    dbid: i32,
    name: Option<String>,
    date: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
    slot_length: Option<String>,
    slot_type_list: Vec<Slots>,
    site: Site,
    holder_list: Vec<Holder>,
}

/// The numbers of a session's slots of one type, by state.
#[derive(Debug, Serialize)]
struct Slots {
    #[serde(rename = "typeID")]
    type_id: Option<String>,
    description: Option<String>,
    total: i32,
    booked: i32,
    blocked: i32,
    embargoed: i32,
    available: i32,
}

#[derive(Debug, Serialize)]
struct Site {
    dbid: i32,
    name: Option<String>,
}

/// A session holder in this message and in `PatientAppointmentListV2`, with `lastName` instead of
/// `surname`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Holder {
    dbid: i32,
    #[serde(rename = "refID")]
    ref_id: i32,
    title: Option<String>,
    first_names: Option<String>,
    last_name: Option<String>,
}

impl Holder {
    pub(crate) fn all_of(session: &Session, model: &Model) -> Vec<Self> {
        session
            .holders
            .iter()
            .filter_map(|id| model.staff.get(id))
            .map(Self::of)
            .collect()
    }

    fn of(member: &StaffMember) -> Self {
        Self {
            dbid: member.id,
            ref_id: member.id,
            title: Some(member.title.to_owned()),
            first_names: Some(member.first_names.to_owned()),
            last_name: Some(member.last_name.to_owned()),
        }
    }
}

impl AppointmentSession {
    /// Returns a session with its counts, for one slot type if given, or `None` if the session has no
    /// such slots.
    pub(crate) fn of(session: &Session, model: &Model, only: Option<i32>) -> Option<Self> {
        let slot_type_list: Vec<_> = model
            .slot_types
            .iter()
            .filter(|slot_type| only.is_none_or(|id| id == slot_type.id))
            .filter_map(|slot_type| Slots::count(session, model, slot_type.id))
            .collect();
        if slot_type_list.is_empty() {
            return None;
        }
        Some(Self {
            dbid: session.id,
            name: Some(session.name.clone()),
            date: Some(formats::date(session.date)),
            start_time: Some(formats::time(session.start)),
            end_time: Some(formats::time(session.end)),
            slot_length: Some(session.slot_minutes.to_string()),
            slot_type_list,
            site: Site {
                dbid: session.site,
                name: model.site(session.site).map(|site| site.name.clone()),
            },
            holder_list: Holder::all_of(session, model),
        })
    }
}

impl Slots {
    fn count(session: &Session, model: &Model, slot_type: i32) -> Option<Self> {
        let mut slots = Self {
            type_id: Some(slot_type.to_string()),
            description: model
                .slot_type(slot_type)
                .map(|slot_type| slot_type.description.to_owned()),
            total: 0,
            booked: 0,
            blocked: 0,
            embargoed: 0,
            available: 0,
        };
        for slot in model.diary.slots_of(session) {
            if slot.slot_type != slot_type {
                continue;
            }
            slots.total += 1;
            *match slot.state {
                SlotState::Available => &mut slots.available,
                SlotState::Blocked => &mut slots.blocked,
                SlotState::Embargoed => &mut slots.embargoed,
                SlotState::Taken(_) => &mut slots.booked,
            } += 1;
        }
        (slots.total > 0).then_some(slots)
    }
}
