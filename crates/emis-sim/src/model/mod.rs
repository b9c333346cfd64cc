//! The records of one practice's EMIS, which are all that the API reads and writes.

mod bookings;
mod clinical;
mod diary;
mod generate;
mod history;
mod names;
mod numbers;
mod people;
mod reception;
pub(crate) mod record;
mod slot_types;
mod staff;
mod status;
mod surgeries;

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Time};
use uuid::Uuid;

pub use diary::DiaryError;
pub(crate) use diary::{Appointment, Diary, Session, Slot, SlotState};
pub(crate) use generate::{Plan, generate};
pub(crate) use history::{Search, Source, searches};
pub(crate) use people::Patient;
pub use people::PatientKind;
pub use reception::ReceptionAction;
pub(crate) use reception::work;
use record::Record;
pub(crate) use staff::{API_USER, Category, StaffMember, guid};
pub use status::SimAppointmentStatus;

/// The records of a practice.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) organisation: Organisation,
    pub(crate) sites: Vec<Site>,
    pub(crate) staff: BTreeMap<i32, StaffMember>,
    pub(crate) slot_types: Vec<SlotType>,
    pub(crate) practice_holidays: Vec<Holiday>,
    pub(crate) staff_holidays: BTreeMap<i32, Vec<Holiday>>,
    pub(crate) patients: BTreeMap<i32, Patient>,
    pub(crate) diary: Diary,
    /// The last day on which a patient's registration changed, by patient.
    pub(crate) registration_changes: BTreeMap<i32, Date>,
    /// The source of medical records, and the records that have changed since, by patient.
    pub(crate) history: Source,
    pub(crate) records: BTreeMap<i32, Record>,
}

/// The organisation.
#[derive(Debug, Clone)]
pub(crate) struct Organisation {
    pub(crate) id: i32,
    pub(crate) guid: Uuid,
    pub(crate) name: String,
    pub(crate) ods: String,
}

/// A site.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) id: i32,
    pub(crate) guid: Uuid,
    pub(crate) name: String,
    pub(crate) street: &'static str,
    pub(crate) town: &'static str,
    pub(crate) post_code: &'static str,
    pub(crate) telephone: String,
}

/// A slot type.
#[derive(Debug, Clone)]
pub(crate) struct SlotType {
    pub(crate) id: i32,
    pub(crate) display: &'static str,
    pub(crate) description: &'static str,
    pub(crate) bookable: bool,
    for_patients: bool,
}

impl SlotType {
    /// Returns `true` if slots of this type are for patients. `bookable` is ticked for other types as
    /// well.
    pub(crate) const fn is_for_patients(&self) -> bool {
        self.for_patients
    }
}

/// A holiday on one day.
#[derive(Debug, Clone)]
pub(crate) struct Holiday {
    pub(crate) description: &'static str,
    pub(crate) day: Date,
    pub(crate) start: Time,
    pub(crate) end: Time,
}

impl Holiday {
    fn covers(&self, at: DateTime) -> bool {
        self.day == at.date() && self.start <= at.time() && at.time() < self.end
    }
}

impl Model {
    pub(crate) fn slot_type(&self, id: i32) -> Option<&SlotType> {
        self.slot_types.iter().find(|slot_type| slot_type.id == id)
    }

    /// Returns the slot type with this id, display name or description.
    pub(crate) fn slot_type_named(&self, name: &str) -> Option<&SlotType> {
        self.slot_types.iter().find(|slot_type| {
            slot_type.id.to_string() == name
                || slot_type.display == name
                || slot_type.description == name
        })
    }

    pub(crate) fn site(&self, id: i32) -> Option<&Site> {
        self.sites.iter().find(|site| site.id == id)
    }

    /// Changes a patient's registration and records the day.
    pub(crate) fn change_registration(
        &mut self,
        patient: i32,
        today: Date,
        change: impl FnOnce(&mut Patient),
    ) -> Result<(), DiaryError> {
        let found = self.patients.get_mut(&patient);
        change(found.ok_or(DiaryError::UnknownPatient)?);
        self.registration_changes.insert(patient, today);
        Ok(())
    }

    /// Returns the last day on which a patient's registration changed.
    pub(crate) fn registration_changed(&self, patient: &Patient) -> Date {
        let standing = &patient.registration;
        [standing.deducted, standing.died]
            .into_iter()
            .chain([self.registration_changes.get(&patient.id).copied()])
            .flatten()
            .fold(standing.added, Date::max)
    }

    /// Returns the member of staff with this GUID or DBID.
    pub(crate) fn staff_named(&self, booked_by: &str) -> Option<&StaffMember> {
        if let Ok(id) = booked_by.parse::<i32>() {
            return self.staff.get(&id);
        }
        let guid = Uuid::try_parse(booked_by).ok()?;
        self.staff.values().find(|member| member.guid == guid)
    }

    /// Returns the holders of sessions in the order of their DBIDs.
    pub(crate) fn session_holders(&self) -> impl Iterator<Item = &StaffMember> {
        self.staff
            .values()
            .filter(|member| member.category.holds_sessions())
    }
}
