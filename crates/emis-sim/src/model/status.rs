//! The status of an appointment in EMIS's words.

use std::fmt;

/// The status of an appointment: of a slot with a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SimAppointmentStatus {
    /// `Booked`.
    Booked,
    /// `Arrived`.
    Arrived,
    /// `Send In`.
    SendIn,
    /// `Quiet Send In`.
    QuietSendIn,
    /// `Left`.
    Left,
    /// `DNA`: did not attend.
    Dna,
    /// `Walked Out`.
    WalkedOut,
    /// `Visited`.
    Visited,
    /// `Visited - Not In`.
    VisitedNotIn,
    /// `Telephone - Complete`.
    TelephoneComplete,
    /// `Telephone - Not In`.
    TelephoneNotIn,
    /// `Start RecordedCall`.
    StartCall,
    /// `Cannot Be Seen`.
    CannotBeSeen,
    /// `Unknown`.
    Unknown,
}

impl SimAppointmentStatus {
    /// Returns EMIS's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "Booked",
            Self::Arrived => "Arrived",
            Self::SendIn => "Send In",
            Self::QuietSendIn => "Quiet Send In",
            Self::Left => "Left",
            Self::Dna => "DNA",
            Self::WalkedOut => "Walked Out",
            Self::Visited => "Visited",
            Self::VisitedNotIn => "Visited - Not In",
            Self::TelephoneComplete => "Telephone - Complete",
            Self::TelephoneNotIn => "Telephone - Not In",
            Self::StartCall => "Start Call",
            Self::CannotBeSeen => "Cannot Be Seen",
            Self::Unknown => "Unknown",
        }
    }

    /// Returns the status of a `statusId` parameter.
    pub(crate) const fn from_status_id(id: i32) -> Option<Self> {
        match id {
            2 => Some(Self::Arrived),
            3 => Some(Self::SendIn),
            4 => Some(Self::Left),
            12 => Some(Self::QuietSendIn),
            _ => None,
        }
    }
}

impl fmt::Display for SimAppointmentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
