//! Details of an appointment that a person needs: where, with whom and how.

use std::time::Duration;

use emis_client::model::{Session, SessionHolder, Site, Slot};
use emis_settings::AppointmentMode;
use serde::{Deserialize, Serialize};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::record::BookingRecord;
use crate::rejection::Rejection;
use crate::request::BookingRequest;
use crate::slot::{AppointmentKey, FreeSlot, SlotChoice};
use crate::state::BookingState;

/// The time that the details of a confirmation may take: the answer is known without them.
const DETAILS_WITHIN: Duration = Duration::from_secs(2);

/// The site, the staff and the mode of an appointment, for a person to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AppointmentDetails {
    /// The length in minutes, if EMIS has it.
    pub minutes: Option<u16>,
    /// The site.
    pub site: Option<Site>,
    /// The staff who hold the session.
    pub session_holders: Vec<SessionHolder>,
    /// The mode, if the practice has set it for the slot type.
    pub mode: Option<AppointmentMode>,
}

impl From<&FreeSlot> for AppointmentDetails {
    fn from(slot: &FreeSlot) -> Self {
        Self {
            minutes: slot.minutes,
            site: slot.site.clone(),
            session_holders: slot.session_holders.clone(),
            mode: slot.mode,
        }
    }
}

impl Booking {
    /// Returns the site, the staff and the mode of an appointment; `None` if its slot is gone.
    /// Costs no call if the slot was searched for some seconds ago.
    ///
    /// # Errors
    /// If EMIS can't be read.
    pub async fn details(
        &self,
        appointment: &AppointmentKey,
    ) -> Result<Option<AppointmentDetails>, BookingError> {
        let found = self
            .find_slot(
                appointment.session,
                appointment.slot,
                appointment.start,
                false,
            )
            .await?;
        Ok(found.map(|(session, slot)| self.details_of(session, slot)))
    }

    /// Returns the details of an appointment for a confirmation; `None` if they are not read within
    /// a short time.
    pub(crate) async fn details_if_read(
        &self,
        appointment: &AppointmentKey,
    ) -> Option<AppointmentDetails> {
        let read = tokio::time::timeout(DETAILS_WITHIN, self.details(appointment)).await;
        read.unwrap_or(Ok(None)).unwrap_or_else(|error| {
            let (practice, error) = (&self.practice, error.report());
            tracing::warn!(%practice, error, "details of an appointment not read");
            None
        })
    }

    fn details_of(&self, session: Session, slot: Slot) -> AppointmentDetails {
        AppointmentDetails {
            minutes: slot.minutes,
            site: session.site.map(|site| self.named(site)),
            session_holders: session.session_holders,
            mode: slot.slot_type.and_then(|it| self.mode_of(&it)),
        }
    }

    /// Corrects the cache by what became of a booking.
    pub(crate) fn note_in_cache(&self, record: &BookingRecord) {
        use BookingState::{Cancelled, Cancelling, Confirmed, Rejected, Sending, Unknown};
        let (cache, at) = (self.cache(), record.appointment);
        match record.state {
            Sending | Unknown | Confirmed => cache.note_taken(&self.practice, at.slot, self.now()),
            Cancelling | Cancelled | Rejected(Rejection::Unavailable | Rejection::NotBooked) => {
                cache.note_freed(&self.practice, at.session, at.slot);
            }
            _ => {}
        }
    }

    /// Notes that a patient was told that a slot is taken: others in this process are told so at once
    /// while the entry is fresh.
    pub(crate) fn note_taken(&self, slot: &SlotChoice) {
        let now = self.now();
        self.cache().note_taken(&self.practice, slot.slot, now);
    }

    /// Returns `true` if the slot was seen taken some seconds ago. It saves a crowd the checks.
    pub(crate) fn shows_taken(&self, slot: &SlotChoice) -> bool {
        let cache = self.cache();
        cache.shows_taken(&self.practice, slot.session, slot.slot, self.now())
    }

    /// Returns `true` if the patient of the request was seen in the slot some seconds ago.
    pub(crate) fn shows_own(&self, request: &BookingRequest) -> bool {
        let slot = &request.slot;
        let cache = self.cache();
        let read = cache.slot(&self.practice, slot.session, slot.slot, self.now());
        read.is_some_and(|slot| slot.patient == Some(request.patient))
    }
}
