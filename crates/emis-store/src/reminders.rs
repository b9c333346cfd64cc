//! The ledger of reminders: claimed before they are sent.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, Provenance};
use emis_reminders::{ClaimOutcome, OpenClaim, ReminderKey, ReminderSettlement, ReminderStore};
use emis_settings::{Channel, StoreError};
use emis_types::OdsCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::StrDeserializer;

use crate::exclusions;
use crate::moment;
use crate::sql::{Fault, Row, Value};
use crate::store::Store;
use crate::trail;

const STANDING: &str = "SELECT minutes_before, channel, claimed_at, outcome FROM reminders \
     WHERE practice = $1 AND slot = $2 AND patient = $3 AND start = $4 \
       AND (minutes_before = $5 OR claimed_at >= $6)";

// What is there already was definitely not sent.
const CLAIM: &str = "INSERT INTO reminders \
     (practice, slot, patient, start, minutes_before, channel, claimed_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) \
     ON CONFLICT (practice, slot, patient, start, minutes_before, channel) DO UPDATE SET \
         claimed_at = excluded.claimed_at, outcome = NULL, settled_at = NULL, \
         settled_by = NULL";

const SETTLE: &str = "UPDATE reminders SET outcome = $7, settled_at = $8, settled_by = $9 \
     WHERE practice = $1 AND slot = $2 AND patient = $3 AND start = $4 \
       AND minutes_before = $5 AND channel = $6 AND outcome IS NULL";

const OPEN: &str = "SELECT slot, patient, start, minutes_before, channel, claimed_at \
     FROM reminders WHERE practice = $1 AND outcome IS NULL \
     ORDER BY claimed_at, slot, patient, start, minutes_before";

#[async_trait]
impl<D> ReminderStore for Store<D> {
    async fn peek(&self, key: &ReminderKey, since: Timestamp) -> Result<ClaimOutcome, StoreError> {
        let peeked = async {
            let since = moment::to_text(since);
            let start = key.start.to_string();
            let values = standing(key, &start, &since);
            judge(key, &self.database.rows(STANDING, &values).await?)
        };
        peeked
            .await
            .map_err(|fault: Fault| fault.during("the reminder ledger can't be read"))
    }

    async fn claim(
        &self,
        key: &ReminderKey,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<ClaimOutcome, StoreError> {
        let claimed = async {
            let mut write = self.database.write().await?;
            let mut held = trail::lock(&mut write, key.practice.clone().into()).await?;
            let (start, since) = (key.start.to_string(), moment::to_text(since));
            let rows = write.rows(STANDING, &standing(key, &start, &since)).await?;
            let claim = judge(key, &rows)?;
            if claim == ClaimOutcome::Ours {
                let at = moment::to_text(now);
                let [practice, slot, patient, start, minutes, channel] = names(key, &start);
                let at = Value::Text(&at);
                let values = [practice, slot, patient, start, minutes, channel, at];
                let event = claimed_event(key, now);
                trail::append_with(&mut write, &mut held, &event, &[(CLAIM, &values)]).await?;
                write.commit().await?;
            }
            Ok(claim)
        };
        claimed
            .await
            .map_err(|fault: Fault| fault.during("the reminder can't be claimed"))
    }

    async fn settle(
        &self,
        key: &ReminderKey,
        outcome: ReminderSettlement,
        now: Timestamp,
        by: &Provenance,
    ) -> Result<bool, StoreError> {
        let settled = async {
            let mut write = self.database.write().await?;
            let mut held = trail::lock(&mut write, key.practice.clone().into()).await?;
            let (start, at) = (key.start.to_string(), moment::to_text(now));
            let [practice, slot, patient, start, minutes, channel] = names(key, &start);
            let (word, at) = (Value::Text(outcome.as_str()), Value::Text(&at));
            let author = exclusions::json(by)?;
            let by_whom = Value::Text(&author);
            let values = [
                practice, slot, patient, start, minutes, channel, word, at, by_whom,
            ];
            let settled = write.execute(SETTLE, &values).await? > 0;
            if settled {
                let event = settled_event(key, outcome, now, by);
                trail::append(&mut write, &mut held, &event).await?;
                write.commit().await?;
            }
            Ok(settled)
        };
        settled
            .await
            .map_err(|fault: Fault| fault.during("the reminder can't be settled"))
    }

    async fn in_doubt(&self, practice: &OdsCode) -> Result<Vec<OpenClaim>, StoreError> {
        let read = async {
            let values = [Value::Text(practice.as_str())];
            let rows = self.database.rows(OPEN, &values).await?;
            rows.iter()
                .map(|row| open_claim(practice, row))
                .collect::<Result<_, Fault>>()
        };
        read.await
            .map_err(|fault: Fault| fault.during("the reminder ledger can't be read"))
    }
}

fn open_claim(practice: &OdsCode, row: &Row) -> Result<OpenClaim, Fault> {
    let key = ReminderKey {
        practice: practice.clone(),
        slot: row.number(0)?,
        patient: row.number(1)?,
        start: row.parsed(2)?,
        minutes_before: row.number(3)?,
        channel: channel(&row.text(4)?)?,
    };
    Ok(OpenClaim::new(key, row.parsed(5)?))
}

/// The columns that name a reminder, in their order.
fn names<'a>(key: &'a ReminderKey, start: &'a str) -> [Value<'a>; 6] {
    [
        Value::Text(key.practice.as_str()),
        Value::Int(key.slot.get().into()),
        Value::Int(key.patient.get().into()),
        Value::Text(start),
        Value::Int(key.minutes_before.into()),
        Value::Text(key.channel.as_str()),
    ]
}

