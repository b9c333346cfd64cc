//! The writes of the appointments group: bookings, statuses and what is written on a slot.

use emis_types::{PatientNumber, SlotId, SlotTypeId};

use super::super::query_text::check_text;
use super::AppointmentsApi;
use crate::codec;
use crate::error::ClientError;
use crate::model::{AppointmentStatus, BookedAppointment, NewBooking, Slot, StatusChange};
use crate::operation::Operation;
use crate::transport::message::Request;

impl AppointmentsApi<'_> {
    /// Puts a patient into a slot (`BookAppointment`).
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) where the reason is blank or a text
    /// holds control characters; [`Conflict`](crate::ClientErrorKind::Conflict) where the slot is not
    /// free; [`Ambiguous`](crate::ClientErrorKind::Ambiguous) where it may or may not be booked now; or
    /// any other [`ClientErrorKind`](crate::ClientErrorKind) of a write.
    pub async fn book_appointment(
        self,
        booking: &NewBooking,
    ) -> Result<BookedAppointment, ClientError> {
        let operation = Operation::BookAppointment;
        let reason = check_text(operation, booking.reason.expose())?;
        let mut request = Request::new(operation)
            .with("reason", reason)
            .with("bookedBy", booking.booked_by);
        if let Some(note) = &booking.note {
            request = request.with("bookingNote", check_text(operation, note.expose())?);
        }
        let request = request
            .with("slotId", booking.slot)
            .with("patientNumber", booking.patient);
        self.booked(request, booking.slot).await
    }

    /// Takes a patient out of a slot (`CancelAppointment`).
    ///
    /// # Errors
    /// [`NotFound`](crate::ClientErrorKind::NotFound) or [`Conflict`](crate::ClientErrorKind::Conflict) where
    /// the patient is not in the slot; [`Ambiguous`](crate::ClientErrorKind::Ambiguous) where the
    /// appointment may or may not be cancelled now; or any other
    /// [`ClientErrorKind`](crate::ClientErrorKind) of a write.
    pub async fn cancel_appointment(
        self,
        slot: SlotId,
        patient: PatientNumber,
    ) -> Result<BookedAppointment, ClientError> {
        let request = Request::new(Operation::CancelAppointment)
            .with("slotId", slot)
            .with("patientNumber", patient);
        self.booked(request, slot).await
    }

    /// Marks a patient as arrived, sent in or left (`SetAppointmentStatusEx`, which checks first
    /// that the patient is in the slot).
    ///
    /// # Errors
    /// Any [`ClientErrorKind`](crate::ClientErrorKind) of a write.
    #[doc(alias = "SetAppointmentStatusEx")]
    pub async fn set_appointment_status(
        self,
        slot: SlotId,
        patient: PatientNumber,
        status: AppointmentStatus,
    ) -> Result<StatusChange, ClientError> {
        let request = Request::new(Operation::SetAppointmentStatusEx)
            .with("statusId", status.id())
            .with("slotId", slot)
            .with("patientNumber", patient);
        self.0.call(request, codec::status_change).await
    }

    /// Marks whoever is in a slot as arrived, sent in or left (`SetAppointmentStatus`). Nobody
    /// checks who that is: [`set_appointment_status`](Self::set_appointment_status) is safer.
    ///
    /// # Errors
    /// Any [`ClientErrorKind`](crate::ClientErrorKind) of a write.
    #[doc(alias = "SetAppointmentStatus")]
    pub async fn set_appointment_status_v1(
        self,
        slot: SlotId,
        status: AppointmentStatus,
    ) -> Result<StatusChange, ClientError> {
        let request = Request::new(Operation::SetAppointmentStatus)
            .with("statusId", status.id())
            .with("slotId", slot);
        self.0.call(request, codec::status_change).await
    }

    /// Gives a slot another type, and a booking note (`SetSlotType`).
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) where the note is blank or holds
    /// control characters, or any [`ClientErrorKind`](crate::ClientErrorKind) of a write.
    pub async fn set_slot_type(
        self,
        slot: SlotId,
        slot_type: &SlotTypeId,
        booking_note: Option<&str>,
    ) -> Result<(), ClientError> {
        let operation = Operation::SetSlotType;
        let mut request = Request::new(operation).with("slotType", slot_type);
        if let Some(note) = booking_note {
            request = request.with("bookingNote", check_text(operation, note)?);
        }
        let request = request.with("slotId", slot);
        self.0.call(request, codec::nothing).await
    }

    /// Replaces the notes on a slot (`SetSlotNotes`), and gives the slot as it is then where EMIS
    /// sends it. What calling without notes does is not documented: it is taken to clear them.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) where the notes are blank or hold
    /// control characters, or any [`ClientErrorKind`](crate::ClientErrorKind) of a write.
    pub async fn set_slot_notes(
        self,
        slot: SlotId,
        notes: Option<&str>,
    ) -> Result<Option<Slot>, ClientError> {
        let operation = Operation::SetSlotNotes;
        let mut request = Request::new(operation);
        if let Some(notes) = notes {
            request = request.with("slotNotes", check_text(operation, notes)?);
        }
        self.changed(request.with("slotId", slot), slot).await
    }

    /// Adds a comment to a slot, for the practice's staff to read (`AddSlotComment`), and gives
    /// the slot as it is then where EMIS sends it.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) where the comment is blank or holds
    /// control characters, or any [`ClientErrorKind`](crate::ClientErrorKind) of a write.
    pub async fn add_slot_comment(
        self,
        slot: SlotId,
        comment: &str,
    ) -> Result<Option<Slot>, ClientError> {
        let operation = Operation::AddSlotComment;
        let request = Request::new(operation)
            .with("slotComment", check_text(operation, comment)?)
            .with("slotId", slot);
        self.changed(request, slot).await
    }

    async fn changed(self, request: Request, slot: SlotId) -> Result<Option<Slot>, ClientError> {
        self.0
            .call(request, |response| codec::changed_slot(response, slot))
            .await
    }

    async fn booked(
        self,
        request: Request,
        slot: SlotId,
    ) -> Result<BookedAppointment, ClientError> {
        self.0
            .call(request, |response| {
                codec::booked_appointment(response, slot)
            })
            .await
    }
}
