//! The kinds of faults.

use std::time::Duration;

use jiff::SignedDuration;

/// A fault that a call meets.
///
/// The *commit* is the moment at which the practice changes. A fault before it leaves the practice
/// unchanged; a fault after it hides the change from the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SimFault {
    /// Waits, then commits and answers. It commits even if the caller has hung up by then.
    DelayBeforeCommit(Duration),
    /// Commits, then waits and answers.
    DelayAfterCommit(Duration),
    /// Answers with an error of this HTTP status and does not commit.
    Status(u16),
    /// Commits, then answers with an error of this HTTP status.
    StatusAfterCommit(u16),
    /// Commits, then answers with the true body under this HTTP status. A refusal under 200 looks like
    /// a success, at the token endpoint as well.
    TrueBodyUnderStatus(u16),
    /// Answers at once, and commits when the simulator's clock has advanced by `after`: with the next
    /// request to the simulator, or with
    /// [`Sim::perform_late_commits`](crate::Sim::perform_late_commits).
    CommitLater {
        /// The delay of the commit, by the simulator's clock.
        after: SignedDuration,
        /// The HTTP status of the answer, an error. The connection is closed without an answer if it
        /// is `None`.
        status: Option<u16>,
    },
    /// Does not commit and never answers, until the caller hangs up.
    StallBeforeCommit,
    /// Commits and never answers, until the caller hangs up.
    StallAfterCommit,
    /// Closes the connection after the complete request, without an answer, and does not commit. See
    /// [`FaultInjector::hang_up_on`](crate::FaultInjector::hang_up_on) for connections that close
    /// earlier.
    DropBeforeCommit,
    /// Commits and closes the connection without an answer.
    DropAfterCommit,
    /// Does not commit, and answers 200 with something other than the documented message.
    Instead(FalseAnswer),
    /// Does not commit, and answers with the HTML page of a proxy or a web filter under this HTTP
    /// status.
    PageUnderStatus(u16),
    /// Commits, then answers 200 with something other than the documented message.
    InsteadAfterCommit(FalseAnswer),
    /// Commits, then answers with a changed message.
    Distort(Distortion),
    /// Does not commit, and answers with this HTTP status and `Retry-After` in seconds.
    RetryAfter {
        /// The HTTP status, usually 429 or 503.
        status: u16,
        /// The header's value.
        seconds: u32,
    },
    /// Does not commit, and answers with this HTTP status and `Retry-After` as a date.
    RetryAfterDate {
        /// The HTTP status, usually 429 or 503.
        status: u16,
        /// Seconds from the simulator's time to the date.
        seconds: u32,
    },
    /// Does not commit, revokes the call's token, and answers 401, as to every later call with that
    /// token.
    RevokeToken,
    /// Commits, then sends the answer in pieces.
    SlowBody {
        /// Number of pieces, at least one.
        pieces: u16,
        /// The pause before each piece.
        pause: Duration,
    },
    /// Commits, then closes the connection half-way through the answer.
    TruncatedBody,
    /// Commits, then sends half of the answer as if it were complete: the `Content-Length` is that of
    /// the half.
    HalfBody,
}

/// An answer that is not the documented message. Its HTTP status is 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FalseAnswer {
    /// `{"message":"An error has occurred."}`, .NET's error object.
    ErrorObject,
    /// `<Error><Message>An error has occurred.</Message></Error>`, .NET's error in XML.
    ErrorElement,
    /// The API's own error message, in the encoding that the caller accepts.
    ErrorResponse,
    /// A SOAP fault.
    SoapFault,
    /// `{"error":"invalid_grant", …}`: a refusal of the token endpoint.
    OAuthError,
    /// An HTML page of a proxy.
    HtmlPage,
    /// A JSON object of a proxy.
    ProxyJson,
    /// `{}`.
    EmptyObject,
    /// A JSON content type with an empty body.
    EmptyBody,
}

/// A change to a true answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distortion {
    /// One record has impossible dates and ids that are not numbers: the middle record of the first
    /// list, or the message itself if it has no list.
    MalformedRecord,
    /// The content type is `text/html`.
    WrongContentType,
    /// All names begin with a capital: `BookedList` instead of `bookedList`.
    PascalCase,
    /// All dates that are not set are `0001-01-01T00:00:00`, .NET's `DateTime.MinValue`.
    MinValueDates,
    /// Dates and times have another lexical form.
    Lexical(LexicalForm),
    /// The text has another character encoding.
    Encoding(TextEncoding),
    /// One record has a stray character, in a text member `remark` that the document does not have.
    StrayCharacter(StrayCharacter),
    /// The `expires_in` of a token answer has another form.
    ExpiresIn(NumberForm),
}

/// A lexical form of dates and times that .NET and XSD produce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LexicalForm {
    /// `09:05:00.0000000`; `2026-06-02T09:05:00.0000000` for a date with a time.
    Fraction,
    /// With the UK's offset of the day: `09:05:00+01:00`, `2026-06-02+01:00`.
    Offset,
    /// `0001-01-01T09:05:00` for a time, `2026-06-02T00:00:00` for a date.
    DateTime,
}

/// A character encoding of an answer. Except for [`Undeclared`](Self::Undeclared) it is declared in the
/// content type, in XML's declaration or by a byte order mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextEncoding {
    /// ISO-8859-1. Characters that it does not have are `?`.
    Latin1,
    /// Windows-1252. Apostrophes are the typographic one, byte 0x92, and characters that it does not
    /// have are `?`.
    Windows1252,
    /// UTF-16, little-endian with a byte order mark.
    Utf16,
    /// UTF-8 with a byte order mark.
    Utf8WithMark,
    /// ISO-8859-1 declared as UTF-8.
    Undeclared,
}

/// A character that does not belong in JSON or XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StrayCharacter {
    /// The raw control character U+0001.
    Control,
    /// The reference `&#x0;`, which XML does not allow. JSON has the raw character U+0000.
    Null,
    /// A byte of ISO-8859-1 in UTF-8 text.
    Latin1,
}

/// A form of a number in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NumberForm {
    /// `"3600"`.
    Text,
    /// `3600.0`.
    Fraction,
    /// `3.6e3`.
    Exponent,
}

impl SimFault {
    /// Returns `true` if the practice changes as requested in spite of the fault.
    pub const fn commits(self) -> bool {
        matches!(self, Self::CommitLater { .. }) || self.commits_at_once()
    }

    /// Returns `true` if the practice changes before the answer.
    pub(crate) const fn commits_at_once(self) -> bool {
        match self {
            Self::DelayBeforeCommit(_)
            | Self::DelayAfterCommit(_)
            | Self::StatusAfterCommit(_)
            | Self::TrueBodyUnderStatus(_)
            | Self::StallAfterCommit
            | Self::DropAfterCommit
            | Self::InsteadAfterCommit(_)
            | Self::Distort(_)
            | Self::SlowBody { .. }
            | Self::TruncatedBody
            | Self::HalfBody => true,
            Self::Status(_)
            | Self::CommitLater { .. }
            | Self::StallBeforeCommit
            | Self::DropBeforeCommit
            | Self::Instead(_)
            | Self::PageUnderStatus(_)
            | Self::RetryAfter { .. }
            | Self::RetryAfterDate { .. }
            | Self::RevokeToken => false,
        }
    }

    pub(crate) const fn is_delay(self) -> bool {
        matches!(self, Self::DelayBeforeCommit(_) | Self::DelayAfterCommit(_))
    }
}
