//! Puts the product together, once per process.

use std::fmt;
use std::sync::Arc;

use emis_audit::AuditStore;
use emis_booking::{AdmissionStore, BookingStore, InvitationStore, SlotCache};
use emis_client::{ClientBuilder, HttpConnections, HttpOptions, Limits, SharedLimits};
use emis_credentials::{
    ClientCredentials, FixedToken, Grant, KeySource, OpenIdTokenSource, OpenIdTokenSourceBuilder,
    Recipients, RefusedPasswordStore,
};
use emis_diagnostics::{DiagnosisStore, LastCallsStore, Product};
use emis_messaging::{
    MessageStore, Messenger, Notifier, ReminderTemplateCheck, ReplyRules, TaskStore,
};
use emis_reminders::{ReminderStore, Reminders};
use emis_settings::{Commands, EmisEnvironment, ExclusionStore, RetentionStore, SettingsStore};
use emis_types::{ApplicationId, Clock, SystemClock};
use jiff::SignedDuration;
use url::Url;

use crate::connections::{ClientOptions, Connections, Endpoint, SignIn};
use crate::link_pattern::LinkPattern;
use crate::parts::{CurrentBankHolidays, Parts};
use crate::{EmisPartner, Error, ErrorKind};

/// EMIS's addresses and the product's identity there, as EMIS hands them out at onboarding.
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

/// The stores, each behind the trait of the crate that owns it.
pub(crate) struct Stores {
    pub(crate) settings: Arc<dyn SettingsStore>,
    pub(crate) exclusions: Arc<dyn ExclusionStore>,
    pub(crate) records: Arc<dyn RetentionStore>,
    pub(crate) trail: Arc<dyn AuditStore>,
    pub(crate) bookings: Arc<dyn BookingStore>,
    pub(crate) links: Arc<dyn InvitationStore>,
    pub(crate) admissions: Arc<dyn AdmissionStore>,
    pub(crate) reminders: Arc<dyn ReminderStore>,
    pub(crate) messages: Arc<dyn MessageStore>,
    pub(crate) tasks: Arc<dyn TaskStore>,
    pub(crate) refused: Arc<dyn RefusedPasswordStore>,
    pub(crate) last_calls: Arc<dyn LastCallsStore>,
    pub(crate) diagnoses: Arc<dyn DiagnosisStore>,
}

impl EmisPartner {
    /// Returns a builder of the product: the name that practices know it by, EMIS's addresses,
    /// the keys that open stored API users (such as a
    /// [`FileKeySource`](emis_credentials::FileKeySource)), the store, and the notifier that delivers
    /// messages. See the [crate's example](crate).
    pub fn builder<S>(
        product: Product,
        environment: Environment,
        keys: impl KeySource + 'static,
        store: Arc<S>,
        notifier: Arc<dyn Notifier>,
    ) -> Builder
    where
        S: SettingsStore
            + ExclusionStore
            + AuditStore
            + RetentionStore
            + BookingStore
            + InvitationStore
            + AdmissionStore
            + ReminderStore
            + MessageStore
            + TaskStore
            + RefusedPasswordStore
            + LastCallsStore
            + DiagnosisStore
            + 'static,
    {
        Builder::new(
            product,
            environment,
            Box::new(keys),
            Stores {
                settings: Arc::clone(&store) as _,
                exclusions: Arc::clone(&store) as _,
                records: Arc::clone(&store) as _,
                trail: Arc::clone(&store) as _,
                bookings: Arc::clone(&store) as _,
                links: Arc::clone(&store) as _,
                admissions: Arc::clone(&store) as _,
                reminders: Arc::clone(&store) as _,
                messages: Arc::clone(&store) as _,
                tasks: Arc::clone(&store) as _,
                refused: Arc::clone(&store) as _,
                last_calls: Arc::clone(&store) as _,
                diagnoses: store,
            },
            notifier,
        )
    }
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
    least_between_polls: SignedDuration,
    replies: Option<ReplyRules>,
    links_at: Option<LinkPattern>,
    token_options: Option<TokenOptions>,
    client_options: ClientOptions,
    http: HttpOptions,
    process_limits: Limits,
    slots_fresh_for: SignedDuration,
}

type TokenOptions = Box<dyn FnOnce(OpenIdTokenSourceBuilder) -> OpenIdTokenSourceBuilder>;

impl Builder {
    /// Sets how the product signs in to practices; by default as the practice's API user.
    pub fn sign_in(mut self, sign_in: SignIn) -> Self {
        self.sign_in = sign_in;
        self
    }

