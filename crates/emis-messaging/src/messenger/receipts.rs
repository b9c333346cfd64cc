//! Records the receipts of senders.

use emis_audit::StoreError;

use super::send::Messenger;
use crate::ledger::{DeliveryReceipt, MessageRecord};
use crate::state::MessageState;
use crate::task::{PracticeTask, TaskSubject};
use crate::task_kind::TaskKind;

impl Messenger {
    /// Records a sender's receipt. Returns `false`, with nothing changed, if no message is known by
    /// it or the message is as far already.
    ///
    /// A message that [must arrive](crate::MessageKind::must_arrive) and did not becomes a task for
    /// the practice.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger fails. Let the sender repeat the receipt.
    ///
    /// # Cancel safety
    /// Safe to drop: the receipt is recorded, with its task, or not.
    pub async fn record_receipt(&self, receipt: &DeliveryReceipt) -> Result<bool, StoreError> {
        let Some(record) = self.store.message_of(receipt).await? else {
            return Ok(false);
        };
        let failed = receipt.state == MessageState::Failed && record.entry.kind.must_arrive();
        let task = failed.then(|| self.undelivered(&record));
        let now = self.clock.now();
        self.store
            .record_receipt(receipt, task.as_slice(), now)
            .await
    }

    fn undelivered(&self, record: &MessageRecord) -> PracticeTask {
        let entry = &record.entry;
        let mut subject = TaskSubject::of_message(entry);
        subject.cause = Some(entry.kind.code().to_owned());
        let kind = TaskKind::MessageUndelivered;
        PracticeTask::new(entry.practice.clone(), kind, subject, self.clock.now())
    }
}
