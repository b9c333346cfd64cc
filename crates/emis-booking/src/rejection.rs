//! Why a booking was not made, in a code for programs and a sentence for the patient.

use std::fmt;
use std::str::FromStr;

macro_rules! rejections {
    ($($(#[$doc:meta])* $name:ident $code:literal $sentence:literal;)*) => {
        /// Why a request did not make a booking, for certain.
        ///
        /// `Display` is a sentence fit for the patient; it says nothing about the practice's
        /// set-up and nothing about anybody else.
        ///
        /// ```
        /// use emis_booking::Rejection;
        /// assert_eq!(Rejection::SlotTaken.code(), "slot-taken");
        /// assert_eq!("slot-taken".parse(), Ok(Rejection::SlotTaken));
        /// assert!(Rejection::SlotTaken.to_string().contains("choose another"));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rejection {
            $($(#[$doc])* $name,)*
        }

        impl Rejection {
            /// Every rejection.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// A stable code, for storage and for programs.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// A sentence fit for the patient.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }
        }
    };
}

rejections! {
    /// Somebody else has the slot, or is about to.
    SlotTaken "slot-taken"
        "That appointment has just been taken. Please choose another.";
    /// The slot is no longer what the patient was shown: another time, another type, or gone.
    SlotChanged "slot-changed"
        "That appointment has changed since it was shown. Please choose another.";
    /// The practice does not offer the slot for self-booking.
    NotOffered "not-offered"
        "That appointment can't be booked online. Please choose another.";
    /// The slot starts within the practice's minimum notice, or has begun.
    TooSoon "too-soon"
        "That appointment starts too soon to book online. Please choose a later one.";
    /// The slot lies beyond the days that the practice has opened.
    TooFar "too-far"
        "That appointment is too far ahead to book online yet. Please choose an earlier one.";
    /// The patient has as many appointments ahead as the practice lets a patient book.
    PatientLimit "patient-limit"
        "You already have as many appointments as can be booked online.";
    /// The same patient is booking another slot, or booking or cancelling this one, and what
    /// became of that is not settled.
    BookingInHand "booking-in-hand"
        "Another request of yours is still being dealt with. Please try again in a few minutes.";
    /// An earlier request of the patient had booked this very appointment. A request is answered
    /// with that booking while it stands, and with this afterwards.
    AlreadyBooked "already-booked"
        "You had booked that appointment before. If you have cancelled it, please choose again.";
    /// EMIS knows no such patient. Worded like [`IdentityMismatch`](Self::IdentityMismatch) and
    /// [`PatientNotActive`](Self::PatientNotActive), so that nobody can find out by asking.
    PatientNotFound "patient-not-found"
        "We could not match your details with the practice. Please contact the practice.";
    /// The NHS number or date of birth on record is not the one the caller knows.
    IdentityMismatch "identity-mismatch"
        "We could not match your details with the practice. Please contact the practice.";
    /// The patient died, left the practice, or is a dummy.
    PatientNotActive "patient-not-active"
        "We could not match your details with the practice. Please contact the practice.";
    /// EMIS refused the booking for a reason of its own.
    Refused "refused"
        "The practice's system did not accept the booking. Please contact the practice.";
    /// The outcome was unknown at first; reading back later showed that no booking was made.
    NotBooked "not-booked"
        "Your appointment was not booked. Please choose again.";
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

/// A text that is not the code of a [`Rejection`] or of a [`BookingState`](crate::BookingState).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a code that this version of the ledger knows")]
pub struct UnknownCode;

impl FromStr for Rejection {
    type Err = UnknownCode;

    fn from_str(code: &str) -> Result<Self, UnknownCode> {
        Self::ALL
            .iter()
            .copied()
            .find(|rejection| rejection.code() == code)
            .ok_or(UnknownCode)
    }
}
