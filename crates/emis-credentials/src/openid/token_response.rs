//! The answer to a token request (RFC 6749, section 5).

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use zeroize::Zeroizing;

use super::grant_type::GrantType;
use super::http::Answer;
use super::refusal;
use crate::access_token::AccessToken;
use crate::error::{TokenError, TokenErrorKind as Kind};
use crate::text_encoding;
use crate::token_claims::TokenClaims;

/// The life of a token whose answer states none: enough for a few calls.
const UNSTATED_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// The tokens that were issued.
pub(super) struct Issued {
    pub(super) token: AccessToken,
    pub(super) refresh: Option<SecretString>,
}

/// The members that matter, of a token or of a refusal.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    #[serde(deserialize_with = "text")]
    access_token: Option<Zeroizing<String>>,
    #[serde(deserialize_with = "text")]
    refresh_token: Option<Zeroizing<String>>,
    expires_in: Value,
    error: Value,
    error_description: Value,
}

/// A text that is not blank; anything else counts as absent.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Zeroizing<String>>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) if !text.trim().is_empty() => Some(Zeroizing::new(text)),
        _ => None,
    })
}

/// Reads an answer. A body with an `error` and without an `access_token` is a refusal with any status;
/// a token is believed only with a status of success.
pub(super) fn read(
    answer: Answer,
    grant: GrantType,
    asked_at: Timestamp,
) -> Result<Issued, TokenError> {
    let body = text_encoding::json_object::<Body>(&answer.body).unwrap_or_default();
    let refusal = refusal::of(
        &body.error,
        &body.error_description,
        grant,
        answer.failure.is_some(),
    );
    let is_token = body.access_token.is_some();
    let refusal = refusal.or_else(|| {
        let other_form = !is_token && !answer.body.is_empty();
        other_form.then(|| refusal::in_any_form(&answer.body, grant))?
    });
    match (body.access_token, refusal) {
        (Some(bearer), _) if answer.status.is_success() => {
            let token = token(&bearer, &body.expires_in, asked_at)?;
            let refresh = body.refresh_token.map(|token| token.as_str().into());
            Ok(Issued { token, refresh })
        }
        (_, Some(refusal)) => Err(refusal.after_sending().with_retry_after(answer.retry_after)),
        (_, None) => Err(answer
            .failure
            .unwrap_or_else(|| TokenError::new(Kind::Malformed).after_sending())),
    }
}

/// Returns the token, with its end by *our* clock: a life that the service states, counted from the
/// moment of the request, which errs on the safe side. Clocks that are minutes apart do no harm.
fn token(bearer: &str, expires_in: &Value, asked_at: Timestamp) -> Result<AccessToken, TokenError> {
    let unusable = |message| TokenError::with_message(Kind::Malformed, message).after_sending();
    // It must fit a header.
    if !bearer.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(unusable(
            "the identity service gave a token that can't be used",
        ));
    }
    let stated = seconds(expires_in).map(|life| after(asked_at, life));
    let unstated = AccessToken::new(bearer.into(), after(asked_at, UNSTATED_LIFE));
    let end = stated.or_else(|| end_by_claims(unstated.claims(), asked_at));
    let token = end.map_or_else(|| unstated.clone(), |end| unstated.expiring_at(end));
    if token.expires_at() <= asked_at {
        return Err(unusable(
            "the identity service gave a token that has expired already",
        ));
    }
    Ok(token)
}

/// Reads a number of seconds: a number or a text, whole, with a fraction or with an exponent. The
/// fraction is dropped.
fn seconds(value: &Value) -> Option<SignedDuration> {
    let seconds = match value {
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        value => value.as_f64()?,
    };
    // A number out of range becomes the nearest within.
    seconds
        .is_finite()
        .then(|| SignedDuration::from_secs(seconds as i64))
}

/// Returns the end by the token's claims: `exp` counted from `iat`, which are of one clock, or `exp`
/// alone.
fn end_by_claims(claims: &TokenClaims, asked_at: Timestamp) -> Option<Timestamp> {
    let end = claims.expires_at?;
    Some(match claims.issued_at {
        Some(issued_at) => after(asked_at, end.duration_since(issued_at)),
        None => end,
    })
}

/// Returns the end of a life that begins at a moment, or the end of time if that is beyond it.
fn after(from: Timestamp, life: SignedDuration) -> Timestamp {
    from.checked_add(life).unwrap_or(Timestamp::MAX)
}
