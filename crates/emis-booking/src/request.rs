//! A request to book.

use emis_audit::{Digest, Label};
use emis_types::{OdsCode, PatientNumber};
use serde::{Deserialize, Serialize};

use crate::id::BookingId;
use crate::invitation::record::InvitationId;
use crate::patient::PatientIdentity;
use crate::slot::{AppointmentKey, SlotChoice};

/// A request to book a slot for a patient.
///
/// # Examples
/// ```
/// use emis_booking::{BookingRequest, PatientIdentity, SlotChoice};
/// use emis_types::PatientNumber;
/// use jiff::civil::date;
///
/// // The slot as the patient's browser sent it back.
/// let slot: SlotChoice = serde_json::from_str(
///     r#"{"session": 7, "slot": 9001, "slot_type": "3", "start": "2026-06-02T09:00:00Z"}"#,
/// )?;
/// let identity = PatientIdentity::date_of_birth(date(1957, 5, 9));
/// let request = BookingRequest::new(slot, PatientNumber::new(501)?, identity);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BookingRequest {
    /// The ID of this attempt. A request that comes again with the same ID gets the answer to
    /// the first and is not sent again. A new attempt takes a new ID.
    pub id: BookingId,
    /// The slot.
    pub slot: SlotChoice,
    /// The patient.
    pub patient: PatientNumber,
    /// Further knowledge of the patient, which must match EMIS's record.
    pub identity: PatientIdentity,
    /// The invitation that it comes by, which it uses up.
    #[serde(default)]
    pub invitation: Option<InvitationId>,
    /// The product's id of a person who books for the patient, such as a parent or a carer. The
    /// audit trail has both.
    #[serde(default)]
    pub proxy: Option<Label>,
}

impl BookingRequest {
    /// Creates a request with a new ID.
    pub fn new(slot: SlotChoice, patient: PatientNumber, identity: PatientIdentity) -> Self {
        Self {
            id: BookingId::random(),
            slot,
            patient,
            identity,
            invitation: None,
            proxy: None,
        }
    }

    /// Books by an invitation, within what it allows.
    #[must_use]
    pub const fn by_invitation(mut self, invitation: InvitationId) -> Self {
        self.invitation = Some(invitation);
        self
    }

    /// Books as a person who acts for the patient.
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

    /// Returns the digest by which a request that comes again is compared with the first.
    pub(crate) fn digest(&self, practice: &OdsCode) -> Digest {
        let (slot, identity) = (&self.slot, self.identity.canonical());
        Digest::of(format!(
            "{practice}|{}|{}|{}|{}|{}|{identity}",
            self.patient, slot.session, slot.slot, slot.slot_type, slot.start,
        ))
    }

    pub(crate) fn appointment(&self) -> AppointmentKey {
        AppointmentKey {
            session: self.slot.session,
            slot: self.slot.slot,
            patient: self.patient,
            start: self.slot.start,
        }
    }
}
