//! `BookedPatients`, and its second version with slot types. It has no patient type and no registration
//! status.

use std::collections::BTreeSet;

use emis_types::uk;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Serialize;

use super::ident::Ident;
use super::person::Person;
use super::registration::Registration;
use super::version::Version;
use crate::assumptions;
use crate::formats;
use crate::model::{Appointment, Model, SimAppointmentStatus, Slot};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BookedPatients {
    #[serde(skip)]
    pub(super) version: Version,
    booked_list: Vec<Booked>,
    session_holder_list: Vec<SessionHolder>,
    time: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Booked {
    patient: Registration,
    appointment: BookedAppointment,
    /// 0: none, 1: alert. Not to be shown to patients.
    alert: u8,
    alert_specified: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BookedAppointment {
    id: Ident,
    appointment_site: Option<String>,
    appointment_name: Option<String>,
    date: Option<String>,
    time: Option<String>,
    session_holder: Ident,
    session_users_list: Vec<Ident>,
    session_locations_list: Vec<Ident>,
    session_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    slot_type: Option<SlotType>,
}

/// A slot type in the messages of appointments, where `bookable` is a boolean.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SlotType {
    id: Option<String>,
    display: Option<&'static str>,
    description: Option<&'static str>,
    bookable: bool,
    emis_access: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionHolder {
    #[serde(flatten)]
    person: Person,
    /// Delay of the holder in seconds.
    waiting_time: Option<String>,
}

/// The selection of appointments and the version of the message.
#[derive(Debug)]
pub(crate) struct Selection<'a> {
    /// Start of the first appointment, at the earliest.
    pub(crate) from: Timestamp,
    /// Start of the last appointment, at the latest.
    pub(crate) to: Timestamp,
    pub(crate) statuses: &'a [SimAppointmentStatus],
    pub(crate) version: Version,
}

impl SlotType {
    pub(crate) fn of(slot: &Slot, model: &Model) -> Self {
        let slot_type = model.slot_type(slot.slot_type);
        Self {
            id: Some(slot.slot_type.to_string()),
            display: slot_type.map(|slot_type| slot_type.display),
            description: slot_type.map(|slot_type| slot_type.description),
            bookable: slot_type.is_some_and(|slot_type| slot_type.bookable),
            emis_access: Some(assumptions::EMIS_ACCESS),
        }
    }
}

impl BookedPatients {
    /// Returns the approximate length of the JSON in bytes.
    pub(super) fn about_bytes(&self) -> usize {
        4_096 + 2_304 * self.booked_list.len()
    }

    /// Returns the appointments of the selection.
    pub(crate) fn of(model: &Model, now: DateTime, selection: &Selection<'_>) -> Self {
        let mut slots: Vec<_> = model
            .diary
            .slots()
            .filter_map(|slot| Some((slot, slot.appointment()?)))
            .filter(|(_, taken)| selection.statuses.contains(&taken.status))
            .filter(|(slot, _)| {
                // Timestamps, because some wall-clock times occur twice and others never.
                (selection.from..=selection.to).contains(&uk::zoned(slot.start).timestamp())
            })
            .collect();
        slots.sort_by_key(|(slot, _)| (slot.start, slot.id));
        let holders: BTreeSet<i32> = slots
            .iter()
            .filter_map(|(slot, _)| model.diary.session(slot.session))
            .flat_map(|session| session.holders.iter().copied())
            .collect();
        Self {
            version: selection.version,
            booked_list: slots
                .into_iter()
                .filter_map(|(slot, taken)| Booked::of(slot, taken, model, selection.version))
                .collect(),
            session_holder_list: holders
                .into_iter()
                .filter_map(|id| model.staff.get(&id))
                .map(|member| SessionHolder {
                    person: Person::of(member, model),
                    waiting_time: Some("0".to_owned()),
                })
                .collect(),
            time: Some(formats::date_time(now)),
        }
    }
}

impl Booked {
    fn of(slot: &Slot, taken: &Appointment, model: &Model, version: Version) -> Option<Self> {
        let patient = model.patients.get(&taken.patient)?;
        let session = model.diary.session(slot.session)?;
        let holders: Vec<_> = session
            .holders
            .iter()
            .map(|id| Ident::reference(*id))
            .collect();
        Some(Self {
            patient: Registration::of(patient, model),
            appointment: BookedAppointment {
                id: Ident::reference(slot.id),
                appointment_site: model.site(session.site).map(|site| site.name.clone()),
                appointment_name: Some(session.name.clone()),
                date: Some(formats::date(slot.start.date())),
                time: Some(formats::time(slot.start.time())),
                session_holder: holders.first().cloned().unwrap_or_default(),
                session_users_list: holders,
                session_locations_list: vec![Ident::reference(session.site)],
                session_id: session.id.into(),
                slot_type: version.second(|| SlotType::of(slot, model)),
            },
            alert: patient.has_alert.into(),
            alert_specified: true,
        })
    }
}