fn standing<'a>(key: &'a ReminderKey, start: &'a str, since: &'a str) -> [Value<'a>; 6] {
    let [practice, slot, patient, start, minutes, _] = names(key, start);
    [practice, slot, patient, start, minutes, Value::Text(since)]
}

/// What the audit trail says of a reminder that was claimed.
pub(crate) fn claimed_event(key: &ReminderKey, at: Timestamp) -> AuditEvent {
    let event = AuditEvent::new(AuditEventKind::MESSAGE_CLAIMED, at, Provenance::product());
    telling(event.with_outcome(AuditEventOutcome::Unknown), key)
}

/// What the audit trail says of what became of a reminder.
pub(crate) fn settled_event(
    key: &ReminderKey,
    outcome: ReminderSettlement,
    at: Timestamp,
    by: &Provenance,
) -> AuditEvent {
    let came_to = match outcome {
        ReminderSettlement::Sent => AuditEventOutcome::Success,
        ReminderSettlement::NotSent | ReminderSettlement::Refused => AuditEventOutcome::Failure,
    };
    let event = AuditEvent::new(AuditEventKind::MESSAGE_SETTLED, at, by.clone())
        .with_outcome(came_to)
        .detail("settlement", outcome.as_str());
    telling(event, key)
}

/// The ids of a reminder, for the audit trail.
fn telling(event: AuditEvent, key: &ReminderKey) -> AuditEvent {
    event
        .detail("message", "reminder")
        .detail("slot", key.slot.get())
        .detail("patient", key.patient.get())
        .detail("start", key.start.to_string())
        .detail("minutes_before", key.minutes_before)
        .detail("channel", key.channel.as_str())
}

/// What a claim would be answered, in the order that [`ReminderStore`] lays down.
fn judge(key: &ReminderKey, rows: &[Row]) -> Result<ClaimOutcome, Fault> {
    let mut in_doubt = None;
    let mut refused = false;
    for row in rows {
        let minutes_before: u32 = row.number(0)?;
        let is_the_key =
            minutes_before == key.minutes_before && row.text(1)? == key.channel.as_str();
        match row.maybe_text(3)?.as_deref().map(settlement).transpose()? {
            Some(ReminderSettlement::Sent) => return Ok(ClaimOutcome::AlreadySent),
            Some(ReminderSettlement::NotSent) => {}
            Some(ReminderSettlement::Refused) => refused |= is_the_key,
            None => in_doubt = in_doubt.max(Some(row.parsed(2)?)),
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
