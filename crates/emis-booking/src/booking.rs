//! Self-booking at one practice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use emis_audit::{Label, Provenance};
use emis_client::{Client, ClientError};
use emis_settings::{AppointmentMode, BookingSettings, PracticeSettings, PracticeSite};
use emis_types::{Clock, OdsCode, OrganisationId, PatientNumber, SlotTypeId};
use jiff::{SignedDuration, Timestamp};

use crate::error::{BookingError, BookingErrorKind};
use crate::id::BookingId;
use crate::identity::admission::AdmissionStore;
use crate::identity::memory::MemoryAdmissionStore;
use crate::invitation::store::InvitationStore;
use crate::notice::{BookingNotice, BookingNoticeId};
use crate::record::BookingRecord;
use crate::search::cache::SlotCache;
use crate::slot::AppointmentKey;
use crate::store::BookingStore;

/// The time after it was stored that a booking or cancellation is being sent, in which it may be
/// sent. A worker that was held up longer gives it up: other workers may have concluded that it was
/// never sent.
const SEND_WITHIN: SignedDuration = SignedDuration::from_mins(3);

/// Self-booking at one practice: search, book, cancel, reconcile. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Booking {
    pub(crate) client: Client,
    pub(crate) settings: Arc<BookingSettings>,
    pub(crate) modes: Arc<BTreeMap<SlotTypeId, AppointmentMode>>,
    pub(crate) sites: Arc<Vec<PracticeSite>>,
    pub(crate) admissions: Arc<dyn AdmissionStore>,
    pub(crate) links: Option<Arc<dyn InvitationStore>>,
    cache: Arc<SlotCache>,
    pub(crate) practice: OdsCode,
    organisation_id: Option<OrganisationId>,
    pub(crate) store: Arc<dyn BookingStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) author: Provenance,
    pub(crate) twin_wait: Duration,
}

