//! The status of an appointment in EMIS's words.

use std::fmt;

macro_rules! statuses {
    ($($name:ident $text:literal,)*) => {
        /// The status of an appointment: of a slot with a patient.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum SimAppointmentStatus {
            $(#[doc = concat!("`", $text, "`.")] $name,)*
        }

        impl SimAppointmentStatus {
            /// Returns EMIS's text.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

statuses! {
    Booked "Booked",
    Arrived "Arrived",
    SendIn "Send In",
    QuietSendIn "Quiet Send In",
    Left "Left",
    Dna "DNA",
    WalkedOut "Walked Out",
    Visited "Visited",
    VisitedNotIn "Visited - Not In",
    TelephoneComplete "Telephone - Complete",
    TelephoneNotIn "Telephone - Not In",
    StartCall "Start Call",
    CannotBeSeen "Cannot Be Seen",
    Unknown "Unknown",
}

impl SimAppointmentStatus {
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
