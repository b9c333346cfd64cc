//! The appointments group: the appointment book, read and written.

use emis_types::{PatientNumber, SessionId, SlotId, SlotTypeId};

use crate::client::Client;
use crate::codec;
use crate::error::Error;
use crate::model::{
    AppointmentConfiguration, AppointmentStatus, BookedAppointment, BookedPatient, DateRange,
    Listing, MinutesWindow, NewBooking, PatientAppointment, Session, Slot,
};
use crate::operation::Operation;
use crate::request::Request;

/// Operations on the appointment book: [`Client::appointments`].
///
/// Reads need `papi-appt.read`, writes `papi-appt.write`. A write is sent once: where its error
/// [is ambiguous](Error::is_ambiguous), read back before anything else. The same goes for a write
/// whose future was dropped before it was done: it may have been sent.
#[derive(Debug, Clone, Copy)]
pub struct Appointments<'a>(&'a Client);

impl<'a> Appointments<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// Sites, session holders, slot types and holidays (`GetAppointmentConfiguration`). The range
    /// bounds the holidays only.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) where a year has not four digits, or
    /// any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_appointment_configuration(
        self,
        holidays: DateRange,
    ) -> Result<AppointmentConfiguration, Error> {
        let operation = Operation::GetAppointmentConfiguration;
        holidays.check(operation)?;
        let request = self.0.with_days(Request::new(operation), holidays);
        self.0.call(request, codec::appointment_configuration).await
    }

    /// The sessions of some days (`GetAppointmentSessions`), those with slots of one type or,
    /// without a type, all of them.
    ///
    /// EMIS serves 90 days in a call: a longer range is read in several, up to three at once,
    /// within one deadline.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) where the range is longer than ten
    /// years or a year has not four digits, or any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_appointment_sessions(
        self,
        days: DateRange,
        slot_type: Option<&SlotTypeId>,
    ) -> Result<Listing<Session>, Error> {
        let mut request = Request::new(Operation::GetAppointmentSessions);
        if let Some(slot_type) = slot_type {
            request = request.with("slotType", slot_type);
        }
        self.0
            .listing_of_days(days, request, codec::sessions, |session| session.id)
            .await
    }

    /// The slots of a session (`GetSlotsForSessionV2`). They have a time and no date: see
    /// [`Slot::starts_at`].
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such session, or any other
    /// [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_slots_for_session(self, session: SessionId) -> Result<Listing<Slot>, Error> {
        let request =
            Request::new(Operation::GetSlotsForSessionV2).with("appointmentSessionId", session);
        self.0.call(request, codec::slots).await
    }

    /// The patients with appointments around now (`GetBookedPatientsV2`). A heavy call for the
    /// practice's system: keep the window small.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_booked_patients(
        self,
        window: MinutesWindow,
    ) -> Result<Listing<BookedPatient>, Error> {
        let request = Request::new(Operation::GetBookedPatientsV2)
            .with("minutesBefore", window.before())
            .with("minutesWithin", window.within());
        let dead = self.0.dead_encoding();
        self.0
            .call(request, |response| codec::booked_patients(response, dead))
            .await
    }

    /// A patient's appointments on some days (`GetPatientAppointmentsV2`).
    ///
    /// EMIS serves 90 days in a call: a longer range is read in several, up to three at once,
    /// within one deadline.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) where the range is longer than ten
    /// years or a year has not four digits,
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such patient, or any other
    /// [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_patient_appointments(
        self,
        patient: PatientNumber,
        days: DateRange,
    ) -> Result<Listing<PatientAppointment>, Error> {
        let request =
            Request::new(Operation::GetPatientAppointmentsV2).with("patientNumber", patient);
        self.0
            .listing_of_days(days, request, codec::patient_appointments, |appointment| {
                appointment.slot
            })
            .await
    }

    /// Puts a patient into a slot (`BookAppointment`).
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) where the reason is blank or a text
    /// holds control characters; [`Conflict`](crate::ErrorKind::Conflict) where the slot is not
    /// free; [`Ambiguous`](crate::ErrorKind::Ambiguous) where it may or may not be booked now; or
    /// any other [`ErrorKind`](crate::ErrorKind) of a write.
    pub async fn book_appointment(self, booking: &NewBooking) -> Result<BookedAppointment, Error> {
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
    /// [`NotFound`](crate::ErrorKind::NotFound) or [`Conflict`](crate::ErrorKind::Conflict) where
    /// the patient is not in the slot; [`Ambiguous`](crate::ErrorKind::Ambiguous) where the
    /// appointment may or may not be cancelled now; or any other
    /// [`ErrorKind`](crate::ErrorKind) of a write.
    pub async fn cancel_appointment(
        self,
        slot: SlotId,
        patient: PatientNumber,
    ) -> Result<BookedAppointment, Error> {
        let request = Request::new(Operation::CancelAppointment)
            .with("slotId", slot)
            .with("patientNumber", patient);
        self.booked(request, slot).await
    }

    /// Marks a patient as arrived, sent in or left (`SetAppointmentStatusEx`, which checks first
    /// that the patient is in the slot).
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a write.
    pub async fn set_appointment_status(
        self,
        slot: SlotId,
        patient: PatientNumber,
        status: AppointmentStatus,
    ) -> Result<(), Error> {
        let request = Request::new(Operation::SetAppointmentStatusEx)
            .with("statusId", status.id())
            .with("slotId", slot)
            .with("patientNumber", patient);
        self.0.call(request, codec::nothing).await
    }

    /// Adds a comment to a slot, for the practice's staff to read (`AddSlotComment`).
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) where the comment is blank or holds
    /// control characters, or any [`ErrorKind`](crate::ErrorKind) of a write.
    pub async fn add_slot_comment(self, slot: SlotId, comment: &str) -> Result<(), Error> {
        let operation = Operation::AddSlotComment;
        let request = Request::new(operation)
            .with("slotComment", check_text(operation, comment)?)
            .with("slotId", slot);
        self.0.call(request, codec::nothing).await
    }

    async fn booked(self, request: Request, slot: SlotId) -> Result<BookedAppointment, Error> {
        self.0
            .call(request, |response| {
                codec::booked_appointment(response, slot)
            })
            .await
    }
}

/// A text that goes into a query: too long a one would make a URL that no server takes.
const MAX_TEXT: usize = 1_000;

fn check_text(operation: Operation, text: &str) -> Result<&str, Error> {
    let text = text.trim();
    let length = text.chars().count();
    if !(1..=MAX_TEXT).contains(&length) || text.chars().any(char::is_control) {
        return Err(Error::invalid_request(
            "a text must be 1 to 1,000 characters, none of them a control character",
        )
        .with_operation(operation));
    }
    Ok(text)
}
