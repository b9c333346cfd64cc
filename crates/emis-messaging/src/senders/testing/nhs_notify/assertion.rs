//! Assertions by which tokens are requested.

use std::sync::OnceLock;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// The application that is registered with the double.
pub(super) const API_KEY: &str = "invented-nhs-api-key";
pub(super) const KEY_ID: &str = "double-1";

/// The key pair of the application: generating one takes a quarter of a second, and tests start many
/// doubles.
fn pair() -> &'static KeyPair {
    static PAIR: OnceLock<KeyPair> = OnceLock::new();
    PAIR.get_or_init(|| {
        #[allow(
            clippy::unwrap_used,
            reason = "for tests: without a key there are none"
        )]
        KeyPair::generate(KeySize::Rsa2048).unwrap()
    })
}

/// Returns the private key in PEM.
pub(super) fn private_key_pem() -> String {
    let der = pair().as_der();
    let text = der.map_or_else(|_| String::new(), |der| STANDARD.encode(der.as_ref()));
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        lines.join("\n")
    )
}

/// Returns `None` for an assertion that the token service accepts, or the reason for which it does not.
pub(super) fn problem(assertion: &str, audience: &str, now: i64) -> Option<&'static str> {
    let mut parts = assertion.split('.');
    let (Some(header), Some(claims), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Some("Malformed JWT in client_assertion");
    };
    let part = |part: &str| -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    };
    let (Some(header_read), Some(claims_read)) = (part(header), part(claims)) else {
        return Some("Malformed JWT in client_assertion");
    };
    if header_read["alg"] != "RS512" {
        return Some("Invalid 'alg' header in JWT - unsupported JWT algorithm - must be 'RS512'");
    }
    if header_read["kid"] != KEY_ID {
        return Some("Invalid 'kid' header in JWT - no matching public key");
    }
    if claims_read["iss"] != API_KEY || claims_read["sub"] != API_KEY {
        return Some("Missing or non-matching iss/sub claims in JWT");
    }
    if claims_read["aud"] != audience {
        return Some("Missing or invalid aud claim in JWT");
    }
    if claims_read["jti"].as_str().is_none_or(str::is_empty) {
        return Some("Missing jti claim in JWT");
    }
    match claims_read["exp"].as_i64() {
        Some(exp) if exp > now && exp <= now + 300 => {}
        _ => return Some("Invalid exp claim in JWT - more than 5 minutes in future, or past"),
    }
    let signed = format!("{header}.{claims}");
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA512, pair().public_key().as_ref());
    URL_SAFE_NO_PAD
        .decode(signature)
        .ok()
        .and_then(|signature| key.verify(signed.as_bytes(), &signature).ok())
        .is_none()
        .then_some("JWT signature verification failed")
}
