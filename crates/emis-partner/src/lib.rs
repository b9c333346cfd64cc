//! Appointment reminders and self-booking for GP practices on EMIS, ready to embed.
//!
//! This crate is the front door of the workspace: a builder that puts the rooms together, and a
//! [`Practice`] handle over all of them. It has nothing of its own beyond that; each room is
//! re-exported whole.
//!
//! ```
//! use std::sync::Arc;
//! use emis_partner::credentials::{ClientCredentials, KeyFile};
//! use emis_partner::diagnostics::Product;
//! use emis_partner::reminders::Outbox;
//! use emis_partner::store::SqliteStore;
//! use emis_partner::{EmisPartner, Environment};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let partner = EmisPartner::builder(
//!     Product::new("Patchs", "patchs")?,
//!     Environment {
//!         api_url: "https://api.example.com/partner".parse()?,
//!         identity_url: "https://identity.example.com/tenant/".parse()?,
//!         application_id: "the-party-key".parse()?,
//!         client: ClientCredentials::new("client-id", std::env::var("CLIENT_SECRET")?.into()),
//!     },
//!     KeyFile::new("/run/secrets/emis-sealing-keys"),
//!     Arc::new(SqliteStore::open("practices.sqlite")?),
//!     Arc::new(Outbox::new()),
//! )
//! .build()?;
//!
//! let practice = partner.practice("A20047".parse()?);
//! practice.update_organisation_id("50002").await?;
//! practice.update_api_user("patchs", std::env::var("API_PASSWORD")?.into()).await?;
//! println!("{}", practice.diagnose().await?);
//! # Ok(())
//! # }
//! ```

mod builder;
mod connection;
mod error;
mod practice;
mod practice_settings;

use std::sync::Arc;

pub use emis_audit as audit;
pub use emis_booking as booking;
pub use emis_client as client;
pub use emis_credentials as credentials;
pub use emis_diagnostics as diagnostics;
pub use emis_reminders as reminders;
pub use emis_settings as settings;
pub use emis_store as store;
pub use emis_types as types;

pub use builder::{Builder, Environment, SignIn};
pub use error::{Error, ErrorKind};
pub use practice::Practice;

use emis_audit::AuditStore;
use emis_booking::BookingLedger;
use emis_credentials::{KeySource, RecipientId, Recipients, RefusedPasswords};
use emis_diagnostics::{LastCallsStore, Product};
use emis_reminders::{Notifier, ReminderLedger};
use emis_settings::{Commands, ExclusionStore, ResealReport, SettingsStore};
use emis_types::{Clock, OdsCode};

use builder::Stores;
use connection::Connections;

/// The product, put together: one per process, shared by all its practices. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EmisPartner(Arc<Parts>);

#[derive(Debug)]
pub(crate) struct Parts {
    product: Product,
    recipients: Recipients,
    commands: Commands,
    connections: Connections,
    settings: Arc<dyn SettingsStore>,
    exclusions: Arc<dyn ExclusionStore>,
    trail: Arc<dyn AuditStore>,
    bookings: Arc<dyn BookingLedger>,
    reminders: Arc<dyn ReminderLedger>,
    last_calls: Arc<dyn LastCallsStore>,
    notifier: Arc<dyn Notifier>,
    clock: Arc<dyn Clock>,
}

impl EmisPartner {
    /// Begins a product: what practices know it by, where EMIS is, where the keys are that open
    /// the API users it stores (a [`KeyFile`](emis_credentials::KeyFile), say), where everything is
    /// kept, and what carries its messages.
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
            + BookingLedger
            + ReminderLedger
            + RefusedPasswords
            + LastCallsStore
            + 'static,
    {
        Builder::new(
            product,
            environment,
            Box::new(keys),
            Stores {
                settings: Arc::clone(&store) as _,
                exclusions: Arc::clone(&store) as _,
                trail: Arc::clone(&store) as _,
                bookings: Arc::clone(&store) as _,
                reminders: Arc::clone(&store) as _,
                refused: Arc::clone(&store) as _,
                last_calls: store,
            },
            notifier,
        )
    }

    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The practices that have settings, in the order of their codes: what a scheduler goes
    /// through.
    ///
    /// # Errors
    /// [`ErrorKind::Store`] where the store fails.
    pub async fn practices(&self) -> Result<Vec<Practice>, Error> {
        let codes = self.0.settings.list().await?;
        Ok(codes
            .into_iter()
            .map(|ods_code| self.practice(ods_code))
            .collect())
    }

    /// Seals the API users of all practices to the present
    /// [recipients](Builder::recipients), so that old keys can be retired. It may run at any
    /// time, again and again, beside everything else.
    ///
    /// # Errors
    /// [`ErrorKind::Store`] where the practices can't be listed. What failed for one of them is in
    /// the report.
    pub async fn reseal_api_users(&self) -> Result<ResealReport, Error> {
        let (keys, refused) = (self.0.connections.keys(), self.0.connections.refused());
        let store = self.0.settings.as_ref();
        Ok(
            emis_settings::reseal_api_users(
                store,
                refused,
                keys,
                &self.0.recipients,
                &self.0.clock,
            )
            .await?,
        )
    }

    /// The practices that still need the key of this recipient: none, when it may be retired. See
    /// [`practices_needing`](emis_settings::practices_needing).
    ///
    /// # Errors
    /// [`ErrorKind::Store`] where the settings can't be read.
    pub async fn practices_needing(&self, retired: RecipientId) -> Result<Vec<OdsCode>, Error> {
        let store = self.0.settings.as_ref();
        Ok(emis_settings::practices_needing(store, retired, &self.0.recipients).await?)
    }

    /// Returns the clock that the product goes by.
    pub fn clock(&self) -> &dyn Clock {
        self.0.clock.as_ref()
    }

    /// The practice with this ODS code, whether it has set anything yet or not.
    pub fn practice(&self, ods_code: OdsCode) -> Practice {
        Practice::new(Arc::clone(&self.0), ods_code)
    }
}
