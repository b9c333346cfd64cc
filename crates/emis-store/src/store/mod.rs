//! The stores.

mod admissions;
mod audit;
mod booking_moves;
mod booking_notices;
mod bookings;
mod chain_lock;
mod diagnoses;
mod exclusions;
mod handle;
mod invitations;
mod last_calls;
mod message_rows;
mod messages;
mod moving;
#[cfg(feature = "postgres")]
mod postgres;
mod record_check;
mod refused_passwords;
mod reminder_plans;
mod reminders;
mod retention;
mod settings;
#[cfg(feature = "sqlite")]
mod sqlite;
mod tasks;

pub use handle::Store;
pub use moving::MoveReport;
#[cfg(feature = "postgres")]
pub use postgres::{Postgres, PostgresOptions, PostgresStore};
pub use record_check::{DamagedRecords, RecordCheckReport};
#[cfg(feature = "sqlite")]
pub use sqlite::{Sqlite, SqliteStore};
