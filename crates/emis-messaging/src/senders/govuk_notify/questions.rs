//! Calls that ask and send nothing.

use emis_types::OdsCode;
use jiff::Timestamp;
use reqwest::Method;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::super::http::{HttpAnswer, HttpFailure};
use super::sender::GovUkNotify;
use super::service::GovUkNotifyService;
use super::wire::{Notification, Page, ReceivedPage, Template};
use super::{answer, status, times};
use crate::{
    Delivery, DeliveryReceipt, InboundText, MessageReference, NotifyError, NotifyErrorKind as Kind,
};

impl GovUkNotify {
    /// Checks the key and the templates of a practice's service, for the page on which they are set
    /// up. Sends nothing.
    ///
    /// # Errors
    /// With [`Temporary`](Kind::Temporary) if the service can't be asked or does not accept the key,
    /// with [`Rejected`](Kind::Rejected) if a template is absent, is of another channel, or lacks its
    /// placeholder.
    pub async fn check_templates(&self, practice: &OdsCode) -> Result<(), NotifyError> {
        let service = self.service_of(practice)?;
        let templates = [
            (service.sms_template, "sms", None),
            (service.email_template, "email", Some("((subject))")),
        ];
        for (id, kind, subject) in templates {
            let Some(id) = id else { continue };
            let answer = self.get(&service, &format!("/v2/template/{id}"), &[]).await;
            let template: Template = self.asked(answer)?;
            let has_subject = subject.is_none_or(|placeholder| {
                let text = template.subject.as_deref();
                text.is_some_and(|text| text.contains(placeholder))
            });
            if template.kind != kind || !template.body.contains("((body))") || !has_subject {
                let message = "a template is of another channel, or lacks ((body)) or ((subject))";
                return Err(NotifyError::new(Kind::Rejected, message).of_sender());
            }
        }
        Ok(())
    }

    /// Returns the receipt of a message by GOV.UK Notify's ID: for messages whose callback was lost.
    ///
    /// # Errors
    /// With [`Temporary`](Kind::Temporary) if the service can't be asked, with
    /// [`Rejected`](Kind::Rejected) if it has no such message, or deleted it after its retention period.
    pub async fn receipt_of(
        &self,
        practice: &OdsCode,
        sender_id: &str,
    ) -> Result<DeliveryReceipt, NotifyError> {
        let service = self.service_of(practice)?;
        let id = Uuid::try_parse(sender_id)
            .map_err(|_| NotifyError::new(Kind::Rejected, "the message's ID is not a UUID"))?;
        let path = format!("/v2/notifications/{id}");
        let found: Notification = self.asked(self.get(&service, &path, &[]).await)?;
        let (state, failure) = status::state(&found.status);
        let mut receipt = DeliveryReceipt::of_sender_id(found.id, state);
        receipt.failure = failure;
        receipt.reference = found.reference.and_then(|text| text.parse().ok());
        Ok(receipt)
    }

    /// Returns the texts that patients sent to a practice's service since a time, oldest first: for a
    /// product that was down for longer than callbacks are tried. Those that did not come from a UK
    /// mobile are left out.
    ///
    /// # Errors
    /// With [`Temporary`](Kind::Temporary) if the service can't be asked.
    pub async fn received_texts(
        &self,
        practice: &OdsCode,
        since: Timestamp,
    ) -> Result<Vec<InboundText>, NotifyError> {
        let service = self.service_of(practice)?;
        let path = "/v2/received-text-messages";
        let mut texts = Vec::new();
        let mut older_than = None::<String>;
        loop {
            let query = older_than.as_deref().map(|id| ("older_than", id));
            let answer = self.get(&service, path, query.as_slice()).await;
            let page: ReceivedPage = self.asked(answer)?;
            let Some(last) = page.received_text_messages.last() else {
                break;
            };
            // A page that ends where the one before did would never end.
            let next = Some(last.id.clone());
            let is_last = next == older_than;
            older_than = next;
            let (recent, older): (Vec<_>, Vec<_>) = page
                .received_text_messages
                .into_iter()
                .filter_map(|text| Some((times::parse(&text.created_at)?, text)))
                .partition(|(at, _)| *at >= since);
            for (at, text) in recent {
                if let Ok(from) = text.user_number.parse() {
                    let from = crate::Contact::Sms(from);
                    texts.push(InboundText::new(text.id, from, text.content, at));
                }
            }
            if is_last || !older.is_empty() {
                break;
            }
        }
        texts.reverse();
        Ok(texts)
    }

    pub(super) async fn find_by_reference(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
    ) -> Result<Option<Delivery>, NotifyError> {
        let reference = reference.to_string();
        let query = [("reference", reference.as_str())];
        for service in self.services_of(practice)? {
            let answer = self.get(&service, "/v2/notifications", &query).await;
            let page: Page = self.asked(answer)?;
            let mut ours = page.notifications.into_iter();
            if let Some(ours) = ours.find(|it| it.reference.as_ref() == Some(&reference)) {
                let (state, failure) = status::state(&ours.status);
                let mut delivery = Delivery::with_id(ours.id).in_state(state);
                delivery.failure = failure;
                return Ok(Some(delivery));
            }
        }
        Ok(None)
    }

    async fn get(
        &self,
        service: &GovUkNotifyService,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<HttpAnswer, HttpFailure> {
        self.call(service, Method::GET, path, query, None).await
    }

    /// Decodes the answer to a call that asks.
    fn asked<T: DeserializeOwned>(
        &self,
        answer: Result<HttpAnswer, HttpFailure>,
    ) -> Result<T, NotifyError> {
        let error = |message| NotifyError::new(Kind::Temporary, message).of_sender();
        let answer =
            answer.map_err(|failure| error("GOV.UK Notify did not answer").with_source(failure))?;
        match answer.status {
            200 => serde_json::from_slice(&answer.body)
                .map_err(|_| error("GOV.UK Notify's answer is not one that it documents")),
            404 => Err(
                NotifyError::new(Kind::Rejected, "GOV.UK Notify has nothing of this ID")
                    .of_sender(),
            ),
            400..500 => Err(answer::refused(&answer, self.clock.now())),
            _ => Err(error("GOV.UK Notify failed to answer")),
        }
    }
}