    /// Sets which EMIS the [`Environment`] belongs to: production by default. A practice whose
    /// settings name the other one is not called.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::Builder;
    /// use emis_partner::settings::EmisEnvironment;
    ///
    /// fn test_system(builder: Builder) -> Builder {
    ///     builder.emis_environment(EmisEnvironment::Test)
    /// }
    /// ```
    pub fn emis_environment(mut self, emis: EmisEnvironment) -> Self {
        self.emis = emis;
        self
    }

    /// Sets the clock; the machine's by default.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    ///
    /// use emis_partner::Builder;
    /// use emis_partner::jiff::civil::date;
    /// use emis_partner::types::ManualClock;
    ///
    /// /// For tests: it is Tuesday morning until the clock is set. Give a clone to the store and the simulator.
    /// fn at_ten(builder: Builder) -> (Builder, ManualClock) {
    ///     let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
    ///     (builder.clock(Arc::new(clock.clone())), clock)
    /// }
    /// ```
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the least time between two polls of a practice for its reminders, whichever worker makes
    /// them; five minutes by default. For tests and simulations: shorter is a burden on EMIS.
    pub fn least_between_polls(mut self, least: SignedDuration) -> Self {
        self.least_between_polls = least;
        self
    }

    /// Sets that patients may reply to text messages, and by which rules: a property of the
    /// gateway's number. Reminders then name the code by which a reply cancels, where the practice
    /// allows that. By default [replies](EmisPartner::receive_reply) are read, but not asked for.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::Builder;
    /// use emis_partner::messaging::ReplyRules;
    ///
    /// /// This gateway takes CANCEL for an opt-out.
    /// fn with_replies(builder: Builder) -> Builder {
    ///     let mut rules = ReplyRules::default();
    ///     rules.cancel_opts_out = true;
    ///     rules.cancel_word = "REMOVE".to_owned();
    ///     builder.replies(rules)
    /// }
    /// ```
    pub fn replies(mut self, rules: ReplyRules) -> Self {
        self.replies = Some(rules);
        self
    }

    /// Sets the address of the product's page that a patient's link opens: invitations need it.
    /// Reminders and confirmations contain a link to their appointment, where the practice lets
    /// patients cancel or move at once and the sender may carry links.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::{Builder, LinkPatternError};
    ///
    /// fn with_page(builder: Builder) -> Result<Builder, LinkPatternError> {
    ///     Ok(builder.links_at("https://book.example.com/a/{token}".parse()?))
    /// }
    /// ```
    pub fn links_at(mut self, pattern: LinkPattern) -> Self {
        self.links_at = Some(pattern);
        self
    }

    /// Changes how tokens are requested: scopes, client authentication, the token endpoint and
    /// every other option of [`OpenIdTokenSourceBuilder`].
    ///
    /// # Examples
    /// ```
    /// use emis_partner::Builder;
    ///
    /// /// Asks for no more than reminders need.
    /// fn reads_only(builder: Builder) -> Builder {
    ///     let scopes = ["papi-appt.read", "papi-subjects.read", "papi-config.read"];
    ///     builder.token_options(move |tokens| tokens.scopes(scopes))
    /// }
    /// ```
    pub fn token_options(
        mut self,
        options: impl FnOnce(OpenIdTokenSourceBuilder) -> OpenIdTokenSourceBuilder + 'static,
    ) -> Self {
        self.token_options = Some(Box::new(options));
        self
    }

    /// Changes how EMIS is called: timeouts, retries, how dates and the `dead` flag are encoded,
    /// and every other option of [`ClientBuilder`]. Applied to each practice's client.
    ///
    /// An [observer](ClientBuilder::observer) that is set here replaces the one that tells the
    /// diagnosis how the product's calls ended.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// use emis_partner::Builder;
    ///
    /// fn patient(builder: Builder) -> Builder {
    ///     builder.client_options(|client| client.deadline(Duration::from_secs(60)))
    /// }
    /// ```
    pub fn client_options(
        mut self,
        options: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.client_options = ClientOptions::new(options);
        self
    }

    /// Sets proxy, root certificates and timeouts of the connections to EMIS, which all practices
    /// share. Tokens are fetched over connections of their own, through the same proxy and with
    /// the same root certificates.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::Builder;
    /// use emis_partner::client::HttpOptions;
    /// use emis_partner::url::Url;
    ///
    /// fn through(builder: Builder, proxy: Url) -> Builder {
    ///     builder.http(HttpOptions::new().proxy(proxy))
    /// }
    /// ```
    pub fn http(mut self, options: HttpOptions) -> Self {
        self.http = options;
        self
    }

