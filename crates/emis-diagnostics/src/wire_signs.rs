//! The signs of causes on the wire. **This file holds all assumptions about EMIS's refusals**: EMIS
//! publishes no table of outcome codes for the HTTP API. These are the codes of its older
//! interface, to be confirmed at assurance. `docs/contract-notes.md` shows the same table.

use emis_client::{ClientErrorKind as Api, ConnectStep};
use emis_credentials::{ServiceFault, TokenErrorKind as Token};

use crate::observation::{Failure, FailureKind};

/// The meaning of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// The application is deactivated or unknown.
    ApplicationRefused,
    /// The user is known and may not use this product.
    UserNotAdmitted,
    /// The username and password are not accepted.
    UserCredentialsRefused,
    /// The password has expired or must be changed.
    UserExpired,
    /// The user is disabled.
    UserDisabled,
    UserLocked,
    /// The user may not log in, for no stated reason.
    UserRefused,
    /// The user may not do this.
    ActivityRefused,
    /// EMIS refused the call without a reason.
    AccessDenied,
    TokenRefused,
    ScopeRefused,
    ClientRefused,
    RequestRefused,
    MediaTypeRefused,
    AddressWrong,
    TooManyCalls,
    Failed,
    /// No connection was made.
    Unreachable,
    NameNotResolved,
    TlsFailed,
    /// The connection was closed or not answered, by EMIS or on the way.
    Unheard,
    /// The identity service could not be reached, or failed.
    IdentityUnavailable,
    NoDiscoveryDocument,
    NotADiscoveryDocument,
    OtherIssuer,
    /// Another process is trying the password.
    PasswordBeingTried,
    /// The member of staff must sign in again.
    StaffSignedOut,
    /// The product's store of refused passwords could not be read.
    MemoryUnavailable,
    Unexpected,
}

/// HTTP status, `legacyOutcome` and kind of error; `None` matches any. The first row that matches
/// decides.
type Row = (Option<u16>, Option<i32>, Option<Api>, Sign);

#[rustfmt::skip]
const API: &[Row] = &[
    // Outcome 2 of a log-on is "expired", 3 "unsuccessful", 4 "no access to this product".
    (Some(401), Some(2), None,                      Sign::UserExpired),
    (Some(401), Some(3), None,                      Sign::UserLocked),
    (Some(401), None,    None,                      Sign::TokenRefused),
    // Outcome 2 of a call is "access denied", 3 of an initialisation "unmatched supplier".
    (Some(403), Some(2), None,                      Sign::ActivityRefused),
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
    (None,      None,    Some(Api::Credentials),    Sign::Unheard),
    (None,      None,    Some(Api::Interrupted),    Sign::Unheard),
    (None,      None,    Some(Api::Server),         Sign::Failed),
    (None,      None,    Some(Api::Suspended),      Sign::Failed),
    (None,      None,    Some(Api::Busy),           Sign::TooManyCalls),
];

/// The identity service's codes for users who may not log in. Microsoft publishes them for Azure AD
/// B2C and Entra ID.
const USER_CODES: &[(&str, Sign)] = &[
    ("AADB2C90111", Sign::UserLocked),
    ("AADB2C90114", Sign::UserLocked),
    ("AADB2C90157", Sign::UserLocked),
    ("AADSTS50053", Sign::UserLocked),
    ("AADSTS50055", Sign::UserExpired),
    ("AADSTS50144", Sign::UserExpired),
    ("AADSTS50057", Sign::UserDisabled),
];

/// Returns the sign of a failure.
pub(crate) fn sign_of(failure: &Failure) -> Sign {
    if let Some(fault) = failure.service_fault {
        return of_fault(fault);
    }
    match failure.kind {
        FailureKind::Api(Api::Unreachable) => unconnected(failure.connect_step),
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
            Token::UserRefused => user_refused(failure.provider_code.as_deref()),
            Token::ClientRefused => Sign::ClientRefused,
            Token::ScopeRefused => Sign::ScopeRefused,
            Token::Throttled => Sign::TooManyCalls,
            Token::Unreachable => Sign::IdentityUnavailable,
            Token::StoreUnavailable => Sign::MemoryUnavailable,
            Token::Busy => Sign::PasswordBeingTried,
            Token::SignInAgain => Sign::StaffSignedOut,
            Token::InsecureUrl | Token::Configuration => Sign::AddressWrong,
            _ => Sign::Unexpected,
        },
    }
}

/// Returns the sign of a fault of the identity service.
fn of_fault(fault: ServiceFault) -> Sign {
    match fault {
        ServiceFault::NotConnected(step) => unconnected(step),
        ServiceFault::Silent => Sign::Unheard,
        ServiceFault::Failed => Sign::Failed,
        ServiceFault::NoDocument => Sign::NoDiscoveryDocument,
        ServiceFault::NotADocument => Sign::NotADiscoveryDocument,
        ServiceFault::OtherIssuer => Sign::OtherIssuer,
        _ => Sign::Unexpected,
    }
}

fn unconnected(step: Option<ConnectStep>) -> Sign {
    match step {
        Some(ConnectStep::NameResolution) => Sign::NameNotResolved,
        Some(ConnectStep::Tls) => Sign::TlsFailed,
        _ => Sign::Unreachable,
    }
}

fn user_refused(code: Option<&str>) -> Sign {
    USER_CODES
        .iter()
        .find(|(known, _)| code == Some(known))
        .map_or(Sign::UserRefused, |(_, sign)| *sign)
}
