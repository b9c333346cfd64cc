//! The store of bookings, written before anything is sent.

use std::fmt::Debug;

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_settings::StoreError;
use emis_types::{OdsCode, PatientNumber};
use jiff::Timestamp;

use crate::id::BookingId;
use crate::moves::{BookingMove, MoveEnd};
use crate::notice::{BookingNotice, BookingNoticeId};
use crate::record::{BookingChange, BookingDraft, BookingRecord};
use crate::slot::AppointmentKey;

/// Keeps bookings from before they are sent until long after they are settled.
///
/// It is what makes "never twice" hold across workers, crashes and restarts: a booking is stored
/// durably before it is sent. One store serves every worker and every practice. It holds EMIS IDs
/// and times, and no personal detail. `author` is who asked for a change or found it out, for the
/// audit trail of a store that keeps one.
///
/// The store dates everything by **its own clock**, which all workers share, so that a worker whose
/// clock is wrong, or that stood still, concludes nothing early.
#[async_trait]
pub trait BookingStore: Debug + Send + Sync {
    /// Returns the time by the store's clock.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn now(&self) -> Result<Timestamp, StoreError>;

    /// Adds a record, unless another is in the way. The check and the write are atomic, and
    /// durable when this returns.
    ///
    /// In the way are, in this order:
    /// 1. a record with the same ID: [`BeginOutcome::AlreadyBegun`];
    /// 2. if the new one [is in flight](crate::BookingState::is_in_flight), a record of the same
    ///    practice and slot that is: [`BeginOutcome::SlotBusy`];
    /// 3. if the new one [is to be booked](crate::BookingState::is_being_booked), a record of the
    ///    same practice and patient that is: [`BeginOutcome::PatientBusy`];
    /// 4. if the new one [holds its appointment](crate::BookingState::holds_appointment), a record
    ///    of the same appointment that does: [`BeginOutcome::SlotBusy`].
    ///
    /// An intent that [has expired](BookingRecord::has_expired) is not in the way: it is
    /// [settled](BookingChange::expiry) first, in the same transaction.
    ///
    /// # Errors
    /// If the record could not be written. Nothing must be sent then.
    ///
    /// # Cancel safety
    /// An implementation must leave the record either added or not.
    async fn begin(
        &self,
        booking: &BookingDraft,
        author: &Provenance,
    ) -> Result<BeginOutcome, StoreError>;

    /// Changes a booking that was observed, and writes its notice and its tasks, atomically: compare-and-set.
    /// Returns `None` if there is no such booking.
    ///
    /// It is left unchanged
    /// - if its state or revision is no longer the observed one, or if its state [may not
    ///   become](crate::BookingState::may_become) the new one;
    /// - if it would be [`Cancelling`](crate::BookingState::Cancelling) while another record of the
    ///   same practice and slot is in flight: a cancellation in flight together with a booking
    ///   could undo it after it was confirmed;
    /// - if it would [hold its appointment](crate::BookingState::holds_appointment) while another
    ///   record of the same appointment does.
    ///
    /// The new record is [`BookingRecord::changed`].
    ///
    /// # Errors
    /// If the store could not be read or written.
    ///
    /// # Cancel safety
    /// An implementation must leave the record either changed or not.
    async fn settle(
        &self,
        observed: &BookingRecord,
        change: &BookingChange,
        author: &Provenance,
    ) -> Result<Option<BookingSettlement>, StoreError>;

    /// Returns one booking.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError>;

    /// Returns the practice's booking of this very appointment that is
    /// [`Confirmed`](crate::BookingState::Confirmed). There is at most one.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn confirmed(
        &self,
        practice: &OdsCode,
        appointment: &AppointmentKey,
    ) -> Result<Option<BookingRecord>, StoreError>;

    /// Returns the practice's bookings that are [in flight](crate::BookingState::is_in_flight), the
    /// one begun first coming first.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError>;

    /// Returns the practice's bookings that are not in flight and are
    /// [watched](BookingRecord::watched_until) at this time, the one begun first coming first.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn watched(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError>;

    /// Returns every booking of a patient, the one begun first coming first.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn of_patient(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<BookingRecord>, StoreError>;

    /// Returns the practice's notices that were not acknowledged, the oldest coming first; of
    /// those of the same time, the one written first.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn notices(&self, practice: &OdsCode) -> Result<Vec<BookingNotice>, StoreError>;

    /// Adds a move, dated by the store's clock. Returns `false`, and adds nothing, if there is one
    /// with this ID, or another one in progress of the same booking.
    ///
    /// # Errors
    /// If the store could not be written.
    ///
    /// # Cancel safety
    /// An implementation must leave the move either added or not.
    async fn begin_move(&self, new: &BookingMove, author: &Provenance) -> Result<bool, StoreError>;

    /// Ends a move that is in progress, and writes its notice, dated by the store's clock, and its
    /// tasks, atomically. Returns `false` if it is not in progress.
    ///
    /// # Errors
    /// If the store could not be written.
    ///
    /// # Cancel safety
    /// An implementation must leave the move either ended or not.
    async fn end_move(
        &self,
        moving: &BookingMove,
        end: &MoveEnd,
        author: &Provenance,
    ) -> Result<bool, StoreError>;

    /// Returns the move that made, or was to make, this booking.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn find_move(&self, id: &BookingId) -> Result<Option<BookingMove>, StoreError>;

    /// Returns the practice's moves in progress, the one begun first coming first.
    ///
    /// # Errors
    /// If the store could not be read.
    async fn open_moves(&self, practice: &OdsCode) -> Result<Vec<BookingMove>, StoreError>;

    /// Removes a notice that the patient was told. Returns `false` if there is none. Idempotent.
    ///
    /// # Errors
    /// If the store could not be written.
    ///
    /// # Cancel safety
    /// An implementation must leave the notice either removed or not.
    async fn acknowledge_notice(
        &self,
        practice: &OdsCode,
        notice: &BookingNoticeId,
        author: &Provenance,
    ) -> Result<bool, StoreError>;
}

/// The outcome of [`BookingStore::begin`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BeginOutcome {
    /// The booking is stored.
    Started(BookingRecord),
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
    /// Another booking that kept it from being changed: of the same slot and in flight, or of the
    /// same appointment.
    pub blocked_by: Option<BookingId>,
}
