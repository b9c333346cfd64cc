//! Alternatives to a slot that can't be booked, in the answer that says so.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::move_request::MoveRequest;
use crate::outcome::{BookingOutcome, MoveOutcome};
use crate::request::BookingRequest;
use crate::search::query::SlotSearch;
use crate::slot::{FreeSlot, SlotChoice};

/// The number of alternatives in an answer.
const MOST: usize = 5;

/// The outcome of a booking, with alternatives if the slot could not be booked. `Display` is a
/// sentence for the patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BookingAnswer {
    /// The outcome, which is recorded: a repeated request gets the same one.
    pub outcome: BookingOutcome,
    /// The nearest free slots, nearest first; none unless another slot can help. They are as new as
    /// the search, and differ when a request is repeated.
    #[serde(default)]
    pub alternatives: Vec<FreeSlot>,
}

/// The outcome of a move, with alternatives if the new slot could not be booked. `Display` is a
/// sentence for the patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MoveAnswer {
    /// The outcome, which is recorded: a repeated request gets the same one.
    pub outcome: MoveOutcome,
    /// The nearest free slots to the one that was wanted, as in [`BookingAnswer`].
    #[serde(default)]
    pub alternatives: Vec<FreeSlot>,
}

impl fmt::Display for MoveAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.outcome.fmt(f)
    }
}

impl fmt::Display for BookingAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.outcome.fmt(f)
    }
}

impl Booking {
    /// Books a slot for a patient as [`book`](Self::book) does. If that slot can't be booked, the
    /// answer has the nearest free ones of `search`.
    ///
    /// # Errors
    /// As [`book`](Self::book). If the alternatives can't be read, there are none.
    ///
    /// # Cancel safety
    /// As [`book`](Self::book).
    ///
    /// # Examples
    /// ```
    /// use emis_booking::{Booking, BookingError, BookingRequest, SlotSearch};
    ///
    /// async fn book(
    ///     booking: &Booking,
    ///     request: &BookingRequest,
    ///     week: &SlotSearch,
    /// ) -> Result<(), BookingError> {
    ///     let answer = booking.book_or_suggest(request, week).await?;
    ///     println!("{answer}"); // a sentence for the patient
    ///     for slot in &answer.alternatives {
    ///         println!("  {}", slot.start);
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub async fn book_or_suggest(
        &self,
        request: &BookingRequest,
        search: &SlotSearch,
    ) -> Result<BookingAnswer, BookingError> {
        let outcome = self.book(request).await?;
        let alternatives = match &outcome {
            BookingOutcome::Rejected(rejection) if rejection.is_about_the_slot() => {
                self.alternatives(&request.slot, search).await
            }
            _ => Vec::new(),
        };
        Ok(BookingAnswer {
            outcome,
            alternatives,
        })
    }

    /// Moves an appointment as [`reschedule`](Self::reschedule) does. If the new slot can't be booked,
    /// the answer has the nearest free ones of `search`.
    ///
    /// # Errors
    /// As [`reschedule`](Self::reschedule). If the alternatives can't be read, there are none.
    ///
    /// # Cancel safety
    /// As [`reschedule`](Self::reschedule).
    pub async fn reschedule_or_suggest(
        &self,
        request: &MoveRequest,
        search: &SlotSearch,
    ) -> Result<MoveAnswer, BookingError> {
        let outcome = self.reschedule(request).await?;
        let alternatives = match &outcome {
            MoveOutcome::NotMoved(rejection) if rejection.is_about_the_slot() => {
                self.alternatives(&request.slot, search).await
            }
            _ => Vec::new(),
        };
        Ok(MoveAnswer {
            outcome,
            alternatives,
        })
    }

    /// Returns the free slots of a search that are nearest to a slot, which is not among them.
    pub async fn alternatives(&self, to: &SlotChoice, search: &SlotSearch) -> Vec<FreeSlot> {
        let found = match self.free_slots(search).await {
            Ok(found) => found,
            Err(error) => {
                let (practice, error) = (&self.practice, error.report());
                tracing::warn!(%practice, error, "no alternatives: the search failed");
                return Vec::new();
            }
        };
        let mut slots = found.slots;
        slots.retain(|slot| slot.slot != to.slot);
        slots.sort_by_key(|slot| {
            let start = slot.start.timestamp();
            (start.duration_since(to.start).abs(), start, slot.slot)
        });
        slots.truncate(MOST);
        slots
    }
}
