//! How a practice has set up its appointments.

use emis_types::SlotTypeId;
use jiff::civil::{Date, Time};

use super::{SessionHolder, Site, SkippedRecord};

/// The answer to `GetAppointmentConfiguration`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AppointmentConfiguration {
    /// The sites at which sessions are held.
    pub sites: Vec<Site>,
    /// The staff who hold sessions.
    pub session_holders: Vec<SessionHolder>,
    /// The slot types of the practice.
    pub slot_types: Vec<SlotType>,
    /// The days on which the practice is closed, within the dates asked for.
    pub practice_holidays: Vec<Holiday>,
    /// Records that could not be read.
    pub skipped: Vec<SkippedRecord>,
}

/// A slot type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotType {
    /// EMIS's id of the type.
    pub id: SlotTypeId,
    /// Its short name on screen.
    pub display: Option<String>,
    /// The practice's words for it. Not for patients.
    pub description: Option<String>,
    /// Whether EMIS calls it bookable online, where EMIS says so. The box is ticked unless
    /// somebody unticks it, so this is never enough to offer a slot: use an allow-list.
    pub bookable: Option<bool>,
}

impl SlotType {
    /// A slot type of which only the id is known.
    pub fn new(id: SlotTypeId) -> Self {
        Self {
            id,
            display: None,
            description: None,
            bookable: None,
        }
    }
}

/// A day, or part of a day, on which the practice is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holiday {
    /// The day.
    pub day: Date,
    /// From when, UK time; the whole day where absent.
    pub start: Option<Time>,
    /// Until when, UK time.
    pub end: Option<Time>,
    /// What the practice calls it.
    pub description: Option<String>,
}

impl Holiday {
    /// A whole day.
    pub fn new(day: Date) -> Self {
        Self {
            day,
            start: None,
            end: None,
            description: None,
        }
    }
}
