//! The meaning of a refusal by the token endpoint.
//!
//! OAuth 2.0 has six words for it (RFC 6749, section 5.2), and `invalid_grant` covers a wrong
//! password as well as a locked account. EMIS's identity service is Azure AD B2C, which puts a code
//! of its own at the start of the description; a known code decides. Codes of Entra ID are known too,
//! because EMIS may move there. Microsoft publishes both lists.

use serde_json::Value;
use zeroize::Zeroizing;

use super::grant_type::GrantType;
use crate::error::{TokenError, TokenErrorKind as Kind};
use crate::service_fault::ServiceFault;
use crate::text_encoding;

/// The words of OAuth 2.0 and OpenID Connect.
const WORDS: [&str; 10] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "access_denied",
    "unsupported_response_type",
    "server_error",
    "temporarily_unavailable",
];

/// Returns the refusal in the members `error` and `error_description` of a body, if it is one.
///
/// `error` is a word, or an object that holds it as `code` with a `message`, as Microsoft's other
/// services write it. With a status that is a failure of its own, only known words and codes
/// count: a 500 may carry an `error` in its own words.
pub(super) fn of(
    error: &Value,
    description: &Value,
    grant: GrantType,
    only_known: bool,
) -> Option<TokenError> {
    let description = description
        .as_str()
        .or_else(|| error.get("message")?.as_str());
    let has_known_code = description.and_then(code).and_then(kind_of_code).is_some();
    let word = error.as_str().or_else(|| error.get("code")?.as_str());
    let word = word.or_else(|| has_known_code.then_some(""))?;
    let word = word.trim().to_ascii_lowercase();
    let known = WORDS.contains(&word.as_str()) || has_known_code;
    (known || !only_known && !word.is_empty()).then(|| error_of(&word, description, grant))
}

/// Returns the refusal in a body that is not quite the documented JSON: with characters or escapes
/// that are none, members twice or in other capitals, in a list, as a form, cut off, or followed by
/// more. A refusal that is
/// overlooked has the password sent again. Only known words and codes count.
pub(super) fn in_any_form(body: &[u8], grant: GrantType) -> Option<TokenError> {
    let text = text_encoding::decode_lossy(body);
    let form = || {
        let pairs = url::form_urlencoded::parse(text.trim().as_bytes());
        pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
    };
    let members: Vec<(String, Value)> = match first_value(&text_encoding::plain_strings(&text)) {
        Some(Value::Object(members)) => members.into_iter().collect(),
        Some(Value::Array(items)) => match items.into_iter().next() {
            Some(Value::Object(members)) => members.into_iter().collect(),
            _ => return None,
        },
        Some(_) => return None,
        None => form().collect(),
    };
    let member = |name: &str| {
        let found = members
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or(&Value::Null, |(_, value)| value)
    };
    of(member("error"), member("error_description"), grant, true)
}

/// Returns the value that a text begins with. An object that is cut off ends where it was cut.
fn first_value(json: &str) -> Option<Value> {
    let first = |json: &str| {
        let mut values = serde_json::Deserializer::from_str(json).into_iter();
        values.next()?.ok()
    };
    let rests = ["}", "\"}", "0}", ":0}", "\":0}", "}}", "\"}}"];
    let cut_off = || {
        let is_object = json.trim_start().starts_with('{');
        let mut ends = rests.iter().filter(|_| is_object);
        ends.find_map(|rest| first(&Zeroizing::new(format!("{json}{rest}"))))
    };
    first(json).or_else(cut_off)
}

/// Returns the error that a word of OAuth 2.0 and the service's description mean.
pub(super) fn error_of(word: &str, description: Option<&str>, grant: GrantType) -> TokenError {
    let code = description.and_then(code);
    let kind = code
        .and_then(kind_of_code)
        .unwrap_or_else(|| kind_of_word(word, grant));
    let error = TokenError::new(kind).with_provider_code(code.map(str::to_owned));
    match kind {
        // The service answered, and said that it failed.
        Kind::Unreachable => error.with_fault(ServiceFault::Failed),
        _ => error,
    }
}

/// Returns the code that a description begins with: letters and digits only, so that it can be shown.
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
        // The grant has expired, was used, was revoked, or was given to another client; the user
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

/// Unknown words count as the refusal that does the least harm: with a password in the request, one
/// after which it is not sent again at once.
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
