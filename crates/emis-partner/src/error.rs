//! One error over all crates, by what a server must answer.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use emis_audit::{AuditError, AuditErrorKind};
use emis_booking::{BookingError, BookingErrorKind};
use emis_credentials::{TokenError, TokenErrorKind};
use emis_reminders::{ReminderError, ReminderErrorKind};
use emis_settings::{
    CommandError, CommandErrorKind, SettingsEdit, SettingsProblem, StoreError, StoreErrorKind,
};

/// Why an operation of a practice failed.
///
/// [`kind`](Self::kind) and the predicates answer what a server must decide; the error of the
/// crate that failed is the [`source`](StdError::source) and can be downcast. No text of it, or
/// of its sources, contains a password, a token, a URL, a body or anything about a patient.
///
/// ```
/// use emis_partner::Error;
///
/// /// What a web service answers: a status, and seconds for `Retry-After`.
/// fn answer(error: &Error) -> (u16, Option<u64>) {
///     eprintln!("{}", error.report());
///     (error.http_status(), error.retry_after().map(|wait| wait.as_secs()))
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{}{}", .kind.message(), Listed(.problems))]
pub struct Error {
    kind: ErrorKind,
    problems: Vec<SettingsProblem>,
    edits: Vec<SettingsEdit>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kinds of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The settings that were entered are wrong: every mistake is in [`Error::problems`].
    /// Nothing was changed.
    InvalidSettings,
    /// The request is wrong: a search whose end comes before its start, or a range that EMIS does
    /// not serve.
    InvalidRequest,
    /// Another person changed the settings in the meantime: [`Error::edits`] says who and what.
    /// Nothing was changed. Load the settings and make the change again.
    SettingsConflict,
    /// The idempotency key or booking ID belongs to another request.
    KeyReused,
    /// There is no such booking, patient, session or slot.
    NotFound,
    /// The practice has not set up what this needs: [`Error::problems`] says what is missing.
    NotSetUp,
    /// The stored API user can't be opened with the sealing keys at hand.
    Sealed,
    /// EMIS does not let the product in, or the connection leads to another practice. Run the
    /// [diagnosis](crate::DiagnosisApi::run).
    Connection,
    /// EMIS refused what was asked.
    Refused,
    /// EMIS, its identity service or the store is unavailable or busy. Try again later.
    Unavailable,
    /// A write was sent, and whether EMIS carried it out is unknown. **Do not send it again**:
    /// read back first.
    OutcomeUnknown,
    /// EMIS gave an answer that can't be understood.
    UnexpectedAnswer,
    /// The store failed.
    Store,
    /// The audit trail does not verify: an entry was changed, removed or inserted.
    AuditBroken,
    /// The product is configured wrongly: an address that is not https, or a missing key.
    Configuration,
}

