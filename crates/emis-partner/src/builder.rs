//! Putting the product together, once per process.

use std::fmt;
use std::sync::Arc;

use emis_audit::AuditStore;
use emis_booking::BookingLedger;
use emis_client::{ClientBuilder, HttpConnections, HttpOptions, Limits, SharedLimits};
use emis_credentials::{
    ClientCredentials, FixedToken, Grant, KeySource, OpenIdTokenSource, OpenIdTokenSourceBuilder,
    Recipients, RefusedPasswords,
};
use emis_diagnostics::{LastCallsStore, Product};
use emis_reminders::{Notifier, ReminderLedger};
use emis_settings::{Commands, EmisEnvironment, ExclusionStore, SettingsStore};
use emis_types::{ApplicationId, Clock, SystemClock};
use url::Url;

use crate::connection::{ClientOptions, Connections, Endpoint};
use crate::{EmisPartner, Error, ErrorKind, Parts};

/// Where EMIS is, and who the product is to it: what EMIS hands out when a product is onboarded.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The base URL of the Partner API, such as `https://api.platform.emis-x.uk/partner`.
    pub api_url: Url,
    /// The identity service's issuer: the address under which
    /// `/.well-known/openid-configuration` lies.
    pub identity_url: Url,
    /// The product's application ID (party key).
    pub application_id: ApplicationId,
    /// The product's client ID and secret.
    pub client: ClientCredentials,
}

/// How the product signs in to a practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SignIn {
    /// As the EMIS API user that the practice entered: the resource-owner-password grant.
    #[default]
    ApiUser,
    /// As the application alone: the client-credentials grant. The practice enters no user, so
    /// that one is missing from its settings is no problem, though
    /// [`PracticeSettings::problems`](emis_settings::PracticeSettings::problems) reports it. How
    /// EMIS binds such a token to one practice is not published.
    Application,
}

/// Everything that is kept, each behind the trait of the room that owns it.
pub(crate) struct Stores {
    pub(crate) settings: Arc<dyn SettingsStore>,
    pub(crate) exclusions: Arc<dyn ExclusionStore>,
    pub(crate) trail: Arc<dyn AuditStore>,
    pub(crate) bookings: Arc<dyn BookingLedger>,
    pub(crate) reminders: Arc<dyn ReminderLedger>,
    pub(crate) refused: Arc<dyn RefusedPasswords>,
    pub(crate) last_calls: Arc<dyn LastCallsStore>,
}

/// Options of [`EmisPartner`].
#[must_use]
pub struct Builder {
    product: Product,
    environment: Environment,
    emis: EmisEnvironment,
    sign_in: SignIn,
    practice_parameter: Option<String>,
    keys: Box<dyn KeySource>,
    recipients: Option<Recipients>,
    stores: Stores,
    notifier: Arc<dyn Notifier>,
    clock: Arc<dyn Clock>,
    token_options: Option<TokenOptions>,
    client_options: ClientOptions,
    http: HttpOptions,
    process_limits: Limits,
}

type TokenOptions = Box<dyn FnOnce(OpenIdTokenSourceBuilder) -> OpenIdTokenSourceBuilder>;

impl Builder {
    /// How the product signs in to practices; by default as the practice's API user.
    pub fn sign_in(mut self, sign_in: SignIn) -> Self {
        self.sign_in = sign_in;
        self
    }

    /// Which EMIS the [`Environment`] is of: production by default. Nobody is called for a practice
    /// whose settings say that it is in the other.
    pub fn emis_environment(mut self, emis: EmisEnvironment) -> Self {
        self.emis = emis;
        self
    }

    /// The clock that everything goes by; the machine's by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Changes how tokens are asked for: scopes, client authentication, the token endpoint and
    /// every other switch of [`OpenIdTokenSourceBuilder`].
    pub fn token_options(
        mut self,
        options: impl FnOnce(OpenIdTokenSourceBuilder) -> OpenIdTokenSourceBuilder + 'static,
    ) -> Self {
        self.token_options = Some(Box::new(options));
        self
    }

    /// Changes how EMIS is called: timeouts, retries, how dates and the `dead` flag are written
    /// and read, and every other switch of [`ClientBuilder`]. Applied to each practice's client.
    /// An [observer](ClientBuilder::observer) that is set here takes the place of the one that
    /// keeps for the diagnosis what the product's calls came to.
    pub fn client_options(
        mut self,
        options: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.client_options = ClientOptions::new(options);
        self
    }

