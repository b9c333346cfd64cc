//! How the identity service refuses, in the manner of Azure AD B2C.

use http::StatusCode;
use serde_json::json;

use crate::assumptions::WireState;
use crate::server::Answer;
use crate::world::World;

/// Why nothing is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The client's secret is wrong; whether it came in a Basic header.
    WrongSecret {
        basic: bool,
    },
    SecretMissing,
    ClientUnknown,
    /// What the practice or the application is like.
    Kept(WireState),
    ParameterMissing,
    UnsupportedGrant,
    UnsupportedResponseType,
    UnsupportedResponseMode,
    RedirectUnregistered,
    RedirectMismatch,
    ChallengeMissing,
    ChallengeMethod,
    VerifierInvalid,
    VerifierMismatch,
    LoginRequired,
    /// No such code or refresh token was ever given.
    GrantUnknown,
    /// It was used before, or taken back.
    GrantRevoked,
    GrantExpired,
    Server,
}

impl Refusal {
    /// OAuth 2.0's word and the description, which begins with a code that Microsoft publishes.
    pub(super) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::WrongSecret { .. } => return kept(WireState::WrongClientSecret),
            Self::Kept(state) => return kept(state),
            _ => {}
        }
        match self {
            Self::SecretMissing => (
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
            Self::RedirectMismatch => (
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
            Self::VerifierInvalid => (
                "invalid_grant",
                "AADB2C90183: The supplied code_verifier is invalid",
            ),
            Self::VerifierMismatch => (
                "invalid_grant",
                "AADB2C90182: The supplied code_verifier does not match associated \
                 code_challenge",
            ),
            Self::LoginRequired => (
                "login_required",
                "AADB2C90077: User does not have an existing session and request prompt \
                 parameter has a value of 'none'.",
            ),
            Self::GrantUnknown => (
                "invalid_grant",
                "AADB2C90088: The provided grant has not been issued for this endpoint.",
            ),
            Self::GrantRevoked => (
                "invalid_grant",
                "AADB2C90129: The provided grant has been revoked. Please reauthenticate and try \
                 again.",
            ),
            Self::GrantExpired => (
                "invalid_grant",
                "AADB2C90080: The provided grant has expired. Please re-authenticate and try \
                 again.",
            ),
            Self::Server | Self::WrongSecret { .. } | Self::Kept(_) => SERVER_ERROR,
        }
    }

    /// The refusal as an answer of its own.
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

/// What the table of states has the token endpoint say.
const fn kept(state: WireState) -> (&'static str, &'static str) {
    match state.shows().0 {
        Some(refusal) => (refusal.error, refusal.text),
        // A state that does not show here keeps nobody from a token.
        None => SERVER_ERROR,
    }
}

/// An error body of the identity service.
pub(crate) fn error_answer(world: &World, status: StatusCode, error: &str, text: &str) -> Answer {
    let description = description(world, text);
    Answer::json(
        status,
        &json!({ "error": error, "error_description": description }),
    )
}

/// A description as Azure AD B2C ends them.
pub(super) fn description(world: &World, text: &str) -> String {
    let now = world.identity_now().to_zoned(jiff::tz::TimeZone::UTC);
    format!(
        "{text}\r\nCorrelation ID: {}\r\nTimestamp: {}Z\r\n",
        world.ids.draw(),
        now.strftime("%Y-%m-%d %H:%M:%S"),
    )
}
