//! A request to move an appointment.

use emis_audit::{Digest, Label};
use emis_types::PatientNumber;
use serde::{Deserialize, Serialize};

use crate::id::BookingId;
use crate::invitation::allowance::LinkAllowance;
use crate::patient::PatientIdentity;
use crate::request::BookingRequest;
use crate::slot::SlotChoice;

/// A request to move an appointment that was booked here to another slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MoveRequest {
    /// The ID of this attempt, and of the new booking. A request that comes again with the same ID
    /// gets the answer to the first.
    pub id: BookingId,
    /// The booking to be moved.
    pub from: BookingId,
    /// The new slot.
    pub slot: SlotChoice,
    /// Further knowledge of the patient, which must match EMIS's record.
    pub identity: PatientIdentity,
    /// The product's id of a person who moves it for the patient, such as a parent or a carer. The
    /// audit trail has both.
    #[serde(default)]
    pub proxy: Option<Label>,
    /// The slots that the link of the request allows, if it comes by one.
    #[serde(skip)]
    pub(crate) allowance: Option<LinkAllowance>,
}

impl MoveRequest {
    /// Creates a request with a new ID.
    pub fn new(from: BookingId, slot: SlotChoice, identity: PatientIdentity) -> Self {
        Self {
            id: BookingId::random(),
            from,
            slot,
            identity,
            proxy: None,
            allowance: None,
        }
    }

    /// Moves as a person who acts for the patient.
    #[must_use]
    pub fn by_proxy(mut self, proxy: Label) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Sets an ID that was handed out before, for example with a form.
    #[must_use]
    pub fn with_id(mut self, id: BookingId) -> Self {
        self.id = id;
        self
    }

    /// Moves within what a link allows.
    pub(crate) fn within(mut self, allowance: LinkAllowance) -> Self {
        self.allowance = Some(allowance);
        self
    }

    /// Returns the request for the new booking.
    pub(crate) fn booking(&self, patient: PatientNumber) -> BookingRequest {
        BookingRequest::new(self.slot.clone(), patient, self.identity).with_id(self.id)
    }

    pub(crate) fn digest(&self, booking: Digest) -> Digest {
        Digest::of(format!("{booking}|{}", self.from))
    }
}
