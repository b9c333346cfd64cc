//! The appointment configuration of a practice.

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
    /// The hours at which sessions are usually held.
    pub schedules: Vec<Schedule>,
    /// The slot types of the practice.
    pub slot_types: Vec<SlotType>,
    /// The days on which the practice is closed, within the dates asked for.
    pub practice_holidays: Vec<Holiday>,
    /// The days on which staff are away, within the dates asked for.
    pub staff_holidays: Vec<StaffHolidays>,
    /// Records that could not be read.
    pub skipped: Vec<SkippedRecord>,
    /// The number of characters that could not be read as they came and were replaced. The
    /// records that hold them are kept.
    pub repaired_characters: usize,
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
    /// True if EMIS calls it bookable online. The box is ticked unless
    /// a user unticks it, so this is never enough to offer a slot: use an allow-list.
    pub bookable: Option<bool>,
    /// EMIS's rule on access to bookings; its values are not published.
    pub emis_access: Option<String>,
    /// A code for it. EMIS gives one with a patient's appointments only.
    pub coding: Option<Coding>,
}

impl SlotType {
    /// Creates a slot type with its id.
    pub fn new(id: SlotTypeId) -> Self {
        Self {
            id,
            display: None,
            description: None,
            bookable: None,
            emis_access: None,
            coding: None,
        }
    }
}

/// A code out of a public code system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Coding {
    /// The code system.
    pub system: Option<String>,
    /// The code.
    pub code: Option<String>,
    /// The code in words.
    pub display: Option<String>,
}

/// Hours at which sessions are held, under a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Schedule {
    /// The practice's name for it.
    pub name: Option<String>,
    /// The start, UK time.
    pub start: Option<Time>,
    /// The end, UK time.
    pub end: Option<Time>,
    /// The length of its slots, in minutes.
    pub slot_minutes: Option<u16>,
}

/// The days on which a member of staff is away.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StaffHolidays {
    /// The member of staff.
    pub holder: SessionHolder,
    /// The days, or parts of days.
    pub days: Vec<Holiday>,
}

impl StaffHolidays {
    /// Creates the days on which a member of staff is away.
    pub fn new(holder: SessionHolder, days: Vec<Holiday>) -> Self {
        Self { holder, days }
    }
}

/// A day, or part of a day, on which the practice is closed or a member of staff is away.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holiday {
    /// The day.
    pub day: Date,
    /// The start, UK time; the whole day if absent.
    pub start: Option<Time>,
    /// The end, UK time.
    pub end: Option<Time>,
    /// The practice's name for it.
    pub description: Option<String>,
}

impl Holiday {
    /// Creates a whole day.
    pub fn new(day: Date) -> Self {
        Self {
            day,
            start: None,
            end: None,
            description: None,
        }
    }
}
