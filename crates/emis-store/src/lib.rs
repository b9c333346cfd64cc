//! Stores for practice settings, bookings, reminders, exclusions and the audit logs of all of them:
//! SQLite in one file, or PostgreSQL.
//!
//! `SqliteStore` (feature `sqlite`, on by default) keeps everything in one file. `PostgresStore`
//! (feature `postgres`) keeps it in a database that workers on many machines share. Both implement
//!
//! - [`SettingsStore`](emis_settings::SettingsStore),
//!   [`ExclusionStore`](emis_settings::ExclusionStore) and
//!   [`RetentionStore`](emis_settings::RetentionStore),
//! - [`AuditStore`](emis_audit::AuditStore),
//! - [`BookingStore`](emis_booking::BookingStore) and
//!   [`ReminderStore`](emis_reminders::ReminderStore),
//! - [`MessageStore`](emis_messaging::MessageStore) and [`TaskStore`](emis_messaging::TaskStore),
//! - [`InvitationStore`](emis_booking::InvitationStore) and
//!   [`AdmissionStore`](emis_booking::AdmissionStore),
//! - [`RefusedPasswordStore`](emis_credentials::RefusedPasswordStore),
//! - [`LastCallsStore`](emis_diagnostics::LastCallsStore) and
//!   [`DiagnosisStore`](emis_diagnostics::DiagnosisStore),
//!
//! so that one `Arc` of a store serves wherever one of these is needed. The module `contract`
//! (feature `testing`) checks a store of your own.
//!
//! Every write is one transaction in a task of its own: a future may be dropped at any time, and
//! the write happened whole or not at all. The event of a change is appended to the audit log in
//! the transaction of the change.
//!
//! The stores hold EMIS's numbers of patients beside times and slots: no name, no contact detail, no
//! message. API passwords are stored as `emis-credentials` sealed them.
//!
//! # Examples
#![cfg_attr(feature = "sqlite", doc = "```")]
#![cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
//! use emis_audit::{Actor, AuditStore, Provenance, verify};
//! use emis_settings::{PracticeSettings, SettingsRevision, SaveOutcome, SettingsStore, StoreErrorKind};
//! use emis_store::SqliteStore;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let store = SqliteStore::in_memory()?; // SqliteStore::open("emis.db")? to keep it
//! let mut settings = PracticeSettings::new("A20047".parse()?);
//! settings.update_organisation_id("50002")?;
//! let by = Provenance::of(Actor::user("u-117")?).from("settings page")?;
//! let revision = SettingsRevision::new(settings, by, "2026-06-02T09:00:00Z".parse()?);
//! let SaveOutcome::Saved(saved) = store.save(&revision).await? else { unreachable!() };
//! assert_eq!(saved.version(), 1);
//!
//! // A writer that did not load the current version fails.
//! let late = store.save(&revision).await.unwrap_err();
//! assert_eq!(late.kind(), StoreErrorKind::Conflict);
//!
//! // The audit log says who changed what.
//! let verified = verify(&store, &"A20047".parse()?, &[]).await?;
//! assert_eq!(verified.entries, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(test, feature = "testing"))]
pub mod contract;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod store;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod telemetry;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use store::*;
