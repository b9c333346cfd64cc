//! The credentials of an NHS Notify application, and the assertions made with them.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA512;
use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use uuid::Uuid;

use super::super::jwt::json_web_token;
use super::super::setup_error::{SenderSetupError, SenderSetupErrorKind};

/// The credentials of an application at the NHS's API platform: its API key, and the private key whose
/// public part is registered there under an ID.
///
/// `Debug` shows the key's ID only.
pub struct NhsNotifyKey {
    api_key: SecretString,
    key_id: String,
    pair: KeyPair,
}

/// The platform accepts an assertion for five minutes at most; one is made for each token.
const VALID_FOR: SignedDuration = SignedDuration::from_mins(4);

#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    alg: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: Uuid,
    exp: i64,
}

impl NhsNotifyKey {
    /// Creates credentials. The private key is RSA of at least 2048 bits, in PEM (PKCS#8 or PKCS#1);
    /// the platform wants 4096 bits.
    ///
    /// # Errors
    /// If the private key is not such a key, or the API key or the ID is empty.
    pub fn new(
        api_key: SecretString,
        key_id: impl Into<String>,
        private_key_pem: &SecretString,
    ) -> Result<Self, SenderSetupError> {
        let wrong = |message| SenderSetupError::new(SenderSetupErrorKind::Key, message);
        let key_id = key_id.into();
        if api_key.expose_secret().trim().is_empty() || key_id.trim().is_empty() {
            return Err(wrong("the API key or the private key's ID is empty"));
        }
        let pem = private_key_pem.expose_secret().as_bytes();
        let pair = match PrivateKeyDer::from_pem_slice(pem) {
            Ok(PrivateKeyDer::Pkcs8(key)) => KeyPair::from_pkcs8(key.secret_pkcs8_der()),
            Ok(PrivateKeyDer::Pkcs1(key)) => KeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(wrong("the private key is not an RSA key in PEM")),
        };
        Ok(Self {
            api_key,
            key_id,
            pair: pair
                .map_err(|_| wrong("the private key is not an RSA key of 2048 bits or more"))?,
        })
    }

    /// Returns the assertion by which a token is requested from `audience`.
    pub(super) fn assertion(&self, audience: &str, now: Timestamp) -> Option<String> {
        let header = Header {
            typ: "JWT",
            alg: "RS512",
            kid: &self.key_id,
        };
        let claims = Claims {
            iss: self.api_key.expose_secret(),
            sub: self.api_key.expose_secret(),
            aud: audience,
            jti: Uuid::new_v4(),
            exp: now.saturating_add(VALID_FOR).ok()?.as_second(),
        };
        json_web_token(&header, &claims, |signed| {
            let mut signature = vec![0; self.pair.public_modulus_len()];
            self.pair
                .sign(
                    &RSA_PKCS1_SHA512,
                    &SystemRandom::new(),
                    signed,
                    &mut signature,
                )
                .ok()?;
            Some(signature)
        })
    }
}

impl fmt::Debug for NhsNotifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NhsNotifyKey")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}
