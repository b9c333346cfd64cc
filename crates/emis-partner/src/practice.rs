//! One practice, and everything that the product does for it.

use std::sync::Arc;

use emis_booking::{
    Appointment, Booking, BookingId, BookingOutcome, BookingRecord, BookingRequest, BookingState,
    CancelOutcome, FreeSlots, Reconciliation, SlotSearch,
};
use emis_client::Client;
use emis_diagnostics::heartbeat::{self, Pulse};
use emis_diagnostics::{Cause, Diagnosis, DiagnosisInput, Finding, Report};
use emis_reminders::{Reminders, RunReport};
use emis_settings::{BookingSettings, PracticeSettings, Problem, ReminderSettings, UpdateOutcome};
use emis_types::OdsCode;
use secrecy::SecretString;

use crate::{Error, ErrorKind, Parts};

/// A practice. Cheap to make and to clone; it holds no settings of its own, so what one worker
/// changes every other one sees.
#[derive(Debug, Clone)]
pub struct Practice {
    parts: Arc<Parts>,
    ods_code: OdsCode,
}

impl Practice {
    pub(crate) fn new(parts: Arc<Parts>, ods_code: OdsCode) -> Self {
        Self { parts, ods_code }
    }

    /// The practice's ODS code.
    pub fn ods_code(&self) -> &OdsCode {
        &self.ods_code
    }

