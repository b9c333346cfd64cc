//! The store of bookings, written before anything is sent.

use std::fmt::Debug;

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::Timestamp;

use crate::record::{BookingId, BookingRecord, BookingState};
use crate::slot::AppointmentKey;

/// Keeps bookings from before they are sent until long after they are settled.
///
/// It is what makes "never twice" hold across workers, crashes and restarts: a booking is stored
/// durably before it is sent. One store serves every worker and every practice. It holds EMIS IDs
/// and times, and no personal detail. `author` is who asked for a change or found it out, for the
/// audit trail of a store that keeps one.
#[async_trait]
pub trait BookingStore: Debug + Send + Sync {
    /// Adds a record, unless another is in the way. The check and the write are atomic, and
    /// durable when this returns.
    ///
    /// In the way are, in this order:
    /// 1. a record with the same ID: [`BeginOutcome::AlreadyBegun`];
    /// 2. a record of the same practice and slot that [is in flight](BookingState::is_in_flight):
    ///    [`BeginOutcome::SlotBusy`];
    /// 3. if the new one is to be booked, a record of the same practice and patient that [is being
    ///    booked](BookingState::is_being_booked): [`BeginOutcome::PatientBusy`].
    ///
    /// # Errors
    /// If the record could not be written. Nothing must be sent then.
    ///
    /// # Cancel safety
    /// An implementation must leave the record either added or not.
    async fn begin(
        &self,
        booking: &BookingRecord,
        author: &Provenance,
    ) -> Result<BeginOutcome, StoreError>;

    /// Moves a booking to `state` if its present state
    /// [may become](BookingState::may_become) that, and leaves it unchanged otherwise, time of
    /// change included. Atomic: of two callers at once, one changes it. Returns `None` if there is
    /// no such booking.
    ///
    /// It is also left unchanged if it would become [`Cancelling`](BookingState::Cancelling) while
    /// another record of the same practice and slot is in flight: a cancellation in flight
    /// together with a booking could undo it after it was confirmed.
    ///
    /// # Errors
    /// If the store could not be read or written.
    ///
    /// # Cancel safety
    /// An implementation must leave the record either changed or not.
    async fn settle(
        &self,
        id: &BookingId,
        state: BookingState,
        at: Timestamp,
        author: &Provenance,
    ) -> Result<Option<BookingSettlement>, StoreError>;

    /// Returns one booking.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError>;

    /// Returns the practice's booking of this very appointment that is
    /// [`Confirmed`](BookingState::Confirmed); of several, the one begun last.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn confirmed(
        &self,
        practice: &OdsCode,
        appointment: &AppointmentKey,
    ) -> Result<Option<BookingRecord>, StoreError>;

    /// Returns the practice's bookings that are [in flight](BookingState::is_in_flight), the one
    /// begun first coming first.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError>;
}

/// The outcome of [`BookingStore::begin`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BeginOutcome {
    /// The booking is stored and may be sent.
    Started,
    /// A booking with this ID was begun before.
    AlreadyBegun(BookingRecord),
    /// Another booking of the same slot, or its cancellation, may be in flight.
    SlotBusy(BookingRecord),
    /// Another booking of the same patient may be in flight.
    PatientBusy(BookingRecord),
}

/// The outcome of [`BookingStore::settle`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingSettlement {
    /// The booking as it is stored now.
    pub record: BookingRecord,
    /// True if this call changed it.
    pub changed: bool,
}
