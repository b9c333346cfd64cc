//! The appointment or patient that a message is about.

use emis_settings::PatientAction;
use emis_types::{PatientNumber, SessionId, SlotId};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// The patient, and the appointment if there is one, that a message is about. One message may be
/// about several: adjoining appointments, or a mother and her child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MessageTopic {
    /// The patient.
    pub patient: PatientNumber,
    /// The session of the appointment, if it is known: needed to cancel it.
    pub session: Option<SessionId>,
    /// The slot of the appointment.
    pub slot: Option<SlotId>,
    /// The start of the appointment, UK wall clock.
    pub start: Option<DateTime>,
    /// The action that the message offers to the patient.
    pub may: PatientAction,
}

impl MessageTopic {
    /// Creates the topic of an appointment.
    pub const fn appointment(patient: PatientNumber, slot: SlotId, start: DateTime) -> Self {
        Self {
            patient,
            session: None,
            slot: Some(slot),
            start: Some(start),
            may: PatientAction::Nothing,
        }
    }

    /// Creates the topic of a patient without an appointment, as of an invitation.
    pub const fn patient(patient: PatientNumber) -> Self {
        Self {
            patient,
            session: None,
            slot: None,
            start: None,
            may: PatientAction::Nothing,
        }
    }

    /// Sets the action that the message offers: a reply is decided by it.
    #[must_use]
    pub const fn allowing(mut self, action: PatientAction) -> Self {
        self.may = action;
        self
    }

    /// Adds the session of the appointment.
    #[must_use]
    pub const fn in_session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }
}
