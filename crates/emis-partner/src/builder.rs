//! Putting the product together, once per process.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use emis_booking::BookingLedger;
use emis_credentials::{ClientCredentials, SealingIdentity};
use emis_diagnostics::Product;
use emis_reminders::{Notifier, ReminderLedger};
use emis_settings::SettingsStore;
use emis_types::{ApplicationId, Clock, SystemClock};
use url::Url;

use crate::EmisPartner;
use crate::connection::{Connections, Endpoint};

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
    /// As the application alone: the client-credentials grant. The practice enters no user. How
    /// EMIS binds such a token to one practice is not published.
    Application,
}

/// Options of [`EmisPartner`].
#[must_use]
pub struct Builder {
    pub(crate) product: Product,
    pub(crate) environment: Environment,
    pub(crate) sign_in: SignIn,
    pub(crate) sealing_identity: SealingIdentity,
    pub(crate) settings: Arc<dyn SettingsStore>,
    pub(crate) bookings: Arc<dyn BookingLedger>,
    pub(crate) reminders: Arc<dyn ReminderLedger>,
    pub(crate) notifier: Arc<dyn Notifier>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
}

impl Builder {
    /// How the product signs in to practices; by default as the practice's API user.
    pub fn sign_in(mut self, sign_in: SignIn) -> Self {
        self.sign_in = sign_in;
        self
    }

    /// The clock that everything goes by; the machine's by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How long one attempt at a call of EMIS may take; see
    /// [`emis_client::ClientBuilder::attempt_timeout`].
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// How long a call of EMIS may take in all; see [`emis_client::ClientBuilder::deadline`].
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Puts it together. Nothing is sent; addresses are checked when a practice is first used.
    pub fn build(self) -> EmisPartner {
        let endpoint = Endpoint {
            environment: self.environment,
            sign_in: self.sign_in,
            sealing_identity: self.sealing_identity.clone(),
            clock: Arc::clone(&self.clock),
            attempt_timeout: self.attempt_timeout,
            deadline: self.deadline,
        };
        EmisPartner::new(crate::Parts {
            product: self.product,
            recipient: self.sealing_identity.recipient(),
            connections: Connections::new(endpoint),
            settings: self.settings,
            bookings: self.bookings,
            reminders: self.reminders,
            notifier: self.notifier,
            clock: self.clock,
        })
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
        sealing_identity: SealingIdentity,
        settings: Arc<dyn SettingsStore>,
        bookings: Arc<dyn BookingLedger>,
        reminders: Arc<dyn ReminderLedger>,
        notifier: Arc<dyn Notifier>,
    ) -> Self {
        Self {
            product,
            environment,
            sign_in: SignIn::default(),
            sealing_identity,
            settings,
            bookings,
            reminders,
            notifier,
            clock: Arc::new(SystemClock),
            attempt_timeout: None,
            deadline: None,
        }
    }
}