impl ErrorKind {
    const fn message(self) -> &'static str {
        match self {
            Self::InvalidSettings => "the settings were not changed",
            Self::InvalidRequest => "the request is invalid",
            Self::SettingsConflict => "another person changed the settings at the same time",
            Self::KeyReused => "the key belongs to another request",
            Self::NotFound => "not found",
            Self::NotSetUp => "the practice's EMIS connection is not set up",
            Self::Sealed => "the stored API user can't be opened",
            Self::Connection => "EMIS does not accept the practice's connection",
            Self::Refused => "EMIS refused the request",
            Self::Unavailable => "temporarily unavailable",
            Self::OutcomeUnknown => "the outcome of a write is unknown",
            Self::UnexpectedAnswer => "EMIS gave an unexpected answer",
            Self::Store => "the store failed",
            Self::AuditBroken => "the audit trail does not verify",
            Self::Configuration => "the product is configured wrongly",
        }
    }

    /// Returns the HTTP status that a server may answer with.
    pub const fn http_status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::NotFound => 404,
            Self::SettingsConflict | Self::NotSetUp => 409,
            Self::InvalidSettings | Self::KeyReused | Self::Refused => 422,
            Self::Sealed | Self::Store | Self::AuditBroken | Self::Configuration => 500,
            Self::Connection | Self::UnexpectedAnswer => 502,
            Self::Unavailable => 503,
            Self::OutcomeUnknown => 504,
        }
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::of(kind)
        }
    }

    pub(crate) fn not_set_up(problems: Vec<SettingsProblem>) -> Self {
        Self {
            problems,
            ..Self::of(ErrorKind::NotSetUp)
        }
    }

    fn of(kind: ErrorKind) -> Self {
        Self {
            kind,
            problems: Vec::new(),
            edits: Vec::new(),
            retry_after: None,
            source: None,
        }
    }

    fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Returns the kind of the failure.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns every mistake in what was entered, or what is missing: each has a code, a path and
    /// a sentence for a practice manager.
    pub fn problems(&self) -> &[SettingsProblem] {
        &self.problems
    }

    /// Returns who changed what in the meantime, oldest first, if the kind is
    /// [`SettingsConflict`](ErrorKind::SettingsConflict).
    pub fn edits(&self) -> &[SettingsEdit] {
        &self.edits
    }

    /// Returns `true` if what was named does not exist.
    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorKind::NotFound
    }

    /// Returns `true` if the request was refused and repeating it unchanged is pointless. The
    /// reason is in [`problems`](Self::problems) or in the [report](Self::report).
    pub fn is_refused(&self) -> bool {
        use ErrorKind::{InvalidRequest, InvalidSettings, KeyReused, Refused};
        matches!(
            self.kind,
            InvalidRequest | InvalidSettings | KeyReused | Refused
        )
    }

    /// Returns `true` if another change came first: load, show the
    /// [edits](Self::edits) and ask again.
    pub fn is_conflict(&self) -> bool {
        self.kind == ErrorKind::SettingsConflict
    }

    /// Returns `true` if the same request may succeed later. Nothing was changed.
    pub fn is_retryable(&self) -> bool {
        self.kind == ErrorKind::Unavailable
    }

    /// Returns how long to wait before trying again, if EMIS or the identity service asked for a
    /// time, or the time until a practice whose EMIS only failed is called again.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns `true` if a write may have been carried out: read back before anything else.
    pub fn is_ambiguous(&self) -> bool {
        self.kind == ErrorKind::OutcomeUnknown
    }

    /// Returns `true` if the practice's connection is the cause: run the
    /// [diagnosis](crate::DiagnosisApi::run), which says who must act.
    pub fn needs_diagnosis(&self) -> bool {
        use ErrorKind::{Connection, NotSetUp, Sealed};
        matches!(self.kind, Connection | NotSetUp | Sealed)
    }

    /// Returns `true` if the fault is the product's own: its configuration, its store, or an
    /// answer of EMIS that this release does not understand.
    pub fn is_internal(&self) -> bool {
        use ErrorKind::{AuditBroken, Configuration, Sealed, Store, UnexpectedAnswer};
        matches!(
            self.kind,
            AuditBroken | Configuration | Sealed | Store | UnexpectedAnswer
        )
    }

    /// Returns the HTTP status that a server may answer with.
    pub fn http_status(&self) -> u16 {
        self.kind.http_status()
    }

    /// Returns the error of the call of EMIS that failed, if one did.
    pub fn emis(&self) -> Option<&emis_client::ClientError> {
        let source = self.source.as_deref()?;
        if let Some(error) = source.downcast_ref::<BookingError>() {
            return error.emis();
        }
        if let Some(error) = source.downcast_ref::<ReminderError>() {
            return error.emis();
        }
        source.downcast_ref()
    }

    /// Returns the error and its sources in one line, safe to log.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

/// Problems as they follow the message.
struct Listed<'a>(&'a [SettingsProblem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if n == 0 { ": " } else { " " })?;
        }
        Ok(())
    }
}

fn kind_of_emis(error: &emis_client::ClientError) -> (ErrorKind, Option<Duration>) {
    use emis_client::ClientErrorKind as Emis;
    let kind = match error.kind() {
        _ if error.is_ambiguous() => ErrorKind::OutcomeUnknown,
        Emis::Credentials => match error.token_error() {
            Some(error) => return kind_of_token(error),
            // No token came before the deadline.
            None => ErrorKind::Unavailable,
        },
        Emis::Unauthenticated
        | Emis::Forbidden
        | Emis::WrongPractice
        | Emis::PracticeUnconfirmed => ErrorKind::Connection,
        Emis::Unreachable
        | Emis::Interrupted
        | Emis::RateLimited
        | Emis::Busy
        | Emis::Suspended
        | Emis::Server => ErrorKind::Unavailable,
        Emis::InvalidRequest => ErrorKind::InvalidRequest,
        Emis::NotFound => ErrorKind::NotFound,
        Emis::Conflict | Emis::Rejected => ErrorKind::Refused,
        Emis::Configuration => ErrorKind::Configuration,
        _ => ErrorKind::UnexpectedAnswer,
    };
    (kind, error.retry_after())
}

