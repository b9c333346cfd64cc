//! What one practice's EMIS holds. Everything that the API shows is read from here.

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

pub use diary::WriteRefusal;
pub(crate) use diary::{Appointment, Diary, Session, Slot, SlotState};
pub(crate) use generate::{Plan, generate};
pub(crate) use history::{Search, Source, searches};
pub(crate) use people::Patient;
pub use people::PatientKind;
pub use reception::Deed;
pub(crate) use reception::work;
use record::Record;
pub(crate) use staff::{API_USER, Category, StaffMember, guid};
pub use status::AppointmentStatus;

/// One practice's records.
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
    /// The last day on which somebody changed a patient's registration, by patient.
    pub(crate) registration_changes: BTreeMap<i32, Date>,
    /// What medical records are drawn from, and those that were written in since, by patient.
    pub(crate) history: Source,
    pub(crate) records: BTreeMap<i32, Record>,
}

/// The practice itself.
#[derive(Debug, Clone)]
pub(crate) struct Organisation {
    pub(crate) id: i32,
    pub(crate) guid: Uuid,
    pub(crate) name: String,
    pub(crate) ods: String,
}

/// A place where patients are seen.
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

/// What kind of appointment a slot is for.
#[derive(Debug, Clone)]
pub(crate) struct SlotType {
    pub(crate) id: i32,
    pub(crate) display: &'static str,
    pub(crate) description: &'static str,
    pub(crate) bookable: bool,
    for_patients: bool,
}

impl SlotType {
    /// Whether patients are really meant to have it; `bookable` says so of too many.
    pub(crate) const fn is_for_patients(&self) -> bool {
        self.for_patients
    }
}

/// Time away on one day.
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

    /// The slot type that a caller names by id, display name or description.
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

    /// Changes a patient's registration, and notes that it changed.
    pub(crate) fn change_registration(
        &mut self,
        patient: i32,
        today: Date,
        change: impl FnOnce(&mut Patient),
    ) -> Result<(), WriteRefusal> {
        let found = self.patients.get_mut(&patient);
        change(found.ok_or(WriteRefusal::UnknownPatient)?);
        self.registration_changes.insert(patient, today);
        Ok(())
    }

    /// The last day on which a patient's registration changed.
    pub(crate) fn registration_changed(&self, patient: &Patient) -> Date {
        let standing = &patient.registration;
        [standing.deducted, standing.died]
            .into_iter()
            .chain([self.registration_changes.get(&patient.id).copied()])
            .flatten()
            .fold(standing.added, Date::max)
    }

    /// The member of staff whom a `bookedBy` names, by GUID or by DBID.
    pub(crate) fn staff_named(&self, booked_by: &str) -> Option<&StaffMember> {
        if let Ok(id) = booked_by.parse::<i32>() {
            return self.staff.get(&id);
        }
        let guid = Uuid::try_parse(booked_by).ok()?;
        self.staff.values().find(|member| member.guid == guid)
    }

    /// Whoever works in surgeries, in the order of their DBIDs.
    pub(crate) fn session_holders(&self) -> impl Iterator<Item = &StaffMember> {
        self.staff
            .values()
            .filter(|member| member.category.holds_sessions())
    }
}
