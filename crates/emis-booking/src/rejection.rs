//! Why a booking was not made, as a code for programs.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! rejections {
    ($($(#[$doc:meta])* $name:ident $code:literal;)*) => {
        /// Why a request certainly did not make a booking.
        ///
        /// `Display` is a sentence for the patient. It reveals nothing about the practice's
        /// settings or about other patients.
        ///
        /// # Examples
        /// ```
        /// use emis_booking::Rejection;
        /// assert_eq!(Rejection::SlotTaken.code(), "slot-taken");
        /// assert_eq!("slot-taken".parse(), Ok(Rejection::SlotTaken));
        /// assert!(Rejection::SlotTaken.to_string().contains("Choose another"));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Rejection {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl Rejection {
            /// Every rejection.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns a stable code, for storage and for programs.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

rejections! {
    /// Another patient has the slot, or is about to.
    SlotTaken "slot-taken";
    /// The slot is not what the patient was shown: another time, another type, or gone.
    SlotChanged "slot-changed";
    /// The practice does not offer the slot for self-booking.
    NotOffered "not-offered";
    /// The slot starts within the practice's minimum notice, or has begun.
    TooSoon "too-soon";
    /// The slot is beyond the days that the practice has opened.
    TooFar "too-far";
    /// The patient has as many appointments ahead as the practice lets a patient book.
    PatientLimit "patient-limit";
    /// The patient is booking another slot, or booking or cancelling this one, and that is
    /// not settled.
    BookingInProgress "booking-in-progress";
    /// The patient has this very appointment already: an earlier request, or the practice, booked
    /// it.
    AlreadyBooked "already-booked";
    /// The patient has booked as many appointments today as the practice lets a patient book.
    PatientDayLimit "patient-day-limit";
    /// The practice's patients have booked as many appointments today as the practice allows.
    PracticeDayLimit "practice-day-limit";
    /// The invitation was used, declined, revoked, has expired, or is another patient's.
    LinkUnusable "link-unusable";
    /// Too many NHS numbers or dates of birth were wrong: the patient must wait, or is locked until a
    /// member of staff unlocks.
    TooManyAttempts "too-many-attempts";
    /// EMIS has no such patient. Worded like [`IdentityMismatch`](Self::IdentityMismatch) and
    /// [`PatientNotActive`](Self::PatientNotActive), so that the answer reveals nothing.
    PatientNotFound "patient-not-found";
    /// The NHS number or date of birth on record is not the one the caller knows.
    IdentityMismatch "identity-mismatch";
    /// The patient died, left the practice, or is a dummy.
    PatientNotActive "patient-not-active";
    /// EMIS refused the booking. Earlier releases concluded this from EMIS's answer alone.
    Refused "refused";
    /// The appointment can't be moved: too late, or it does not stand as it was booked.
    NotMovable "not-movable";
    /// EMIS could not be reached in the middle of the checks. Nothing was sent.
    Unavailable "unavailable";
    /// The worker died before it sent anything; or the outcome was unknown at first, and reading
    /// back later showed that no booking was made.
    NotBooked "not-booked";
}

impl Rejection {
    /// Returns `true` if the patient may be able to book another slot.
    pub const fn is_about_the_slot(self) -> bool {
        use Rejection::{NotOffered, SlotChanged, SlotTaken, TooFar, TooSoon};
        matches!(
            self,
            SlotTaken | SlotChanged | NotOffered | TooSoon | TooFar
        )
    }
}

/// A text that is not the code of a [`Rejection`] or of a [`BookingState`](crate::BookingState).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown code of a booking state or rejection")]
pub struct BookingCodeError;

impl FromStr for Rejection {
    type Err = BookingCodeError;

    fn from_str(code: &str) -> Result<Self, BookingCodeError> {
        let mut all = Self::ALL.iter().copied();
        all.find(|rejection| rejection.code() == code)
            .ok_or(BookingCodeError)
    }
}
