//! Kinds of notices.

use serde::{Deserialize, Serialize};

use crate::state::codes;

codes! {
    /// The outcome that a patient must be told.
    BookingNoticeKind {
        /// The appointment is booked.
        Booked "booked";
        /// No appointment was booked.
        NotBooked "not-booked";
        /// The appointment is cancelled.
        Cancelled "cancelled";
        /// The appointment could not be cancelled: it is still booked.
        StillBooked "still-booked";
        /// The appointment was moved: this is the new one.
        Moved "moved";
        /// The appointment was not moved: this one still stands.
        NotMoved "not-moved";
        /// The appointment was moved, but the earlier one could not be cancelled: both stand.
        BothBooked "both-booked";
        /// The appointment was to be moved, and neither the earlier nor the new one stands.
        Lost "lost";
        /// A booking that was thought not made was made after all, and is kept.
        LateKept "late-kept";
        /// A booking that was thought not made was made after all, and was cancelled.
        LateCancelled "late-cancelled";
        /// The outcome could not be found out: the practice looks.
        Unresolved "unresolved";
    }
}
