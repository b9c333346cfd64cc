//! The signing key: RS256, made at the first start.

use std::fmt;
use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::{StartError, StartErrorKind};

/// What tokens are signed with.
pub(crate) struct SigningKey {
    pair: &'static KeyPair,
}

/// One pair for the whole process: to make one takes a quarter of a second, and tests start many
/// simulators. A token is good for the simulator that issued it all the same, because each
/// keeps a list of its own.
static PAIR: LazyLock<Option<KeyPair>> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).ok());

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").finish_non_exhaustive()
    }
}

const KEY_ID: &str = "emis-sim-1";

impl SigningKey {
    pub(crate) fn of_this_process() -> Result<Self, StartError> {
        match &*PAIR {
            Some(pair) => Ok(Self { pair }),
            None => Err(StartError::new(StartErrorKind::SigningKey)),
        }
    }

    /// The public half as a JSON Web Key Set.
    pub(crate) fn jwks(&self) -> Value {
        let public = self.pair.public_key();
        json!({ "keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": KEY_ID,
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
        }]})
    }

    /// A JSON Web Token over `claims`; `None` only if the crypto library refuses to sign.
    pub(crate) fn sign(&self, claims: &Value) -> Option<String> {
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": KEY_ID });
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .ok()?;
        Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
