//! The handle of one practice.

use std::sync::Arc;

use emis_audit::{AuditEvent, AuditEventKind, Provenance};
use emis_client::Client;
use emis_credentials::TokenSource;
use emis_diagnostics::ActivityLog;
use emis_settings::PracticeSettings;
use emis_types::{Clock, OdsCode};

use crate::audited::AuditedTransport;
use crate::parts::Parts;
use crate::{Action, Error};

/// A practice.
///
/// Cheap to create and to clone. The handle holds no settings and no options of a change: what
/// one worker changes, every other worker reads.
///
/// ```
/// use emis_partner::{Error, Practice};
///
/// # async fn example(practice: Practice) -> Result<(), Error> {
/// practice.settings().update_organisation_id("50002").await?;
/// let report = practice.diagnosis().run().await?;
/// let run = practice.reminders().send_due().await?;
/// let reconciled = practice.booking().reconcile().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Practice {
    pub(crate) parts: Arc<Parts>,
    pub(crate) ods_code: OdsCode,
}

impl Practice {
    pub(crate) fn new(parts: Arc<Parts>, ods_code: OdsCode) -> Self {
        Self { parts, ods_code }
    }

    /// Returns the ODS code of the practice.
    pub fn ods_code(&self) -> &OdsCode {
        &self.ods_code
    }

    /// Returns a client of the practice's EMIS whose calls are audited.
    ///
    /// Use it for what this crate has no operation for: a patient's number by the NHS number, or
    /// the slot types to choose from. Every write, and every read that returns patients, is
    /// recorded in the practice's audit trail: the operation, its ids, its outcome and the
    /// [author](Action::by). Names, search terms, notes and records are not recorded.
    ///
    /// # What is not recorded is not done
    ///
    /// - A **write** is recorded before it is sent. If that fails, nothing is sent and the call
    ///   fails. Its outcome is recorded when EMIS's answer was decoded: success if it is the
    ///   documented message, unknown for any other, also with HTTP status 200. If that fails, the
    ///   failure is logged as an error and the trail keeps a `emis.write.begun` without its
    ///   `emis.write.settled`.
    /// - A **read** is recorded when EMIS's answer was decoded, with the same outcomes, or when a
    ///   streamed answer has begun, with an unknown one. If that fails, the answer is withheld and
    ///   the call fails.
    ///
    /// ```
    /// use emis_partner::audit::{Actor, Provenance};
    /// use emis_partner::Practice;
    /// use emis_partner::types::PatientNumber;
    ///
    /// # async fn example(practice: Practice) -> Result<(), Box<dyn std::error::Error>> {
    /// let clerk = Provenance::of(Actor::user("u-9")?);
    /// let emis = practice.client().by(clerk).await?;
    /// let patient = emis.patient().get_patient_demographics(PatientNumber::new(501)?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`NotSetUp`](crate::ErrorKind::NotSetUp) if the practice has not entered its connection,
    /// [`Sealed`](crate::ErrorKind::Sealed) if the stored API user can't be opened.
    pub fn client(&self) -> Action<'_, Client> {
        Action::new(async move |author| Ok(self.audited(&self.connect().await?, author)))
    }

    /// Returns an audited client that calls EMIS as the holder of `tokens`, such as a member of
    /// staff who has [signed in](crate::EmisPartner::begin_sign_in).
    ///
    /// It shares connections and limits with [`client`](Self::client). Its failures say nothing
    /// about the practice's API user, so the diagnosis does not count them.
    ///
    /// # Errors
    /// As [`client`](Self::client).
    pub fn client_of(&self, tokens: Arc<dyn TokenSource>) -> Action<'_, Client> {
        Action::new(async move |author| {
            let client = self.connect().await?.with_tokens(tokens);
            Ok(self.audited(&client, author))
        })
    }

    /// Returns the client that this crate itself calls EMIS with. **Its calls are not audited.**
    ///
    /// It is for products that keep an audit trail of their own. Use [`client`](Self::client)
    /// otherwise.
    ///
    /// # Errors
    /// As [`client`](Self::client).
    pub async fn unaudited_client(&self) -> Result<Client, Error> {
        self.connect().await
    }

    fn audited(&self, client: &Client, author: Provenance) -> Client {
        client.with_transport_layer(|transport| {
            Arc::new(AuditedTransport {
                transport,
                trail: Arc::clone(&self.parts.trail),
                practice: self.ods_code.clone(),
                author,
                clock: Arc::clone(&self.parts.clock),
            })
        })
    }

    pub(crate) async fn connect(&self) -> Result<Client, Error> {
        self.parts.connections.client(&self.load().await?)
    }

    /// Loads the settings; the defaults if none are stored.
    pub(crate) async fn load(&self) -> Result<PracticeSettings, Error> {
        let stored = self.parts.settings.load(&self.ods_code).await?;
        Ok(stored.unwrap_or_else(|| PracticeSettings::new(self.ods_code.clone())))
    }

    pub(crate) fn activity(&self) -> Arc<ActivityLog> {
        self.parts.connections.activity(&self.ods_code)
    }

    /// Shares with other processes how `work`'s calls ended.
    pub(crate) async fn at_work<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let outcome = work.await;
        self.share_activity().await;
        outcome
    }

    /// The work is done whether this can be written or not; the store logs its own failures.
    pub(crate) async fn share_activity(&self) {
        let last_calls = self.parts.last_calls.as_ref();
        let _ = self.activity().share(last_calls, &self.ods_code).await;
    }

    pub(crate) async fn record(
        &self,
        kind: AuditEventKind,
        author: &Provenance,
        details: impl FnOnce(AuditEvent) -> AuditEvent,
    ) -> Result<(), Error> {
        let event = AuditEvent::new(kind, self.parts.clock.now(), author.clone());
        let chain = self.ods_code.clone().into();
        self.parts.trail.record(&chain, &details(event)).await?;
        Ok(())
    }
}
