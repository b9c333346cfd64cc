//! Options of the service, as `main` and tests set them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use emis_messaging::senders::{GovUkNotifyCallbacks, NhsNotifyCallbacks};
use emis_partner::credentials::FileKeySource;
use emis_partner::diagnostics::Product;
use emis_partner::messaging::Notifier;
use emis_partner::secrecy::SecretString;
use emis_partner::types::{Clock, SystemClock};
use emis_partner::url::Url;
use emis_partner::{Environment, LinkPattern};

use crate::staff::StaffAccount;

/// The options of [`Service::start`](crate::Service::start).
#[derive(Debug)]
#[non_exhaustive]
pub struct ServiceConfig {
    /// The address to listen at; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address that browsers use, if a proxy with https is in front. Cookies are then `__Host-`
    /// cookies.
    pub public_url: Option<Url>,
    /// The EMIS that practices are connected to.
    pub emis: EmisSource,
    /// The store.
    pub store: StorePlace,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The time between two rounds of background work; `None` does none.
    pub worker_pause: Option<Duration>,
    /// The time that a request may take.
    pub request_timeout: Duration,
    /// The bearer token that `/metrics` asks for; without one it answers 404.
    pub metrics_token: Option<SecretString>,
    /// The secrets of callbacks.
    pub callbacks: CallbackSecrets,
}

/// The EMIS that practices are connected to.
#[derive(Debug)]
#[non_exhaustive]
pub enum EmisSource {
    /// Simulated practices in this process; all but the last are set up.
    Simulated {
        /// The number of practices.
        practices: u32,
    },
    /// EMIS, as a configuration file names it.
    Real(Box<RealEmis>),
}

/// A connection to EMIS, the staff who sign in, and the sender of messages.
#[derive(Debug)]
pub struct RealEmis {
    pub(crate) product: Product,
    pub(crate) environment: Environment,
    pub(crate) sealing_keys: FileKeySource,
    pub(crate) links_at: Option<LinkPattern>,
    pub(crate) staff: Vec<StaffAccount>,
    pub(crate) notifier: Arc<dyn Notifier>,
}

/// The secrets by which the senders of messages prove their callbacks. A sender without one is not
/// listened to.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct CallbackSecrets {
    /// The bearer token of GOV.UK Notify.
    pub govuk_notify: Option<SecretString>,
    /// The application ID and the API key of NHS Notify.
    pub nhs_notify: Option<(String, SecretString)>,
}

impl CallbackSecrets {
    pub(crate) fn govuk_notify(&self) -> Option<GovUkNotifyCallbacks> {
        self.govuk_notify.clone().map(GovUkNotifyCallbacks::new)
    }

    pub(crate) fn nhs_notify(&self) -> Option<NhsNotifyCallbacks> {
        let (id, key) = self.nhs_notify.as_ref()?;
        Some(NhsNotifyCallbacks::new(id, key.clone()))
    }
}

/// The place of the store.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StorePlace {
    /// In memory: everything is lost at the end.
    Memory,
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL database, by its URL: feature `postgres`.
    Postgres(SecretString),
}

impl ServiceConfig {
    /// Returns a service for three simulated practices on a free port of this machine, in memory,
    /// without background work.
    pub fn simulated() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            public_url: None,
            emis: EmisSource::Simulated { practices: 3 },
            store: StorePlace::Memory,
            clock: Arc::new(SystemClock),
            worker_pause: None,
            request_timeout: Duration::from_secs(30),
            metrics_token: None,
            callbacks: CallbackSecrets::default(),
        }
    }
}
