//! What reception sees, as plain values for tests to pick from and to compare with.

use std::fmt;

use jiff::civil::{Date, DateTime};
use uuid::Uuid;

use crate::model::{Model, Patient, PatientKind, Search, Session, Slot, SlotState, SlotType};

/// A patient as the practice knows them.
///
/// `Debug` shows the number and the kind only: invented or not, patients do not print.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatientFacts {
    /// DBID, which is what the API calls `patientNumber`.
    pub patient_number: i32,
    /// What is particular about the patient.
    pub kind: PatientKind,
    /// Ten digits, from the range that is never issued. A few patients have none.
    pub nhs_number: Option<String>,
    /// Date of birth.
    pub dob: Date,
    /// `Mrs`; may be empty.
    pub title: String,
    /// First names, separated by spaces.
    pub first_names: String,
    /// Family name.
    pub family_name: String,
    /// The mobile field, as reception typed it.
    pub mobile: Option<String>,
    /// The home telephone field.
    pub home_telephone: Option<String>,
    /// The email field.
    pub email: Option<String>,
    /// When the patient died, where the record says so.
    pub date_of_death: Option<Date>,
    /// What the record's own `dead` flag says, if anything.
    pub dead: Option<bool>,
    /// When the patient left the practice.
    pub deducted_date: Option<Date>,
}

impl fmt::Debug for PatientFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PatientFacts")
            .field("patient_number", &self.patient_number)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl From<&Patient> for PatientFacts {
    fn from(patient: &Patient) -> Self {
        Self {
            patient_number: patient.id,
            kind: patient.kind,
            nhs_number: patient.nhs_number.clone(),
            dob: patient.born,
            title: patient.title.to_owned(),
            first_names: patient.first_names.clone(),
            family_name: patient.family_name.clone(),
            mobile: patient.mobile.clone(),
            home_telephone: patient.home_telephone.clone(),
            email: patient.email.clone(),
            date_of_death: patient.registration.died,
            dead: patient.registration.dead,
            deducted_date: patient.registration.deducted,
        }
    }
}

/// A slot of the appointment book.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotFacts {
    /// DBID of the slot.
    pub slot_id: i32,
    /// DBID of its session.
    pub session_id: i32,
    /// When it begins, on a UK wall clock.
    pub start: DateTime,
    /// How long it is, in minutes.
    pub minutes: i16,
    /// Id of its slot type.
    pub slot_type_id: i32,
    /// DBID of the session's site.
    pub site_id: i32,
    /// DBID of the session's first holder.
    pub holder_id: i32,
    /// The status in EMIS's own words: `Slot Available`, `Booked`, `Blocked` …
    pub status: &'static str,
    /// The patient in it.
    pub patient: Option<i32>,
    /// The reason that the appointment was made for.
    pub reason: Option<String>,
    /// The notes: what the booking carried, or what was written since.
    pub note: Option<String>,
    /// Comments, oldest first.
    pub comments: Vec<String>,
}

impl SlotFacts {
    pub(crate) fn of(slot: &Slot, session: &Session) -> Self {
        let taken = slot.appointment();
        Self {
            slot_id: slot.id,
            session_id: session.id,
            start: slot.start,
            minutes: slot.minutes,
            slot_type_id: slot.slot_type,
            site_id: session.site,
            holder_id: session.holders.first().copied().unwrap_or_default(),
            status: slot.state.as_str(),
            patient: taken.map(|taken| taken.patient),
            reason: taken.map(|taken| taken.reason.clone()),
            note: slot.notes.clone(),
            comments: slot.comments.clone(),
        }
    }

    /// Whether a patient can be booked into it.
    pub fn is_available(&self) -> bool {
        self.status == SlotState::Available.as_str()
    }
}

/// A slot type of the practice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotTypeFacts {
    /// Its id.
    pub id: i32,
    /// Its short name: `GP Routine`.
    pub display: String,
    /// What it is for.
    pub description: String,
    /// Whether EMIS's "Bookable Slot" box is ticked, rightly or not.
    pub bookable: bool,
}

impl From<&SlotType> for SlotTypeFacts {
    fn from(slot_type: &SlotType) -> Self {
        Self {
            id: slot_type.id,
            display: slot_type.display.to_owned(),
            description: slot_type.description.to_owned(),
            bookable: slot_type.bookable,
        }
    }
}

/// A site of the practice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SiteFacts {
    /// DBID.
    pub id: i32,
    /// Its name.
    pub name: String,
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StaffFacts {
    /// DBID of the user in their role.
    pub id: i32,
    /// GUID of the user in their role.
    pub guid: Uuid,
    /// Title and names.
    pub name: String,
    /// Whether sessions are held by them.
    pub holds_sessions: bool,
}

/// A search that the practice runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchFacts {
    /// What `GetPatientSearches` calls `searchGuid`. The same at every practice.
    pub guid: Uuid,
    /// Its name.
    pub name: String,
}

impl From<Search> for SearchFacts {
    fn from(search: Search) -> Self {
        Self {
            guid: search.guid,
            name: search.name.to_owned(),
        }
    }
}

pub(crate) fn slots(model: &Model) -> impl Iterator<Item = SlotFacts> + '_ {
    model
        .diary
        .slots()
        .filter_map(|slot| Some(SlotFacts::of(slot, model.diary.session(slot.session)?)))
}
