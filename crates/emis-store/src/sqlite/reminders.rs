//! The ledger of reminders: claimed before they are sent.

use async_trait::async_trait;
use emis_reminders::{Claim, ReminderKey, ReminderLedger, Settlement};
use emis_settings::StoreError;
use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};

use super::SqliteStore;
use super::fault::Fault;
use super::moment;

#[async_trait]
impl ReminderLedger for SqliteStore {
    async fn peek(&self, key: &ReminderKey, since: Timestamp) -> Result<Claim, StoreError> {
        let key = key.clone();
        self.run("the reminder ledger can't be read", move |connection| {
            judge(connection, &key, since)
        })
        .await
    }

    async fn claim(
        &self,
        key: &ReminderKey,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Claim, StoreError> {
        let key = key.clone();
        self.run("the reminder can't be claimed", move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let claim = judge(&transaction, &key, since)?;
            if claim == Claim::Ours {
                // What is there already was definitely not sent.
                transaction.execute(
                    "INSERT INTO reminders
                         (practice, slot, patient, start, minutes_before, channel, claimed_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT DO UPDATE SET
                         claimed_at = excluded.claimed_at, outcome = NULL, settled_at = NULL",
                    params![
                        key.practice.as_str(),
                        key.slot.get(),
                        key.patient.get(),
                        key.start.to_string(),
                        key.minutes_before,
                        key.channel.as_str(),
                        moment::to_text(now),
                    ],
                )?;
                transaction.commit()?;
            }
            Ok(claim)
        })
        .await
    }

    async fn settle(
        &self,
        key: &ReminderKey,
        outcome: Settlement,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let key = key.clone();
        self.run("the reminder can't be settled", move |connection| {
            connection.execute(
                "UPDATE reminders SET outcome = ?7, settled_at = ?8
                 WHERE practice = ?1 AND slot = ?2 AND patient = ?3 AND start = ?4
                   AND minutes_before = ?5 AND channel = ?6 AND outcome IS NULL",
                params![
                    key.practice.as_str(),
                    key.slot.get(),
                    key.patient.get(),
                    key.start.to_string(),
                    key.minutes_before,
                    key.channel.as_str(),
                    outcome.as_str(),
                    moment::to_text(now),
                ],
            )?;
            Ok(())
        })
        .await
    }
}

/// What a claim would be answered, in the order that [`ReminderLedger`] lays down.
fn judge(connection: &Connection, key: &ReminderKey, since: Timestamp) -> Result<Claim, Fault> {
    let mut statement = connection.prepare(
        "SELECT minutes_before, channel, claimed_at, outcome FROM reminders
         WHERE practice = ?1 AND slot = ?2 AND patient = ?3 AND start = ?4
           AND (minutes_before = ?5 OR claimed_at >= ?6)",
    )?;
    let mut rows = statement.query(params![
        key.practice.as_str(),
        key.slot.get(),
        key.patient.get(),
        key.start.to_string(),
        key.minutes_before,
        moment::to_text(since),
    ])?;
    let mut in_doubt = None;
    let mut refused = false;
    while let Some(row) = rows.next()? {
        let minutes_before: u32 = row.get(0)?;
        let channel: String = row.get(1)?;
        let claimed_at: String = row.get(2)?;
        let outcome: Option<String> = row.get(3)?;
        let is_the_key = minutes_before == key.minutes_before && channel == key.channel.as_str();
        match outcome.as_deref().map(settlement).transpose()? {
            Some(Settlement::Sent) => return Ok(Claim::AlreadySent),
            Some(Settlement::NotSent) => {}
            Some(Settlement::Refused) => refused |= is_the_key,
            None => in_doubt = in_doubt.max(Some(moment::from_text(&claimed_at)?)),
        }
    }
    Ok(match in_doubt {
        Some(since) => Claim::InDoubt { since },
        None if refused => Claim::Refused,
        None => Claim::Ours,
    })
}

fn settlement(text: &str) -> Result<Settlement, Fault> {
    [Settlement::Sent, Settlement::NotSent, Settlement::Refused]
        .into_iter()
        .find(|settlement| settlement.as_str() == text)
        .ok_or(Fault::Damaged("the outcome of a reminder can't be read"))
}
