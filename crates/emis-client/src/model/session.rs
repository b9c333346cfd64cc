//! The appointment book: sessions and their slots.

use emis_types::{PatientNumber, Sensitive, SessionId, SiteId, SlotId, SlotTypeId, StaffId, uk};
use jiff::Zoned;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use super::{SlotStatus, StaffName};

/// A site of the practice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Site {
    /// EMIS's id of the site.
    pub id: SiteId,
    /// Its name, as patients know it.
    pub name: Option<String>,
}

impl Site {
    /// Creates a site.
    pub fn new(id: SiteId, name: Option<String>) -> Self {
        Self { id, name }
    }
}

/// A member of staff who holds sessions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionHolder {
    /// EMIS's id of the session holder.
    pub id: StaffId,
    /// Their name.
    pub name: StaffName,
}

impl SessionHolder {
    /// Creates a session holder.
    pub fn new(id: StaffId, name: StaffName) -> Self {
        Self { id, name }
    }
}

/// An appointment session, from `GetAppointmentSessions`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// EMIS's id of the session.
    pub id: SessionId,
    /// The day on which it is held.
    pub date: Date,
    /// When it starts, UK time.
    pub start: Option<Time>,
    /// When it ends, UK time.
    pub end: Option<Time>,
    /// The usual length of its slots, in minutes.
    pub slot_minutes: Option<u16>,
    /// The practice's name for it.
    pub name: Option<String>,
    /// Where it is held.
    pub site: Option<Site>,
    /// The session's holders. Some sessions, such as cancellation lists, have none.
    pub session_holders: Vec<SessionHolder>,
    /// The slots of each type, counted.
    pub slot_types: Vec<SlotTypeCount>,
}

impl Session {
    /// Creates a session of which only the id and the day are known.
    pub fn new(id: SessionId, date: Date) -> Self {
        Self {
            id,
            date,
            start: None,
            end: None,
            slot_minutes: None,
            name: None,
            site: None,
            session_holders: Vec::new(),
            slot_types: Vec::new(),
        }
    }
}

/// The slots of one type in a session, counted by status.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotTypeCount {
    /// The slot type.
    pub id: SlotTypeId,
    /// The practice's words for it.
    pub description: Option<String>,
    /// All slots of the type.
    pub total: u32,
    /// Those with a patient.
    pub booked: u32,
    /// Those that the practice blocked.
    pub blocked: u32,
    /// Those not released yet.
    pub embargoed: u32,
    /// Those that are free.
    pub available: u32,
}

impl SlotTypeCount {
    /// Creates a slot type with nothing counted yet.
    pub fn new(id: SlotTypeId) -> Self {
        Self {
            id,
            description: None,
            total: 0,
            booked: 0,
            blocked: 0,
            embargoed: 0,
            available: 0,
        }
    }
}

/// A slot of a session, from `GetSlotsForSession`.
///
/// EMIS gives a slot a time but no date: join it with its session by [`starts_at`](Self::starts_at).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Slot {
    /// EMIS's id of the slot.
    pub id: SlotId,
    /// When it starts, UK time, on its session's day.
    pub start: Time,
    /// The status: free, booked, blocked and so on.
    pub status: SlotStatus,
    /// Its length in minutes.
    pub minutes: Option<u16>,
    /// Its type.
    pub slot_type: Option<SlotTypeId>,
    /// The practice's words for its type. Not for patients: it can give away what an
    /// appointment is about.
    pub slot_type_description: Option<String>,
    /// The patient who is booked into it.
    pub patient: Option<PatientNumber>,
    /// That patient's name, in EMIS's form.
    pub patient_name: Option<Sensitive<String>>,
    /// Notes on the slot.
    pub notes: Option<Sensitive<String>>,
    /// The reason for the booking.
    pub reason: Option<Sensitive<String>>,
    /// Comments, oldest first (V2 only).
    pub comments: Vec<Sensitive<String>>,
}

impl Slot {
    /// Creates a slot with no patient and nothing else known.
    pub fn new(id: SlotId, start: Time, status: SlotStatus) -> Self {
        Self {
            id,
            start,
            status,
            minutes: None,
            slot_type: None,
            slot_type_description: None,
            patient: None,
            patient_name: None,
            notes: None,
            reason: None,
            comments: Vec::new(),
        }
    }

    /// Returns the moment at which the slot starts, its time joined with the day of its session.
    pub fn starts_at(&self, session: &Session) -> Zoned {
        uk::zoned(session.date.to_datetime(self.start))
    }
}