    /// Limits the calls of all practices together; by default to 128 in flight and 200 a second.
    /// One practice takes at most half of the former.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::Builder;
    /// use emis_partner::client::Limits;
    ///
    /// /// 64 calls in flight and 100 a second, for all practices together.
    /// fn gentle(builder: Builder) -> Builder {
    ///     builder.process_limits(Limits::new(64, 100))
    /// }
    /// ```
    pub fn process_limits(mut self, limits: Limits) -> Self {
        self.process_limits = limits;
        self
    }

    /// Sets how old the slots of a [search](crate::BookingApi::free_slots) may be; 15 seconds by
    /// default. Patients who search within that time share a reading; a booking always reads anew.
    pub fn slots_fresh_for(mut self, time: SignedDuration) -> Self {
        self.slots_fresh_for = time;
        self
    }

    /// Sends the practice's EMIS organisation ID with every token request, as a form parameter of
    /// this name; by default none is sent. EMIS tells a product at onboarding how a token is
    /// bound to a practice, and does not publish it.
    pub fn practice_parameter(mut self, name: impl Into<String>) -> Self {
        self.practice_parameter = Some(name.into());
        self
    }

    /// Sets the recipients that API users are sealed to; by default the first of the product's
    /// own keys. Add a key of last resort here whose identity is kept offline. One of the
    /// product's own keys must be among them.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::Builder;
    /// use emis_partner::credentials::{Recipient, Recipients, SealError};
    ///
    /// /// The identity of `offline` is in a safe.
    /// fn with_key_of_last_resort(
    ///     builder: Builder,
    ///     (own, offline): (Recipient, Recipient),
    /// ) -> Result<Builder, SealError> {
    ///     Ok(builder.recipients(Recipients::new([own, offline])?))
    /// }
    /// ```
    pub fn recipients(mut self, recipients: impl Into<Recipients>) -> Self {
        self.recipients = Some(recipients.into());
        self
    }

    /// Builds the product and loads the sealing keys. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if there are no sealing
    /// keys, if none of them is among the [recipients](Self::recipients), if an address is not
    /// https (loopback excepted), or if the [HTTP options](Self::http) contradict each other.
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
        let unused = Arc::new(FixedToken::new(""));
        endpoint.check(unused)?;
        let check = template_check(&*self.notifier, self.links_at.as_ref());
        let commands = Commands::new(
            Arc::clone(&self.stores.settings),
            Arc::clone(&self.stores.exclusions),
            Arc::clone(&self.stores.trail),
            recipients.clone(),
            Arc::clone(&self.clock),
        )
        .checking_templates(Arc::new(check));
        let messenger = Messenger::new(
            Arc::clone(&self.notifier),
            Arc::clone(&self.stores.messages),
            Arc::clone(&self.stores.tasks),
            Arc::clone(&self.clock),
        );
        Ok(EmisPartner::new(Parts {
            product: self.product,
            recipients,
            commands,
            connections: Connections::new(endpoint),
            settings: self.stores.settings,
            exclusions: self.stores.exclusions,
            records: self.stores.records,
            trail: self.stores.trail,
            bank_holidays: CurrentBankHolidays::default(),
            bookings: self.stores.bookings,
            links: self.stores.links,
            admissions: self.stores.admissions,
            slots: Arc::new(SlotCache::new(self.slots_fresh_for)),
            reminders: self.stores.reminders,
            messages: self.stores.messages,
            tasks: self.stores.tasks,
            messenger,
            last_calls: self.stores.last_calls,
            diagnoses: self.stores.diagnoses,
            replies: self.replies,
            links_at: self.links_at,
            clock: self.clock,
            least_between_polls: self.least_between_polls,
        }))
    }
}

/// Returns the check of templates by the product's sender and page.
pub(crate) fn template_check(
    notifier: &dyn Notifier,
    links_at: Option<&LinkPattern>,
) -> ReminderTemplateCheck {
    let check = ReminderTemplateCheck::new(notifier.capabilities().text.clone());
    match links_at {
        Some(pattern) => check.linking(pattern.example()),
        None => check,
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
            least_between_polls: Reminders::LEAST_BETWEEN_POLLS,
            replies: None,
            links_at: None,
            token_options: None,
            client_options: ClientOptions::default(),
            http: HttpOptions::new(),
            process_limits: Limits::new(128, 200),
            slots_fresh_for: SignedDuration::from_secs(15),
        }
    }
}
