//! The sender.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use emis_credentials::Network;
use emis_settings::Channel;
use emis_types::{Clock, OdsCode};
use reqwest::Method;
use serde::Serialize;
use url::Url;
use uuid::Uuid;

use super::super::http::{HttpAnswer, HttpCall, HttpFailure, HttpService, bearer};
use super::super::setup_error::{SenderSetupError, SenderSetupErrorKind};
use super::answer;
use super::service::GovUkNotifyService;
use super::wire::{Personalisation, SendEmail, SendText};
use crate::{
    BodyForm, Contact, Delivery, DeliveryRoute, Message, MessageBody, MessageReference, Notifier,
    NotifierFuture, NotifyError, NotifyErrorKind as Kind, RepeatSafety, SenderCapabilities,
    TextRules,
};

/// GOV.UK Notify's production service.
const PRODUCTION: &str = "https://api.notifications.service.gov.uk";

/// Sends text messages and emails by GOV.UK Notify, with one service for all practices or one of each.
///
/// GOV.UK Notify sends a message again that is handed over again. After a lost answer,
/// [`find`](Notifier::find) tells whether it has the message: ask it some minutes later, as it may
/// still be storing what it accepted. It keeps messages for 7 days by default.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use emis_messaging::senders::{GovUkNotify, GovUkNotifyService};
/// use emis_types::SystemClock;
///
/// # fn example(products: GovUkNotifyService, own: GovUkNotifyService)
/// #     -> Result<(), Box<dyn std::error::Error>> {
/// let sender = GovUkNotify::builder(Arc::new(SystemClock))
///     .service(products)
///     .practice_service("A20047".parse()?, own)
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct GovUkNotify {
    http: HttpService,
    pub(super) clock: Arc<dyn Clock>,
    service: Option<GovUkNotifyService>,
    of_practices: RwLock<BTreeMap<OdsCode, GovUkNotifyService>>,
    capabilities: SenderCapabilities,
}

/// Builds a [`GovUkNotify`] sender.
#[derive(Debug)]
#[must_use]
pub struct GovUkNotifyBuilder {
    clock: Arc<dyn Clock>,
    base: Option<Url>,
    network: Network,
    timeout: Duration,
    service: Option<GovUkNotifyService>,
    of_practices: BTreeMap<OdsCode, GovUkNotifyService>,
}

impl GovUkNotifyBuilder {
    /// Sets the service of every practice that has none of its own.
    pub fn service(mut self, service: GovUkNotifyService) -> Self {
        self.service = Some(service);
        self
    }

    /// Sets the service of a practice.
    pub fn practice_service(mut self, practice: OdsCode, service: GovUkNotifyService) -> Self {
        self.of_practices.insert(practice, service);
        self
    }

    /// Sets another base URL than the production service's, for a double.
    pub fn base_url(mut self, url: Url) -> Self {
        self.base = Some(url);
        self
    }

    /// Sets proxy and root certificates.
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Sets the timeout of a call; 10 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Builds the sender.
    ///
    /// # Errors
    /// If the URL or the network settings cannot be used.
    pub fn build(self) -> Result<GovUkNotify, SenderSetupError> {
        let base = match self.base {
            Some(base) => base,
            None => Url::parse(PRODUCTION).map_err(|_| {
                SenderSetupError::new(SenderSetupErrorKind::Connection, "no base URL")
            })?,
        };
        let mut capabilities = SenderCapabilities::new("govuk-notify");
        capabilities.body = BodyForm::Either;
        capabilities.repeat = RepeatSafety::Searchable;
        capabilities.text = TextRules::GOV_UK_NOTIFY;
        capabilities.routes = vec![
            DeliveryRoute::direct(Channel::Sms),
            DeliveryRoute::direct(Channel::Email),
        ];
        Ok(GovUkNotify {
            http: HttpService::new(base, &self.network, self.timeout)?,
            clock: self.clock,
            service: self.service,
            of_practices: RwLock::new(self.of_practices),
            capabilities,
        })
    }
}

impl GovUkNotify {
    /// Starts to build a sender. Tokens are dated by `clock`.
    pub fn builder(clock: Arc<dyn Clock>) -> GovUkNotifyBuilder {
        GovUkNotifyBuilder {
            clock,
            base: None,
            network: Network::new(),
            timeout: Duration::from_secs(10),
            service: None,
            of_practices: BTreeMap::new(),
        }
    }

    /// Sets the service of a practice from now on, or takes it away.
    pub fn set_practice_service(&self, practice: OdsCode, service: Option<GovUkNotifyService>) {
        // A map that is changed in single steps is whole, whatever happened to another thread.
        let mut services = self
            .of_practices
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        match service {
            Some(service) => services.insert(practice, service),
            None => services.remove(&practice),
        };
    }

