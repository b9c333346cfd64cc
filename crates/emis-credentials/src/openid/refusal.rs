//! What a refusal of the token endpoint means.
//!
//! OAuth 2.0 has six words for it (RFC 6749, section 5.2), and `invalid_grant` covers a wrong
//! password as well as a locked account. EMIS's identity service is Azure AD B2C, which puts a
//! code of its own at the start of the description; where we know the code, it decides. Codes of
//! Entra ID are known too, because EMIS may move there. Microsoft publishes both lists.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::exchange::GrantType;
use crate::{TokenError, TokenErrorKind as Kind};

/// The body of a refusal. Neither `Debug` nor `Display` shows it: the description may quote what
/// was sent.
#[derive(Deserialize, Serialize)]
pub(super) struct Refusal {
    error: String,
    #[serde(default)]
    error_description: Option<String>,
}

impl Refusal {
    pub(super) fn into_error(self, grant: GrantType) -> TokenError {
        error_of(&self.error, self.error_description.as_deref(), grant)
    }
}

/// What a word of OAuth 2.0's and the service's description of it mean.
pub(super) fn error_of(word: &str, description: Option<&str>, grant: GrantType) -> TokenError {
    let code = description.and_then(code);
    let kind = code
        .and_then(kind_of_code)
        .unwrap_or_else(|| kind_of_word(word, grant));
    TokenError::new(kind).with_provider_code(code.map(str::to_owned))
}

/// The code that a description begins with: letters and digits only, so that it can be shown.
fn code(description: &str) -> Option<&str> {
    let (code, _) = description.trim_start().split_once(':')?;
    let digits = code
        .strip_prefix("AADB2C")
        .or_else(|| code.strip_prefix("AADSTS"))?;
    let plausible = (4..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    plausible.then_some(code)
}

fn kind_of_code(code: &str) -> Option<Kind> {
    Some(match code {
        // Wrong username or password, no such user.
        "AADB2C90225" | "AADB2C90052" | "AADB2C90053" | "AADB2C90054" | "AADSTS50126"
        | "AADSTS50034" | "AADSTS50056" => Kind::InvalidUserCredentials,
        // Locked, locked for now, too many tries; expired, must be changed, disabled, needs a
        // second factor or consent.
        "AADB2C90111" | "AADB2C90114" | "AADB2C90157" | "AADSTS50053" | "AADSTS50055"
        | "AADSTS50057" | "AADSTS50144" | "AADSTS50076" | "AADSTS50079" | "AADSTS65001" => {
            Kind::UserRefused
        }
        // The grant has expired, was used, was taken back, or was given to somebody else; the user
        // gave up, or is gone.
        "AADB2C90080" | "AADB2C90088" | "AADB2C90091" | "AADB2C90118" | "AADB2C90128"
        | "AADB2C90129" | "AADSTS70008" | "AADSTS54005" | "AADSTS700082" | "AADSTS50173" => {
            Kind::SignInAgain
        }
        // Client ID unknown, disabled or missing; secret wrong, expired or missing; this grant
        // not enabled for the application.
        "AADB2C90008" | "AADB2C90011" | "AADB2C90018" | "AADB2C90068" | "AADB2C90079"
        | "AADB2C90081" | "AADB2C90086" | "AADB2C90092" | "AADB2C90224" | "AADB2C90248"
        | "AADB2C90284" | "AADB2C90285" | "AADSTS700016" | "AADSTS7000215" | "AADSTS7000218"
        | "AADSTS7000222" => Kind::ClientRefused,
        // Scope missing, unknown, malformed or for more than one resource.
        "AADB2C90010" | "AADB2C90012" | "AADB2C90055" | "AADB2C90117" | "AADB2C90146"
        | "AADB2C90205" | "AADB2C99005" | "AADSTS70011" => Kind::ScopeRefused,
        "AADB2C90244" | "AADSTS50196" => Kind::Throttled,
        // Out of order for the moment.
        "AADB2C90035" | "AADB2C90037" | "AADB2C90048" | "AADB2C90085" | "AADB2C90289"
        | "AADSTS90033" => Kind::Unreachable,
        _ => return None,
    })
}

/// Words we do not know are taken for the refusal that does the least harm: with a password in
/// the request, one after which it is not sent again at once.
fn kind_of_word(error: &str, grant: GrantType) -> Kind {
    use GrantType::{AuthorizationCode, ClientCredentials, Password, RefreshToken};
    match (error, grant) {
        ("invalid_scope", _) => Kind::ScopeRefused,
        ("invalid_client" | "unauthorized_client" | "unsupported_grant_type", _) => {
            Kind::ClientRefused
        }
        ("server_error" | "temporarily_unavailable", _) => Kind::Unreachable,
        ("invalid_grant" | "access_denied", Password) => Kind::InvalidUserCredentials,
        (_, Password) => Kind::UserRefused,
        ("invalid_request" | "unsupported_response_type", _) => Kind::ClientRefused,
        (_, AuthorizationCode | RefreshToken) => Kind::SignInAgain,
        (_, ClientCredentials) => Kind::ClientRefused,
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refusal")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl oauth2::ErrorResponse for Refusal {}
