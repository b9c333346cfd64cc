//! The operations on the appointment book.

use emis_types::{PatientNumber, SessionId, SlotId, SlotTypeId};

use super::{Expectation, MockEmis};
use crate::model::{
    AppointmentConfiguration, AppointmentStatus, BookedAppointment, BookedPatient, DateRange,
    MinutesWindow, NewBooking, PatientAppointment, Session, Slot, StatusChange,
};
use crate::operation::Operation;

/// The appointment book: see [`AppointmentsApi`](crate::AppointmentsApi).
impl MockEmis {
    /// Expects `GetAppointmentConfiguration`.
    pub fn get_appointment_configuration(
        &self,
        holidays: DateRange,
    ) -> Expectation<'_, AppointmentConfiguration> {
        self.expect(Operation::GetAppointmentConfiguration)
            .with_days(holidays)
    }

    /// Expects `GetAppointmentSessions`. A range of more than 90 days is asked for in several
    /// calls: expect each.
    pub fn get_appointment_sessions(
        &self,
        days: DateRange,
        slot_type: Option<&SlotTypeId>,
    ) -> Expectation<'_, Vec<Session>> {
        self.expect(Operation::GetAppointmentSessions)
            .with_some("slotType", slot_type)
            .with_days(days)
    }

    /// Expects `GetSlotsForSessionV2`.
    pub fn get_slots_for_session(&self, session: SessionId) -> Expectation<'_, Vec<Slot>> {
        self.expect(Operation::GetSlotsForSessionV2)
            .with("appointmentSessionId", session)
    }

    /// Expects `GetSlotsForSession`.
    pub fn get_slots_for_session_v1(&self, session: SessionId) -> Expectation<'_, Vec<Slot>> {
        self.expect(Operation::GetSlotsForSession)
            .with("appointmentSessionId", session)
    }

    /// Expects `GetBookedPatientsV2`.
    pub fn get_booked_patients(
        &self,
        window: MinutesWindow,
    ) -> Expectation<'_, Vec<BookedPatient>> {
        self.booked(Operation::GetBookedPatientsV2, window)
    }

    /// Expects `GetBookedPatients`.
    pub fn get_booked_patients_v1(
        &self,
        window: MinutesWindow,
    ) -> Expectation<'_, Vec<BookedPatient>> {
        self.booked(Operation::GetBookedPatients, window)
    }

    /// Expects `GetArrivedPatients`.
    pub fn get_arrived_patients(
        &self,
        window: MinutesWindow,
    ) -> Expectation<'_, Vec<BookedPatient>> {
        self.booked(Operation::GetArrivedPatients, window)
    }

    /// Expects `GetSentInPatients`.
    pub fn get_sent_in_patients(
        &self,
        window: MinutesWindow,
    ) -> Expectation<'_, Vec<BookedPatient>> {
        self.booked(Operation::GetSentInPatients, window)
    }

    /// Expects `GetPatientAppointmentsV2`. A range of more than 90 days is asked for in several
    /// calls: expect each.
    pub fn get_patient_appointments(
        &self,
        patient: PatientNumber,
        days: DateRange,
    ) -> Expectation<'_, Vec<PatientAppointment>> {
        self.expect(Operation::GetPatientAppointmentsV2)
            .with("patientNumber", patient)
            .with_days(days)
    }

    /// Expects `GetPatientAppointments`. A range of more than 90 days is asked for in several
    /// calls: expect each.
    pub fn get_patient_appointments_v1(
        &self,
        patient: PatientNumber,
        days: DateRange,
    ) -> Expectation<'_, Vec<PatientAppointment>> {
        self.expect(Operation::GetPatientAppointments)
            .with("patientNumber", patient)
            .with_days(days)
    }

    /// Expects `BookAppointment` for exactly this booking.
    pub fn book_appointment(&self, booking: &NewBooking) -> Expectation<'_, BookedAppointment> {
        let note = booking.note.as_ref().map(|note| note.expose().trim());
        self.expect(Operation::BookAppointment)
            .with("reason", booking.reason.expose().trim())
            .with("bookedBy", booking.booked_by)
            .with_some("bookingNote", note)
            .with("slotId", booking.slot)
            .with("patientNumber", booking.patient)
    }

    /// Expects `CancelAppointment`.
    pub fn cancel_appointment(
        &self,
        slot: SlotId,
        patient: PatientNumber,
    ) -> Expectation<'_, BookedAppointment> {
        self.expect(Operation::CancelAppointment)
            .with("slotId", slot)
            .with("patientNumber", patient)
    }

    /// Expects `SetAppointmentStatusEx`.
    pub fn set_appointment_status(
        &self,
        slot: SlotId,
        patient: PatientNumber,
        status: AppointmentStatus,
    ) -> Expectation<'_, StatusChange> {
        self.expect(Operation::SetAppointmentStatusEx)
            .with("statusId", status.id())
            .with("slotId", slot)
            .with("patientNumber", patient)
    }

    /// Expects `SetAppointmentStatus`.
    pub fn set_appointment_status_v1(
        &self,
        slot: SlotId,
        status: AppointmentStatus,
    ) -> Expectation<'_, StatusChange> {
        self.expect(Operation::SetAppointmentStatus)
            .with("statusId", status.id())
            .with("slotId", slot)
    }

    /// Expects `SetSlotType`.
    pub fn set_slot_type(
        &self,
        slot: SlotId,
        slot_type: &SlotTypeId,
        booking_note: Option<&str>,
    ) -> Expectation<'_, ()> {
        self.expect(Operation::SetSlotType)
            .with("slotType", slot_type)
            .with_some("bookingNote", booking_note.map(str::trim))
            .with("slotId", slot)
    }

    /// Expects `SetSlotNotes`. `None` answers a 204 without the slot.
    pub fn set_slot_notes(
        &self,
        slot: SlotId,
        notes: Option<&str>,
    ) -> Expectation<'_, Option<Slot>> {
        self.expect(Operation::SetSlotNotes)
            .with_some("slotNotes", notes.map(str::trim))
            .with("slotId", slot)
    }

    /// Expects `AddSlotComment`. `None` answers a 204 without the slot.
    pub fn add_slot_comment(&self, slot: SlotId, comment: &str) -> Expectation<'_, Option<Slot>> {
        self.expect(Operation::AddSlotComment)
            .with("slotComment", comment.trim())
            .with("slotId", slot)
    }

    fn booked(
        &self,
        operation: Operation,
        window: MinutesWindow,
    ) -> Expectation<'_, Vec<BookedPatient>> {
        self.expect(operation)
            .with("minutesBefore", window.before())
            .with("minutesWithin", window.within())
    }
}
