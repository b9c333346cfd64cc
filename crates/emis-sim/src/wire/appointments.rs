//! `PatientAppointmentList`, and its second version with slot types.

use serde::Serialize;

use super::booked::SlotType;
use super::sessions::Holder;
use super::version::Version;
use crate::formats;
use crate::model::{Model, Slot};

#[derive(Debug, Serialize)]
pub(crate) struct PatientAppointmentList {
    #[serde(skip)]
    pub(crate) version: Version,
    pub(crate) appointment: Vec<AppointmentEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppointmentEntry {
    #[serde(rename = "slotID")]
    slot_id: i32,
    #[serde(rename = "siteID")]
    site_id: i32,
    date: Option<String>,
    start_time: Option<String>,
    duration: Option<String>,
    notes: Option<String>,
    reason: Option<String>,
    session_name: Option<String>,
    #[serde(rename = "sessionDBID")]
    session_dbid: i32,
    holder_list: Vec<Holder>,
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slot_type: Option<SlotType>,
}

impl PatientAppointmentList {
    pub(super) fn remove_notes(&mut self) {
        for appointment in &mut self.appointment {
            appointment.notes = None;
        }
    }
}

impl AppointmentEntry {
    /// Returns the appointment in a slot, or `None` if the slot is empty.
    pub(crate) fn of(slot: &Slot, model: &Model, version: Version) -> Option<Self> {
        let taken = slot.appointment()?;
        let session = model.diary.session(slot.session)?;
        Some(Self {
            slot_id: slot.id,
            site_id: session.site,
            date: Some(formats::date(slot.start.date())),
            start_time: Some(formats::time(slot.start.time())),
            duration: Some(slot.minutes.to_string()),
            notes: slot.notes.clone(),
            reason: Some(taken.reason.clone()),
            session_name: Some(session.name.clone()),
            session_dbid: session.id,
            holder_list: Holder::all_of(session, model),
            status: Some(slot.state.as_str().to_owned()),
            slot_type: version.second(|| SlotType::of(slot, model)),
        })
    }
}
