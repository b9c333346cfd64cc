//! Reminders: claimed before they are sent.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, Provenance};
use emis_reminders::{ClaimOutcome, OpenClaim, ReminderKey, ReminderSettlement, ReminderStore};
use emis_settings::{Channel, StoreError};
use emis_types::OdsCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::StrDeserializer;

use super::chain_lock::ChainLock;
use super::handle::Store;
use crate::sql::tables::REMINDERS;
use crate::sql::{Fault, Row, Value, values};

const CLAIM: (&str, &str) = ("claim_reminder", "the reminder can't be claimed");
const SETTLE: (&str, &str) = ("settle_reminder", "the reminder can't be settled");
const READ: (&str, &str) = ("read_reminders", "the reminders can't be read");

const STANDING: &str = "practice = $1 AND slot = $2 AND patient = $3 AND start = $4 \
     AND (minutes_before = $5 OR claimed_at >= $6)";
const BY_KEY: &str = "practice = $1 AND slot = $2 AND patient = $3 AND start = $4 \
     AND minutes_before = $5 AND channel = $6";

#[async_trait]
impl<D> ReminderStore for Store<D> {
    async fn peek(&self, key: &ReminderKey, since: Timestamp) -> Result<ClaimOutcome, StoreError> {
        self.run(READ, key.practice.as_str(), async {
            let rows = self
                .database
                .records(&REMINDERS, STANDING, standing(key, since));
            judge(key, &rows.await?)
        })
        .await
    }

    async fn claim(
        &self,
        key: &ReminderKey,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<ClaimOutcome, StoreError> {
        self.run(CLAIM, key.practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, key.practice.clone()).await?;
            let rows = write
                .records(&REMINDERS, STANDING, standing(key, since))
                .await?;
            let claim = judge(key, &rows)?;
            if claim == ClaimOutcome::Ours {
                let none = None::<Timestamp>;
                let mut values = columns(key);
                values.extend(values![now, none, none, none]);
                // A row that is there already is of a reminder that was definitely not sent.
                let put = REMINDERS.put(values);
                let event = claimed_event(key, now);
                lock.append_with(&mut write, &event, vec![put]).await?;
                write.commit().await?;
            }
            Ok(claim)
        })
        .await
    }

    async fn settle(
        &self,
        key: &ReminderKey,
        outcome: ReminderSettlement,
        now: Timestamp,
        by: &Provenance,
    ) -> Result<bool, StoreError> {
        self.run(SETTLE, key.practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, key.practice.clone()).await?;
            let found = write.record(&REMINDERS, BY_KEY, columns(key)).await?;
            let Some(row) = found.filter(|row| matches!(row.optional_text(7), Ok(None))) else {
                return Ok(false);
            };
            let changes = vec![
                ("outcome", outcome.as_str().into()),
                ("settled_at", now.into()),
                ("settled_by", Value::json(by)?),
            ];
            let update = REMINDERS.update(&row, changes)?;
            let event = settled_event(key, outcome, now, by);
            lock.append_with(&mut write, &event, vec![update]).await?;
            write.commit().await?;
            Ok(true)
        })
        .await
    }

    async fn in_doubt(&self, practice: &OdsCode) -> Result<Vec<OpenClaim>, StoreError> {
        const OPEN: &str = "practice = $1 AND outcome IS NULL \
             ORDER BY claimed_at, slot, patient, start, minutes_before";
        self.run(READ, practice.as_str(), async {
            let rows = self.database.records(&REMINDERS, OPEN, values![practice]);
            rows.await?
                .iter()
                .map(|row| open_claim(practice, row))
                .collect()
        })
        .await
    }
}

fn open_claim(practice: &OdsCode, row: &Row) -> Result<OpenClaim, Fault> {
    let key = ReminderKey {
        practice: practice.clone(),
        slot: row.number(1)?,
        patient: row.number(2)?,
        start: row.parsed(3)?,
        minutes_before: row.number(4)?,
        channel: channel(&row.text(5)?)?,
    };
    Ok(OpenClaim::new(key, row.parsed(6)?))
}

/// Returns the columns of the primary key, in their order.
fn columns(key: &ReminderKey) -> Vec<Value> {
    values![
        &key.practice,
        key.slot.get(),
        key.patient.get(),
        key.start.to_string(),
        key.minutes_before,
        key.channel.as_str(),
    ]
}

fn standing(key: &ReminderKey, since: Timestamp) -> Vec<Value> {
    let mut values = columns(key);
    values.pop();
    values.push(since.into());
    values
}

fn claimed_event(key: &ReminderKey, at: Timestamp) -> AuditEvent {
    let kind = AuditEventKind::MESSAGE_CLAIMED;
    let event = AuditEvent::new(kind, at, Provenance::product());
    with_ids(event.with_outcome(AuditEventOutcome::Unknown), key)
}

fn settled_event(
    key: &ReminderKey,
    outcome: ReminderSettlement,
    at: Timestamp,
    by: &Provenance,
) -> AuditEvent {
    let event_outcome = match outcome {
        ReminderSettlement::Sent => AuditEventOutcome::Success,
        ReminderSettlement::NotSent | ReminderSettlement::Refused => AuditEventOutcome::Failure,
    };
    let event = AuditEvent::new(AuditEventKind::MESSAGE_SETTLED, at, by.clone())
        .with_outcome(event_outcome)
        .detail("settlement", outcome.as_str());
    with_ids(event, key)
}

fn with_ids(event: AuditEvent, key: &ReminderKey) -> AuditEvent {
    event
        .detail("message", "reminder")
        .detail("slot", key.slot.get())
        .detail("patient", key.patient.get())
        .detail("start", key.start.to_string())
        .detail("minutes_before", key.minutes_before)
        .detail("channel", key.channel.as_str())
}

/// Decides on a claim, in the order that [`ReminderStore`] defines.
fn judge(key: &ReminderKey, rows: &[Row]) -> Result<ClaimOutcome, Fault> {
    let mut in_doubt = None;
    let mut refused = false;
    for row in rows {
        let minutes_before: u32 = row.number(4)?;
        let is_the_key =
            minutes_before == key.minutes_before && row.text(5)? == key.channel.as_str();
        match row
            .optional_text(7)?
            .as_deref()
            .map(settlement)
            .transpose()?
        {
            Some(ReminderSettlement::Sent) => return Ok(ClaimOutcome::AlreadySent),
            Some(ReminderSettlement::NotSent) => {}
            Some(ReminderSettlement::Refused) => refused |= is_the_key,
            None => in_doubt = in_doubt.max(Some(row.parsed(6)?)),
        }
    }
    Ok(match in_doubt {
        Some(since) => ClaimOutcome::InDoubt { since },
        None if refused => ClaimOutcome::Refused,
        None => ClaimOutcome::Ours,
    })
}

fn channel(text: &str) -> Result<Channel, Fault> {
    let text: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    Channel::deserialize(text)
        .map_err(|_| Fault::Damaged("the channel of a reminder can't be read"))
}

fn settlement(text: &str) -> Result<ReminderSettlement, Fault> {
    [
        ReminderSettlement::Sent,
        ReminderSettlement::NotSent,
        ReminderSettlement::Refused,
    ]
    .into_iter()
    .find(|settlement| settlement.as_str() == text)
    .ok_or(Fault::Damaged("the outcome of a reminder can't be read"))
}
