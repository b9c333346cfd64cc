//! Delivery receipts and inbound texts, as GOV.UK Notify posts them.

use std::fmt;

use emis_types::UkMobile;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret as _, SecretString};

use super::super::callback::{CallbackError, CallbackErrorKind as Kind, secrets_match};
use super::{status, times, wire};
use crate::{Contact, DeliveryReceipt, InboundText};

/// Reads what GOV.UK Notify posts to the callback addresses of a service: delivery receipts and the
/// texts that patients send.
///
/// Both are pure functions of a request's headers and body. They compare the bearer token in constant
/// time, and read the body only if it is right. Answer a request with 200, or with the error's
/// [status](CallbackError::status): GOV.UK Notify tries again every five minutes, five times. It may
/// send the same callback twice, and receipts in any order.
///
/// # Examples
/// ```
/// use emis_messaging::senders::GovUkNotifyCallbacks;
/// use http::HeaderMap;
///
/// let callbacks = GovUkNotifyCallbacks::new("invented-token".to_owned().into());
/// let mut headers = HeaderMap::new();
/// headers.insert("authorization", "Bearer invented-token".parse()?);
/// let body = br#"{"id": "740e5834-3a29-46b4-9a6f-16142fde533a", "status": "delivered",
///     "reference": "6f3b52d0-7c1e-4d0a-9a56-1f0e8f0d64c2", "notification_type": "sms",
///     "created_at": "2026-06-01T08:00:00.000000Z", "completed_at": "2026-06-01T08:00:02.000000Z"}"#;
/// let receipt = callbacks.receipt(&headers, body)?;
/// assert_eq!(receipt.state, emis_messaging::MessageState::Delivered);
///
/// headers.insert("authorization", "Bearer another".parse()?);
/// assert_eq!(callbacks.receipt(&headers, body).unwrap_err().status(), 403);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct GovUkNotifyCallbacks {
    bearer: SecretString,
}

impl GovUkNotifyCallbacks {
    /// Creates a reader for callbacks that carry this bearer token.
    pub const fn new(bearer: SecretString) -> Self {
        Self { bearer }
    }

    /// Reads a delivery receipt.
    ///
    /// # Errors
    /// If the token is absent or wrong, or the body is not a receipt.
    pub fn receipt(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<DeliveryReceipt, CallbackError> {
        self.check(headers)?;
        let malformed = CallbackError::new(Kind::Malformed, "the body is not a delivery receipt");
        let read: wire::DeliveryReceipt = serde_json::from_slice(body).map_err(|_| malformed)?;
        let (state, failure) = status::state(&read.status);
        let mut receipt = DeliveryReceipt::of_sender_id(read.id, state);
        receipt.failure = failure;
        // Another system may use the same service, with references of its own.
        receipt.reference = read.reference.and_then(|text| text.parse().ok());
        Ok(receipt)
    }

    /// Reads a text that a patient sent. Returns `None` for one that did not come from a UK mobile,
    /// which no patient's reply is.
    ///
    /// # Errors
    /// If the token is absent or wrong, or the body is not such a text.
    pub fn inbound_text(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Option<InboundText>, CallbackError> {
        self.check(headers)?;
        let malformed = CallbackError::new(Kind::Malformed, "the body is not a received text");
        let text: wire::ReceivedText = serde_json::from_slice(body).map_err(|_| malformed)?;
        let received_at = times::parse(&text.date_received).ok_or(malformed)?;
        let from = text.source_number.parse::<UkMobile>().ok();
        Ok(from
            .map(|from| InboundText::new(text.id, Contact::Sms(from), text.message, received_at)))
    }

    fn check(&self, headers: &HeaderMap) -> Result<(), CallbackError> {
        let given = headers.get(AUTHORIZATION).ok_or(CallbackError::new(
            Kind::Unauthenticated,
            "the callback carries no token",
        ))?;
        let expected = format!("Bearer {}", self.bearer.expose_secret());
        if secrets_match(given.as_bytes(), expected.as_bytes()) {
            Ok(())
        } else {
            let message = "the callback's token is wrong";
            Err(CallbackError::new(Kind::Forbidden, message))
        }
    }
}

impl fmt::Debug for GovUkNotifyCallbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GovUkNotifyCallbacks")
            .finish_non_exhaustive()
    }
}
