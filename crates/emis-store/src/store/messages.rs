//! The ledger of messages.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, Provenance};
use emis_messaging::{
    AttemptOutcome, ContactDigest, DeliveryReceipt, LeaseOwner, MessageClaim, MessageEntry,
    MessageRecord, MessageReference, MessageState, MessageStore, MessageTicket, PracticeTask,
};
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::{SignedDuration, Timestamp};

use super::chain_lock::ChainLock;
use super::handle::Store;
use super::message_rows::{changing, granting, inserting, known, messages_where};
use super::tasks;
use crate::sql::values;

const CLAIM: (&str, &str) = ("claim_message", "the message can't be claimed");
const SETTLE: (&str, &str) = ("settle_message", "the message can't be settled");
const RECEIPT: (&str, &str) = ("record_receipt", "the receipt can't be recorded");
const READ: (&str, &str) = ("read_messages", "the messages can't be read");

#[async_trait]
impl<D> MessageStore for Store<D> {
    async fn claim_message(
        &self,
        entry: &MessageEntry,
        owner: &LeaseOwner,
        lease: SignedDuration,
        at: Timestamp,
    ) -> Result<MessageClaim, StoreError> {
        self.run(CLAIM, entry.practice.as_str(), async {
            let (practice, reference) = (&entry.practice, entry.reference);
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let now = self.present_in(&mut write).await?;
            let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
            let (grant, topics, attempt) = match known(&mut write, practice, reference).await? {
                None => {
                    let (message, topics) = inserting(entry, owner, until, at)?;
                    (message, topics, 1)
                }
                Some(it) if !it.state.is_open() => return Ok(MessageClaim::Done(it.state)),
                Some(it) if it.is_in_doubt(now) => return Ok(MessageClaim::InDoubt),
                Some(it) if it.state == MessageState::Claimed => return Ok(MessageClaim::Held),
                Some(it) => {
                    let grant = granting(&it, owner, until, at)?;
                    (grant, Vec::new(), it.attempts + 1)
                }
            };
            let event = claimed_event(entry, at);
            lock.append_with(&mut write, &event, vec![grant]).await?;
            if !topics.is_empty() {
                write.execute_all(topics).await?;
            }
            write.commit().await?;
            let ticket = MessageTicket::new(practice.clone(), reference, attempt);
            Ok(MessageClaim::Granted(ticket))
        })
        .await
    }