fn kind_of_token(error: &TokenError) -> (ErrorKind, Option<Duration>) {
    use TokenErrorKind as Token;
    let kind = match error.kind() {
        Token::Throttled | Token::Unreachable | Token::StoreUnavailable | Token::Busy => {
            ErrorKind::Unavailable
        }
        Token::Malformed => ErrorKind::UnexpectedAnswer,
        Token::InsecureUrl | Token::Configuration => ErrorKind::Configuration,
        _ => ErrorKind::Connection,
    };
    (kind, error.retry_after())
}

fn kind_of_store(error: &StoreError) -> ErrorKind {
    match error.kind() {
        _ if error.is_retryable() => ErrorKind::Unavailable,
        StoreErrorKind::Conflict => ErrorKind::SettingsConflict,
        _ => ErrorKind::Store,
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        let kind = match error.kind() {
            CommandErrorKind::Invalid => ErrorKind::InvalidSettings,
            CommandErrorKind::Conflict => ErrorKind::SettingsConflict,
            CommandErrorKind::KeyReused => ErrorKind::KeyReused,
            _ => error.store_error().map_or(ErrorKind::Store, kind_of_store),
        };
        // A refusal is told whole by its problems or its kind; a failure of the store is not.
        let told = error.store_error().is_none();
        Self {
            problems: error.problems().to_vec(),
            edits: error.edits().to_vec(),
            source: (!told).then(|| Box::new(error) as _),
            ..Self::of(kind)
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::new(kind_of_store(&error), error)
    }
}

impl From<AuditError> for Error {
    fn from(error: AuditError) -> Self {
        let kind = match error.kind() {
            AuditErrorKind::Broken => ErrorKind::AuditBroken,
            _ => ErrorKind::Store,
        };
        Self::new(kind, error)
    }
}

impl From<emis_client::ClientError> for Error {
    fn from(error: emis_client::ClientError) -> Self {
        let (kind, wait) = kind_of_emis(&error);
        Self::new(kind, error).with_retry_after(wait)
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        let (kind, wait) = kind_of_token(&error);
        Self::new(kind, error).with_retry_after(wait)
    }
}

impl From<BookingError> for Error {
    fn from(error: BookingError) -> Self {
        let (kind, wait) = match error.kind() {
            BookingErrorKind::Emis => kind_or_internal(error.emis()),
            BookingErrorKind::Store => {
                let kind = error.store().map_or(ErrorKind::Store, kind_of_store);
                (kind, None)
            }
            BookingErrorKind::Settings => (ErrorKind::NotSetUp, None),
            BookingErrorKind::WrongPractice => (ErrorKind::Connection, None),
            BookingErrorKind::UnknownBooking | BookingErrorKind::UnknownLink => {
                (ErrorKind::NotFound, None)
            }
            BookingErrorKind::Interrupted => (ErrorKind::Unavailable, None),
            BookingErrorKind::NoInvitationStore => (ErrorKind::Configuration, None),
            BookingErrorKind::IdReused => (ErrorKind::KeyReused, None),
            BookingErrorKind::InvalidSearch => (ErrorKind::InvalidRequest, None),
            _ => (ErrorKind::UnexpectedAnswer, None),
        };
        Self::new(kind, error).with_retry_after(wait)
    }
}

impl From<ReminderError> for Error {
    fn from(error: ReminderError) -> Self {
        let (kind, wait) = match error.kind() {
            ReminderErrorKind::Emis => kind_or_internal(error.emis()),
            ReminderErrorKind::Store => {
                let kind = error.store().map_or(ErrorKind::Store, kind_of_store);
                (kind, None)
            }
            ReminderErrorKind::InvalidSettings => (ErrorKind::NotSetUp, None),
            ReminderErrorKind::WrongPractice | ReminderErrorKind::PracticeUnconfirmed => {
                (ErrorKind::Connection, None)
            }
            _ => (ErrorKind::Unavailable, None),
        };
        Self::new(kind, error).with_retry_after(wait)
    }
}

fn kind_or_internal(error: Option<&emis_client::ClientError>) -> (ErrorKind, Option<Duration>) {
    error.map_or((ErrorKind::UnexpectedAnswer, None), kind_of_emis)
}

macro_rules! from_errors {
    ($($error:ty => $kind:ident,)*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::new(ErrorKind::$kind, error)
            }
        }
    )*};
}

from_errors! {
    emis_credentials::SealError => Sealed,
    emis_credentials::KeySourceError => Configuration,
    emis_credentials::RefusedPasswordStoreError => Unavailable,
}