    /// Returns the services that may have a practice's messages: the present one, and the one for all,
    /// which the practice may have used before.
    pub(super) fn services_of(
        &self,
        practice: &OdsCode,
    ) -> Result<Vec<GovUkNotifyService>, NotifyError> {
        let present = self.service_of(practice)?;
        let shared = self.service.clone();
        let other = shared.filter(|it| it.key.service_id() != present.key.service_id());
        Ok([Some(present), other].into_iter().flatten().collect())
    }

    pub(super) fn service_of(&self, practice: &OdsCode) -> Result<GovUkNotifyService, NotifyError> {
        let services = self
            .of_practices
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let service = services.get(practice).or(self.service.as_ref());
        service.cloned().ok_or(NotifyError::new(
            Kind::Rejected,
            "the practice has no GOV.UK Notify service",
        ))
    }

    async fn post(
        &self,
        service: &GovUkNotifyService,
        path: &str,
        body: &impl Serialize,
    ) -> Result<HttpAnswer, HttpFailure> {
        let body = serde_json::to_vec(body).map_err(|_| HttpFailure::Unsendable)?;
        self.call(service, Method::POST, path, &[], Some(body))
            .await
    }

    pub(super) async fn call(
        &self,
        service: &GovUkNotifyService,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<HttpAnswer, HttpFailure> {
        let token = service.key.token(self.clock.now());
        let authorization = token.as_deref().and_then(bearer);
        let call = HttpCall {
            method,
            path,
            query,
            authorization: Some(authorization.ok_or(HttpFailure::Unsendable)?),
            accept: "application/json",
            body: body.map(|body| ("application/json", body)),
        };
        self.http.call(call).await
    }

    async fn send_text(
        &self,
        service: &GovUkNotifyService,
        to: &str,
        message: &Message,
    ) -> Result<Delivery, NotifyError> {
        let (template_id, personalisation) = content(message.body(), service.sms_template, None)?;
        if let Personalisation::Text { body, .. } = &personalisation
            && self.capabilities.text.sms(body).too_long
        {
            let message = "the text is longer than GOV.UK Notify sends";
            return Err(NotifyError::new(Kind::Rejected, message));
        }
        let body = SendText {
            phone_number: to,
            template_id,
            personalisation,
            reference: &message.reference().to_string(),
            sms_sender_id: service.sms_sender,
        };
        let answer = self.post(service, "/v2/notifications/sms", &body).await;
        answer::sent(answer, message.reference(), self.clock.now())
    }

    async fn send_email(
        &self,
        service: &GovUkNotifyService,
        to: &str,
        message: &Message,
    ) -> Result<Delivery, NotifyError> {
        let subject = message.body().subject();
        let (template_id, personalisation) =
            content(message.body(), service.email_template, subject)?;
        let body = SendEmail {
            email_address: to,
            template_id,
            personalisation,
            reference: &message.reference().to_string(),
            email_reply_to_id: service.email_reply_to,
        };
        let answer = self.post(service, "/v2/notifications/email", &body).await;
        answer::sent(answer, message.reference(), self.clock.now())
    }
}

/// Returns the template of a message and the values of its placeholders.
fn content<'a>(
    body: &'a MessageBody,
    free_text: Option<Uuid>,
    subject: Option<&'a str>,
) -> Result<(Uuid, Personalisation<'a>), NotifyError> {
    let rejected = |message| NotifyError::new(Kind::Rejected, message);
    match body {
        MessageBody::Text { text, .. } => {
            let template = free_text.ok_or(
                rejected("the service has no template for free text of this channel").of_sender(),
            )?;
            let body = text.expose();
            Ok((template, Personalisation::Text { subject, body }))
        }
        MessageBody::Template {
            id,
            personalisation,
        } => {
            let template =
                Uuid::try_parse(id).map_err(|_| rejected("the template's ID is not a UUID"))?;
            let values = personalisation
                .iter()
                .map(|(name, value)| (name.as_str(), value.expose().as_str()))
                .collect();
            Ok((template, Personalisation::Values(values)))
        }
    }
}

impl Notifier for GovUkNotify {
    fn capabilities(&self) -> &SenderCapabilities {
        &self.capabilities
    }

    fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
        Box::pin(async move {
            if message.is_expired(self.clock.now()) {
                let message = "the message's time has passed";
                return Err(NotifyError::new(Kind::Rejected, message));
            }
            let service = self.service_of(message.practice())?;
            match message.contact() {
                Some(Contact::Sms(mobile)) => {
                    self.send_text(&service, mobile.expose(), message).await
                }
                Some(Contact::Email(address)) => {
                    self.send_email(&service, address.expose(), message).await
                }
                _ => Err(NotifyError::new(
                    Kind::NoContact,
                    "GOV.UK Notify needs a mobile number or an email address",
                )),
            }
        })
    }

    fn find<'a>(
        &'a self,
        practice: &'a OdsCode,
        reference: MessageReference,
    ) -> NotifierFuture<'a, Option<Delivery>> {
        Box::pin(self.find_by_reference(practice, reference))
    }
}
