//! Self-booking at one practice.

use std::sync::Arc;

use emis_audit::Provenance;
use emis_client::Client;
use emis_settings::{BookingSettings, PracticeSettings};
use emis_types::{Clock, OdsCode, OrganisationId};
use jiff::Timestamp;

use crate::error::{BookingError, BookingErrorKind as Kind};
use crate::ledger::BookingStore;
use crate::record::{BookingId, BookingRecord, BookingState};
use crate::slot::AppointmentKey;

/// Self-booking at one practice: search, book, cancel, settle. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Booking {
    client: Client,
    pub(crate) settings: Arc<BookingSettings>,
    pub(crate) practice: OdsCode,
    organisation_id: Option<OrganisationId>,
    pub(crate) ledger: Arc<dyn BookingStore>,
    clock: Arc<dyn Clock>,
    pub(crate) by: Provenance,
}

impl Booking {
    /// Self-booking at the practice with these settings, whose EMIS `client` reaches.
    ///
    /// Every worker that books at the practice must share the same ledger.
    pub fn new(
        client: Client,
        settings: &PracticeSettings,
        ledger: Arc<dyn BookingStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            client,
            settings: Arc::new(settings.booking().clone()),
            practice: settings.ods_code().clone(),
            organisation_id: settings.organisation_id().cloned(),
            ledger,
            clock,
            by: Provenance::product(),
        }
    }

    /// Acting for somebody, from somewhere: what is begun and settled from here on is theirs in
    /// the audit trail. By default the product acts of its own accord.
    #[must_use]
    pub fn acting_for(mut self, by: Provenance) -> Self {
        self.by = by;
        self
    }

    /// A booking as the ledger has it, without asking EMIS.
    ///
    /// # Errors
    /// Where the ledger could not be read.
    pub async fn record(&self, id: &BookingId) -> Result<Option<BookingRecord>, BookingError> {
        let record = self.ledger.get(id).await?;
        Ok(record.filter(|record| record.practice == self.practice))
    }

    /// The booking of an appointment that stands by the ledger, if it was made here.
    pub(crate) async fn confirmed(
        &self,
        appointment: &AppointmentKey,
    ) -> Result<Option<BookingRecord>, BookingError> {
        Ok(self.ledger.confirmed(&self.practice, appointment).await?)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The client, once it is certain that it speaks to the practice that is meant: nothing is
    /// read or written before this.
    pub(crate) async fn emis(&self) -> Result<&Client, BookingError> {
        let organisation_id = self.organisation_id.as_ref();
        self.client
            .confirm_practice(&self.practice, organisation_id)
            .await?;
        Ok(&self.client)
    }

    /// Refuses to work by settings that contradict themselves or lack what EMIS demands.
    pub(crate) fn check_settings(&self) -> Result<(), BookingError> {
        if self.settings.problems().is_empty() {
            Ok(())
        } else {
            Err(BookingError::new(
                Kind::Settings,
                "the practice's booking settings are incomplete or wrong",
            ))
        }
    }

    /// Settles a booking in the ledger and gives the state in which it then stands.
    ///
    /// What is known about the appointment book counts more than the ledger's being up to date:
    /// where it can't be written, the booking stays unsettled there until it is reconciled.
    pub(crate) async fn settle(&self, id: &BookingId, state: BookingState) -> BookingState {
        match self.ledger.settle(id, state, self.now(), &self.by).await {
            Ok(Some(settlement)) => settlement.record.state,
            Ok(None) => {
                tracing::error!(booking = %id, "booking is missing from the ledger");
                state
            }
            Err(error) => {
                tracing::error!(booking = %id, %error, "booking not settled in the ledger");
                state
            }
        }
    }
}
