//! Slots as patients see and choose them, and the appointments that come of them.

use emis_client::model::{SessionHolder, Site};
use emis_types::{PatientNumber, SessionId, SlotId, SlotTypeId, uk};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

/// A slot that may be booked: free, and offered by the practice's rules when they were asked.
///
/// The practice's words for the slot type are left out on purpose: they can give away what an
/// appointment is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FreeSlot {
    /// The session that it belongs to.
    pub session: SessionId,
    /// The slot.
    pub slot: SlotId,
    /// Its type.
    pub slot_type: SlotTypeId,
    /// When it starts, UK time.
    pub start: Zoned,
    /// Its length in minutes, where EMIS says so.
    pub minutes: Option<u16>,
    /// Where it is held.
    pub site: Option<Site>,
    /// Who holds the session.
    pub session_holders: Vec<SessionHolder>,
}

impl FreeSlot {
    /// The slot as the patient's choice, to be handed out and taken back.
    pub fn choice(&self) -> SlotChoice {
        SlotChoice {
            session: self.session,
            slot: self.slot,
            slot_type: self.slot_type.clone(),
            start: self.start.timestamp(),
        }
    }
}

/// What a patient chose: enough of a [`FreeSlot`] to find it again and to notice a change.
///
/// It may travel through a browser. Nothing in it is trusted: the slot is read afresh, and must
/// be offered, before it is booked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SlotChoice {
    /// The session that the slot belongs to.
    pub session: SessionId,
    /// The slot.
    pub slot: SlotId,
    /// The type that it had.
    pub slot_type: SlotTypeId,
    /// When it was to start.
    pub start: Timestamp,
}

impl SlotChoice {
    /// Whether a slot is still the one that was chosen.
    pub fn is(&self, slot: &FreeSlot) -> bool {
        *self == slot.choice()
    }
}

/// An appointment: a patient in a slot at a time.
///
/// All of it counts. A slot keeps its id when it is emptied and filled again, so a slot alone
/// names nobody's appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AppointmentKey {
    /// The session that the slot belongs to.
    pub session: SessionId,
    /// The slot.
    pub slot: SlotId,
    /// The patient.
    pub patient: PatientNumber,
    /// When it starts.
    pub start: Timestamp,
}

impl AppointmentKey {
    /// When it starts, on a wall clock in England.
    pub fn starts(&self) -> Zoned {
        uk::at(self.start)
    }
}
