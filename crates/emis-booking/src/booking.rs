//! Self-booking at one practice.

use std::collections::BTreeMap;
use std::sync::Arc;

use emis_audit::Provenance;
use emis_client::{Client, ClientError};
use emis_settings::{AppointmentMode, BookingSettings, PracticeSettings};
use emis_types::{Clock, OdsCode, OrganisationId, SlotTypeId};
use jiff::{SignedDuration, Timestamp};

use crate::error::{BookingError, BookingErrorKind};
use crate::record::{BookingId, BookingRecord, BookingState};
use crate::search::cache::SlotCache;
use crate::slot::AppointmentKey;
use crate::store::BookingStore;

/// The time after its begin in which a booking or cancellation may still be sent. A worker that
/// was held up longer gives it up: other workers may have concluded that it was never sent.
pub(crate) const SEND_WITHIN: SignedDuration = SignedDuration::from_mins(3);

/// Self-booking at one practice: search, book, cancel, reconcile. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Booking {
    client: Client,
    pub(crate) settings: Arc<BookingSettings>,
    pub(crate) modes: Arc<BTreeMap<SlotTypeId, AppointmentMode>>,
    cache: Arc<SlotCache>,
    pub(crate) practice: OdsCode,
    organisation_id: Option<OrganisationId>,
    pub(crate) store: Arc<dyn BookingStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) author: Provenance,
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
            cache: Arc::default(),
            practice: settings.ods_code().clone(),
            organisation_id: settings.organisation_id().cloned(),
            store,
            clock,
            author: Provenance::product(),
        }
    }

    /// Sets the author of what is begun and settled, for the audit trail; the product itself by
    /// default.
    #[must_use]
    pub fn acting_for(mut self, author: Provenance) -> Self {
        self.author = author;
        self
    }

    /// Sets the cache that searches share; by default nothing is kept. Handles of all practices of
    /// a process should share one.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<SlotCache>) -> Self {
        self.cache = cache;
        self
    }

    pub(crate) fn cache(&self) -> &SlotCache {
        &self.cache
    }

    /// Returns a booking as the store has it, without calling EMIS.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn record(&self, id: &BookingId) -> Result<Option<BookingRecord>, BookingError> {
        let record = self.store.get(id).await?;
        Ok(record.filter(|record| record.practice == self.practice))
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

    /// Settles a booking in the store and returns its state after that.
    ///
    /// Facts about the appointment book count more than the store: if the store can't be
    /// written, the booking stays unsettled there until it is reconciled.
    pub(crate) async fn settle(&self, id: &BookingId, state: BookingState) -> BookingState {
        let practice = &self.practice;
        match self.store.settle(id, state, self.now(), &self.author).await {
            Ok(Some(settlement)) => {
                self.note_in_cache(&settlement.record);
                settlement.record.state
            }
            Ok(None) => {
                tracing::error!(%practice, booking = %id, "booking is missing from the store");
                state
            }
            Err(error) => {
                let error = error.report();
                tracing::error!(%practice, booking = %id, error, "booking not settled in the store");
                state
            }
        }
    }
}
