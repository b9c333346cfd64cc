//! The claims of an EMIS token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use emis_types::{OdsCode, OrganisationId};
use jiff::Timestamp;
use serde_json::Value;

/// The claims of a token that the product uses.
///
/// **Not verified and never to be trusted for a decision about access**: the signature is EMIS's
/// business, and EMIS decides what the token may do. They serve to notice a token of another
/// practice than the settings name, and to explain a refusal.
///
/// Reading is lenient, as EMIS does not publish the format: a claim that is missing or odd is `None`,
/// and a token that is no JWT has no claims.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenClaims {
    /// The practice's organisation ID (`cdb`). Tokens of an application are known to lack it.
    pub organisation_id: Option<OrganisationId>,
    /// The practice's ODS code (`ods`).
    pub ods_code: Option<OdsCode>,
    /// EMIS's resource name of the organisation (`orgERN`).
    pub organisation_ern: Option<String>,
    /// The scopes granted (`authorizations`), such as `papi-appt.read`.
    pub authorizations: Vec<String>,
    /// The party on whose behalf the token was issued.
    pub holder: Option<TokenHolder>,
    /// The time at which the token was issued, by the identity service's clock (`iat`).
    pub issued_at: Option<Timestamp>,
    /// The time at which the token expires (`exp`).
    pub expires_at: Option<Timestamp>,
}

/// The party on whose behalf a token was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenHolder {
    /// A user of a practice (`userERN`).
    User,
    /// The application itself (`appERN`).
    Application,
}

impl TokenClaims {
    /// Returns `true` if the token says that a scope was granted.
    pub fn authorizes(&self, scope: &str) -> bool {
        self.authorizations.iter().any(|granted| granted == scope)
    }

    pub(crate) fn read(bearer: &str) -> Self {
        let Some(claims) = payload(bearer) else {
            return Self::default();
        };
        Self {
            organisation_id: text(&claims, "cdb").and_then(|cdb| cdb.parse().ok()),
            ods_code: text(&claims, "ods").and_then(|ods| ods.parse().ok()),
            organisation_ern: text(&claims, "orgERN"),
            authorizations: words(claims.get("authorizations")),
            holder: if text(&claims, "userERN").is_some() {
                Some(TokenHolder::User)
            } else {
                text(&claims, "appERN").map(|_| TokenHolder::Application)
            },
            issued_at: moment(claims.get("iat")),
            expires_at: moment(claims.get("exp")),
        }
    }
}

fn payload(bearer: &str) -> Option<Value> {
    let mut parts = bearer.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&json).ok()
}

/// Returns a claim that is a string or a number. Blank counts as absent.
fn text(claims: &Value, name: &str) -> Option<String> {
    match claims.get(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns the words of a list of strings, or of one string.
fn words(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn moment(claim: Option<&Value>) -> Option<Timestamp> {
    let seconds = match claim? {
        Value::String(text) => text.trim().parse().ok()?,
        number => number
            .as_i64()
            .or_else(|| number.as_f64().map(|seconds| seconds as i64))?,
    };
    Timestamp::from_second(seconds).ok()
}
