//! The states of a booking.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::rejection::{BookingCodeError, Rejection};

/// The time after which an [`Intended`](BookingState::Intended) booking is given up, by the store's
/// clock: its worker is taken for dead. Nothing was sent, and nothing will be: a worker must first
/// bring the booking to [`Sending`](BookingState::Sending), which fails by then.
pub const BOOKING_INTENT_EXPIRES_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// The time after a call was begun, by the store's clock, when it can't be in flight any more: what
/// is not in the appointment book by then was not done.
///
/// Ten minutes: three in which a worker may still send it, the timeout of the call itself, and the
/// time that EMIS may take to finish a call whose caller has gone. The last is an assumption: what
/// was concluded is looked at again for [`BOOKING_WATCHED_FOR`].
pub const BOOKING_SETTLES_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// The time after which an unsettled booking is given up as
/// [`Unresolved`](BookingState::Unresolved), unless the appointment starts earlier.
pub const BOOKING_GIVES_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The time for which a conclusion that no sighting proved is looked at again.
pub const BOOKING_WATCHED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The state of a booking.
///
/// `Display`, `FromStr` and serde use its stable text form: `intended`, `sending`, `unknown`,
/// `confirmed`, `rejected/slot-taken` (any [`Rejection::code`]), `cancelling`, `cancelled`,
/// `unresolved`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum BookingState {
    /// Being checked. Nothing was sent: a worker that is about to send it stores
    /// [`Sending`](Self::Sending) first.
    Intended,
    /// Sent, or about to be sent, by a worker that waits for the answer; or that worker died.
    Sending,
    /// Sent, and EMIS's answer did not tell the outcome.
    Unknown,
    /// Proved to be in the appointment book.
    Confirmed,
    /// Not made.
    Rejected(Rejection),
    /// A cancellation was sent, or is about to be, with an unknown outcome.
    Cancelling,
    /// The appointment is no longer in the appointment book.
    Cancelled,
    /// Given up: reading could not find out the outcome of the booking or its cancellation. A
    /// person at the practice has to look.
    Unresolved,
}

impl BookingState {
    /// Returns whether a call of it, booking or cancelling, may be in flight or about to be. A slot
    /// has one such booking at a time.
    pub const fn is_in_flight(self) -> bool {
        self.is_being_booked() || matches!(self, Self::Cancelling)
    }

    /// Returns whether it is in flight to be booked. A patient has one such booking at a time.
    pub const fn is_being_booked(self) -> bool {
        matches!(self, Self::Intended | Self::Sending | Self::Unknown)
    }

    /// Returns whether the booking holds its appointment. An appointment has one such booking.
    pub const fn holds_appointment(self) -> bool {
        matches!(self, Self::Confirmed | Self::Cancelling)
    }

    /// Returns whether a booking may go from this state to `next`.
    ///
    /// A rejected booking whose call arrived late is confirmed, or cancelled. One that was given up
    /// may turn out any way. One that a call made again after it was cancelled is cancelled again.
    pub const fn may_become(self, next: Self) -> bool {
        use BookingState::{
            Cancelled, Cancelling, Confirmed, Intended, Rejected, Sending, Unknown, Unresolved,
        };
        match self {
            Intended => matches!(next, Sending | Rejected(_)),
            Sending => matches!(next, Unknown | Confirmed | Rejected(_) | Unresolved),
            Unknown => matches!(next, Confirmed | Rejected(_) | Unresolved),
            Rejected(_) => matches!(next, Confirmed | Cancelling | Unresolved),
            Confirmed => matches!(next, Cancelling | Cancelled),
            Cancelling => matches!(next, Confirmed | Cancelled | Unresolved),
            Cancelled => matches!(next, Cancelling),
            Unresolved => matches!(next, Confirmed | Rejected(_) | Cancelled),
        }
    }
}

impl fmt::Display for BookingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Intended => "intended",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Confirmed => "confirmed",
            Self::Rejected(rejection) => return write!(f, "rejected/{}", rejection.code()),
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Unresolved => "unresolved",
        })
    }
}

impl FromStr for BookingState {
    type Err = BookingCodeError;

    fn from_str(text: &str) -> Result<Self, BookingCodeError> {
        Ok(match text {
            "intended" => Self::Intended,
            "sending" => Self::Sending,
            "unknown" => Self::Unknown,
            "confirmed" => Self::Confirmed,
            "cancelling" => Self::Cancelling,
            "cancelled" => Self::Cancelled,
            "unresolved" => Self::Unresolved,
            other => match other.strip_prefix("rejected/") {
                Some(code) => Self::Rejected(code.parse()?),
                None => return Err(BookingCodeError),
            },
        })
    }
}

impl TryFrom<String> for BookingState {
    type Error = BookingCodeError;
    fn try_from(text: String) -> Result<Self, BookingCodeError> {
        text.parse()
    }
}

impl From<BookingState> for String {
    fn from(state: BookingState) -> String {
        state.to_string()
    }
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident $code:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$item_doc])* #[serde(rename = $code)] $item,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$item),*];

            /// Returns a stable code, for storage and for programs.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$item => $code,)* }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::rejection::BookingCodeError;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                let mut all = Self::ALL.iter().copied();
                all.find(|item| item.code() == code).ok_or($crate::rejection::BookingCodeError)
            }
        }
    };
}
pub(crate) use codes;

codes! {
    /// The origin of the appointment of a record.
    BookingOrigin {
        /// A request that was made here. Its appointment carries the booking's reference.
        Here "here";
        /// An appointment that was booked elsewhere, such as by reception, and is to be cancelled or
        /// moved here. It carries no reference.
        Elsewhere "elsewhere";
    }
}

codes! {
    /// The cause of a cancellation.
    CancelCause {
        /// The patient, or a person who acts for them, asked for it.
        Requested "requested";
        /// The booking arrived after it was concluded that it was not made.
        LateArrival "late-arrival";
        /// The appointment was moved.
        Moved "moved";
    }
}
