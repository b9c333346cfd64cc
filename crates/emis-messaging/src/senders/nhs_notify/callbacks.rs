//! Callbacks of NHS Notify: states of messages and of their channels.

use std::fmt;

use aws_lc_rs::hmac;
use http::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};

use super::super::callback::{CallbackError, CallbackErrorKind as Kind, secrets_match};
use super::receipts;
use super::wire::{Callback, CallbackItem};
use crate::DeliveryReceipt;

/// Reads what NHS Notify posts to a callback address: the states of messages and of their channels.
///
/// A pure function of a request's headers and body. The API key is compared, and the signature of the
/// body verified, in constant time, before the body is read. Answer a request with 202, or with the
/// error's [status](CallbackError::status): NHS Notify tries again for two hours. It may send the same
/// callback twice, under the same [key](NhsReceipt::idempotency_key), and callbacks in any order.
///
/// # Examples
/// ```
/// use emis_messaging::senders::NhsNotifyCallbacks;
/// use http::HeaderMap;
///
/// let callbacks = NhsNotifyCallbacks::new("invented-app", "invented-key".to_owned().into());
/// let refused = callbacks.receipts(&HeaderMap::new(), b"{}").unwrap_err();
/// assert_eq!(refused.status(), 401);
/// ```
pub struct NhsNotifyCallbacks {
    api_key: SecretString,
    signing: hmac::Key,
}

/// A receipt with the key by which a repeated callback is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NhsReceipt {
    /// The receipt.
    pub receipt: DeliveryReceipt,
    /// The key, which is equal for the same callback sent again.
    pub idempotency_key: Option<String>,
}

impl NhsNotifyCallbacks {
    /// Creates a reader for callbacks of this application and API key: their signature's secret is both,
    /// joined by a full stop.
    pub fn new(application_id: &str, api_key: SecretString) -> Self {
        let secret = SecretString::from(format!("{application_id}.{}", api_key.expose_secret()));
        Self {
            signing: hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes()),
            api_key,
        }
    }

    /// Reads the receipts of a callback, one or more.
    ///
    /// # Errors
    /// If the API key or the signature is absent or wrong, or the body is not a callback.
    pub fn receipts(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Vec<NhsReceipt>, CallbackError> {
        self.check(headers, body)?;
        let callback: Callback = serde_json::from_slice(body)
            .map_err(|_| CallbackError::new(Kind::Malformed, "the body is not a callback"))?;
        Ok(callback.data.into_iter().map(receipt).collect())
    }

    fn check(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), CallbackError> {
        let key = headers.get("x-api-key").map(|value| value.as_bytes());
        let expected = self.api_key.expose_secret().as_bytes();
        if !secrets_match(key.unwrap_or_default(), expected) {
            let message = "the callback's API key is absent or wrong";
            return Err(CallbackError::new(Kind::Unauthenticated, message));
        }
        headers
            .get("x-hmac-sha256-signature")
            .and_then(|value| from_hex(value.as_bytes()))
            .and_then(|tag| hmac::verify(&self.signing, body, &tag).ok())
            .ok_or(CallbackError::new(
                Kind::Forbidden,
                "the callback's signature is absent or wrong",
            ))
    }
}

/// Returns the bytes that hexadecimal digits of either case spell.
fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |c: u8| {
        char::from(c)
            .to_digit(16)
            .and_then(|it| u8::try_from(it).ok())
    };
    let (pairs, []) = text.as_chunks::<2>() else {
        return None;
    };
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

impl fmt::Debug for NhsNotifyCallbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NhsNotifyCallbacks").finish_non_exhaustive()
    }
}

fn receipt(item: CallbackItem) -> NhsReceipt {
    NhsReceipt {
        receipt: receipts::reported(item.attributes),
        idempotency_key: item.meta.and_then(|meta| meta.idempotency_key),
    }
}
