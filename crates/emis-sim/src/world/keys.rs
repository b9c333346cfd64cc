//! The signing keys: RS256, generated at the first start, rotated on demand.

use std::sync::Mutex;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::sync::lock;

/// The published keys, of which one signs.
pub(crate) struct Keys {
    /// Not empty; the last one signs.
    published: Mutex<Vec<Key>>,
}

/// A key pair and its index in [`PAIRS`].
#[derive(Clone, Copy)]
struct Key {
    index: usize,
    pair: &'static KeyPair,
}

impl Key {
    fn id(self) -> String {
        format!("emis-sim-{}", self.index + 1)
    }
}

/// The key pairs of the process: generating one takes a quarter of a second, and tests start many
/// simulators. A token is still valid only for the simulator that issued it, which keeps a list.
static PAIRS: Mutex<Vec<&'static KeyPair>> = Mutex::new(Vec::new());

fn pair(index: usize) -> Option<&'static KeyPair> {
    let mut pairs = lock(&PAIRS);
    while pairs.len() <= index {
        pairs.push(Box::leak(Box::new(
            KeyPair::generate(KeySize::Rsa2048).ok()?,
        )));
    }
    pairs.get(index).copied()
}

opaque_debug!(Keys);

impl Keys {
    /// Returns one key, or `None` if the crypto library fails to generate it.
    pub(crate) fn new() -> Option<Self> {
        let key = Key {
            index: 0,
            pair: pair(0)?,
        };
        Some(Self {
            published: Mutex::new(vec![key]),
        })
    }

    /// Adds a signing key; the old ones stay published. Returns the new key's id, or `None` if the
    /// crypto library fails to generate it; then nothing changes.
    pub(crate) fn rotate(&self) -> Option<String> {
        let mut published = lock(&self.published);
        let index = published.last()?.index + 1;
        let key = Key {
            index,
            pair: pair(index)?,
        };
        published.push(key);
        Some(key.id())
    }

    /// Unpublishes all keys but the signing key.
    pub(crate) fn retire(&self) {
        let mut published = lock(&self.published);
        let old = published.len().saturating_sub(1);
        published.drain(..old);
    }

    /// Returns `true` if the key with this id is published.
    pub(crate) fn publishes(&self, id: &str) -> bool {
        lock(&self.published).iter().any(|key| key.id() == id)
    }

    /// Returns the public keys as a JSON Web Key Set, the signing key first.
    pub(crate) fn jwks(&self) -> Value {
        let keys: Vec<_> = lock(&self.published).iter().rev().map(public).collect();
        json!({ "keys": keys })
    }

    /// Returns a JSON Web Token with these claims and the id of the key, or `None` if the crypto
    /// library fails to sign.
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
