//! Appointments: a patient in a slot.

use emis_types::{
    BookedBy, PatientNumber, Sensitive, SessionId, SiteId, SlotId, SlotTypeId, StaffId,
};
use jiff::civil::{Date, DateTime};

use super::{Patient, SessionHolder, SlotStatus, SlotType};

/// An appointment ahead, with its patient, from `GetBookedPatients`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BookedPatient {
    /// The slot. Together with the patient it names the appointment.
    pub slot: SlotId,
    /// When it starts, UK time.
    pub start: DateTime,
    /// The patient.
    pub patient: Patient,
    /// The session (V2 only).
    pub session: Option<SessionId>,
    /// The name of the site, as EMIS gives it here: without an id.
    pub site_name: Option<String>,
    /// The ids of the session's locations (V2 only).
    pub sites: Vec<SiteId>,
    /// The staff who hold the session.
    pub session_holders: Vec<StaffId>,
    /// The slot type (V2 only).
    pub slot_type: Option<SlotTypeId>,
    /// True if the patient's record has an alert. Never to be shown to the patient.
    pub alert: Option<bool>,
}

impl BookedPatient {
    /// Creates an appointment with its slot, start and patient.
    pub fn new(slot: SlotId, start: DateTime, patient: Patient) -> Self {
        Self {
            slot,
            start,
            patient,
            session: None,
            site_name: None,
            sites: Vec::new(),
            session_holders: Vec::new(),
            slot_type: None,
            alert: None,
        }
    }
}

/// An appointment of one patient, from `GetPatientAppointments`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatientAppointment {
    /// The slot.
    pub slot: SlotId,
    /// When it starts, UK time.
    pub start: DateTime,
    /// Its length in minutes.
    pub minutes: Option<u16>,
    /// The session.
    pub session: Option<SessionId>,
    /// The site.
    pub site: Option<SiteId>,
    /// The session's holders.
    pub session_holders: Vec<SessionHolder>,
    /// The status. May be absent, and a future appointment may even say `Slot Available`.
    pub status: Option<SlotStatus>,
    /// The practice's name for the session.
    pub session_name: Option<String>,
    /// The slot type (V2 only).
    pub slot_type: Option<SlotTypeId>,
    /// The details of the slot type (V2 only).
    pub slot_type_details: Option<Box<SlotType>>,
    /// The reason for the booking.
    pub reason: Option<Sensitive<String>>,
    /// Notes; the booking note is among them.
    pub notes: Option<Sensitive<String>>,
}

impl PatientAppointment {
    /// Creates an appointment with its slot and start.
    pub fn new(slot: SlotId, start: DateTime) -> Self {
        Self {
            slot,
            start,
            minutes: None,
            session: None,
            site: None,
            session_holders: Vec::new(),
            status: None,
            session_name: None,
            slot_type: None,
            slot_type_details: None,
            reason: None,
            notes: None,
        }
    }
}

/// A booking to make with `BookAppointment`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewBooking {
    /// The slot to fill.
    pub slot: SlotId,
    /// The patient.
    pub patient: PatientNumber,
    /// The member of staff in whose name it is booked.
    pub booked_by: BookedBy,
    /// The reason, in fixed words: mandatory for EMIS, and not the place for clinical detail.
    pub reason: Sensitive<String>,
    /// A note kept with the appointment, for a reference of the product.
    pub note: Option<Sensitive<String>>,
}

impl NewBooking {
    /// Creates a booking without a note.
    pub fn new(
        slot: SlotId,
        patient: PatientNumber,
        booked_by: BookedBy,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            slot,
            patient,
            booked_by,
            reason: Sensitive::new(reason.into()),
            note: None,
        }
    }
}

/// EMIS's answer to a booking or a cancellation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BookedAppointment {
    /// The slot.
    pub slot: SlotId,
    /// The patient, where EMIS names them.
    pub patient: Option<PatientNumber>,
    /// The session.
    pub session: Option<SessionId>,
    /// When it starts, UK time.
    pub start: Option<DateTime>,
    /// When it ends, UK time.
    pub end: Option<DateTime>,
    /// The slot type.
    pub slot_type: Option<SlotTypeId>,
    /// The reason that is kept with it.
    pub reason: Option<Sensitive<String>>,
    /// The note that is kept with it.
    pub note: Option<Sensitive<String>>,
    /// The patient's name, in EMIS's form.
    pub patient_name: Option<Sensitive<String>>,
    /// The patient's date of birth.
    pub date_of_birth: Option<Sensitive<Date>>,
    /// True if the patient's record has warnings. Never to be shown to the patient.
    pub has_warnings: Option<bool>,
    /// EMIS's `led`, whose meaning is not published.
    pub led: Option<Sensitive<String>>,
    /// EMIS's `actionPerformedOn`: a moment as a number whose unit is not published.
    pub performed_on: Option<i64>,
}

impl BookedAppointment {
    /// Creates an answer that names only the slot.
    pub fn new(slot: SlotId) -> Self {
        Self {
            slot,
            patient: None,
            session: None,
            start: None,
            end: None,
            slot_type: None,
            reason: None,
            note: None,
            patient_name: None,
            date_of_birth: None,
            has_warnings: None,
            led: None,
            performed_on: None,
        }
    }
}

/// The statuses that `SetAppointmentStatus` can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AppointmentStatus {
    /// The patient arrived (2).
    Arrive,
    /// The patient was sent in (3).
    SentIn,
    /// The patient left (4).
    Left,
    /// The patient was sent in without an announcement (12).
    QuietSentIn,
}

impl AppointmentStatus {
    /// Returns EMIS's number for it.
    pub const fn id(self) -> i32 {
        match self {
            Self::Arrive => 2,
            Self::SentIn => 3,
            Self::Left => 4,
            Self::QuietSentIn => 12,
        }
    }
}

/// EMIS's answer when a status was set. EMIS promises none of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StatusChange {
    /// The session of the slot.
    pub session: Option<SessionId>,
    /// EMIS's `actionPerformedOn`: a moment as a number whose unit is not published.
    pub performed_on: Option<i64>,
}
