//! The appointments group: the appointment book, read here and written in [`changes`].

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

/// The operations on the appointment book: [`Client::appointments`].
///
/// Reads need the scope `papi-appt.read`, writes `papi-appt.write`. A write is sent once. If its
/// error [is ambiguous](ClientError::is_ambiguous), or its future was dropped before it completed,
/// it may have taken effect: read back before anything else.
///
/// # Examples
///
/// ```no_run
/// use emis_client::model::DateRange;
/// use jiff::civil::date;
///
/// # async fn example(client: emis_client::Client) -> Result<(), emis_client::ClientError> {
/// let week = DateRange::new(date(2026, 6, 1), date(2026, 6, 7))?;
/// let sessions = client.appointments().get_appointment_sessions(week, None).await?;
/// for session in &sessions.items {
///     println!("session {}", session.id);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct AppointmentsApi<'a>(pub(super) &'a Client);

impl Client {
    /// Returns the operations on the appointment book.
    pub fn appointments(&self) -> AppointmentsApi<'_> {
        AppointmentsApi(self)
    }
}

impl AppointmentsApi<'_> {
    /// Returns sites, session holders, slot types and holidays (`GetAppointmentConfiguration`). The
    /// range limits only the holidays.
    ///
    /// # Errors
    /// Fails with [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) if a year does not
    /// have four digits, or with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_appointment_configuration(
        self,
        holidays: DateRange,
    ) -> Result<AppointmentConfiguration, ClientError> {
        let operation = Operation::GetAppointmentConfiguration;
        holidays.check(operation)?;
        let request = self.0.with_days(Request::new(operation), holidays);
        self.0.call(request, codec::appointment_configuration).await
    }

    /// Returns the sessions of a date range (`GetAppointmentSessions`): those with slots of one type,
    /// or all of them.
    ///
    /// EMIS serves 90 days in a call. A longer range is read in several calls, up to three at once,
    /// within one deadline.
    ///
    /// # Errors
    /// Fails with [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) if the range is longer
    /// than ten years or a year does not have four digits, or with any
    /// [`ClientErrorKind`](crate::ClientErrorKind) of a read.
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

    /// Returns the slots of a session (`GetSlotsForSessionV2`). They have a time and no date: see
    /// [`Slot::starts_at`].
    ///
    /// # Errors
    /// Fails with [`NotFound`](crate::ClientErrorKind::NotFound) if the practice has no such
    /// session, or with any other [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    #[doc(alias = "GetSlotsForSessionV2")]
    pub async fn get_slots_for_session(
        self,
        session: SessionId,
    ) -> Result<Listing<Slot>, ClientError> {
        self.slots(Operation::GetSlotsForSessionV2, session).await
    }

    /// Returns the slots of a session by the older operation (`GetSlotsForSession`), without
    /// comments.
    ///
    /// # Errors
    /// Fails as [`get_slots_for_session`](Self::get_slots_for_session) does.
    #[doc(alias = "GetSlotsForSession")]
    pub async fn get_slots_for_session_v1(
        self,
        session: SessionId,
    ) -> Result<Listing<Slot>, ClientError> {
        self.slots(Operation::GetSlotsForSession, session).await
    }

    /// Returns the patients with appointments around now (`GetBookedPatientsV2`). The call is a
    /// heavy one for the practice's system: keep the window small.
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    #[doc(alias = "GetBookedPatientsV2")]
    pub async fn get_booked_patients(
        self,
        window: MinutesWindow,
    ) -> Result<Listing<BookedPatient>, ClientError> {
        self.booked_patients(Operation::GetBookedPatientsV2, window)
            .await
    }

    /// Streams the patients with appointments around now (`GetBookedPatientsV2`), for windows whose
    /// response is too long to be held. Memory does not grow with the number of appointments.
    ///
    /// The response is retried until it begins, within the
    /// [deadline](crate::ClientBuilder::deadline) of a call. From then on each piece must arrive
    /// within the [timeout of an attempt](crate::ClientBuilder::attempt_timeout), and the whole
    /// within the [deadline of a stream](crate::ClientBuilder::stream_deadline).
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn stream_booked_patients(
        self,
        window: MinutesWindow,
    ) -> Result<BookedPatientStream, ClientError> {
        let request = Request::new(Operation::GetBookedPatientsV2)
            .with("minutesBefore", window.before())
            .with("minutesWithin", window.within());
        BookedPatientStream::open(self.0, &request).await
    }

    /// Returns the patients with appointments around now by the older operation
    /// (`GetBookedPatients`), without slot types.
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    #[doc(alias = "GetBookedPatients")]
    pub async fn get_booked_patients_v1(
        self,
        window: MinutesWindow,
    ) -> Result<Listing<BookedPatient>, ClientError> {
        self.booked_patients(Operation::GetBookedPatients, window)
            .await
    }

    /// Returns the patients who have arrived and wait to be called (`GetArrivedPatients`), without
    /// slot types.
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_arrived_patients(
        self,
        window: MinutesWindow,
    ) -> Result<Listing<BookedPatient>, ClientError> {
        self.booked_patients(Operation::GetArrivedPatients, window)
            .await
    }

    /// Returns the patients who were sent in and have not left (`GetSentInPatients`), without slot
    /// types. EMIS lists them until their consultation ends.
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_sent_in_patients(
        self,
        window: MinutesWindow,
    ) -> Result<Listing<BookedPatient>, ClientError> {
        self.booked_patients(Operation::GetSentInPatients, window)
            .await
    }

    /// Returns a patient's appointments in a date range (`GetPatientAppointmentsV2`).
    ///
    /// EMIS serves 90 days in a call. A longer range is read in several calls, up to three at once,
    /// within one deadline.
    ///
    /// # Errors
    /// Fails with [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) if the range is longer
    /// than ten years or a year does not have four digits,
    /// [`NotFound`](crate::ClientErrorKind::NotFound) if the practice has no such patient, or with
    /// any other [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    #[doc(alias = "GetPatientAppointmentsV2")]
    pub async fn get_patient_appointments(
        self,
        patient: PatientNumber,
        days: DateRange,
    ) -> Result<Listing<PatientAppointment>, ClientError> {
        self.patient_appointments(Operation::GetPatientAppointmentsV2, patient, days)
            .await
    }

    /// Returns a patient's appointments in a date range by the older operation
    /// (`GetPatientAppointments`), without slot types.
    ///
    /// # Errors
    /// Fails as [`get_patient_appointments`](Self::get_patient_appointments) does.
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
