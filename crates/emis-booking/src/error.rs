//! The error of this crate: opaque, with a kind to branch on.

use std::sync::Arc;

use emis_client::{ClientError, ClientErrorKind};
use emis_settings::StoreError;

/// The failure of a search, a booking, a cancellation or a settlement.
///
/// For a booking or a cancellation, an error means that **nothing was changed at the practice**.
/// If that is not certain, the outcome is unknown, which is not an error. The text contains
/// nothing about a patient.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct BookingError {
    kind: BookingErrorKind,
    message: &'static str,
    source: Option<Cause>,
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Emis(Arc<ClientError>),
    #[error(transparent)]
    Store(StoreError),
}

/// The kinds of [`BookingError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BookingErrorKind {
    /// A call of EMIS failed: see [`BookingError::emis`].
    Emis,
    /// The store failed: see [`BookingError::store`].
    Store,
    /// The practice's booking settings are incomplete or wrong: their
    /// [`problems`](emis_settings::BookingSettings::problems) say how.
    Settings,
    /// The connection leads to another practice than the settings name, or does not say to which.
    WrongPractice,
    /// The practice has no booking with that ID.
    UnknownBooking,
    /// The booking ID was used before: for another slot or patient, or for a booking that was
    /// cancelled since. An ID names one attempt.
    IdReused,
    /// The end of a search comes before its start.
    InvalidSearch,
    /// The process is being stopped.
    Interrupted,
    /// The practice has no invitation or link with that ID.
    UnknownLink,
    /// No store of invitations was given: see [`Booking::with_links`](crate::Booking::with_links).
    NoInvitationStore,
}

impl BookingError {
    pub(crate) fn new(kind: BookingErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            message,
            source: None,
        }
    }

    pub(crate) fn unknown_booking() -> Self {
        let message = "the practice has no such booking";
        Self::new(BookingErrorKind::UnknownBooking, message)
    }

    pub(crate) fn unknown_link() -> Self {
        let message = "the practice has no such invitation";
        Self::new(BookingErrorKind::UnknownLink, message)
    }

    pub(crate) fn id_reused() -> Self {
        let message = "the booking ID was used before: a new attempt takes a new ID";
        Self::new(BookingErrorKind::IdReused, message)
    }

    /// Returns the kind of the failure.
    pub const fn kind(&self) -> BookingErrorKind {
        self.kind
    }

    /// Returns the client's error, if a call of EMIS failed.
    pub fn emis(&self) -> Option<&ClientError> {
        match &self.source {
            Some(Cause::Emis(error)) => Some(error),
            _ => None,
        }
    }

    /// Returns the store's error, if the store failed.
    pub fn store(&self) -> Option<&StoreError> {
        match &self.source {
            Some(Cause::Store(error)) => Some(error),
            _ => None,
        }
    }

    /// Returns `true` if the practice has no booking, or no link, with that ID.
    pub fn is_not_found(&self) -> bool {
        use BookingErrorKind::{UnknownBooking, UnknownLink};
        matches!(self.kind, UnknownBooking | UnknownLink)
    }

    /// Returns `true` if the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match &self.source {
            Some(Cause::Emis(error)) => error.is_retryable(),
            Some(Cause::Store(error)) => error.is_retryable(),
            None => self.kind == BookingErrorKind::Interrupted,
        }
    }

    /// Returns the error and its sources in one line, safe to log.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

impl From<ClientError> for BookingError {
    fn from(error: ClientError) -> Self {
        Arc::new(error).into()
    }
}

/// The error of a read that several callers waited for.
impl From<Arc<ClientError>> for BookingError {
    fn from(error: Arc<ClientError>) -> Self {
        let (kind, message) = match error.kind() {
            ClientErrorKind::WrongPractice | ClientErrorKind::PracticeUnconfirmed => (
                BookingErrorKind::WrongPractice,
                "the connection could not be confirmed to be the practice's",
            ),
            _ => (BookingErrorKind::Emis, "the call of EMIS failed"),
        };
        Self {
            kind,
            message,
            source: Some(Cause::Emis(error)),
        }
    }
}

impl From<StoreError> for BookingError {
    fn from(error: StoreError) -> Self {
        Self {
            kind: BookingErrorKind::Store,
            message: "the booking store failed",
            source: Some(Cause::Store(error)),
        }
    }
}
