//! The sender.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use emis_credentials::Network;
use emis_settings::Channel;
use emis_types::{Clock, NhsNumber};
use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::super::http::{HttpAnswer, HttpCall, HttpFailure, HttpService, bearer};
use super::super::setup_error::{SenderSetupError, SenderSetupErrorKind};
use super::answer;
use super::key::NhsNotifyKey;
use super::plan::{NhsMessageField, NhsRoutingPlan};
use super::token::TokenSource;
use super::wire::{Attributes, CreateMessage, Document, Originator, Recipient};
use crate::{
    Addressing, BodyForm, Delivery, DeliveryMeans, Message, MessageBody, Notifier, NotifierFuture,
    NotifyError, NotifyErrorKind as Kind, RepeatSafety, SenderCapabilities, TextRules,
};

const PRODUCTION: &str = "https://api.service.nhs.uk";
const INTEGRATION: &str = "https://int.api.service.nhs.uk";
const MEDIA_TYPE: &str = "application/vnd.api+json";

/// Sends messages by NHS Notify, which finds the patient's contact details by NHS number.
///
/// NHS Notify takes one message of a reference, and remembers references for 9 months: after a lost
/// answer, send the message again. Its own hours and fallbacks are in the
/// [capabilities](Notifier::capabilities).
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use emis_messaging::senders::{NhsNotify, NhsNotifyKey, NhsRoutingPlan};
/// use emis_settings::Channel;
/// use emis_types::SystemClock;
///
/// # fn example(key: NhsNotifyKey) -> Result<(), Box<dyn std::error::Error>> {
/// let sender = NhsNotify::builder(Arc::new(SystemClock), key)
///     .plan(Channel::Sms, NhsRoutingPlan::app_then_sms_after_4_hours())
///     .plan(Channel::Email, NhsRoutingPlan::email())
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct NhsNotify {
    http: HttpService,
    tokens: TokenSource,
    clock: Arc<dyn Clock>,
    plans: BTreeMap<Channel, NhsRoutingPlan>,
    names_practice: bool,
    billing_reference: Option<String>,
    capabilities: SenderCapabilities,
}

/// Builds a [`NhsNotify`] sender.
#[derive(Debug)]
#[must_use]
pub struct NhsNotifyBuilder {
    clock: Arc<dyn Clock>,
    key: NhsNotifyKey,
    host: Option<Url>,
    token_url: Option<Url>,
    integration: bool,
    network: Network,
    timeout: Duration,
    plans: BTreeMap<Channel, NhsRoutingPlan>,
    names_practice: bool,
    billing_reference: Option<String>,
}

impl NhsNotifyBuilder {
    /// Sets the routing plan of a channel. A channel without one is not served.
    pub fn plan(mut self, channel: Channel, plan: NhsRoutingPlan) -> Self {
        self.plans.insert(channel, plan);
        self
    }

    /// Uses the integration environment, which sends to test patients only.
    pub fn integration_environment(mut self) -> Self {
        self.integration = true;
        self
    }

    /// Sets another host for the API and the token service, for a double.
    pub fn host(mut self, url: Url) -> Self {
        self.host = Some(url);
        self
    }

    /// Sets another address of the token service than the one at the host.
    pub fn token_url(mut self, url: Url) -> Self {
        self.token_url = Some(url);
        self
    }

    /// Names the practice as the originator, for accounts that may set ODS codes. The NHS App then
    /// shows its name.
    pub fn names_practice(mut self) -> Self {
        self.names_practice = true;
        self
    }

