//! The signing keys: RS256, made at the first start, rotated on demand.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::world::lock;
use crate::{StartError, StartErrorKind};

/// What tokens are signed with, and which keys are published.
pub(crate) struct Keys {
    /// Never empty; the last one signs.
    published: Mutex<Vec<Key>>,
}

/// One key pair, by its place among those of the process.
#[derive(Clone, Copy)]
struct Key {
    place: usize,
    pair: &'static KeyPair,
}

impl Key {
    fn id(self) -> String {
        format!("emis-sim-{}", self.place + 1)
    }
}

/// The pairs are those of the whole process: to make one takes a quarter of a second, and tests
/// start many simulators. A token is good for the simulator that issued it all the same, because
/// each keeps a list of its own.
static PAIRS: Mutex<Vec<&'static KeyPair>> = Mutex::new(Vec::new());

fn pair(place: usize) -> Option<&'static KeyPair> {
    let mut pairs = PAIRS.lock().unwrap_or_else(PoisonError::into_inner);
    while pairs.len() <= place {
        pairs.push(Box::leak(Box::new(
            KeyPair::generate(KeySize::Rsa2048).ok()?,
        )));
    }
    pairs.get(place).copied()
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// One key.
    pub(crate) fn new() -> Result<Self, StartError> {
        let pair = pair(0).ok_or_else(|| StartError::new(StartErrorKind::SigningKey))?;
        Ok(Self {
            published: Mutex::new(vec![Key { place: 0, pair }]),
        })
    }

    /// From here on a new key signs; the old ones stay published. Gives the new key's id, or
    /// `None` if the crypto library makes no key; then nothing changes.
    pub(crate) fn rotate(&self) -> Option<String> {
        let mut published = lock(&self.published);
        let place = published.last()?.place + 1;
        let key = Key {
            place,
            pair: pair(place)?,
        };
        published.push(key);
        Some(key.id())
    }

    /// Publishes the signing key only.
    pub(crate) fn retire(&self) {
        let mut published = lock(&self.published);
        let old = published.len().saturating_sub(1);
        published.drain(..old);
    }

    /// Whether the key with this id is published.
    pub(crate) fn publishes(&self, id: &str) -> bool {
        lock(&self.published).iter().any(|key| key.id() == id)
    }

    /// The public halves as a JSON Web Key Set, the signing key first.
    pub(crate) fn jwks(&self) -> Value {
        let keys: Vec<_> = lock(&self.published).iter().rev().map(public).collect();
        json!({ "keys": keys })
    }

    /// A JSON Web Token over `claims`, and the id of the key; `None` only if the crypto library
    /// refuses to sign.
    pub(crate) fn sign(&self, claims: &Value) -> Option<(String, String)> {
        let key = lock(&self.published).last().copied()?;
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": key.id() });
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut signature = vec![0; key.pair.public_modulus_len()];
        key.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .ok()?;
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
        Some((token, key.id()))
    }
}

fn public(key: &Key) -> Value {
    let public = key.pair.public_key();
    json!({
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": key.id(),
        "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
        "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
    })
}
