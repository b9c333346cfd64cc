//! The messages of GOV.UK Notify's API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize)]
pub(super) struct SendText<'a> {
    pub(super) phone_number: &'a str,
    pub(super) template_id: Uuid,
    pub(super) personalisation: Personalisation<'a>,
    pub(super) reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sms_sender_id: Option<Uuid>,
}

/// The values of a template's placeholders.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Personalisation<'a> {
    /// Those of a template for free text.
    Text {
        #[serde(skip_serializing_if = "Option::is_none")]
        subject: Option<&'a str>,
        body: &'a str,
    },
    /// Those of any other template.
    Values(BTreeMap<&'a str, &'a str>),
}

#[derive(Serialize)]
pub(super) struct SendEmail<'a> {
    pub(super) email_address: &'a str,
    pub(super) template_id: Uuid,
    pub(super) personalisation: Personalisation<'a>,
    pub(super) reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_reply_to_id: Option<Uuid>,
}

/// The answer to a message that was accepted.
#[derive(Deserialize)]
pub(super) struct Accepted {
    pub(super) id: Uuid,
    pub(super) reference: Option<String>,
}

/// The body of a refusal. The messages are for people: decisions go by `error`.
#[derive(Deserialize)]
pub(super) struct Refused {
    pub(super) errors: Vec<RefusedError>,
}

#[derive(Deserialize)]
pub(super) struct RefusedError {
    pub(super) error: String,
}

/// A page of messages.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) notifications: Vec<Notification>,
}

/// A message as the service lists it.
#[derive(Deserialize)]
pub(super) struct Notification {
    pub(super) id: String,
    pub(super) reference: Option<String>,
    pub(super) status: String,
}

/// A template.
#[derive(Deserialize)]
pub(super) struct Template {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) body: String,
    pub(super) subject: Option<String>,
}

/// A delivery receipt. The contact, which it holds too, is not read.
#[derive(Deserialize)]
pub(super) struct DeliveryReceipt {
    pub(super) id: String,
    pub(super) reference: Option<String>,
    pub(super) status: String,
}

/// A text message that a patient sent.
#[derive(Deserialize)]
pub(super) struct ReceivedText {
    pub(super) id: String,
    pub(super) source_number: String,
    pub(super) message: String,
    pub(super) date_received: String,
}

/// A page of texts that patients sent, newest first.
#[derive(Deserialize)]
pub(super) struct ReceivedPage {
    pub(super) received_text_messages: Vec<ListedText>,
}

/// A text that a patient sent, as it is listed.
#[derive(Deserialize)]
pub(super) struct ListedText {
    pub(super) id: String,
    pub(super) user_number: String,
    pub(super) content: String,
    pub(super) created_at: String,
}