impl Booking {
    /// Creates the self-booking of a practice from its settings and a client of its EMIS.
    ///
    /// All workers that book at the practice must share one store.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    ///
    /// use emis_booking::{Booking, MemoryBookingStore};
    /// use emis_client::Client;
    /// use emis_settings::PracticeSettings;
    /// use emis_types::SystemClock;
    ///
    /// fn booking(client: Client, settings: &PracticeSettings) -> Booking {
    ///     let store = Arc::new(MemoryBookingStore::new()); // use a durable one
    ///     Booking::new(client, settings, store, Arc::new(SystemClock))
    /// }
    /// ```
    pub fn new(
        client: Client,
        settings: &PracticeSettings,
        store: Arc<dyn BookingStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            client,
            settings: Arc::new(settings.booking().clone()),
            modes: Arc::new(settings.slot_type_modes().clone()),
            sites: Arc::new(settings.sites().to_vec()),
            admissions: Arc::new(MemoryAdmissionStore::new(Arc::clone(&clock))),
            links: None,
            cache: Arc::default(),
            practice: settings.ods_code().clone(),
            organisation_id: settings.organisation_id().cloned(),
            store,
            clock,
            author: Provenance::product(),
            twin_wait: Duration::from_secs(10),
        }
    }

    /// Sets the author of what is begun and settled, for the audit trail; the product itself by
    /// default.
    #[must_use]
    pub fn acting_for(mut self, author: Provenance) -> Self {
        self.author = author;
        self
    }

    /// Returns the handle for a person who acts for the patient, such as a parent or a carer, on the
    /// authority of the author of the handle. The audit trail has both, also for a cancellation.
    ///
    /// # Examples
    /// ```
    /// use emis_booking::{Booking, BookingError, BookingId, CancelOutcome};
    ///
    /// async fn cancel_as_carer(
    ///     booking: &Booking,
    ///     id: &BookingId,
    /// ) -> Result<CancelOutcome, BookingError> {
    ///     let carer = "carer-12".parse().ok(); // the product's id of them
    ///     booking.by_proxy(carer.as_ref()).cancel(id).await
    /// }
    /// ```
    #[must_use]
    pub fn by_proxy(&self, proxy: Option<&Label>) -> Self {
        let mut acting = self.clone();
        if let Some(proxy) = proxy {
            acting.author = acting.author.for_proxy(proxy.clone());
        }
        acting
    }

    /// Sets the cache that searches share; by default nothing is kept. Handles of all practices of
    /// a process should share one.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<SlotCache>) -> Self {
        self.cache = cache;
        self
    }

    /// Sets the stores of links, and of identity attempts and daily limits, which all workers must
    /// share. By default there are no links, and this process counts alone.
    #[must_use]
    pub fn with_links(
        mut self,
        links: Arc<dyn InvitationStore>,
        admissions: Arc<dyn AdmissionStore>,
    ) -> Self {
        (self.links, self.admissions) = (Some(links), admissions);
        self
    }

    /// Sets the store of identity attempts and daily limits alone, which all workers must share.
    #[must_use]
    pub fn with_admissions(mut self, admissions: Arc<dyn AdmissionStore>) -> Self {
        self.admissions = admissions;
        self
    }

    pub(crate) fn cache(&self) -> &SlotCache {
        &self.cache
    }

    /// Sets how long a copy of a request waits for the answer to the first, which another worker or
    /// thread is sending; 10 seconds by default.
    #[must_use]
    pub const fn wait_for_twin(mut self, time: Duration) -> Self {
        self.twin_wait = time;
        self
    }

    /// Returns a booking as the store has it, without calling EMIS.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn record(&self, id: &BookingId) -> Result<Option<BookingRecord>, BookingError> {
        let record = self.store.get(id).await?;
        Ok(record.filter(|record| record.practice == self.practice))
    }

    /// Returns every booking of a patient as the store has it, the one begun first coming first.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn of_patient(
        &self,
        patient: PatientNumber,
    ) -> Result<Vec<BookingRecord>, BookingError> {
        Ok(self.store.of_patient(&self.practice, patient).await?)
    }

    /// Returns the outcomes that patients must be told, the oldest coming first, until they are
    /// [acknowledged](Self::acknowledge).
    ///
    /// Every settlement that may have changed the appointment book has one, also if the patient
    /// was told by the answer to their request. A rejection that was decided before anything was sent
    /// has none: the same request gets it again.
    ///
    /// # Errors
    /// If the store can't be read.
    ///
    /// # Examples
    /// ```
    /// use emis_booking::{Booking, BookingError};
    ///
    /// async fn deliver(booking: &Booking) -> Result<(), BookingError> {
    ///     for notice in booking.notices().await? {
    ///         println!("to {}: {notice}", notice.appointment.patient);
    ///         booking.acknowledge(&notice.id).await?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub async fn notices(&self) -> Result<Vec<BookingNotice>, BookingError> {
        Ok(self.store.notices(&self.practice).await?)
    }

    /// Removes a notice that the patient was told. Returns `false` if it was removed before.
    ///
    /// # Errors
    /// If the store can't be written.
    ///
    /// # Cancel safety
    /// Safe to drop: the notice is removed or not.
    pub async fn acknowledge(&self, notice: &BookingNoticeId) -> Result<bool, BookingError> {
        let (practice, author) = (&self.practice, &self.author);
        Ok(self
            .store
            .acknowledge_notice(practice, notice, author)
            .await?)
    }

    /// Returns the booking of an appointment that the store has as confirmed.
    pub(crate) async fn confirmed(
        &self,
        appointment: &AppointmentKey,
    ) -> Result<Option<BookingRecord>, BookingError> {
        Ok(self.store.confirmed(&self.practice, appointment).await?)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the client after confirming that it leads to this practice. Nothing is read or
    /// written before.
    pub(crate) async fn emis(&self) -> Result<&Client, BookingError> {
        Ok(self.confirmed_emis().await?)
    }

    /// Returns the client as [`emis`](Self::emis) does, or the client's error.
    pub(crate) async fn confirmed_emis(&self) -> Result<&Client, ClientError> {
        let organisation_id = self.organisation_id.as_ref();
        self.client
            .confirm_practice(&self.practice, organisation_id)
            .await?;
        Ok(&self.client)
    }

    pub(crate) fn check_settings(&self) -> Result<(), BookingError> {
        if self.settings.problems().is_empty() {
            return Ok(());
        }
        let message = "the practice's booking settings are incomplete or wrong";
        Err(BookingError::new(BookingErrorKind::Settings, message))
    }

    /// Returns whether the worker stood still since it stored that it is about to send a call.
    pub(crate) fn is_held_up(&self, since: Timestamp) -> bool {
        let held_up = self.now().duration_since(since);
        held_up > SEND_WITHIN || held_up.is_negative()
    }
}
