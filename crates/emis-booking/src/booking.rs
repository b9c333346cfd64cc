//! Self-booking at one practice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use emis_client::Client;
use emis_settings::BookingSettings;
use emis_types::{Clock, OdsCode};
use jiff::Timestamp;

use crate::error::{BookingError, BookingErrorKind as Kind};
use crate::ledger::BookingLedger;
use crate::record::{BookingId, BookingRecord, BookingState};

/// Self-booking at one practice: search, book, cancel, settle. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Booking {
    client: Client,
    pub(crate) settings: Arc<BookingSettings>,
    pub(crate) practice: OdsCode,
    pub(crate) ledger: Arc<dyn BookingLedger>,
    clock: Arc<dyn Clock>,
    /// Whether EMIS named this practice as the one that the connection belongs to.
    verified: Arc<AtomicBool>,
}

impl Booking {
    /// Self-booking at the practice `practice`, through a client that is connected to it.
    ///
    /// Every worker that books at the practice must share the same ledger.
    pub fn new(
        client: Client,
        settings: BookingSettings,
        practice: OdsCode,
        ledger: Arc<dyn BookingLedger>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            client,
            settings: Arc::new(settings),
            practice,
            ledger,
            clock,
            verified: Arc::default(),
        }
    }

    /// A booking as the ledger has it, without asking EMIS.
    ///
    /// # Errors
    /// Where the ledger could not be read.
    pub async fn record(&self, id: &BookingId) -> Result<Option<BookingRecord>, BookingError> {
        let record = self.ledger.get(id).await?;
        Ok(record.filter(|record| record.practice == self.practice))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The client, once it is certain that it speaks to the practice that is meant.
    ///
    /// No operation of the Partner API names a practice; the token decides. A slot id of one
    /// practice is somebody else's slot at another, so nothing is read or written before this.
    pub(crate) async fn emis(&self) -> Result<&Client, BookingError> {
        if let Some(ods) = self.client.token_claims().await?.ods_code {
            return self.is_practice(&ods);
        }
        // An application's token names no practice: ask once.
        if self.verified.load(Ordering::Acquire) {
            return Ok(&self.client);
        }
        let organisation = self.client.organisation().get_organisation().await?;
        let ods = organisation.ods_code.ok_or_else(|| {
            BookingError::new(
                Kind::WrongPractice,
                "the connection does not say to which practice it belongs",
            )
        })?;
        self.is_practice(&ods)?;
        self.verified.store(true, Ordering::Release);
        Ok(&self.client)
    }

    fn is_practice(&self, ods: &OdsCode) -> Result<&Client, BookingError> {
        if *ods == self.practice {
            Ok(&self.client)
        } else {
            Err(BookingError::new(
                Kind::WrongPractice,
                "the connection belongs to another practice",
            ))
        }
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
        match self.ledger.settle(id, state, self.now()).await {
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
