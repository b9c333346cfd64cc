//! The writes of the appointments group: bookings, statuses, and types and notes of slots.

use emis_types::{PatientNumber, SlotId, SlotTypeId};

use super::super::query_text::check_text;
use super::AppointmentsApi;
use crate::codec;
use crate::error::ClientError;
use crate::model::{AppointmentStatus, BookedAppointment, NewBooking, Slot, StatusChange};
use crate::operation::Operation;
use crate::transport::message::Request;

impl AppointmentsApi<'_> {
    /// Books a slot for a patient (`BookAppointment`).
    ///
    /// # Errors
    /// Fails with [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) if the reason is blank
    /// or a text has control characters, with [`Conflict`](crate::ClientErrorKind::Conflict) if the
    /// slot is not free, or with any other [`ClientErrorKind`](crate::ClientErrorKind) of a write.
    /// If the error [is ambiguous](ClientError::is_ambiguous), the write may have taken effect.
    ///
    /// # Cancel safety
    /// Not cancel safe: a write whose future is dropped may have been sent. Read back before
    /// anything else.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use emis_client::model::NewBooking;
    ///
    /// # async fn example(client: emis_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let booking = NewBooking::new("41".parse()?, "17".parse()?, "5".parse()?, "Booked online");
    /// match client.appointments().book_appointment(&booking).await {
    ///     Ok(booked) => println!("booked at {:?}", booked.start),
    ///     Err(error) if error.is_ambiguous() => println!("read back: {}", error.report()),
    ///     Err(error) => println!("provably not booked: {}", error.report()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
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

    /// Cancels a patient's appointment in a slot (`CancelAppointment`).
    ///
    /// # Errors
    /// Fails with [`NotFound`](crate::ClientErrorKind::NotFound) or
    /// [`Conflict`](crate::ClientErrorKind::Conflict) if the patient is not in the slot, or with any
    /// other [`ClientErrorKind`](crate::ClientErrorKind) of a write.
    /// If the error [is ambiguous](ClientError::is_ambiguous), the write may have taken effect.
    ///
    /// # Cancel safety
    /// Not cancel safe: a write whose future is dropped may have been sent. Read back before
    /// anything else.
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

    /// Marks a patient as arrived, sent in or left (`SetAppointmentStatusEx`). EMIS checks first that
    /// the patient is in the slot.
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a write.
    /// If the error [is ambiguous](ClientError::is_ambiguous), the write may have taken effect.
    ///
    /// # Cancel safety
    /// Not cancel safe: a write whose future is dropped may have been sent. Read back before
    /// anything else.
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

    /// Marks the patient in a slot as arrived, sent in or left (`SetAppointmentStatus`). EMIS does not
    /// check which patient that is: [`set_appointment_status`](Self::set_appointment_status) is
    /// safer.
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a write.
    /// If the error [is ambiguous](ClientError::is_ambiguous), the write may have taken effect.
    ///
    /// # Cancel safety
    /// Not cancel safe: a write whose future is dropped may have been sent. Read back before
    /// anything else.
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

    /// Changes a slot's type and its booking note (`SetSlotType`).
    ///
    /// # Errors
    /// Fails with [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) if the note is blank
    /// or has control characters, or with any [`ClientErrorKind`](crate::ClientErrorKind) of a
    /// write.
    /// If the error [is ambiguous](ClientError::is_ambiguous), the write may have taken effect.
    ///
    /// # Cancel safety
    /// Not cancel safe: a write whose future is dropped may have been sent. Read back before
    /// anything else.
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

    /// Replaces the notes of a slot (`SetSlotNotes`). Returns the changed slot if EMIS sends it. The
    /// effect of a call without notes is not documented; it is assumed to clear them.
    ///
    /// # Errors
    /// Fails with [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) if the notes are blank
    /// or have control characters, or with any [`ClientErrorKind`](crate::ClientErrorKind) of a
    /// write.
    /// If the error [is ambiguous](ClientError::is_ambiguous), the write may have taken effect.
    ///
    /// # Cancel safety
    /// Not cancel safe: a write whose future is dropped may have been sent. Read back before
    /// anything else.
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

    /// Adds a comment to a slot, for the practice's staff (`AddSlotComment`). Returns the changed slot
    /// if EMIS sends it.
    ///
    /// # Errors
    /// Fails with [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) if the comment is
    /// blank or has control characters, or with any [`ClientErrorKind`](crate::ClientErrorKind)
    /// of a write.
    /// If the error [is ambiguous](ClientError::is_ambiguous), the write may have taken effect.
    ///
    /// # Cancel safety
    /// Not cancel safe: a write whose future is dropped may have been sent. Read back before
    /// anything else.
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
