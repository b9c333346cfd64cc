//! Puts links into messages right before they are sent.

use emis_messaging::{Message, MessageBody, MessageTopic, SendOutcome};
use emis_settings::StoreError;
use tracing::warn;

use crate::links::AppointmentLink;
use crate::reminders::Reminders;

impl Reminders {
    /// Puts the link of an appointment in place of the example, if the body has it. To be called
    /// right before sending.
    pub(crate) async fn linked(
        &self,
        body: MessageBody,
        topic: &MessageTopic,
    ) -> Result<(MessageBody, Option<AppointmentLink>), StoreError> {
        let (Some(links), MessageBody::Text { subject, text }) = (&self.links, &body) else {
            return Ok((body, None));
        };
        let example = links.example();
        if !text.expose().contains(&example) {
            return Ok((body, None));
        }
        let link = links.make(topic).await?;
        let text = text.expose().replace(&example, link.address.expose());
        let body = MessageBody::Text {
            subject: subject.clone(),
            text: text.into(),
        };
        Ok((body, Some(link)))
    }

    /// Sends a message by the ledger, and withdraws its link if it certainly was not sent.
    pub(crate) async fn hand_over(
        &self,
        message: &Message,
        link: Option<AppointmentLink>,
    ) -> Result<SendOutcome, StoreError> {
        let sent = self.messenger.send(message).await;
        let may_hold_link = matches!(
            sent,
            Ok(SendOutcome::Sent(_) | SendOutcome::InDoubt) | Err(_)
        );
        if !may_hold_link {
            self.withdraw(link).await;
        }
        sent
    }

    async fn withdraw(&self, link: Option<AppointmentLink>) {
        let (Some(links), Some(link)) = (&self.links, link) else {
            return;
        };
        if let Err(error) = links.withdraw(&link).await {
            let (practice, error) = (&self.identity.ods_code, emis_types::report(&error));
            warn!(%practice, error, "a link that was not sent stays until its appointment");
        }
    }
}
