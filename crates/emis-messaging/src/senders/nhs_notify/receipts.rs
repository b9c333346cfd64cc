//! Receipts out of the states that NHS Notify reports.

use super::wire::{CallbackAttributes, Found};
use crate::{DeliveryFailure, DeliveryReceipt, MessageState};

/// Returns the receipt of a callback.
pub(super) fn reported(attributes: CallbackAttributes) -> DeliveryReceipt {
    let (state, failure) = match attributes.message_status.as_deref() {
        Some(status) => message_state(status, attributes.failure_code.as_deref()),
        None => (channel_state(&attributes), None),
    };
    let reference = &attributes.message_reference;
    receipt(attributes.message_id, reference, state, failure)
}

/// Returns the receipt of a message that was asked for; `None` if the answer holds none.
pub(super) fn found(body: &[u8]) -> Option<DeliveryReceipt> {
    let data = serde_json::from_slice::<Found>(body).ok()?.data;
    let attributes = data.attributes;
    let code = attributes.failure_code.as_deref();
    let (state, failure) = message_state(&attributes.message_status, code);
    let reference = &attributes.message_reference;
    Some(receipt(data.id, reference, state, failure))
}

fn receipt(
    id: String,
    reference: &str,
    state: MessageState,
    failure: Option<DeliveryFailure>,
) -> DeliveryReceipt {
    let mut receipt = DeliveryReceipt::of_sender_id(id, state);
    receipt.failure = failure;
    receipt.reference = reference.parse().ok();
    receipt
}

fn message_state(status: &str, failure: Option<&str>) -> (MessageState, Option<DeliveryFailure>) {
    let failed = |reason| (MessageState::Failed, Some(reason));
    match (status, failure) {
        ("delivered", _) => (MessageState::Delivered, None),
        // "Contact detail is missing".
        ("failed", Some("MFR_PDSV_0002")) => failed(DeliveryFailure::NoContact),
        ("failed", _) => failed(DeliveryFailure::Unreached),
        ("sending", _) => (MessageState::Sending, None),
        _ => (MessageState::Accepted, None),
    }
}

/// A channel that failed is followed by the next one of the plan: the message goes on.
fn channel_state(attributes: &CallbackAttributes) -> MessageState {
    match (
        attributes.channel_status.as_deref(),
        attributes.supplier_status.as_deref(),
    ) {
        (_, Some("read")) => MessageState::Read,
        (Some("delivered"), _) => MessageState::Delivered,
        _ => MessageState::Sending,
    }
}