    /// Sets the reference under which messages are billed.
    pub fn billing_reference(mut self, reference: impl Into<String>) -> Self {
        self.billing_reference = Some(reference.into());
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
    /// If no channel has a plan, or the URL or the network settings cannot be used.
    pub fn build(self) -> Result<NhsNotify, SenderSetupError> {
        if self.plans.values().all(|plan| plan.legs.is_empty()) {
            let message = "no channel has a routing plan with a leg";
            return Err(SenderSetupError::new(
                SenderSetupErrorKind::Content,
                message,
            ));
        }
        let environment = if self.integration {
            INTEGRATION
        } else {
            PRODUCTION
        };
        let host = self.host.or_else(|| Url::parse(environment).ok());
        let url = |path| host.as_ref().and_then(|host| host.join(path).ok());
        let no_url = SenderSetupError::new(SenderSetupErrorKind::Connection, "no usable URL");
        let token = self.token_url.or_else(|| url("/oauth2/token"));
        let (Some(api), Some(token)) = (url("/comms"), token) else {
            return Err(no_url);
        };
        let mut capabilities = SenderCapabilities::new("nhs-notify");
        capabilities.addressing = Addressing::NhsNumber;
        capabilities.body = BodyForm::Text;
        capabilities.repeat = RepeatSafety::Idempotent;
        // It sends texts by GOV.UK Notify.
        capabilities.text = TextRules::GOV_UK_NOTIFY;
        let route = |(channel, plan): (&Channel, &NhsRoutingPlan)| plan.route(*channel);
        capabilities.routes = self.plans.iter().map(route).collect();
        Ok(NhsNotify {
            http: HttpService::new(api, &self.network, self.timeout)?,
            tokens: TokenSource::new(
                token,
                self.key,
                Arc::clone(&self.clock),
                &self.network,
                self.timeout,
            )?,
            clock: self.clock,
            plans: self.plans,
            names_practice: self.names_practice,
            billing_reference: self.billing_reference,
            capabilities,
        })
    }
}

impl NhsNotify {
    /// Starts to build a sender. Tokens and assertions are dated by `clock`.
    pub fn builder(clock: Arc<dyn Clock>, key: NhsNotifyKey) -> NhsNotifyBuilder {
        NhsNotifyBuilder {
            clock,
            key,
            host: None,
            token_url: None,
            integration: false,
            network: Network::new(),
            timeout: Duration::from_secs(10),
            plans: BTreeMap::new(),
            names_practice: false,
            billing_reference: None,
        }
    }

    async fn post(&self, body: Vec<u8>, token: &SecretString) -> Result<HttpAnswer, HttpFailure> {
        let authorization = bearer(token.expose_secret()).ok_or(HttpFailure::Unsendable)?;
        let call = HttpCall {
            method: Method::POST,
            path: "/v1/messages",
            query: &[],
            authorization: Some(authorization),
            accept: MEDIA_TYPE,
            body: Some((MEDIA_TYPE, body)),
        };
        self.http.call(call).await
    }

    async fn hand_over(&self, message: &Message) -> Result<Delivery, NotifyError> {
        let rejected = |message| NotifyError::new(Kind::Rejected, message);
        if message.is_expired(self.clock.now()) {
            return Err(rejected("the message's time has passed"));
        }
        let nhs_number = message.nhs_number().ok_or(NotifyError::new(
            Kind::NoContact,
            "NHS Notify needs the patient's NHS number",
        ))?;
        let plan = self
            .plans
            .get(&message.channel())
            .ok_or(rejected("the channel has no routing plan"))?;
        let body = self.body(message, nhs_number, plan)?;
        let token = self.tokens.token(None).await?;
        let mut answer = self.post(body.clone(), &token).await;
        // A token may be revoked before it expires. Nothing was sent with it.
        if answer.as_ref().is_ok_and(|answer| answer.status == 401) {
            let token = self.tokens.token(Some(&token)).await?;
            answer = self.post(body, &token).await;
        }
        answer::sent(answer, message.reference())
    }

    fn body(
        &self,
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
            billing_reference: self.billing_reference.as_deref(),
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

impl Notifier for NhsNotify {
    fn capabilities(&self) -> &SenderCapabilities {
        &self.capabilities
    }

    fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
        Box::pin(self.hand_over(message))
    }
}
