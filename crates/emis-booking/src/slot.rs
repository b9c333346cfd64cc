//! Slots as patients see and choose them, and the appointments that they become.

use emis_client::model::{SessionHolder, Site};
use emis_settings::AppointmentMode;
use emis_types::{PatientNumber, SessionId, SlotId, SlotTypeId, uk};
use jiff::{Timestamp, Zoned};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// A slot that was free, and offered by the practice's rules, when it was read.
///
/// The practice's name of the slot type is left out on purpose: it can reveal what an appointment
/// is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FreeSlot {
    /// The session that it belongs to.
    pub session: SessionId,
    /// The slot.
    pub slot: SlotId,
    /// The type.
    pub slot_type: SlotTypeId,
    /// The start, UK time.
    #[serde(deserialize_with = "uk_time")]
    pub start: Zoned,
    /// The length in minutes, if EMIS has it.
    pub minutes: Option<u16>,
    /// The site.
    pub site: Option<Site>,
    /// The staff who hold the session.
    pub session_holders: Vec<SessionHolder>,
    /// The mode, if the practice has set it for the slot type.
    #[serde(default)]
    pub mode: Option<AppointmentMode>,
}

/// Reads a time by its offset: the zone's rules are compiled in under no name.
fn uk_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zoned, D::Error> {
    let text = String::deserialize(deserializer)?;
    let moment = text.split('[').next().unwrap_or_default();
    let moment: Timestamp = moment.parse().map_err(D::Error::custom)?;
    Ok(uk::at(moment))
}

impl FreeSlot {
    /// Returns the slot as the patient's choice, to be handed out and taken back.
    pub fn choice(&self) -> SlotChoice {
        SlotChoice {
            session: self.session,
            slot: self.slot,
            slot_type: self.slot_type.clone(),
            start: self.start.timestamp(),
        }
    }
}

/// A patient's choice: enough of a [`FreeSlot`] to find it again and to notice a change.
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
    /// The start that it had.
    pub start: Timestamp,
}

impl SlotChoice {
    /// Returns whether a slot is still the one that was chosen.
    pub fn matches(&self, slot: &FreeSlot) -> bool {
        *self == slot.choice()
    }
}

/// The key of an appointment: a patient in a slot at a time.
///
/// All fields count. A slot keeps its ID when it is emptied and filled again, so a slot alone
/// identifies no appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AppointmentKey {
    /// The session that the slot belongs to.
    pub session: SessionId,
    /// The slot.
    pub slot: SlotId,
    /// The patient.
    pub patient: PatientNumber,
    /// The start.
    pub start: Timestamp,
}

impl AppointmentKey {
    /// Returns the start on a wall clock in England.
    pub fn starts(&self) -> Zoned {
        uk::at(self.start)
    }
}
