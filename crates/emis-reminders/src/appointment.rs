//! The identity of an appointment.

use emis_client::model::BookedPatient;
use emis_types::{PatientNumber, SlotId};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// An appointment by EMIS's IDs. A slot alone does not identify one: it may be given to another
/// patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RemindedAppointment {
    /// The slot.
    pub slot: SlotId,
    /// The patient.
    pub patient: PatientNumber,
    /// The start, UK wall clock.
    pub start: DateTime,
}

impl From<&BookedPatient> for RemindedAppointment {
    fn from(booked: &BookedPatient) -> Self {
        Self {
            slot: booked.slot,
            patient: booked.patient.number,
            start: booked.start,
        }
    }
}
