//! The appointments group: the appointment book, read here and written by [`changes`].

mod changes;

use emis_types::{PatientNumber, SessionId, SlotTypeId};

use super::booked_stream::BookedPatientStream;
use crate::client::Client;
use crate::codec;
use crate::error::ClientError;
use crate::model::{
    AppointmentConfiguration, BookedPatient, DateRange, Listing, MinutesWindow, PatientAppointment,
    Session, Slot,
};
use crate::operation::Operation;
use crate::transport::message::Request;

/// Operations on the appointment book: [`Client::appointments`].
///
/// Reads need `papi-appt.read`, writes `papi-appt.write`. A write is sent once: where its error
/// [is ambiguous](ClientError::is_ambiguous), read back before anything else. The same goes for a write
/// whose future was dropped before it was done: it may have been sent.
#[derive(Debug, Clone, Copy)]
pub struct AppointmentsApi<'a>(pub(super) &'a Client);

impl Client {
    /// Returns the operations on the appointment book.
    pub fn appointments(&self) -> AppointmentsApi<'_> {
        AppointmentsApi(self)
    }
}

impl AppointmentsApi<'_> {
    /// Sites, session holders, slot types and holidays (`GetAppointmentConfiguration`). The range
    /// bounds the holidays only.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) where a year has not four digits, or
    /// any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_appointment_configuration(
        self,
        holidays: DateRange,
    ) -> Result<AppointmentConfiguration, ClientError> {
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
    /// [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) where the range is longer than ten
    /// years or a year has not four digits, or any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_appointment_sessions(
        self,
        days: DateRange,
        slot_type: Option<&SlotTypeId>,
    ) -> Result<Listing<Session>, ClientError> {
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
    /// [`NotFound`](crate::ClientErrorKind::NotFound) where there is no such session, or any other
    /// [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    #[doc(alias = "GetSlotsForSessionV2")]
    pub async fn get_slots_for_session(
        self,
        session: SessionId,
    ) -> Result<Listing<Slot>, ClientError> {
        self.slots(Operation::GetSlotsForSessionV2, session).await
    }

    /// The slots of a session as older clients get them (`GetSlotsForSession`): without comments.
    ///
    /// # Errors
    /// Those of [`get_slots_for_session`](Self::get_slots_for_session).
    #[doc(alias = "GetSlotsForSession")]
    pub async fn get_slots_for_session_v1(
        self,
        session: SessionId,
    ) -> Result<Listing<Slot>, ClientError> {
        self.slots(Operation::GetSlotsForSession, session).await
    }

    /// The patients with appointments around now (`GetBookedPatientsV2`). A heavy call for the
    /// practice's system: keep the window small.
    ///
    /// # Errors
    /// Any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    #[doc(alias = "GetBookedPatientsV2")]
    pub async fn get_booked_patients(
        self,
        window: MinutesWindow,
    ) -> Result<Listing<BookedPatient>, ClientError> {
        self.booked_patients(Operation::GetBookedPatientsV2, window)
            .await
    }

    /// The same, read as it arrives (`GetBookedPatientsV2`): for windows whose answer is too long
    /// to be held. Memory stays the same however many appointments there are.
    ///
    /// What is tried again is tried until the answer begins; the deadline is for that much, too.
    /// From then on each piece of the answer has the time of an attempt to come.
    ///
    /// # Errors
    /// Any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn stream_booked_patients(
        self,
        window: MinutesWindow,
    ) -> Result<BookedPatientStream, ClientError> {
        let request = Request::new(Operation::GetBookedPatientsV2)
            .with("minutesBefore", window.before())
            .with("minutesWithin", window.within());
        BookedPatientStream::open(self.0, &request).await
    }

    /// The patients with appointments around now as older clients get them
    /// (`GetBookedPatients`): without slot types.
    ///
    /// # Errors
    /// Any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    #[doc(alias = "GetBookedPatients")]
    pub async fn get_booked_patients_v1(
        self,
        window: MinutesWindow,
    ) -> Result<Listing<BookedPatient>, ClientError> {
        self.booked_patients(Operation::GetBookedPatients, window)
            .await
    }

    /// The patients who have arrived and wait to be called (`GetArrivedPatients`), without slot
    /// types.
    ///
    /// # Errors
    /// Any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_arrived_patients(
        self,
        window: MinutesWindow,
    ) -> Result<Listing<BookedPatient>, ClientError> {
        self.booked_patients(Operation::GetArrivedPatients, window)
            .await
    }

    /// The patients who were sent in and have not left yet (`GetSentInPatients`), without slot
    /// types. They are listed for as long as their consultation lasts.
    ///
    /// # Errors
    /// Any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_sent_in_patients(
        self,
        window: MinutesWindow,
    ) -> Result<Listing<BookedPatient>, ClientError> {
        self.booked_patients(Operation::GetSentInPatients, window)
            .await
    }

    /// A patient's appointments on some days (`GetPatientAppointmentsV2`).
    ///
    /// EMIS serves 90 days in a call: a longer range is read in several, up to three at once,
    /// within one deadline.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) where the range is longer than ten
    /// years or a year has not four digits,
    /// [`NotFound`](crate::ClientErrorKind::NotFound) where there is no such patient, or any other
    /// [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    #[doc(alias = "GetPatientAppointmentsV2")]
    pub async fn get_patient_appointments(
        self,
        patient: PatientNumber,
        days: DateRange,
    ) -> Result<Listing<PatientAppointment>, ClientError> {
        self.patient_appointments(Operation::GetPatientAppointmentsV2, patient, days)
            .await
    }

    /// A patient's appointments on some days as older clients get them
    /// (`GetPatientAppointments`): without slot types.
    ///
    /// # Errors
    /// Those of [`get_patient_appointments`](Self::get_patient_appointments).
    #[doc(alias = "GetPatientAppointments")]
    pub async fn get_patient_appointments_v1(
        self,
        patient: PatientNumber,
        days: DateRange,
    ) -> Result<Listing<PatientAppointment>, ClientError> {
        self.patient_appointments(Operation::GetPatientAppointments, patient, days)
            .await
    }

    async fn slots(
        self,
        operation: Operation,
        session: SessionId,
    ) -> Result<Listing<Slot>, ClientError> {
        let request = Request::new(operation).with("appointmentSessionId", session);
        self.0.call(request, codec::slots).await
    }

    async fn booked_patients(
        self,
        operation: Operation,
        window: MinutesWindow,
    ) -> Result<Listing<BookedPatient>, ClientError> {
        let deceased = self.0.deceased_flag_encoding();
        self.0
            .call(window_request(operation, window), |response| {
                codec::booked_patients(response, deceased)
            })
            .await
    }

    async fn patient_appointments(
        self,
        operation: Operation,
        patient: PatientNumber,
        days: DateRange,
    ) -> Result<Listing<PatientAppointment>, ClientError> {
        let request = Request::new(operation).with("patientNumber", patient);
        self.0
            .listing_of_days(days, request, codec::patient_appointments, |appointment| {
                appointment.slot
            })
            .await
    }
}

pub(super) fn window_request(operation: Operation, window: MinutesWindow) -> Request {
    Request::new(operation)
        .with("minutesBefore", window.before())
        .with("minutesWithin", window.within())
}
