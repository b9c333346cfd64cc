//! Plain values of a practice's records, for tests.

use jiff::civil::{Date, DateTime};
use uuid::Uuid;

use crate::model::{Model, Patient, PatientKind, Search, Session, Slot, SlotState, SlotType};

/// A patient.
///
/// `Debug` prints number and kind only, because patients must not be printed.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatientFacts {
    /// DBID, which the API calls `patientNumber`.
    pub patient_number: i32,
    /// Kind of the patient.
    pub kind: PatientKind,
    /// Ten digits from the range that is never issued. A few patients have none.
    pub nhs_number: Option<String>,
    /// Date of birth.
    pub dob: Date,
    /// `Mrs`; may be empty.
    pub title: String,
    /// First names, separated by spaces.
    pub first_names: String,
    /// Family name.
    pub family_name: String,
    /// Mobile field, as typed by reception.
    pub mobile: Option<String>,
    /// Home telephone field.
    pub home_telephone: Option<String>,
    /// Email field.
    pub email: Option<String>,
    /// Date of death, if recorded.
    pub date_of_death: Option<Date>,
    /// The record's `dead` flag, if set.
    pub dead: Option<bool>,
    /// Date on which the patient left the practice.
    pub deducted_date: Option<Date>,
}

opaque_debug!(PatientFacts {
    patient_number,
    kind
});

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
    /// Start, UK wall-clock time.
    pub start: DateTime,
    /// Length in minutes.
    pub minutes: i16,
    /// Id of its slot type.
    pub slot_type_id: i32,
    /// DBID of the session's site.
    pub site_id: i32,
    /// DBID of the session's first holder.
    pub holder_id: i32,
    /// Status in EMIS's words: `Slot Available`, `Booked`, `Blocked` …
    pub status: &'static str,
    /// The patient in the slot.
    pub patient: Option<i32>,
    /// Reason for the appointment.
    pub reason: Option<String>,
    /// Notes: the booking's `bookingNote`, or those written since.
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

    /// Returns `true` if a patient can be booked into the slot.
    pub fn is_available(&self) -> bool {
        self.status == SlotState::Available.as_str()
    }
}

/// A slot type of the practice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotTypeFacts {
    /// Id.
    pub id: i32,
    /// Short name: `GP Routine`.
    pub display: String,
    /// Description.
    pub description: String,
    /// EMIS's "Bookable Slot" box is ticked.
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
    /// Name.
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
    /// `true` for a holder of sessions.
    pub holds_sessions: bool,
}

/// A search that the practice runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchFacts {
    /// The `searchGuid` of `GetPatientSearches`, which is the same at every practice.
    pub guid: Uuid,
    /// Name.
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