    /// The practice's settings; those of a practice that has set nothing yet, where there are none.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn settings(&self) -> Result<PracticeSettings, Error> {
        let stored = self.parts.settings.load(&self.ods_code).await?;
        Ok(stored.unwrap_or_else(|| PracticeSettings::new(self.ods_code.clone())))
    }

    /// Sets the practice's name, as patients know it: one line of 1 to 60 characters. `None`
    /// forgets it, and reminders then give the name that EMIS has.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidSettings`] where the name won't do, or where the store fails.
    pub async fn set_name(&self, name: Option<&str>) -> Result<(), Error> {
        self.change(|settings| settings.set_name(name).map_err(Error::from))
            .await
    }

    /// "Update EMIS Organisation ID": takes the CDB number as it was typed. The outcome says what
    /// else the change did; tell the practice.
    ///
    /// # Errors
    /// Where it is not a CDB number, an ODS code for one, or the store fails.
    pub async fn update_organisation_id(&self, text: &str) -> Result<UpdateOutcome, Error> {
        self.change(|settings| settings.update_organisation_id(text).map_err(Error::from))
            .await
    }

    /// "Update EMIS API user details": takes the username and the Partner API password (EMAS
    /// Manager > Edit Users) as they were typed. The password is sealed before it is stored and
    /// can't be read back.
    ///
    /// # Errors
    /// Where either won't do, the EMIS organisation ID is not set yet, or the store fails.
    pub async fn update_api_user(
        &self,
        username: &str,
        password: SecretString,
    ) -> Result<(), Error> {
        let recipients = &self.parts.recipients;
        self.change(|settings| {
            settings
                .update_api_user(username, password, recipients)
                .map_err(Error::from)
        })
        .await
    }

    /// Both of the above in one, for a form that holds all three fields.
    ///
    /// # Errors
    /// Every mistake in all of them at once, or where the store fails.
    pub async fn update_connection(
        &self,
        organisation_id: &str,
        username: &str,
        password: SecretString,
    ) -> Result<UpdateOutcome, Error> {
        let recipients = &self.parts.recipients;
        self.change(|settings| {
            settings
                .update_connection(organisation_id, username, password, recipients)
                .map_err(Error::from)
        })
        .await
    }

    /// Lets the stored API user be tried once more after EMIS refused it: for a practice that
    /// has mended the user in EMIS rather than typed another password here.
    ///
    /// A password that was refused is otherwise never sent again, by any process that shares the
    /// store, until another is entered. Other processes follow within half a minute.
    ///
    /// # Errors
    /// Where the store fails, or the stored API user can't be opened.
    pub async fn try_api_user_again(&self) -> Result<(), Error> {
        self.parts
            .connections
            .try_again(&self.settings().await?)
            .await
    }

    /// Sets how patients are reminded.
    ///
    /// # Errors
    /// Every mistake in it at once, or where the store fails.
    pub async fn set_reminders(&self, reminders: ReminderSettings) -> Result<(), Error> {
        self.change(|settings| settings.set_reminders(reminders).map_err(Error::from))
            .await
    }

    /// Sets what patients may book.
    ///
    /// # Errors
    /// Every mistake in it at once, or where the store fails.
    pub async fn set_booking(&self, booking: BookingSettings) -> Result<(), Error> {
        self.change(|settings| settings.set_booking(booking).map_err(Error::from))
            .await
    }

    /// Checks the connection, step by step, reading only, and says what is wrong, who must act
    /// and which clicks mend it.
    ///
    /// # Errors
    /// Where the check could not be made: the store fails, or the product is put together
    /// wrongly. A connection that is broken or not set up is no error but a finding.
    pub async fn diagnose(&self) -> Result<Report, Error> {
        self.diagnose_refused(&[]).await
    }

    /// The same, for a practice that has just been told that what it typed is wrong: the
    /// [problems](Error::problems) of that refusal are among what is explained.
    ///
    /// # Errors
    /// As [`diagnose`](Self::diagnose).
    pub async fn diagnose_refused(&self, refused: &[Problem]) -> Result<Report, Error> {
        let settings = self.settings().await?;
        let client = match self.parts.connections.client(&settings) {
            Ok(client) => Some(client),
            Err(error) if matches!(error.kind(), ErrorKind::NotSetUp | ErrorKind::Sealed) => None,
            Err(error) => return Err(error),
        };
        let activity = self.parts.connections.activity(&self.ods_code);
        let input = DiagnosisInput {
            settings: &settings,
            refused,
            client: client.as_ref(),
            product: &self.parts.product,
            activity: Some(&activity),
            clock: self.parts.clock.as_ref(),
        };
        Ok(Diagnosis::run(&input).await)
    }

    /// "Check again": for somebody who has put right what a finding named. Forgets the failures
    /// that this explains, lets the stored API user be tried once more where EMIS had refused it,
    /// and diagnoses.
    ///
    /// # Errors
    /// As [`diagnose`](Self::diagnose).
    pub async fn check_again(&self, mended: Cause) -> Result<Report, Error> {
        let connections = &self.parts.connections;
        connections.activity(&self.ods_code).put_right(mended);
        match self.try_api_user_again().await {
            // Nothing is stored that could be tried; the diagnosis says so.
            Err(error) if error.kind() == ErrorKind::Sealed => {}
            tried => tried?,
        }
        self.diagnose().await
    }

    /// Whether the product's work goes on in silence: reminders that should have left by now, or
    /// of which it is not known, and bookings that nobody settles. Nothing where all is well. Run
    /// it once a day or so, some hours into the day; it sends nothing.
    ///
    /// # Errors
    /// Where it can't be told: the practice is not set up, EMIS can't be read, or a ledger fails.
    pub async fn heartbeat(&self) -> Result<Vec<Finding>, Error> {
        let settings = self.settings().await?;
        let mut pulse = Pulse::default();
        if settings.reminders().enabled {
            let outstanding = self.reminders(&settings)?.outstanding().await?;
            pulse.reminders_sent = outstanding.sent;
            pulse.reminders_waiting = outstanding.waiting;
            pulse.reminders_in_doubt = outstanding.in_doubt;
        }
        let unsettled = self.parts.bookings.unsettled(&self.ods_code).await?;
        pulse.bookings_unsettled = unsettled.iter().map(|it| it.changed_at).collect();
        let now = self.parts.clock.now();
        Ok(heartbeat::check(&pulse, now, &self.parts.product))
    }

    /// The slots that patients may book now.
    ///
    /// # Errors
    /// Where the practice is not set up, or EMIS can't be read. That self-booking is switched off
    /// is no error: nothing is offered then.
    pub async fn free_slots(&self, search: &SlotSearch) -> Result<FreeSlots, Error> {
        Ok(self.bookings().await?.free_slots(search).await?)
    }

    /// Books a slot for a patient, once, and reads it back.
    ///
    /// # Errors
    /// Where nothing was booked because something failed. That the slot is taken or the patient
    /// may not book is no error but a [`BookingOutcome`].
    pub async fn book(&self, request: &BookingRequest) -> Result<BookingOutcome, Error> {
        Ok(self.bookings().await?.book(request).await?)
    }

    /// A booking that was made here, as the ledger has it, without asking EMIS: what a patient who
    /// was told to come back later is told then. See
    /// [`BookingOutcome::of`](emis_booking::BookingOutcome::of).
    ///
    /// # Errors
    /// Where the practice is not set up, or the ledger fails.
    pub async fn booking(&self, id: &BookingId) -> Result<Option<BookingRecord>, Error> {
        Ok(self.bookings().await?.record(id).await?)
    }

    /// Cancels a booking that was made here, once, and reads back that the patient is out of the
    /// slot.
    ///
    /// # Errors
    /// Where nothing was cancelled because something failed.
    pub async fn cancel(&self, booking: &BookingId) -> Result<CancelOutcome, Error> {
        Ok(self.bookings().await?.cancel(booking).await?)
    }

    /// Cancels an appointment that was not booked here, such as one that reception made.
    ///
    /// # Errors
    /// Where nothing was cancelled because something failed.
    pub async fn cancel_appointment(
        &self,
        appointment: &Appointment,
    ) -> Result<CancelOutcome, Error> {
        Ok(self
            .bookings()
            .await?
            .cancel_appointment(appointment)
            .await?)
    }

    /// Settles the bookings whose outcome was unknown, by reading only. Run it every few minutes.
    ///
    /// # Errors
    /// Where the ledger or EMIS can't be read.
    pub async fn reconcile(&self) -> Result<Reconciliation, Error> {
        Ok(self.bookings().await?.reconcile().await?)
    }

    /// Settles a booking by hand that stayed unresolved: what somebody saw in EMIS. Gives the
    /// record as it then stands.
    ///
    /// # Errors
    /// Where there is no such booking, or the ledger fails.
    pub async fn settle_booking_by_hand(
        &self,
        booking: &BookingId,
        seen: BookingState,
    ) -> Result<BookingRecord, Error> {
        let settled = self.bookings().await?.settle_by_hand(booking, seen).await?;
        Ok(settled.record)
    }

    /// Sends the reminders that are due now. Run it every quarter of an hour or so; nothing is
    /// sent twice, however often and from however many workers.
    ///
    /// # Errors
    /// Where none could be sent: the practice is not set up, or EMIS can't be read. What failed
    /// for one patient is in the report.
    pub async fn send_reminders(&self) -> Result<RunReport, Error> {
        let settings = self.settings().await?;
        Ok(self.reminders(&settings)?.run().await?)
    }

    /// The client of the practice's EMIS, for whatever else a product reads there: a patient's
    /// number by the NHS number
    /// ([`get_matched_patients`](emis_client::PatientMatching::get_matched_patients)), the slot
    /// types and staff to choose from in the settings
    /// ([`get_appointment_configuration`](emis_client::Appointments::get_appointment_configuration)).
    ///
    /// # Errors
    /// [`ErrorKind::NotSetUp`] where the practice has not entered its connection,
    /// [`ErrorKind::Sealed`] where the stored API user can't be opened, [`ErrorKind::Store`]
    /// where the store fails.
    pub async fn client(&self) -> Result<Client, Error> {
        self.parts.connections.client(&self.settings().await?)
    }

    fn reminders(&self, settings: &PracticeSettings) -> Result<Reminders, Error> {
        Ok(Reminders::new(
            self.parts.connections.client(settings)?,
            settings,
            Arc::clone(&self.parts.reminders),
            Arc::clone(&self.parts.notifier),
            Arc::clone(&self.parts.clock),
        ))
    }

    async fn bookings(&self) -> Result<Booking, Error> {
        let settings = self.settings().await?;
        let client = self.parts.connections.client(&settings)?;
        Ok(Booking::new(
            client,
            &settings,
            Arc::clone(&self.parts.bookings),
            Arc::clone(&self.parts.clock),
        ))
    }

    /// Loads, changes and saves the settings; a change that somebody else made in between is
    /// never overwritten.
    async fn change<T>(
        &self,
        change: impl FnOnce(&mut PracticeSettings) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut settings = self.settings().await?;
        let outcome = change(&mut settings)?;
        self.parts.settings.save(&settings).await?;
        Ok(outcome)
    }
}
