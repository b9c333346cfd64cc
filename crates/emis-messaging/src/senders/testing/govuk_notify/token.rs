//! Tokens of requests.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use uuid::Uuid;

use super::error::Failure;

/// Returns the service that issued a token, of those whose `(id, secret)` are given.
pub(super) fn issuer(
    token: Option<&str>,
    services: impl Iterator<Item = (Uuid, Uuid)>,
    now: i64,
) -> Result<Uuid, Failure> {
    let token = token.ok_or(Failure::auth(
        "Unauthorized: authentication token must be provided",
    ))?;
    let wrong = || Failure::auth("Invalid token: algorithm used is not HS256");
    let [header, claims, signature] = parts(token).ok_or_else(wrong)?;
    let part = |part: &str| -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    };
    if part(header).is_none_or(|header| header["alg"] != "HS256") {
        return Err(wrong());
    }
    let claims_read = part(claims).ok_or_else(wrong)?;
    let issuer: Option<Uuid> = claims_read["iss"].as_str().and_then(|it| it.parse().ok());
    let mut services = services;
    let (service, secret) = services
        .find(|(id, _)| Some(*id) == issuer)
        .ok_or(Failure::auth("Invalid token: service not found"))?;
    let key = hmac::Key::new(
        hmac::HMAC_SHA256,
        secret.hyphenated().to_string().as_bytes(),
    );
    let signed = format!("{header}.{claims}");
    URL_SAFE_NO_PAD
        .decode(signature)
        .ok()
        .and_then(|tag| hmac::verify(&key, signed.as_bytes(), &tag).ok())
        .ok_or(Failure::auth("Invalid token: API key not found"))?;
    match claims_read["iat"].as_i64() {
        Some(issued) if (now - issued).abs() <= 30 => Ok(service),
        _ => Err(Failure::auth(
            "Error: Your system clock must be accurate to within 30 seconds",
        )),
    }
}

fn parts(token: &str) -> Option<[&str; 3]> {
    let mut parts = token.split('.');
    let three = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(three)
}
