//! What all handles of one product share.

use std::sync::Arc;

use emis_audit::AuditStore;
use emis_booking::BookingStore;
use emis_credentials::Recipients;
use emis_diagnostics::{LastCallsStore, Product};
use emis_reminders::{Notifier, ReminderStore};
use emis_settings::{Commands, ExclusionStore, SettingsStore};
use emis_types::Clock;

use crate::connections::Connections;

#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) product: Product,
    pub(crate) recipients: Recipients,
    pub(crate) commands: Commands,
    pub(crate) connections: Connections,
    pub(crate) settings: Arc<dyn SettingsStore>,
    pub(crate) exclusions: Arc<dyn ExclusionStore>,
    pub(crate) trail: Arc<dyn AuditStore>,
    pub(crate) bookings: Arc<dyn BookingStore>,
    pub(crate) reminders: Arc<dyn ReminderStore>,
    pub(crate) last_calls: Arc<dyn LastCallsStore>,
    pub(crate) notifier: Arc<dyn Notifier>,
    pub(crate) clock: Arc<dyn Clock>,
}
