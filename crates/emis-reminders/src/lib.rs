//! RemindedAppointment reminders for EMIS practices: who is due, who is passed over and why.
//!
//! [`plan`] decides, without touching anything; [`Reminders::run`] carries it out: it reads the
//! appointments ahead, plans, looks at each appointment once more right before its reminder is
//! sent, and keeps a [ledger](ReminderStore) so that no patient is reminded twice, whatever
//! crashes and however many runs go on at once. What travels over the wire is up to a
//! [`Notifier`] of yours.
//!
//! ```
//! use std::sync::Arc;
//! use emis_client::Client;
//! use emis_reminders::{MemoryReminderStore, Outbox, ReminderError, Reminders};
//! use emis_settings::{MemoryExclusionStore, PracticeSettings};
//! use emis_types::SystemClock;
//!
//! async fn remind(client: Client, settings: &PracticeSettings) -> Result<(), ReminderError> {
//!     let outbox = Arc::new(Outbox::new()); // keeps messages instead of sending them
//!     let ledger = Arc::new(MemoryReminderStore::default()); // a real one outlives the process
//!     let excluded = Arc::new(MemoryExclusionStore::new()); // nobody; a real one, too
//!     let clock = Arc::new(SystemClock);
//!     let reminders =
//!         Reminders::new(client, settings, excluded, ledger, outbox.clone(), clock);
//!
//!     let report = reminders.run().await?;
//!     assert_eq!(report.sent.len(), outbox.messages().len());
//!     for passed in &report.suppressed {
//!         println!("slot {}: {}", passed.appointment.slot, passed.reason);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # What a patient is never sent
//!
//! * Anything, if EMIS gives the slightest sign that they died, or says that they left.
//! * Anything about an appointment that was cancelled or moved, as far as EMIS knew when asked a
//!   moment before.
//! * A second copy, also after the practice changed when it reminds. A message that may have
//!   gone is reported as in doubt, and left alone.
//! * Anything clinical. A message names the practice, the time and the site, and how to cancel.
//!   It names no patient, unless [the practice wants it
//!   to](emis_settings::ReminderSettings::name_the_patient).
//! * Anything at night, from 21:00 until 07:00, whatever the practice's quiet hours.
//!
//! # When a reminder goes out
//!
//! So many hours, or working days, before the appointment by a wall clock, so that the day-before reminder goes
//! out at the time of the appointment also when the clocks change. One that would fall into the
//! quiet hours goes out an hour before they begin. One whose time was missed, or whose
//! appointment was made late, goes out as soon as it can, until the minimum notice is reached;
//! of several, only the nearest.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod contact;
mod eligibility;
mod error;
mod failure;
mod json;
mod ledger;
mod message;
mod notifier;
mod outstanding;
mod plan;
mod practice;
mod reason;
mod recheck;
mod report;
mod run;
mod schedule;
mod setback;
mod sms;
mod summary;
mod wording;

pub use contact::{Addressee, Contact};
pub use error::{ReminderError, ReminderErrorKind};
pub use failure::{FailedReminder, FailureCause};
pub use ledger::{
    ClaimOutcome, MemoryReminderStore, OpenClaim, REMINDER_SETTLES_AFTER, ReminderKey,
    ReminderSettlement, ReminderStore, settle_by_hand,
};
pub use message::{Message, Reference};
pub use notifier::{Delivery, Notifier, NotifyError, NotifyErrorKind, Outbox};
pub use outstanding::Outstanding;
pub use plan::{DueReminder, Plan, RemindedAppointment, SuppressedReminder, plan};
pub use reason::SuppressionReason;
pub use report::{DoubtfulReminder, RunReport, SentReminder};
pub use run::Reminders;
pub use schedule::window;
pub use sms::sms_parts;
pub use wording::Wording;
