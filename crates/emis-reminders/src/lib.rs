//! Appointment reminders for EMIS practices.
//!
//! [`plan`] decides who is due a reminder, and is pure. [`Reminders::run`] reads the appointments
//! ahead, plans, reads each appointment again right before its reminder is sent, and keeps a
//! [store](ReminderStore) so that no patient is reminded twice, even after crashes and with many
//! runs at once. A [`Messenger`](emis_messaging::Messenger) sends the messages and keeps their
//! ledger.
//!
//! # Examples
//! ```
//! use std::sync::Arc;
//! use emis_client::Client;
//! use emis_messaging::{MemoryMessageStore, Messenger, Outbox};
//! use emis_reminders::{MemoryReminderStore, ReminderError, Reminders};
//! use emis_settings::{MemoryExclusionStore, PracticeSettings};
//! use emis_types::SystemClock;
//!
//! async fn remind(client: Client, settings: &PracticeSettings) -> Result<(), ReminderError> {
//!     let outbox = Arc::new(Outbox::new()); // keeps messages instead of sending them
//!     let store = Arc::new(MemoryReminderStore::default()); // use a durable one
//!     let excluded = Arc::new(MemoryExclusionStore::new()); // empty; use a durable one
//!     let clock = Arc::new(SystemClock);
//!     let ledger = Arc::new(MemoryMessageStore::default()); // use a durable one
//!     let tasks = ledger.tasks().clone();
//!     let messenger = Messenger::new(outbox.clone(), ledger, tasks, clock.clone());
//!     let reminders = Reminders::new(client, settings, excluded, store, messenger, clock);
//!
//!     let report = reminders.run().await?;
//!     assert_eq!(report.sent.len(), outbox.messages().len());
//!     for suppressed in &report.suppressed {
//!         println!("slot {}: {}", suppressed.appointment.slot, suppressed.reason);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Never sent
//!
//! * Anything, if EMIS has any sign that the patient died, or says that they left.
//! * Anything about an appointment that was cancelled or moved, by what EMIS had a moment before.
//! * A second copy, even after the practice changed when it reminds. A message that may have been
//!   sent is reported as in doubt, and not sent again.
//! * Anything clinical. A message names the practice, the time and the site, and how to cancel.
//!   It names no patient, unless [the practice wants it
//!   to](emis_settings::ReminderSettings::name_the_patient).
//! * Anything at night, from 21:00 until 07:00, independent of the practice's quiet hours.
//!
//! # Schedule
//!
//! A reminder is sent a number of hours, or working days, before the appointment by a wall clock:
//! the day-before reminder is sent at the time of the appointment even when the clocks change. One
//! that would fall into the quiet hours is sent an hour before they begin. One whose time was
//! missed, or whose appointment was made late, is sent as soon as possible until the minimum notice
//! is reached; of several, only the nearest.
//!
//! A reason that suppresses nearly all reminders at once is a finding:
//! [`RunReport::dominant_suppression`].

#![cfg_attr(docsrs, feature(doc_cfg))]

mod appointment;
mod batch;
mod changes;
mod claim;
mod contact_book;
mod dominant;
mod doubt;
mod dry_run;
mod eligibility;
mod entry;
mod error;
mod failure;
mod finding;
mod gone;
mod group;
mod key;
mod linked;
mod links;
mod look;
mod memory_store;
mod outstanding;
mod plan;
mod plan_ahead;
mod planner;
mod poll;
mod practice;
mod receipts;
mod recheck;
mod reminders;
mod report;
mod rule_book;
mod run;
mod schedule;
mod send;
mod send_all;
mod setback;
mod store;
mod summary;
mod suppression;
pub mod telemetry;
mod tell;
mod wording;

pub use appointment::RemindedAppointment;
pub use claim::{
    ClaimOutcome, ClaimRequest, GrantedClaim, LONGEST_LEASE, OpenClaim, ReminderSettlement,
    ReminderStanding, RequestedReminder,
};
pub use contact_book::{Addressee, MessageRecipient};
pub use dominant::DominantSuppression;
pub use dry_run::{DryRun, PlannedMessage};
pub use entry::{ReminderEntry, decide, generation, open_claims, standing};
pub use error::{ReminderError, ReminderErrorKind};
pub use failure::{FailedReminder, FailureCause};
pub use finding::ReminderFinding;
pub use gone::{GoneDraft, GoneReport};
pub use key::{ClaimOwner, RecipientDigest, RecipientDigestError, ReminderKey};
pub use links::{AppointmentLink, AppointmentLinks};
pub use memory_store::MemoryReminderStore;
pub use outstanding::Outstanding;
pub use plan::{DueReminder, Plan, SuppressedReminder};
pub use planner::{Planner, plan};
pub use receipts::record_receipt;
pub use reminders::Reminders;
pub use report::{DoubtfulReminder, RunCounts, RunReport, SentReminder, SettledDoubt};
pub use schedule::window;
pub use store::{DayCounts, PlannedReminder, PollKind, ReminderStore, ToldChanges};
pub use suppression::SuppressionReason;
pub use tell::{NewsOutcome, PatientNews};
pub use wording::Wording;
