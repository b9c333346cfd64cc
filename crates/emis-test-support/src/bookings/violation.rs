//! The invariants by name, and how one is broken.

use std::fmt;

macro_rules! invariants {
    ($($(#[$doc:meta])* $name:ident $text:literal;)*) => {
        /// A property of every run.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Invariant { $($(#[$doc])* $name,)* }

        impl Invariant {
            /// Every invariant.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }

        impl fmt::Display for Invariant {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $text,)* })
            }
        }
    };
}

invariants! {
    /// As its text says.
    ConfirmedHolds "each Confirmed holds its slot with our reference";
    /// As its text says.
    OthersHoldNone "each Rejected and Cancelled holds none";
    /// As its text says.
    OneConfirmed "one Confirmed per appointment";
    /// As its text says.
    SameAnswer "the same key always has the same answer";
    /// As its text says.
    SentOnce "at most one BookAppointment per request, with its reference";
    /// As its text says.
    OnlyOwn "no other booking is touched";
    /// As its text says.
    WithinLimits "no more bookings of a day than the limits of patient and practice";
    /// As its text says.
    AllSettled "every unknown is settled";
    /// As its text says.
    AllTold "every patient is told";
    /// As its text says.
    MovesKeepOne "a move leaves one appointment, or its patient is told what it left";
    /// As its text says.
    AllAsked "the practice has a task for each outcome that it must mend";
}

/// A broken invariant.
#[derive(Debug, Clone)]
pub(super) struct Violation {
    pub(super) invariant: Invariant,
    pub(super) text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.text)
    }
}

pub(super) type Checked = Result<(), Violation>;

pub(super) fn broken<T>(invariant: Invariant, text: String) -> Result<T, Violation> {
    Err(Violation { invariant, text })
}
