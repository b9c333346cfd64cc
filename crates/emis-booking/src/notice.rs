//! Notices: outcomes that a patient must be told, kept until they were.

use std::fmt;
use std::str::FromStr;

use emis_audit::Digest;
use emis_types::OdsCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::BookingId;
use crate::notice_kind::BookingNoticeKind;
use crate::record::BookingRecord;
use crate::rejection::BookingCodeError;
use crate::slot::AppointmentKey;

/// The ID of a [`BookingNotice`]. A notice that is delivered again has the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BookingNoticeId(Digest);

impl fmt::Display for BookingNoticeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for BookingNoticeId {
    type Err = BookingCodeError;

    fn from_str(text: &str) -> Result<Self, BookingCodeError> {
        text.parse().map(Self).map_err(|_| BookingCodeError)
    }
}

/// An outcome that a patient must be told. `Display` is the sentence.
///
/// It is stored in the transaction that decides the outcome, and listed until it is
/// [acknowledged](crate::Booking::acknowledge): it is delivered at least once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BookingNotice {
    /// The ID.
    pub id: BookingNoticeId,
    /// The outcome.
    pub kind: BookingNoticeKind,
    /// The practice.
    pub practice: OdsCode,
    /// The booking.
    pub booking: BookingId,
    /// The appointment that the notice is about, with its patient.
    pub appointment: AppointmentKey,
    /// The time of the outcome, by the store's clock.
    pub at: Timestamp,
}

impl BookingNotice {
    /// Creates the notice of a booking that has just changed.
    pub fn of(record: &BookingRecord, kind: BookingNoticeKind) -> Self {
        let source = format!("{}/{}/{}", record.id, record.revision, kind.code());
        Self::from_source(source, record, kind)
    }

    /// Creates the notice of a move that ends, about one of its bookings. The store dates it.
    pub fn of_move(moving: &BookingId, record: &BookingRecord, kind: BookingNoticeKind) -> Self {
        // A booking may be moved in several attempts without a change of its own.
        let source = format!("{moving}/{}", kind.code());
        Self::from_source(source, record, kind)
    }

    fn from_source(source: String, record: &BookingRecord, kind: BookingNoticeKind) -> Self {
        Self {
            id: BookingNoticeId(Digest::of(source)),
            kind,
            practice: record.practice.clone(),
            booking: record.id,
            appointment: record.appointment,
            at: record.changed_at,
        }
    }

    /// Creates a notice as a store kept it.
    pub fn kept(
        id: BookingNoticeId,
        kind: BookingNoticeKind,
        record: (OdsCode, BookingId, AppointmentKey),
        at: Timestamp,
    ) -> Self {
        let (practice, booking, appointment) = record;
        Self {
            id,
            kind,
            practice,
            booking,
            appointment,
            at,
        }
    }
}
