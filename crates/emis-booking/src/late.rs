//! Bookings that arrive after it was concluded that they were not made.

use emis_messaging::TaskKind;
use emis_settings::LateArrivalPolicy;

use crate::booking::Booking;
use crate::error::BookingError;
use crate::notice_kind::BookingNoticeKind;
use crate::record::{BookingChange, BookingRecord};
use crate::state::{BookingState, CancelCause};

impl Booking {
    /// Keeps or cancels a booking that was rejected and is now seen with its reference. Returns the
    /// booking as it is settled; `None` if it is not settled yet.
    pub(crate) async fn arrived_late(
        &self,
        record: &BookingRecord,
    ) -> Result<Option<BookingRecord>, BookingError> {
        let (practice, booking) = (&self.practice, record.id);
        tracing::warn!(%practice, %booking, "booking arrived late");
        let keeps = self.settings.late_arrivals == LateArrivalPolicy::Keep;
        if keeps || self.has_begun(record).await? {
            let kept = BookingChange::to(BookingState::Confirmed)
                .telling(BookingNoticeKind::LateKept)
                .asking(self.task(TaskKind::LateBooking, record));
            return self.settle_as(record, kept, true).await;
        }
        self.cancel_late(record).await
    }

    /// Cancels a booking that is seen with its reference and must not be. One that has begun is the
    /// practice's to deal with.
    pub(crate) async fn cancel_late(
        &self,
        record: &BookingRecord,
    ) -> Result<Option<BookingRecord>, BookingError> {
        if self.has_begun(record).await? {
            return Ok(None);
        }
        let task = self.task(TaskKind::LateBooking, record);
        self.cancel_asking(record, CancelCause::LateArrival, Some(task))
            .await?;
        let record = self.store.get(&record.id).await?;
        Ok(record.filter(|record| record.state == BookingState::Cancelled))
    }

    /// Returns whether an appointment has begun, by the store's clock.
    pub(crate) async fn has_begun(&self, record: &BookingRecord) -> Result<bool, BookingError> {
        Ok(record.appointment.start <= self.store.now().await?)
    }
}
