//! How causes show on the wire. **Everything assumed about EMIS's refusals stands in this file**:
//! EMIS publishes no table of its outcome codes for the HTTP API, so these are those of its
//! older interface, to be confirmed at assurance.

use emis_client::ErrorKind as Api;
use emis_credentials::TokenErrorKind as Token;

use crate::observation::{Failure, FailureKind};

/// What a failure says, before anybody asks why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// The application is not accepted: deactivated, or unknown.
    ApplicationRefused,
    /// The user is known and may not use this product.
    UserNotAdmitted,
    /// Username and password are not accepted.
    UserCredentialsRefused,
    /// The user has expired, is locked, or must change its password.
    UserExpired,
    /// Refused without a reason.
    AccessDenied,
    TokenRefused,
    ScopeRefused,
    ClientRefused,
    RequestRefused,
    MediaTypeRefused,
    AddressWrong,
    TooManyCalls,
    Failed,
    Silent,
    Unreachable,
    /// The identity service could not be reached, or failed.
    IdentityUnavailable,
    /// Our own store of refused passwords could not be asked.
    MemoryUnavailable,
    Unexpected,
}

/// HTTP status, `legacyOutcome` and kind of error, each `None` where any will do; the first row
/// that fits decides.
type Row = (Option<u16>, Option<i32>, Option<Api>, Sign);

#[rustfmt::skip]
const API: &[Row] = &[
    // Outcome 2 of a log-on is "expired", 3 "unmatched supplier", 4 "no access to this product".
    (Some(401), Some(2), None,                      Sign::UserExpired),
    (Some(401), None,    None,                      Sign::TokenRefused),
    (Some(403), Some(3), None,                      Sign::ApplicationRefused),
    (Some(403), Some(4), None,                      Sign::UserNotAdmitted),
    (Some(403), None,    None,                      Sign::AccessDenied),
    // The probes ask for nothing that can be missing, so what is not found is the API itself.
    (Some(404), None,    None,                      Sign::AddressWrong),
    (Some(415), None,    None,                      Sign::MediaTypeRefused),
    (Some(429), None,    None,                      Sign::TooManyCalls),
    (Some(400), None,    None,                      Sign::RequestRefused),
    (None,      None,    Some(Api::InvalidRequest), Sign::RequestRefused),
    (None,      None,    Some(Api::Configuration),  Sign::AddressWrong),
    // No token, and no word from the identity service as to why: it did not answer in time.
    (None,      None,    Some(Api::Credentials),    Sign::IdentityUnavailable),
    (None,      None,    Some(Api::Unreachable),    Sign::Unreachable),
    (None,      None,    Some(Api::Interrupted),    Sign::Silent),
    (None,      None,    Some(Api::Server),         Sign::Failed),
    (None,      None,    Some(Api::Suspended),      Sign::Failed),
    (None,      None,    Some(Api::Busy),           Sign::TooManyCalls),
];

/// Reads a failure by the tables.
pub(crate) fn sign_of(failure: &Failure) -> Sign {
    match failure.kind {
        FailureKind::Api(kind) => API
            .iter()
            .find(|(status, outcome, row_kind, _)| {
                status.is_none_or(|status| failure.http_status == Some(status))
                    && outcome.is_none_or(|outcome| failure.legacy_outcome == Some(outcome))
                    && row_kind.is_none_or(|row_kind| kind == row_kind)
            })
            .map_or(Sign::Unexpected, |(.., sign)| *sign),
        FailureKind::Token(kind) => match kind {
            // A password that was refused once is not sent again: it is the same sign.
            Token::InvalidUserCredentials | Token::HeldBack => Sign::UserCredentialsRefused,
            Token::UserRefused => Sign::UserExpired,
            Token::ClientRefused => Sign::ClientRefused,
            Token::ScopeRefused => Sign::ScopeRefused,
            Token::Throttled => Sign::TooManyCalls,
            Token::Unreachable | Token::Busy => Sign::IdentityUnavailable,
            Token::MemoryUnavailable => Sign::MemoryUnavailable,
            Token::InsecureUrl => Sign::AddressWrong,
            _ => Sign::Unexpected,
        },
    }
}
