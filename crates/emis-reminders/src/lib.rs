//! Appointment reminders for EMIS practices: who is due, who is passed over and why.

mod ledger;

pub use ledger::{Claim, MemoryLedger, ReminderKey, ReminderLedger, Settlement};
