//! The parts that all handles of one product share.

use std::sync::{Arc, PoisonError, RwLock};

use emis_audit::AuditStore;
use emis_booking::{AdmissionStore, BookingStore, InvitationStore, SlotCache};
use emis_credentials::Recipients;
use emis_diagnostics::{DiagnosisStore, LastCallsStore, Product};
use emis_messaging::{MessageStore, Messenger, ReplyRules, TaskStore};
use emis_reminders::ReminderStore;
use emis_settings::{BankHolidays, Commands, ExclusionStore, RetentionStore, SettingsStore};
use emis_types::Clock;
use jiff::SignedDuration;

use crate::connections::Connections;
use crate::link_pattern::LinkPattern;

#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) product: Product,
    pub(crate) recipients: Recipients,
    pub(crate) commands: Commands,
    pub(crate) connections: Connections,
    pub(crate) settings: Arc<dyn SettingsStore>,
    pub(crate) exclusions: Arc<dyn ExclusionStore>,
    pub(crate) records: Arc<dyn RetentionStore>,
    pub(crate) trail: Arc<dyn AuditStore>,
    pub(crate) bank_holidays: CurrentBankHolidays,
    pub(crate) bookings: Arc<dyn BookingStore>,
    pub(crate) links: Arc<dyn InvitationStore>,
    pub(crate) admissions: Arc<dyn AdmissionStore>,
    /// The slots that the searches of all practices share.
    pub(crate) slots: Arc<SlotCache>,
    pub(crate) reminders: Arc<dyn ReminderStore>,
    pub(crate) last_calls: Arc<dyn LastCallsStore>,
    pub(crate) diagnoses: Arc<dyn DiagnosisStore>,
    pub(crate) messages: Arc<dyn MessageStore>,
    pub(crate) tasks: Arc<dyn TaskStore>,
    pub(crate) messenger: Messenger,
    pub(crate) replies: Option<ReplyRules>,
    pub(crate) links_at: Option<LinkPattern>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) least_between_polls: SignedDuration,
}

/// The bank holidays in use, which can be replaced at run time.
#[derive(Debug, Default)]
pub(crate) struct CurrentBankHolidays(RwLock<BankHolidays>);

impl CurrentBankHolidays {
    pub(crate) fn get(&self) -> BankHolidays {
        // The lock is never held over code that can panic.
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set(&self, bank_holidays: BankHolidays) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = bank_holidays;
    }
}
