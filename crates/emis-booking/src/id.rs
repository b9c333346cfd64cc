//! The ID of a booking, and the reference that EMIS keeps of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The ID of one attempt to book: a random UUID.
///
/// Hand it out with the form that the patient submits: submitting the form twice then books
/// once. It is the idempotency key of [`Booking::book`](crate::Booking::book).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BookingId(Uuid);

impl BookingId {
    /// Creates a random, and therefore unique, ID.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// Returns the UUID, for a store that has a type for it.
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }

    /// Returns the reference that is written into the appointment's note.
    pub const fn reference(&self) -> BookingReference {
        BookingReference(self.0)
    }
}

impl From<Uuid> for BookingId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for BookingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for BookingId {
    type Err = BookingIdError;

    fn from_str(text: &str) -> Result<Self, BookingIdError> {
        Uuid::try_parse(text.trim())
            .map(Self)
            .map_err(|_| BookingIdError)
    }
}

impl TryFrom<String> for BookingId {
    type Error = BookingIdError;
    fn try_from(text: String) -> Result<Self, BookingIdError> {
        text.parse()
    }
}

impl From<BookingId> for String {
    fn from(id: BookingId) -> String {
        id.to_string()
    }
}

/// A text that is not a [`BookingId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("booking ID must be a UUID")]
pub struct BookingIdError;

/// The reference of a booking in EMIS: 26 digits and small letters in the appointment's note.
///
/// An appointment whose note contains it was made by that booking, and by no other request.
///
/// # Examples
/// ```
/// use emis_booking::BookingId;
///
/// let id: BookingId = "6f1d3c52-0f0e-4a52-9d5c-0c9f0a6f7b11".parse()?;
/// let reference = id.reference();
/// assert_eq!(reference.to_string().len(), 26);
/// assert!(reference.is_in(&format!("{reference}; needs an interpreter")));
/// assert!(!reference.is_in("Booked by reception"));
/// # Ok::<(), emis_booking::BookingIdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BookingReference(Uuid);

impl BookingReference {
    /// Returns `true` if a note contains the reference, in letters of either case. The UUID itself
    /// counts too: earlier releases wrote it.
    pub fn is_in(&self, note: &str) -> bool {
        let note = note.to_ascii_lowercase();
        note.contains(&self.to_string()) || note.contains(&self.0.hyphenated().to_string())
    }
}

impl fmt::Display for BookingReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        // Five bits a character: base 32 with the digits of `char::from_digit`.
        let bits = self.0.as_u128();
        (0..26).rev().try_for_each(|place| {
            let digit = u32::try_from(bits >> (5 * place) & 31).unwrap_or_default();
            f.write_char(char::from_digit(digit, 32).unwrap_or('0'))
        })
    }
}
