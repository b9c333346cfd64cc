//! Messages as NHS Notify's API shows them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use uuid::Uuid;

use super::account::NhsNotifyMessage;

/// Returns a time with milliseconds, as the service writes it.
fn time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
        .to_string()
}

/// Returns the URI of a message.
pub(super) fn uri(id: &str) -> String {
    format!("https://api.service.nhs.uk/comms/v1/messages/{id}")
}

pub(super) fn plan(id: Uuid) -> Value {
    json!({
        "id": id,
        "name": "Plan of the double",
        "version": "ztoe2qRAM8M8vS0bqajhyEBcvXacrGPp",
        "createdDate": "2026-01-05T09:00:00.000Z",
    })
}

/// Returns a message with its state.
pub(super) fn message(message: &NhsNotifyMessage) -> Value {
    let mut attributes = json!({
        "messageReference": message.reference,
        "messageStatus": message.status,
        "timestamps": { "created": time(message.created_at) },
        "routingPlan": plan(message.routing_plan),
    });
    if let Some(failure) = message.failure {
        attributes["messageFailureReasonCode"] = json!(failure);
    }
    json!({
        "data": {
            "type": "Message",
            "id": message.id,
            "attributes": attributes,
            "links": { "self": uri(&message.id) },
        }
    })
}

/// Returns a message of the sandbox, which keeps none.
pub(super) fn sandbox_message(id: &str, status: &str) -> Value {
    let created = "2023-11-17T14:27:51.413Z";
    json!({
        "data": {
            "type": "Message",
            "id": id,
            "attributes": {
                "messageReference": "1642109b-69eb-447f-8f97-ab70a74f5db4",
                "messageStatus": status,
                "timestamps": { "created": created },
                "routingPlan": plan(Uuid::from_u128(1)),
            },
            "links": { "self": uri(id) },
        }
    })
}

/// Returns the body of a callback with the state of a message.
pub(super) fn callback(message: &NhsNotifyMessage, at: Timestamp) -> Value {
    let mut attributes = json!({
        "messageId": message.id,
        "messageReference": message.reference,
        "messageStatus": message.status,
        "channels": [{ "type": "sms", "channelStatus": message.status }],
        "timestamp": time(at),
        "routingPlan": plan(message.routing_plan),
    });
    if let Some(failure) = message.failure {
        attributes["messageFailureReasonCode"] = json!(failure);
        attributes["messageStatusDescription"] = json!("Failed reason: Contact detail is missing");
    }
    json!({
        "data": [{
            "type": "MessageStatus",
            "attributes": attributes,
            "links": { "message": uri(&message.id) },
            "meta": { "idempotencyKey": format!("{}-{}", message.id, message.status) },
        }]
    })
}
