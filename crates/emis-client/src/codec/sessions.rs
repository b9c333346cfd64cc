//! `GetAppointmentSessions`, `GetSlotsForSession` and the answers to writes on a slot.

use emis_types::{PatientNumber, SessionId, SiteId, SlotId, StaffId};
use serde::Deserialize;

use super::field_error::FieldError;
use super::list::list_answer;
use super::message::{Message, decode_answer, nothing};
use super::nested::Nested;
use super::scalar::{Day, Glance, Id, Int, Minutes, Text, TimeOfDay, parsed, required};
use crate::model::{
    Listing, Session, SessionHolder, Site, Slot, SlotStatus, SlotTypeCount, StaffName, StatusChange,
};

/// A session holder. Some messages call the surname `surname`, others `lastName`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct HolderWire {
    pub(super) dbid: Id<StaffId>,
    title: Text,
    first_names: Text,
    last_name: Text,
    surname: Text,
}

impl HolderWire {
    pub(super) fn into_holder(self, id: StaffId) -> SessionHolder {
        let surname = self.last_name.0.or(self.surname.0);
        SessionHolder::new(
            id,
            StaffName::new(self.title.0, self.first_names.0, surname),
        )
    }
}

/// Returns the holders that have an id: a cancellation list may have none.
pub(super) fn holders(list: Nested<HolderWire>) -> Vec<SessionHolder> {
    list.into_iter()
        .filter_map(|holder| {
            let id = holder.dbid.0?;
            Some(holder.into_holder(id))
        })
        .collect()
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct SiteWire {
    pub(super) dbid: Id<SiteId>,
    pub(super) name: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct SessionWire<'a> {
    dbid: Id<SessionId>,
    name: Text,
    date: Day,
    start_time: TimeOfDay,
    end_time: TimeOfDay,
    slot_length: Minutes,
    #[serde(borrow)]
    slot_type_list: Nested<SlotTypeCountWire<'a>>,
    site: Option<SiteWire>,
    holder_list: Nested<HolderWire>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SlotTypeCountWire<'a> {
    #[serde(rename = "typeID", borrow)]
    type_id: Glance<'a>,
    description: Text,
    total: Int,
    booked: Int,
    blocked: Int,
    embargoed: Int,
    available: Int,
}

pub(crate) fn sessions(message: &Message) -> Result<Listing<Session>, FieldError> {
    list_answer(message, "appointmentSession", session)
}

fn session(wire: SessionWire<'_>) -> Result<Session, FieldError> {
    let id = required(wire.dbid.0, "dbid")?;
    let mut session = Session::new(id, required(wire.date.0, "date")?);
    session.start = wire.start_time.on(session.date, "startTime")?;
    session.end = wire.end_time.on(session.date, "endTime")?;
    session.slot_minutes = wire.slot_length.0;
    session.name = wire.name.0;
    session.site = wire
        .site
        .and_then(|site| Some(Site::new(site.dbid.0?, site.name.0)));
    session.session_holders = holders(wire.holder_list);
    session.slot_types = wire
        .slot_type_list
        .into_iter()
        .map(slot_type_count)
        .collect::<Result<_, _>>()?;
    Ok(session)
}

fn slot_type_count(wire: SlotTypeCountWire<'_>) -> Result<SlotTypeCount, FieldError> {
    let field = "slotTypeList.typeID";
    let mut count = SlotTypeCount::new(required(parsed(wire.type_id.0, field)?, field)?);
    count.description = wire.description.0;
    count.total = number(wire.total, "slotTypeList.total")?;
    count.booked = number(wire.booked, "slotTypeList.booked")?;
    count.blocked = number(wire.blocked, "slotTypeList.blocked")?;
    count.embargoed = number(wire.embargoed, "slotTypeList.embargoed")?;
    count.available = number(wire.available, "slotTypeList.available")?;
    Ok(count)
}

fn number(value: Int, field: &'static str) -> Result<u32, FieldError> {
    u32::try_from(value.0.unwrap_or_default())
        .map_err(|_| FieldError::new(field, "is not a number of slots"))
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct SlotWire<'a> {
    dbid: Id<SlotId>,
    start_time: TimeOfDay,
    slot_length: Minutes,
    #[serde(rename = "type", borrow)]
    slot_type: Option<SlotTypeWire<'a>>,
    #[serde(borrow)]
    status: Glance<'a>,
    patient_list: Option<PatientListWire>,
    notes: Text,
    reason: Text,
    comment_list: Nested<Text>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SlotTypeWire<'a> {
    #[serde(rename = "typeID", borrow)]
    type_id: Glance<'a>,
    description: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PatientListWire {
    patient: Option<PatientWire>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PatientWire {
    dbid: Id<PatientNumber>,
    title: Text,
    first_names: Text,
    surname: Text,
    full_name: Text,
}

impl PatientWire {
    fn name(self) -> Option<String> {
        let parts = [self.title.0, self.first_names.0, self.surname.0];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let joined = (!parts.is_empty()).then(|| parts.join(" "));
        self.full_name.0.or(joined)
    }
}

pub(crate) fn slots(message: &Message) -> Result<Listing<Slot>, FieldError> {
    list_answer(message, "slot", slot)
}

fn slot(wire: SlotWire<'_>) -> Result<Slot, FieldError> {
    let id = required(wire.dbid.0, "dbid")?;
    let start = required(wire.start_time.without_date("startTime")?, "startTime")?;
    let status = SlotStatus::from_wire(&required(wire.status.0, "status")?);
    let mut slot = Slot::new(id, start, status);
    slot.minutes = wire.slot_length.0;
    if let Some(slot_type) = wire.slot_type {
        slot.slot_type = parsed(slot_type.type_id.0, "type.typeID")?;
        slot.slot_type_description = slot_type.description.0;
    }
    if let Some(patient) = wire.patient_list.and_then(|list| list.patient) {
        slot.patient = patient.dbid.0;
        slot.patient_name = patient.name().map(Into::into);
    }
    slot.notes = wire.notes.0.map(Into::into);
    slot.reason = wire.reason.0.map(Into::into);
    slot.comments = wire
        .comment_list
        .into_iter()
        .filter_map(|comment| comment.0.map(Into::into))
        .collect();
    Ok(slot)
}

/// Reads the answer to a write on the slot `asked`: the slot, where EMIS sends one that can be
/// read. The message itself says that it was written.
pub(crate) fn changed_slot(message: &Message, asked: SlotId) -> Result<Option<Slot>, FieldError> {
    nothing(message)?;
    if message.is_empty() {
        return Ok(None);
    }
    let wire: SlotWire<'_> = decode_answer(message).unwrap_or_default();
    match wire.dbid.0 {
        Some(id) if id != asked => Err(FieldError::new(
            "dbid",
            "is not the slot that was asked for",
        )),
        _ => Ok(slot(wire).ok()),
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct StatusChangeWire {
    session_id: Id<SessionId>,
    action_performed_on: Int,
}

/// Reads the answer to a status that was set. Fields that can't be read are left out: EMIS set it
/// all the same.
pub(crate) fn status_change(message: &Message) -> Result<StatusChange, FieldError> {
    nothing(message)?;
    if message.is_empty() {
        return Ok(StatusChange::default());
    }
    let wire: StatusChangeWire = decode_answer(message).unwrap_or_default();
    Ok(StatusChange {
        session: wire.session_id.0,
        performed_on: wire.action_performed_on.0.filter(|number| *number != 0),
    })
}
