//! Receipts of reminders.

use emis_messaging::{DeliveryReceipt, MessageKind, MessageState, Messenger};
use emis_settings::StoreError;
use jiff::Timestamp;

use crate::store::ReminderStore;

/// Records a sender's receipt in the ledger of messages. A reminder that was not delivered is free
/// for another contact of its patient: the next run tries it while there is time. Returns `false` if
/// nothing changed.
///
/// Receipts may come late, twice and out of order, and of messages of any kind.
///
/// # Errors
/// [`StoreError`] if a store fails: let the sender repeat the receipt.
///
/// # Cancel safety
/// Safe to drop: the receipt, repeated, completes what was begun.
///
/// # Examples
/// ```no_run
/// use emis_messaging::{DeliveryReceipt, Messenger};
/// use emis_reminders::{ReminderStore, record_receipt};
/// use emis_settings::StoreError;
/// use emis_types::{Clock, SystemClock};
///
/// async fn received(
///     messenger: &Messenger,
///     store: &dyn ReminderStore,
///     receipt: &DeliveryReceipt,
/// ) -> Result<bool, StoreError> {
///     record_receipt(messenger, store, receipt, SystemClock.now()).await
/// }
/// ```
pub async fn record_receipt(
    messenger: &Messenger,
    store: &dyn ReminderStore,
    receipt: &DeliveryReceipt,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut changed = messenger.record_receipt(receipt).await?;
    let Some(record) = messenger.ledger().message_of(receipt).await? else {
        return Ok(changed);
    };
    let entry = record.entry;
    if entry.kind == MessageKind::Reminder && record.state == MessageState::Failed {
        let undelivered = store.note_undelivered(&entry.practice, entry.reference, now);
        changed |= undelivered.await?;
    }
    Ok(changed)
}
