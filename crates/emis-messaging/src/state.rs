//! States of a message.

use std::fmt;
use std::str::FromStr;

/// A text that is not the code of a state or a failure of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no state of a message has this code")]
pub struct MessageStateError;

macro_rules! codes {
    ($(#[$top:meta])* $type:ident; $($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $(#[$top])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $type {
            $($(#[$doc])* $name,)*
        }

        impl $type {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the stable code. It never changes once published.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl FromStr for $type {
            type Err = MessageStateError;

            fn from_str(text: &str) -> Result<Self, MessageStateError> {
                let mut all = Self::ALL.iter().copied();
                all.find(|it| it.code() == text).ok_or(MessageStateError)
            }
        }

        emis_types::serde_as_text!($type);
    };
}

codes! {
    /// The state of a message, in the order in which receipts take it forward. In JSON and in
    /// stores, its [`code`](Self::code).
    ///
    /// A receipt never takes a message back: receipts come late, twice and out of order, and the
    /// greater state is the true one. *Delivered* is greater than *failed*, because a delivery
    /// can't be undone.
    MessageState;
    /// Known, and certainly not sent.
    Queued = "queued";
    /// Claimed by a worker, which is sending it or was cut off.
    Claimed = "claimed";
    /// Handed over to the sender.
    Accepted = "accepted";
    /// Passed on by the sender to a network, a mail server or the NHS App.
    Sending = "sending";
    /// Not delivered, for good.
    Failed = "failed";
    /// Delivered.
    Delivered = "delivered";
    /// Read by the patient.
    Read = "read";
}

impl MessageState {
    /// Returns `true` until it is known that the message was handed over, or never will be.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Claimed)
    }

    /// Returns `true` if the patient has the message.
    pub const fn is_delivered(self) -> bool {
        matches!(self, Self::Delivered | Self::Read)
    }
}

codes! {
    /// The reason why a message was not delivered. In JSON and in stores, its
    /// [`code`](Self::code).
    DeliveryFailure;
    /// The contact does not exist or refuses messages.
    Refused = "refused";
    /// The sender has no contact of the patient.
    NoContact = "no-contact";
    /// The contact could not be reached for as long as it was tried.
    Unreached = "unreached";
    /// The sender failed.
    Technical = "technical";
    /// The sender does not accept the message in this form.
    Rejected = "rejected";
    /// Its time was over before it was sent.
    Expired = "expired";
}
