//! Messages as GOV.UK Notify's API shows them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::account::{GovUkNotifyMessage, ReceivedText};

/// Returns a time with microseconds, as the service writes it.
pub(super) fn time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S.%6fZ")
        .to_string()
}

/// Returns the URI of a resource. The official clients do not follow it.
fn uri(path: &str) -> String {
    format!("https://api.notifications.service.gov.uk{path}")
}

fn template(message: &GovUkNotifyMessage) -> Value {
    let id = message.template;
    json!({ "id": id, "version": 1, "uri": uri(&format!("/v2/template/{id}")) })
}

/// Returns the answer to a message that was taken.
pub(super) fn accepted(message: &GovUkNotifyMessage) -> Value {
    let mut content = json!({ "body": message.body.expose() });
    match message.kind {
        "sms" => content["from_number"] = json!("GOVUK"),
        "email" => {
            content["subject"] = json!(message.subject);
            content["from_email"] = json!("double@notifications.service.gov.uk");
        }
        _ => content["subject"] = json!(message.subject),
    }
    let mut answer = json!({
        "id": message.id,
        "scheduled_for": null,
        "content": content,
        "uri": uri(&format!("/v2/notifications/{}", message.id)),
        "template": template(message),
    });
    if let Some(reference) = &message.reference {
        answer["reference"] = json!(reference);
    }
    answer
}

/// Returns a message with its state.
pub(super) fn notification(message: &GovUkNotifyMessage) -> Value {
    let of = |kind: &str| (message.kind == kind).then(|| message.to.expose());
    let created = time(message.created_at);
    let is_final = is_final(message.status);
    let mut shown = json!({
        "id": message.id,
        "reference": message.reference,
        "email_address": of("email"),
        "phone_number": of("sms"),
        "line_1": of("letter"),
        "line_2": null,
        "line_3": null,
        "line_4": null,
        "line_5": null,
        "line_6": null,
        "postcode": null,
        "postage": (message.kind == "letter").then_some("second"),
        "type": message.kind,
        "status": message.status,
        "template": template(message),
        "body": message.body.expose(),
        "subject": message.subject,
        "created_at": created,
        "created_by_name": null,
        "scheduled_for": null,
        "one_click_unsubscribe_url": null,
        "is_cost_data_ready": false,
    });
    if is_final {
        shown["sent_at"] = json!(created);
        shown["completed_at"] = json!(created);
    }
    shown
}

/// Returns `true` for a status that does not change any more.
pub(super) fn is_final(status: &str) -> bool {
    status == "delivered" || status.ends_with("-failure")
}

/// Returns a delivery receipt.
pub(super) fn receipt(message: &GovUkNotifyMessage, at: Timestamp) -> Value {
    json!({
        "id": message.id,
        "reference": message.reference,
        "to": message.to.expose(),
        "status": message.status,
        "created_at": time(message.created_at),
        "completed_at": time(at),
        "sent_at": time(message.created_at),
        "notification_type": message.kind,
        "template_id": message.template,
        "template_version": 1,
    })
}

/// Returns a text that a patient sent, as the API lists it.
pub(super) fn received(text: &ReceivedText, service: uuid::Uuid) -> Value {
    json!({
        "id": text.id,
        "created_at": time(text.at),
        "service_id": service,
        "notify_number": "07700900456",
        "user_number": text.from,
        "content": text.text,
    })
}

/// Returns a text that a patient sent, as it is posted to the callback address.
pub(super) fn inbound(text: &ReceivedText) -> Value {
    json!({
        "id": text.id,
        "source_number": text.from,
        "destination_number": "07700900456",
        "message": text.text,
        "date_received": time(text.at),
    })
}

/// Returns a page of a list, newest first, with its links. `older_than` is the last ID of the page
/// before.
pub(super) fn page(
    name: &str,
    path: &str,
    mut items: Vec<Value>,
    older_than: Option<&str>,
) -> Value {
    const EACH: usize = 250;
    if let Some(last) = older_than {
        let at = items.iter().position(|item| item["id"] == last);
        // Of an ID that is not there, nothing is older.
        items = items.split_off(at.map_or(items.len(), |at| at + 1));
    }
    items.truncate(EACH);
    let mut links = json!({ "current": uri(path) });
    // The service names a next page after each that is not empty, and its clients rely on it.
    if let Some(last) = items.last() {
        let id = last["id"].as_str().unwrap_or_default();
        links["next"] = json!(uri(&format!("{path}?older_than={id}")));
    }
    json!({ name: items, "links": links })
}
