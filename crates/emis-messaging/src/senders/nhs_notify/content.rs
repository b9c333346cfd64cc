//! The request of a message.

use emis_types::NhsNumber;

use super::plan::{NhsMessageField, NhsRoutingPlan};
use super::wire::{Attributes, CreateMessage, Document, Originator, Recipient};
use crate::{DeliveryMeans, Message, MessageBody, NotifyError, NotifyErrorKind as Kind};

/// The part of the setup that every message carries.
#[derive(Clone, Copy)]
pub(super) struct Account<'a> {
    pub(super) names_practice: bool,
    pub(super) billing_reference: Option<&'a str>,
}

impl Account<'_> {
    /// Returns the body of the request that sends a message.
    pub(super) fn body(
        self,
        message: &Message,
        nhs_number: NhsNumber,
        plan: &NhsRoutingPlan,
    ) -> Result<Vec<u8>, NotifyError> {
        let rejected = |message| NotifyError::new(Kind::Rejected, message);
        let MessageBody::Text { subject, text } = message.body() else {
            return Err(rejected("NHS Notify's routing plans take free text"));
        };
        let text = text.expose().as_str();
        if text.chars().count() > plan.most_characters() {
            return Err(rejected("the text is longer than the routing plan sends"));
        }
        let has_app = plan
            .legs
            .iter()
            .any(|leg| leg.means == DeliveryMeans::NhsApp);
        if has_app && has_link(text) {
            return Err(rejected("messages in the NHS App hold no link"));
        }
        let values = plan.fields.iter().map(|(name, field)| {
            let value = match field {
                NhsMessageField::Body => Some(text),
                NhsMessageField::Subject => subject.as_deref(),
            };
            value.map(|value| (name.as_str(), value))
        });
        let attributes = Attributes {
            routing_plan_id: plan.id,
            message_reference: &message.reference().to_string(),
            billing_reference: self.billing_reference,
            recipient: Recipient {
                nhs_number: nhs_number.expose(),
            },
            originator: self.names_practice.then(|| Originator {
                ods_code: message.practice().as_str(),
            }),
            personalisation: values
                .collect::<Option<_>>()
                .ok_or(rejected("an email has no subject"))?,
        };
        let data = CreateMessage {
            kind: "Message",
            attributes,
        };
        serde_json::to_vec(&Document { data })
            .map_err(|_| rejected("the message could not be written"))
    }
}

/// Returns `true` for a text that asks to open a page.
fn has_link(text: &str) -> bool {
    let text = text.to_lowercase();
    ["http://", "https://", "www."]
        .iter()
        .any(|it| text.contains(it))
}
