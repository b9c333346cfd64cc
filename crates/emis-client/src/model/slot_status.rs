//! The status of a slot: an open wire value, and the values we know.

use std::fmt;

/// The status of a slot or appointment exactly as EMIS worded it.
///
/// EMIS may send words we do not know; they are kept. A status that is not [known](Self::known)
/// is neither free nor booked: nothing is booked into it, and no reminder is sent for it.
///
/// ```
/// use emis_client::model::{KnownSlotStatus, SlotStatus};
/// assert_eq!(SlotStatus::from_wire("Send In").known(), Some(KnownSlotStatus::SendIn));
/// let new = SlotStatus::from_wire("Beamed Up");
/// assert_eq!(new.known(), None);
/// assert!(!new.is_free());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct SlotStatus(Box<str>);

impl SlotStatus {
    /// Takes EMIS's wording; white space around it does not count.
    pub fn from_wire(text: &str) -> Self {
        Self(text.trim().into())
    }

    /// Returns EMIS's wording.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the known status that this wording stands for, if we know it.
    pub fn known(&self) -> Option<KnownSlotStatus> {
        KnownSlotStatus::ALL
            .iter()
            .copied()
            .find(|known| known.as_str() == self.as_str())
    }

    /// Returns whether the slot is free to be booked: `Slot Available` and nothing else.
    pub fn is_free(&self) -> bool {
        self.known() == Some(KnownSlotStatus::SlotAvailable)
    }
}

impl From<KnownSlotStatus> for SlotStatus {
    fn from(known: KnownSlotStatus) -> Self {
        Self(known.as_str().into())
    }
}

impl fmt::Debug for SlotStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An unknown wording is EMIS's free text and might hold anything.
        match self.known() {
            Some(known) => write!(f, "SlotStatus({})", known.as_str()),
            None => f.write_str("SlotStatus([unknown])"),
        }
    }
}

macro_rules! known {
    ($($(#[$doc:meta])* $name:ident = $wire:literal,)*) => {
        /// The slot statuses that EMIS is known to use.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum KnownSlotStatus {
            $($(#[$doc])* $name,)*
        }

        impl KnownSlotStatus {
            /// Every known status.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns EMIS's exact wording.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire,)* }
            }
        }
    };
}

known! {
    /// Free.
    SlotAvailable = "Slot Available",
    /// A patient is booked and has not arrived.
    Booked = "Booked",
    /// The patient is in the waiting room.
    Arrived = "Arrived",
    /// The patient was called in.
    SendIn = "Send In",
    /// The patient was called in without an announcement.
    QuietSendIn = "Quiet Send In",
    /// The patient was seen and left.
    Left = "Left",
    /// The patient did not attend.
    Dna = "DNA",
    /// The patient left without being seen.
    WalkedOut = "Walked Out",
    /// A home visit was made.
    Visited = "Visited",
    /// A home visit found no one at home.
    VisitedNotIn = "Visited - Not In",
    /// A telephone appointment was held.
    TelephoneComplete = "Telephone - Complete",
    /// A telephone appointment was not answered.
    TelephoneNotIn = "Telephone - Not In",
    /// A telephone or video appointment is being started.
    StartCall = "Start Call",
    /// The patient can't be seen.
    CannotBeSeen = "Cannot Be Seen",
    /// The slot is blocked by the practice.
    Blocked = "Blocked",
    /// The slot is not released yet.
    Embargoed = "Embargoed",
    /// EMIS itself calls the status unknown.
    Unknown = "Unknown",
}
