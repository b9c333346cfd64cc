//! Refusals of the identity service, in the form of Azure AD B2C.

use http::StatusCode;
use serde_json::json;

use crate::assumptions::WireState;
use crate::protocol::Answer;
use crate::world::{ConsentError, World};

/// A reason for a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The client's secret is wrong; `basic` if it came in a Basic header.
    WrongSecret {
        basic: bool,
    },
    ClientUnknown,
    /// The state of the practice or the application.
    Kept(WireState),
    ParameterMissing,
    UnsupportedGrant,
    UnsupportedResponseType,
    UnsupportedResponseMode,
    RedirectUnregistered,
    ChallengeMissing,
    ChallengeMethod,
    LoginRequired,
    /// A code or refresh token is not redeemed.
    Consent(ConsentError),
    Server,
}

impl From<ConsentError> for Refusal {
    fn from(error: ConsentError) -> Self {
        Self::Consent(error)
    }
}

impl From<WireState> for Refusal {
    fn from(state: WireState) -> Self {
        Self::Kept(state)
    }
}

impl Refusal {
    /// Returns OAuth 2.0's error code and a description that begins with Microsoft's code.
    pub(super) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::WrongSecret { .. } => return kept(WireState::WrongClientSecret),
            Self::Kept(state) => return kept(state),
            _ => {}
        }
        match self {
            Self::Consent(ConsentError::SecretMissing) => (
                "invalid_client",
                "AADB2C90079: Clients must send a client_secret when redeeming a confidential \
                 grant.",
            ),
            Self::ClientUnknown => (
                "invalid_client",
                "AADB2C90018: The client ID specified in the request is not registered.",
            ),
            Self::ParameterMissing => (
                "invalid_request",
                "AADB2C90083: The request is missing a required parameter.",
            ),
            Self::UnsupportedGrant => (
                "unsupported_grant_type",
                "AADB2C90086: The supplied grant_type is not supported.",
            ),
            Self::UnsupportedResponseType => (
                "unsupported_response_type",
                "AADB2C90013: The requested response type is not supported.",
            ),
            Self::UnsupportedResponseMode => (
                "invalid_request",
                "AADB2C90014: The requested response mode is not supported.",
            ),
            Self::RedirectUnregistered => (
                "invalid_request",
                "AADB2C90006: The redirect URI provided in the request is not registered for the \
                 client ID.",
            ),
            Self::Consent(ConsentError::RedirectMismatch) => (
                "invalid_grant",
                "AADB2C90006: The redirect URI provided in the request is not the one that the \
                 code was asked for with.",
            ),
            Self::ChallengeMissing => (
                "invalid_request",
                "AADB2C99059: The supplied request must present a code_challenge.",
            ),
            Self::ChallengeMethod => (
                "invalid_request",
                "AADB2C90184: The supplied code_challenge_method is not supported.",
            ),
            Self::Consent(ConsentError::VerifierInvalid) => (
                "invalid_grant",
                "AADB2C90183: The supplied code_verifier is invalid",
            ),
            Self::Consent(ConsentError::VerifierMismatch) => (
                "invalid_grant",
                "AADB2C90182: The supplied code_verifier does not match associated \
                 code_challenge",
            ),
            Self::LoginRequired => (
                "login_required",
                "AADB2C90077: User does not have an existing session and request prompt \
                 parameter has a value of 'none'.",
            ),
            Self::Consent(ConsentError::Unknown) => (
                "invalid_grant",
                "AADB2C90088: The provided grant has not been issued for this endpoint.",
            ),
            Self::Consent(ConsentError::Revoked) => (
                "invalid_grant",
                "AADB2C90129: The provided grant has been revoked. Please reauthenticate and try \
                 again.",
            ),
            Self::Consent(ConsentError::Expired) => (
                "invalid_grant",
                "AADB2C90080: The provided grant has expired. Please re-authenticate and try \
                 again.",
            ),
            Self::Server | Self::WrongSecret { .. } | Self::Kept(_) => SERVER_ERROR,
        }
    }

    /// Returns the refusal as an answer.
    pub(super) fn answer(self, world: &World) -> Answer {
        let status = match self {
            Self::WrongSecret { basic: true } => StatusCode::UNAUTHORIZED,
            Self::Server => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let (error, text) = self.words();
        let answer = error_answer(world, status, error, text);
        if status == StatusCode::UNAUTHORIZED {
            answer.with_header("www-authenticate", "Basic realm=\"identity\"")
        } else {
            answer
        }
    }
}

const SERVER_ERROR: (&str, &str) = (
    "server_error",
    "AADB2C90048: An unhandled exception has occurred on the server.",
);

/// Returns the token endpoint's refusal in the table of states.
const fn kept(state: WireState) -> (&'static str, &'static str) {
    match state.shows().0 {
        Some(refusal) => (refusal.error, refusal.text),
        // A state that does not show here never refuses a token.
        None => SERVER_ERROR,
    }
}

/// Returns an error answer of the identity service.
pub(crate) fn error_answer(world: &World, status: StatusCode, error: &str, text: &str) -> Answer {
    let description = description(world, text);
    Answer::json(
        status,
        &json!({ "error": error, "error_description": description }),
    )
}

/// Returns a description with Azure AD B2C's ending.
pub(super) fn description(world: &World, text: &str) -> String {
    let now = world.identity_now().to_zoned(jiff::tz::TimeZone::UTC);
    format!(
        "{text}\r\nCorrelation ID: {}\r\nTimestamp: {}Z\r\n",
        world.ids.draw(),
        now.strftime("%Y-%m-%d %H:%M:%S"),
    )
}