    /// How calls of EMIS get out to the network: proxy, root certificates, timeouts. All practices
    /// share the connections that come of it. Tokens are fetched over connections of their own,
    /// which go through the same proxy and trust the same certificates.
    pub fn http(mut self, options: HttpOptions) -> Self {
        self.http = options;
        self
    }

    /// How much is asked of EMIS at once for all practices together; by default 128 calls in
    /// flight and 200 a second. One practice takes at most half of the former.
    pub fn process_limits(mut self, limits: Limits) -> Self {
        self.process_limits = limits;
        self
    }

    /// Sends the practice's EMIS organisation ID with every token request, as a form parameter of
    /// this name; by default nothing of the kind is sent. How EMIS binds a token to a practice is
    /// told at onboarding and not published.
    pub fn practice_parameter(mut self, name: impl Into<String>) -> Self {
        self.practice_parameter = Some(name.into());
        self
    }

    /// To whom API users are sealed; by default to the first of the product's own keys. Add a key
    /// of last resort here, whose identity is kept offline. One of the product's own keys must be
    /// among them.
    pub fn recipients(mut self, recipients: impl Into<Recipients>) -> Self {
        self.recipients = Some(recipients.into());
        self
    }

    /// Puts it together, and loads the sealing keys. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) where there are no sealing
    /// keys to be had or none of them is among the [recipients](Self::recipients), where an address
    /// won't do (it must be https, unless it is on this machine), or the [HTTP
    /// options](Self::http) contradict themselves.
    pub fn build(self) -> Result<EmisPartner, Error> {
        let keys = self.keys.load()?;
        let recipients = self
            .recipients
            .unwrap_or_else(|| keys.first_recipient().into());
        if recipients.ids().is_disjoint(&keys.recipient_ids()) {
            return Err(Error::new(
                ErrorKind::Configuration,
                "none of the product's sealing keys is among the recipients",
            ));
        }
        let environment = self.environment;
        let tokens = OpenIdTokenSource::builder(
            environment.identity_url,
            environment.client,
            Grant::ClientCredentials,
        )
        .clock(Arc::clone(&self.clock))
        .network(self.http.network().clone());
        let tokens = match self.token_options {
            Some(options) => options(tokens),
            None => tokens,
        };
        let endpoint = Endpoint {
            api_url: environment.api_url,
            application_id: environment.application_id,
            emis: self.emis,
            tokens: tokens.build()?,
            client_options: self.client_options,
            sign_in: self.sign_in,
            practice_parameter: self.practice_parameter,
            keys,
            refused: self.stores.refused,
            clock: Arc::clone(&self.clock),
            http: HttpConnections::new(self.http)
                .map_err(|error| Error::new(ErrorKind::Configuration, error))?,
            process_limits: SharedLimits::new(self.process_limits),
        };
        // What is wrong with the API's address is better found now than by the first practice.
        let unused = Arc::new(FixedToken::new(""));
        endpoint.client(unused, None, None).build()?;
        let commands = Commands::new(
            Arc::clone(&self.stores.settings),
            Arc::clone(&self.stores.exclusions),
            Arc::clone(&self.stores.trail),
            recipients.clone(),
            Arc::clone(&self.clock),
        );
        Ok(EmisPartner::new(Parts {
            product: self.product,
            recipients,
            commands,
            connections: Connections::new(endpoint),
            settings: self.stores.settings,
            exclusions: self.stores.exclusions,
            trail: self.stores.trail,
            bookings: self.stores.bookings,
            reminders: self.stores.reminders,
            last_calls: self.stores.last_calls,
            notifier: self.notifier,
            clock: self.clock,
        }))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("product", &self.product)
            .field("sign_in", &self.sign_in)
            .finish_non_exhaustive()
    }
}

impl Builder {
    pub(crate) fn new(
        product: Product,
        environment: Environment,
        keys: Box<dyn KeySource>,
        stores: Stores,
        notifier: Arc<dyn Notifier>,
    ) -> Self {
        Self {
            product,
            environment,
            emis: EmisEnvironment::default(),
            sign_in: SignIn::default(),
            practice_parameter: None,
            keys,
            recipients: None,
            stores,
            notifier,
            clock: Arc::new(SystemClock),
            token_options: None,
            client_options: ClientOptions::default(),
            http: HttpOptions::new(),
            process_limits: Limits::new(128, 200),
        }
    }
}
