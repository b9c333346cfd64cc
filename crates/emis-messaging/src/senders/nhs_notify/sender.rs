//! The sender.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use emis_credentials::Network;
use emis_settings::Channel;
use emis_types::Clock;
use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::super::http::{HttpAnswer, HttpCall, HttpFailure, HttpService, bearer};
use super::super::setup_error::{SenderSetupError, SenderSetupErrorKind};
use super::content::Account;
use super::key::NhsNotifyKey;
use super::plan::NhsRoutingPlan;
use super::token::TokenSource;
use super::{answer, receipts};
use crate::{
    Addressing, BodyForm, Delivery, DeliveryReceipt, Message, Notifier, NotifierFuture,
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

    /// Makes a call. A token may be revoked before it expires: nothing was done with it then, and the
    /// call is made once more.
    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Result<HttpAnswer, HttpFailure>, NotifyError> {
        let token = self.tokens.token(None).await?;
        let answer = self.call_once(&method, path, body.as_deref(), &token).await;
        if !answer.as_ref().is_ok_and(|answer| answer.status == 401) {
            return Ok(answer);
        }
        let token = self.tokens.token(Some(&token)).await?;
        Ok(self.call_once(&method, path, body.as_deref(), &token).await)
    }

    async fn call_once(
        &self,
        method: &Method,
        path: &str,
        body: Option<&[u8]>,
        token: &SecretString,
    ) -> Result<HttpAnswer, HttpFailure> {
        let authorization = bearer(token.expose_secret()).ok_or(HttpFailure::Unsendable)?;
        let call = HttpCall {
            method: method.clone(),
            path,
            query: &[],
            authorization: Some(authorization),
            accept: MEDIA_TYPE,
            body: body.map(|body| (MEDIA_TYPE, body.to_vec())),
        };
        self.http.call(call).await
    }

    /// Returns the receipt of a message by NHS Notify's ID: for messages whose callback was lost.
    ///
    /// # Errors
    /// With [`Temporary`](Kind::Temporary) if the service can't be asked, with
    /// [`Rejected`](Kind::Rejected) if it has no such message.
    pub async fn receipt_of(&self, sender_id: &str) -> Result<DeliveryReceipt, NotifyError> {
        let nothing = NotifyError::new(Kind::Rejected, "NHS Notify has nothing of this ID");
        if sender_id.is_empty() || !sender_id.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(nothing);
        }
        let path = format!("/v1/messages/{sender_id}");
        let answer = self.call(Method::GET, &path, None).await?;
        let error = |message| NotifyError::new(Kind::Temporary, message).of_sender();
        let answer =
            answer.map_err(|failure| error("NHS Notify did not answer").with_source(failure))?;
        match answer.status {
            200 => receipts::found(&answer.body)
                .ok_or(error("NHS Notify's answer is not one that it documents")),
            404 => Err(nothing),
            _ => Err(error("NHS Notify did not answer the question")),
        }
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
        let account = Account {
            names_practice: self.names_practice,
            billing_reference: self.billing_reference.as_deref(),
        };
        let body = account.body(message, nhs_number, plan)?;
        let answer = self.call(Method::POST, "/v1/messages", Some(body)).await?;
        answer::sent(answer, message.reference())
    }
}

impl Notifier for NhsNotify {
    fn capabilities(&self) -> &SenderCapabilities {
        &self.capabilities
    }

    fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
        Box::pin(self.hand_over(message))
    }
}
