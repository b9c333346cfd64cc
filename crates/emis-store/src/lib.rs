//! SQLite stores for practice settings and for the booking and reminder ledgers.
//!
//! [`SqliteStore`] keeps all of them in one file, and is the only code in the workspace that knows
//! SQL. It implements [`SettingsStore`](emis_settings::SettingsStore),
//! [`ReminderLedger`](emis_reminders::ReminderLedger),
//! [`BookingLedger`](emis_booking::BookingLedger) and the memory of
//! [`RefusedPasswords`](emis_credentials::RefusedPasswords): hand one `Arc` of it to whatever
//! needs one.
//!
//! ```
//! use emis_settings::{PracticeSettings, SettingsStore, StoreErrorKind};
//! use emis_store::SqliteStore;
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let store = SqliteStore::in_memory()?; // SqliteStore::open("emis.db")? to keep it
//! let mut settings = PracticeSettings::new("A20047".parse()?);
//! settings.update_organisation_id("50002")?;
//! let saved = store.save(&settings).await?;
//! assert_eq!(saved.version(), 1);
//!
//! // Whoever did not load what is kept now can't save over it.
//! let late = store.save(&settings).await.unwrap_err();
//! assert_eq!(late.kind(), StoreErrorKind::Conflict);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What the file holds of patients are EMIS's numbers of them, beside times and slots: no name,
//! no contact detail, no message. API passwords are in it only as `emis-credentials` sealed them.

mod sqlite;

pub use sqlite::SqliteStore;
