//! Retention, erasure, off-boarding, and anchors of the audit logs.

use emis_audit::{AnchorReport, AuditAnchorStore, Provenance};
use emis_settings::{BankHolidays, RecordCounts, RemovalOutcome, RetentionPolicy};
use emis_types::{Clock, OdsCode, PatientNumber};

use crate::{Action, EmisPartner, Error, Practice};

/// The records of a practice as a whole: [`Practice::records`].
#[derive(Debug, Clone, Copy)]
pub struct RecordsApi<'a>(&'a Practice);

impl Practice {
    /// Returns the operations on the practice's records as a whole.
    pub fn records(&self) -> RecordsApi<'_> {
        RecordsApi(self)
    }
}

impl<'a> RecordsApi<'a> {
    /// Erases a patient: deletes their bookings, messages and ended exclusions, and replaces their
    /// number in the audit log by a random pseudonym.
    ///
    /// Records that are open, or whose appointment is still to come, are kept and counted: repeat the
    /// call until the outcome [is complete](RemovalOutcome::is_complete). Exclusions in force stay, so
    /// that the patient is not contacted.
    ///
    /// ```
    /// # use emis_partner::types::PatientNumber;
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(practice: Practice, patient: PatientNumber) -> Result<(), Error> {
    /// let outcome = practice.records().erase_patient(patient).await?;
    /// if !outcome.is_complete() {
    ///     println!("{:?} are kept for now", outcome.kept);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the store fails or the audit log does not verify. Repeat the call: it is idempotent.
    ///
    /// # Cancel safety
    /// Safe to drop: the records are deleted first and the log is pseudonymised second, each in one
    /// transaction. Repeat the call.
    pub fn erase_patient(self, patient: PatientNumber) -> Action<'a, RemovalOutcome> {
        let Practice { parts, ods_code } = self.0;
        Action::new(async move |author| {
            let (records, trail) = (parts.records.as_ref(), parts.trail.as_ref());
            let now = parts.clock.now();
            let erased =
                emis_settings::erase_patient(records, trail, ods_code, patient, &author, now);
            Ok(erased.await?)
        })
    }

    /// Deletes everything that is kept of the practice except its audit log: settings, API user,
    /// bookings, messages and exclusions.
    ///
    /// While a booking is in flight or a message in doubt, nothing is deleted, and the outcome counts
    /// them. Switch reminders and self-booking off first, settle what is open, then repeat.
    ///
    /// # Errors
    /// If the store fails. Nothing is deleted then.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// use emis_partner::settings::Feature;
    ///
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// practice.settings().disable(Feature::Reminders).await?;
    /// practice.settings().disable(Feature::Booking).await?;
    /// let outcome = practice.records().off_board().await?;
    /// if !outcome.is_complete() {
    ///     println!("{:?} are open: repeat it later", outcome.kept);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: everything is deleted or nothing.
    pub fn off_board(self) -> Action<'a, RemovalOutcome> {
        let Practice { parts, ods_code } = self.0;
        Action::new(async move |author| {
            let now = parts.clock.now();
            Ok(parts.records.off_board(ods_code, &author, now).await?)
        })
    }
}

impl EmisPartner {
    /// Deletes the records of all practices that are past their retention period. Run it daily.
    ///
    /// # Errors
    /// If the store fails.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::settings::RetentionPolicy;
    /// # use emis_partner::{EmisPartner, Error};
    ///
    /// # async fn example(partner: EmisPartner) -> Result<(), Error> {
    /// let mut policy = RetentionPolicy::default();
    /// policy.message_days = 365;
    /// for (practice, deleted) in partner.delete_expired(&policy).await? {
    ///     println!("{practice}: {} messages", deleted.messages);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: the records of each practice are deleted together or not at all.
    pub async fn delete_expired(
        &self,
        policy: &RetentionPolicy,
    ) -> Result<Vec<(OdsCode, RecordCounts)>, Error> {
        let (parts, by) = (self.parts(), Provenance::product());
        let now = parts.clock.now();
        Ok(parts.records.delete_expired(policy, &by, now).await?)
    }

    /// Verifies every audit log and notes its head in `anchors`, outside the store. Run it hourly or
    /// daily, and before old entries are deleted.
    ///
    /// # Errors
    /// If the logs can't be listed, or the anchors can't be read or written. A log that does not
    /// verify is in the report.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::audit::FileAnchorStore;
    /// # use emis_partner::{EmisPartner, Error};
    ///
    /// # async fn example(partner: EmisPartner) -> Result<(), Error> {
    /// let anchors = FileAnchorStore::new("/mnt/elsewhere/anchors.jsonl");
    /// assert!(partner.anchor_audit_logs(&anchors).await?.is_good());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: a head is noted or not, and noting it twice does no harm.
    pub async fn anchor_audit_logs(
        &self,
        anchors: &dyn AuditAnchorStore,
    ) -> Result<AnchorReport, Error> {
        let parts = self.parts();
        let (trail, now) = (parts.trail.as_ref(), parts.clock.now());
        Ok(emis_audit::anchor_heads(trail, anchors, now).await?)
    }

    /// Verifies every audit log against every head that was noted in `anchors`.
    ///
    /// # Errors
    /// If the logs can't be listed or the anchors can't be read. A log that does not verify is in the
    /// report.
    pub async fn check_audit_anchors(
        &self,
        anchors: &dyn AuditAnchorStore,
    ) -> Result<AnchorReport, Error> {
        let trail = self.parts().trail.as_ref();
        Ok(emis_audit::check_anchors(trail, anchors).await?)
    }

    /// Replaces the bank holidays by which the working days of all practices are counted, such as by
    /// the [list that GOV.UK publishes](BankHolidays::from_gov_uk).
    ///
    /// # Examples
    /// ```
    /// use emis_partner::settings::BankHolidays;
    /// # use emis_partner::EmisPartner;
    ///
    /// # fn example(partner: EmisPartner, list: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// partner.set_bank_holidays(BankHolidays::from_gov_uk(list)?); // www.gov.uk/bank-holidays.json
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_bank_holidays(&self, bank_holidays: BankHolidays) {
        self.parts().bank_holidays.set(bank_holidays);
    }
}
