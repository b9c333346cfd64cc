//! Statuses of messages.

use crate::{DeliveryFailure, MessageState};

/// Returns the state that a status of GOV.UK Notify names. One that is new is not final.
pub(super) fn state(status: &str) -> (MessageState, Option<DeliveryFailure>) {
    let failed = |reason| (MessageState::Failed, Some(reason));
    match status {
        "delivered" => (MessageState::Delivered, None),
        "permanent-failure" => failed(DeliveryFailure::Refused),
        "temporary-failure" => failed(DeliveryFailure::Unreached),
        "technical-failure" => failed(DeliveryFailure::Technical),
        "created" => (MessageState::Accepted, None),
        _ => (MessageState::Sending, None),
    }
}
