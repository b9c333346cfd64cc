//! What a practice sets up, who is not to be reminded, and who did what.

use std::io::Write;

use emis_audit::{AuditError, ChainHead, VerificationReport};
use emis_settings::{
    BookingSettings, Command, CommandRequest, Exclusion, ExclusionKind, Feature, PracticeDetails,
    ReminderSettings, UpdateOutcome,
};
use emis_types::{Clock, PatientNumber};
use secrecy::SecretString;

use crate::{Error, Practice};

impl Practice {
    /// Sets the practice's name, as patients know it: one line of 1 to 60 characters. `None`
    /// forgets it, and reminders then give the name that EMIS has.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidSettings`](crate::ErrorKind::InvalidSettings) where the name won't do,
    /// or where the store fails.
    pub async fn set_name(&self, name: Option<&str>) -> Result<(), Error> {
        self.execute(Command::SetName(name.map(str::to_owned)))
            .await
            .map(drop)
    }

    /// Sets the practice's sites, opening hours, holidays, application ID and environment.
    ///
    /// # Errors
    /// Every mistake in them at once, or where the store fails.
    pub async fn set_details(&self, details: PracticeDetails) -> Result<(), Error> {
        self.execute(Command::ChangeDetails(Box::new(details)))
            .await
            .map(drop)
    }

    /// "Update EMIS Organisation ID": takes the CDB number as it was typed. The outcome says what
    /// else the change did; tell the practice.
    ///
    /// # Errors
    /// Where it is not a CDB number, an ODS code for one, or the store fails.
    pub async fn update_organisation_id(&self, text: &str) -> Result<UpdateOutcome, Error> {
        self.execute(Command::UpdateOrganisationId(text.to_owned()))
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
        let username = username.to_owned();
        self.execute(Command::UpdateApiUser { username, password })
            .await
            .map(drop)
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
        self.execute(Command::UpdateConnection {
            organisation_id: organisation_id.to_owned(),
            username: username.to_owned(),
            password,
        })
        .await
    }

    /// Sets how patients are reminded.
    ///
    /// # Errors
    /// Every mistake in it at once, or where the store fails.
    pub async fn set_reminders(&self, reminders: ReminderSettings) -> Result<(), Error> {
        self.execute(Command::ChangeReminders(Box::new(reminders)))
            .await
            .map(drop)
    }

    /// Sets what patients may book.
    ///
    /// # Errors
    /// Every mistake in it at once, or where the store fails.
    pub async fn set_booking(&self, booking: BookingSettings) -> Result<(), Error> {
        self.execute(Command::ChangeBooking(Box::new(booking)))
            .await
            .map(drop)
    }

    /// Switches reminders or self-booking on.
    ///
    /// # Errors
    /// What is wrong with its settings, or where the store fails.
    pub async fn enable(&self, feature: Feature) -> Result<(), Error> {
        self.execute(Command::Enable(feature)).await.map(drop)
    }

    /// Switches reminders or self-booking off.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn disable(&self, feature: Feature) -> Result<(), Error> {
        self.execute(Command::Disable(feature)).await.map(drop)
    }

    /// The settings as TOML, for support: without the API user, and without any patient.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn export_settings(&self) -> Result<String, Error> {
        Ok(self.settings().await?.to_toml())
    }

    /// Sets everything that a TOML text says. The API user stays as it is.
    ///
    /// # Errors
    /// Every mistake in it at once, or where the store fails.
    pub async fn import_settings(&self, text: &str) -> Result<UpdateOutcome, Error> {
        self.execute(Command::Import(text.to_owned())).await
    }

    /// Reminds a patient no more, or not through one channel: they asked for it, or the practice
    /// keeps them out. False where that stands already. Counts from the next message on.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn exclude(
        &self,
        patient: PatientNumber,
        kind: ExclusionKind,
    ) -> Result<bool, Error> {
        let (register, now) = (&self.parts.exclusions, self.parts.clock.now());
        let changed = register.exclude(&self.ods_code, patient, kind, &self.by, now);
        Ok(changed.await?)
    }

    /// Ends an exclusion. False where none stands.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn readmit(
        &self,
        patient: PatientNumber,
        kind: ExclusionKind,
    ) -> Result<bool, Error> {
        let (register, now) = (&self.parts.exclusions, self.parts.clock.now());
        let changed = register.readmit(&self.ods_code, patient, kind, &self.by, now);
        Ok(changed.await?)
    }

    /// Every exclusion that a patient ever had: whether they had opted out when a message went
    /// to them, and who said so.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn exclusions_of(&self, patient: PatientNumber) -> Result<Vec<Exclusion>, Error> {
        let history = self.parts.exclusions.history(&self.ods_code, patient);
        Ok(history.await?)
    }

    /// Follows the practice's audit trail from its beginning to its end. `noted` is the end as it
    /// was kept elsewhere the last time.
    ///
    /// # Errors
    /// The first broken link, or where the store can't be read.
    pub async fn verify_audit_trail(
        &self,
        noted: Option<ChainHead>,
    ) -> Result<VerificationReport, AuditError> {
        let chain = self.ods_code.clone().into();
        emis_audit::verify(self.parts.trail.as_ref(), &chain, noted.as_slice()).await
    }

    /// Writes the practice's audit trail as JSON Lines, and gives how many entries there were.
    ///
    /// # Errors
    /// Where the store can't be read, or `out` not be written.
    pub async fn export_audit_trail(
        &self,
        out: &mut (dyn Write + Send),
    ) -> Result<u64, AuditError> {
        let chain = self.ods_code.clone().into();
        emis_audit::export(self.parts.trail.as_ref(), &chain, out).await
    }

    async fn execute(&self, command: Command) -> Result<UpdateOutcome, Error> {
        let mut order = CommandRequest::new(command, self.by.clone());
        if let Some(version) = self.expected_version {
            order = order.expecting_version(version);
        }
        if let Some(key) = &self.key {
            order = order.with_idempotency_key(key.clone());
        }
        let done = self.parts.commands.execute(&self.ods_code, &order).await?;
        Ok(done.outcome)
    }
}
