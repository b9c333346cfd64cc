//! Kinds of messages.

use std::fmt;
use std::str::FromStr;

use emis_settings::ConfirmationKind;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// The kind of a message. In JSON and in stores, its [`code`](Self::code).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum MessageKind {
            $($(#[$doc])* $name,)*
        }

        impl MessageKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the stable code. It never changes once published.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

kinds! {
    /// A reminder of an appointment.
    Reminder = "reminder";
    /// An appointment was booked.
    BookingConfirmed = "booking-confirmed";
    /// An appointment was moved.
    BookingMoved = "booking-moved";
    /// An appointment was cancelled.
    BookingCancelled = "booking-cancelled";
    /// An appointment could not be booked.
    BookingFailed = "booking-failed";
    /// An appointment could not be moved: it stands.
    MoveFailed = "move-failed";
    /// An appointment was moved, and the earlier one could not be cancelled: both stand.
    BothBooked = "both-booked";
    /// An appointment was to be moved, and neither the earlier nor the new one stands.
    BookingLost = "booking-lost";
    /// It could not be found out if an appointment is booked: the practice looks.
    BookingUnresolved = "booking-unresolved";
    /// An appointment could not be cancelled: it stands.
    CancellationFailed = "cancellation-failed";
    /// An invitation to book.
    Invitation = "invitation";
    /// An answer to what the patient replied.
    Reply = "reply";
}

impl MessageKind {
    /// Returns `true` if a patient who does not get it is misled: the practice gets a task then.
    pub const fn must_arrive(self) -> bool {
        matches!(
            self,
            Self::BookingMoved
                | Self::BookingCancelled
                | Self::BookingFailed
                | Self::MoveFailed
                | Self::BothBooked
                | Self::BookingLost
                | Self::BookingUnresolved
                | Self::CancellationFailed
        )
    }

    /// Returns the kind under which the settings hold a practice's own words; `None` of reminders,
    /// which have their own, and of messages whose words are the library's alone.
    pub const fn confirmation(self) -> Option<ConfirmationKind> {
        Some(match self {
            Self::BookingConfirmed => ConfirmationKind::Booked,
            Self::BookingMoved => ConfirmationKind::Moved,
            Self::BookingCancelled => ConfirmationKind::Cancelled,
            Self::BookingFailed => ConfirmationKind::NotBooked,
            Self::MoveFailed => ConfirmationKind::NotMoved,
            Self::CancellationFailed => ConfirmationKind::NotCancelled,
            _ => return None,
        })
    }

    /// Returns `true` if the appointment that it is about stands.
    pub const fn leaves_appointment(self) -> bool {
        !matches!(
            self,
            Self::BookingCancelled | Self::BookingFailed | Self::BookingLost
        )
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A text that is not the code of a [`MessageKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no kind of message has this code")]
pub struct MessageKindError;

impl FromStr for MessageKind {
    type Err = MessageKindError;

    fn from_str(text: &str) -> Result<Self, MessageKindError> {
        let mut kinds = Self::ALL.iter().copied();
        kinds
            .find(|kind| kind.code() == text)
            .ok_or(MessageKindError)
    }
}

emis_types::serde_as_text!(MessageKind);
