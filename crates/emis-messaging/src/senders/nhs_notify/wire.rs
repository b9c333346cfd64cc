//! The messages of NHS Notify's API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize)]
pub(super) struct Document<T> {
    pub(super) data: T,
}

#[derive(Serialize)]
pub(super) struct CreateMessage<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) attributes: Attributes<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attributes<'a> {
    pub(super) routing_plan_id: Uuid,
    pub(super) message_reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) billing_reference: Option<&'a str>,
    pub(super) recipient: Recipient,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) originator: Option<Originator<'a>>,
    pub(super) personalisation: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recipient {
    pub(super) nhs_number: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Originator<'a> {
    pub(super) ods_code: &'a str,
}

/// The answer to a message that was accepted.
#[derive(Deserialize)]
pub(super) struct Accepted {
    pub(super) data: AcceptedData,
}

#[derive(Deserialize)]
pub(super) struct AcceptedData {
    pub(super) id: String,
    pub(super) attributes: AcceptedAttributes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AcceptedAttributes {
    pub(super) message_reference: String,
}

/// The body of a refusal. Titles and details are for people: decisions go by code and pointer.
#[derive(Deserialize)]
pub(super) struct Refused {
    pub(super) errors: Vec<RefusedError>,
}

#[derive(Deserialize)]
pub(super) struct RefusedError {
    pub(super) code: String,
}

/// A callback with the states of messages or of their channels.
#[derive(Deserialize)]
pub(super) struct Callback {
    pub(super) data: Vec<CallbackItem>,
}

#[derive(Deserialize)]
pub(super) struct CallbackItem {
    pub(super) attributes: CallbackAttributes,
    pub(super) meta: Option<Meta>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meta {
    pub(super) idempotency_key: Option<String>,
}

/// The state of a message, or of one of its channels.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallbackAttributes {
    pub(super) message_id: String,
    pub(super) message_reference: String,
    pub(super) message_status: Option<String>,
    #[serde(rename = "messageFailureReasonCode")]
    pub(super) failure_code: Option<String>,
    pub(super) channel_status: Option<String>,
    pub(super) supplier_status: Option<String>,
}

/// A message that was asked for.
#[derive(Deserialize)]
pub(super) struct Found {
    pub(super) data: FoundData,
}

#[derive(Deserialize)]
pub(super) struct FoundData {
    pub(super) id: String,
    pub(super) attributes: FoundAttributes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoundAttributes {
    pub(super) message_reference: String,
    pub(super) message_status: String,
    #[serde(rename = "messageFailureReasonCode")]
    pub(super) failure_code: Option<String>,
}