    async fn take_over(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
        owner: &LeaseOwner,
        lease: SignedDuration,
        at: Timestamp,
    ) -> Result<Option<MessageTicket>, StoreError> {
        self.run(CLAIM, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let _lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let now = self.present_in(&mut write).await?;
            let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
            let found = known(&mut write, practice, reference).await?;
            let Some(found) = found.filter(|it| it.is_in_doubt(now)) else {
                return Ok(None);
            };
            let grant = granting(&found, owner, until, at)?;
            write.execute_all(vec![grant]).await?;
            write.commit().await?;
            let ticket = MessageTicket::new(practice.clone(), reference, found.attempts + 1);
            Ok(Some(ticket))
        })
        .await
    }

    async fn settle_attempt(
        &self,
        ticket: &MessageTicket,
        outcome: &AttemptOutcome,
        tasks: &[PracticeTask],
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (state, failure, sender_id) = match outcome {
            AttemptOutcome::HandedOver { sender_id, state } => (*state, None, sender_id.clone()),
            AttemptOutcome::Failed(it) => (MessageState::Failed, Some(it.code()), None),
            _ => (MessageState::Queued, None, None),
        };
        self.run(SETTLE, ticket.practice.as_str(), async {
            let (practice, reference) = (&ticket.practice, ticket.reference);
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let found = known(&mut write, practice, reference).await?;
            let Some(found) = found
                .filter(|it| it.state == MessageState::Claimed && it.attempts == ticket.attempt)
            else {
                return Ok(false);
            };
            let event = event(AuditEventKind::MESSAGE_SETTLED, by, reference, state, at);
            let mut statements = tasks::opening(tasks)?;
            statements.push(changing(&found, state, failure, sender_id, at)?);
            let settled = lock.append_with(&mut write, &event, statements).await? > 0;
            if settled {
                write.commit().await?;
            }
            Ok(settled)
        })
        .await
    }

    async fn record_receipt(
        &self,
        receipt: &DeliveryReceipt,
        tasks: &[PracticeTask],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(record) = self.message_of(receipt).await? else {
            return Ok(false);
        };
        let (practice, reference) = (record.entry.practice, record.entry.reference);
        self.run(RECEIPT, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let found = known(&mut write, &practice, reference).await?;
            let Some(found) = found.filter(|it| it.state < receipt.state) else {
                return Ok(false);
            };
            let (state, failure) = (receipt.state, receipt.failure.map(|it| it.code()));
            let by = Provenance::product();
            let event = event(AuditEventKind::MESSAGE_RECEIPT, &by, reference, state, at);
            // The sender's ID of the attempt that was settled stays.
            let sender_id = match record.sender_id {
                None => receipt.sender_id.clone(),
                Some(_) => None,
            };
            let mut statements = tasks::opening(tasks)?;
            statements.push(changing(&found, state, failure, sender_id, at)?);
            let changed = lock.append_with(&mut write, &event, statements).await? > 0;
            if changed {
                write.commit().await?;
            }
            Ok(changed)
        })
        .await
    }

    async fn message_of(
        &self,
        receipt: &DeliveryReceipt,
    ) -> Result<Option<MessageRecord>, StoreError> {
        let names = [
            (
                messages_where!("reference = $1"),
                receipt.reference.map(|it| it.to_string()),
            ),
            (messages_where!("sender_id = $1"), receipt.sender_id.clone()),
        ];
        self.run(READ, "unknown", async {
            for (conditions, name) in names {
                let Some(name) = name else { continue };
                let found = self.message_records(conditions, values![name]);
                if let Some(found) = found.await?.pop() {
                    return Ok(Some(found));
                }
            }
            Ok(None)
        })
        .await
    }

    async fn message(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
    ) -> Result<Option<MessageRecord>, StoreError> {
        const ONE: (&str, &str) = messages_where!("reference = $1 AND practice = $2");
        self.run(READ, practice.as_str(), async {
            let values = values![reference.to_string(), practice];
            Ok(self.message_records(ONE, values).await?.pop())
        })
        .await
    }

    async fn open_messages(&self, practice: &OdsCode) -> Result<Vec<MessageRecord>, StoreError> {
        const OPEN: (&str, &str) =
            messages_where!("practice = $1 AND state IN ('queued', 'claimed')");
        self.run(READ, practice.as_str(), async {
            self.message_records(OPEN, values![practice]).await
        })
        .await
    }

    async fn messages_to(
        &self,
        contact: &ContactDigest,
        since: Timestamp,
    ) -> Result<Vec<MessageRecord>, StoreError> {
        const TO: (&str, &str) = messages_where!("contact = $1 AND created_at >= $2");
        self.run(READ, "unknown", async {
            let values = values![contact.as_str(), since];
            self.message_records(TO, values).await
        })
        .await
    }
}

fn claimed_event(entry: &MessageEntry, at: Timestamp) -> AuditEvent {
    let kind = AuditEventKind::MESSAGE_CLAIMED;
    let event = AuditEvent::new(kind, at, Provenance::product())
        .with_outcome(AuditEventOutcome::Unknown)
        .detail("reference", entry.reference.to_string())
        .detail("message", entry.kind.code())
        .detail("channel", entry.channel.as_str());
    match entry.topics.first() {
        Some(topic) => event.detail("patient", topic.patient.get()),
        None => event,
    }
}

fn event(
    kind: AuditEventKind,
    by: &Provenance,
    reference: MessageReference,
    state: MessageState,
    at: Timestamp,
) -> AuditEvent {
    let outcome = match state {
        MessageState::Failed | MessageState::Queued => AuditEventOutcome::Failure,
        _ => AuditEventOutcome::Success,
    };
    AuditEvent::new(kind, at, by.clone())
        .with_outcome(outcome)
        .detail("reference", reference.to_string())
        .detail("state", state.code())
}
