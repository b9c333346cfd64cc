//! One error type: opaque, with a kind to branch on.

use std::fmt;

use emis_client::ClientErrorKind;
use emis_settings::StoreError;

/// Why searching, booking, cancelling or settling could not be done.
///
/// Of a booking or a cancellation, an error means that **nothing was changed at the practice**.
/// Where that is not certain the outcome is unknown, which is not an error. Its text holds
/// nothing about a patient; [`chain`](Self::chain) adds the causes.
#[derive(Debug)]
pub struct BookingError {
    kind: BookingErrorKind,
    message: &'static str,
    cause: Option<Cause>,
}

#[derive(Debug)]
enum Cause {
    Emis(emis_client::ClientError),
    Ledger(StoreError),
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BookingErrorKind {
    /// EMIS could not be asked, or refused: see [`BookingError::emis`].
    Emis,
    /// The ledger could not be read or written: see [`BookingError::store`].
    Store,
    /// The practice's booking settings are incomplete or wrong; their
    /// [`problems`](emis_settings::BookingSettings::problems) say how.
    Settings,
    /// The connection belongs to another practice than the one that was meant, or does not say
    /// to which.
    WrongPractice,
    /// The ledger knows no booking of that id at this practice.
    UnknownBooking,
    /// The booking id was used before, for another slot or patient or for a booking since
    /// cancelled. An id names one attempt.
    IdReused,
    /// The end of a search comes before its start.
    InvalidSearch,
}

impl BookingError {
    pub(crate) fn new(kind: BookingErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            message,
            cause: None,
        }
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> BookingErrorKind {
        self.kind
    }

    /// The client's error, where EMIS could not be asked or refused.
    pub fn emis(&self) -> Option<&emis_client::ClientError> {
        match &self.cause {
            Some(Cause::Emis(error)) => Some(error),
            _ => None,
        }
    }

    /// The ledger's error, where it could not be read or written.
    pub fn store(&self) -> Option<&StoreError> {
        match &self.cause {
            Some(Cause::Ledger(error)) => Some(error),
            _ => None,
        }
    }

    /// The error and its causes in one line, safe to log.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

pub(crate) fn unknown_booking() -> BookingError {
    BookingError::new(
        BookingErrorKind::UnknownBooking,
        "the ledger has no such booking",
    )
}

impl From<emis_client::ClientError> for BookingError {
    fn from(error: emis_client::ClientError) -> Self {
        let (kind, message) = match error.kind() {
            ClientErrorKind::WrongPractice | ClientErrorKind::PracticeUnconfirmed => (
                BookingErrorKind::WrongPractice,
                "the connection could not be confirmed to be the practice's",
            ),
            _ => (BookingErrorKind::Emis, "EMIS did not do what was asked"),
        };
        Self {
            kind,
            message,
            cause: Some(Cause::Emis(error)),
        }
    }
}

impl From<StoreError> for BookingError {
    fn from(error: StoreError) -> Self {
        Self {
            kind: BookingErrorKind::Store,
            message: "the booking ledger could not be used",
            cause: Some(Cause::Ledger(error)),
        }
    }
}

impl fmt::Display for BookingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for BookingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Some(Cause::Emis(error)) => Some(error),
            Some(Cause::Ledger(error)) => Some(error),
            None => None,
        }
    }
}
