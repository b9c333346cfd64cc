//! Stores for practice settings, for the booking and reminder ledgers, for opt-outs, and for the
//! audit trail of all of them: SQLite at once, PostgreSQL when it grows.
//!
//! [`SqliteStore`] keeps everything in one file and needs nothing beside it. `PostgresStore`
//! (feature `postgres`) keeps the same in a database that workers on many machines share. They are
//! the only code in the workspace that knows SQL. Both implement
//! [`SettingsStore`](emis_settings::SettingsStore),
//! [`ExclusionStore`](emis_settings::ExclusionStore),
//! [`AuditStore`](emis_audit::AuditStore),
//! [`ReminderStore`](emis_reminders::ReminderStore),
//! [`BookingStore`](emis_booking::BookingStore), the memory of
//! [`RefusedPasswords`](emis_credentials::RefusedPasswords) and the
//! [`LastCallsStore`](emis_diagnostics::LastCallsStore) of the diagnosis: hand one `Arc` of it to
//! whatever needs one. A store of one's own is checked by [the same contract](contract) (feature
//! `testing`).
//!
//! ```
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
//! let SaveOutcome::Now(saved) = store.save(&revision).await? else { unreachable!() };
//! assert_eq!(saved.version(), 1);
//!
//! // Whoever did not load what is kept now can't save over it.
//! let late = store.save(&revision).await.unwrap_err();
//! assert_eq!(late.kind(), StoreErrorKind::Conflict);
//!
//! // And who changed what is in the audit trail.
//! let verified = verify(&store, &"A20047".parse()?, &[]).await?;
//! assert_eq!(verified.entries, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a store holds of patients are EMIS's numbers of them, beside times and slots: no name, no
//! contact detail, no message. API passwords are in it only as `emis-credentials` sealed them.

mod bookings;
#[cfg(any(test, feature = "testing"))]
pub mod contract;
mod exclusions;
mod last_calls;
mod moment;
mod moving;
#[cfg(feature = "postgres")]
mod postgres;
mod refused;
mod reminders;
mod settings;
mod sql;
mod store;
mod trail;

pub use moving::Moved;
#[cfg(feature = "postgres")]
pub use postgres::{Postgres, PostgresOptions, PostgresStore};
pub use store::{Sqlite, SqliteStore, Store};
