//! Reminders: claimed before they are sent.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, Provenance};
use emis_messaging::{MessageReference, PracticeTask};
use emis_reminders::{
    ClaimOutcome, ClaimOwner, ClaimRequest, DayCounts, OpenClaim, PlannedReminder, PollKind,
    RemindedAppointment, ReminderEntry, ReminderKey, ReminderSettlement, ReminderStore,
    ToldChanges, decide, generation, open_claims,
};
use emis_settings::{Channel, StoreError};
use emis_types::OdsCode;
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::StrDeserializer;

use super::chain_lock::ChainLock;
use super::handle::Store;
use crate::sql::tables::REMINDERS;
use crate::sql::{Fault, Row, Value, Write, values};

const CLAIM: (&str, &str) = ("claim_reminder", "the reminder can't be claimed");
const SETTLE: (&str, &str) = ("settle_reminder", "the reminder can't be settled");
const READ: (&str, &str) = ("read_reminders", "the reminders can't be read");
const NOTE: (&str, &str) = ("note_reminders", "the reminders can't be changed");

const OF_APPOINTMENT: &str = "practice = $1 AND slot = $2 AND patient = $3 AND start = $4";
const OPEN: &str = "practice = $1 AND outcome IS NULL";

#[async_trait]
impl<D> ReminderStore for Store<D> {
    async fn reminders(
        &self,
        practice: &OdsCode,
        from: DateTime,
        until: DateTime,
    ) -> Result<Vec<ReminderEntry>, StoreError> {
        const WITHIN: &str = "practice = $1 AND start >= $2 AND start <= $3";
        self.run(READ, practice.as_str(), async {
            let values = values![practice, from.to_string(), until.to_string()];
            let rows = self.database.records(&REMINDERS, WITHIN, values).await?;
            rows.iter().map(entry).collect()
        })
        .await
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<ClaimOutcome, StoreError> {
        let Some(first) = request.reminders.first() else {
            return Ok(ClaimOutcome::Standing(Vec::new()));
        };
        let practice = &first.key.practice;
        self.run(CLAIM, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let now = self.present_beside(&mut write, request.now).await?;
            let entries = concerned(&mut write, request).await?;
            let last = last_to_contact(&mut write, &first.key, request).await?;
            let outcome = decide(request, now, &entries, last);
            if let ClaimOutcome::Ours(granted) = &outcome {
                let ends = now.checked_add(request.lease).unwrap_or(Timestamp::MAX);
                for key in &granted.keys {
                    let generation = generation(key, &entries);
                    let lease = (request.owner, ends);
                    let (reference, at) = (granted.reference, request.now);
                    let entry =
                        ReminderEntry::claimed(key.clone(), reference, generation, at, lease);
                    // A row that is there already is of a reminder that was not sent, or superseded.
                    let put = REMINDERS.put(columns(&entry));
                    let event = claimed_event(key, reference, at);
                    lock.append_with(&mut write, &event, vec![put]).await?;
                }
                write.commit().await?;
            }
            Ok(outcome)
        })
        .await
    }

    async fn settle(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
        owner: Option<ClaimOwner>,
        outcome: ReminderSettlement,
        now: Timestamp,
        by: &Provenance,
    ) -> Result<bool, StoreError> {
        const OF_MESSAGE: &str = "practice = $1 AND reference = $2 AND outcome IS NULL";
        let is_owner = |entry: &ReminderEntry| owner.is_none_or(|owner| entry.lease.0 == owner);
        self.settle_those(practice, reference, OF_MESSAGE, is_owner, outcome, now, by)
            .await
    }

    async fn take_over_expired(
        &self,
        practice: &OdsCode,
        owner: ClaimOwner,
        lease: SignedDuration,
        now: Timestamp,
    ) -> Result<Vec<OpenClaim>, StoreError> {
        self.run(CLAIM, practice.as_str(), async {
            let mut write = self.database.write().await?;
            ChainLock::acquire(&mut write, practice.clone()).await?;
            let now = self.present_beside(&mut write, now).await?;
            let ends = now.checked_add(lease).unwrap_or(Timestamp::MAX);
            let rows = write.records(&REMINDERS, OPEN, values![practice]).await?;
            let (mut taken, mut updates) = (Vec::new(), Vec::new());
            for row in &rows {
                let mut entry = entry(row)?;
                if entry.is_expired(now) {
                    entry.lease = (owner, ends);
                    let owner = owner.to_string();
                    let changes = vec![("owner", owner.into()), ("lease_ends_at", ends.into())];
                    updates.push(REMINDERS.update(row, changes)?);
                    taken.push(entry);
                }
            }
            if !updates.is_empty() {
                write.execute_all(updates).await?;
                write.commit().await?;
            }
            Ok(open_claims(taken))
        })
        .await
    }

    async fn open_claims(&self, practice: &OdsCode) -> Result<Vec<OpenClaim>, StoreError> {
        self.run(READ, practice.as_str(), async {
            let rows = self.database.records(&REMINDERS, OPEN, values![practice]);
            let entries: Vec<_> = rows.await?.iter().map(entry).collect::<Result<_, _>>()?;
            Ok(open_claims(entries))
        })
        .await
    }

    async fn note_undelivered(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const SENT: &str = "practice = $1 AND reference = $2 \
             AND (outcome IS NULL OR outcome IN ('sent', 'unknown'))";
        let (refused, by) = (ReminderSettlement::Refused, Provenance::product());
        self.settle_those(practice, reference, SENT, |_| true, refused, now, &by)
            .await
    }

    async fn note_changes(
        &self,
        practice: &OdsCode,
        changes: &ToldChanges,
        tasks: &[PracticeTask],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(NOTE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            for appointment in &changes.gone {
                let gone = |entry: &ReminderEntry| {
                    let first = entry.gone_at.is_none();
                    first.then(|| vec![("gone_at", now.into())])
                };
                change(&mut write, practice, appointment, gone).await?;
            }
            let none = || Value::from(None::<Timestamp>);
            for appointment in &changes.back {
                let back = |_: &ReminderEntry| Some(vec![("gone_at", none())]);
                change(&mut write, practice, appointment, back).await?;
            }
            for appointment in &changes.reopened {
                let superseded = ReminderSettlement::Superseded;
                let reopen = |entry: &ReminderEntry| {
                    let told = entry.is_told() && entry.settled.is_some();
                    let outcome = ("outcome", superseded.as_str().into());
                    told.then(|| vec![outcome, ("gone_at", none())])
                };
                let reopened = change(&mut write, practice, appointment, reopen).await?;
                for entry in reopened {
                    let by = Provenance::product();
                    let event = settled_event(&entry, superseded, now, &by);
                    lock.append(&mut write, &event).await?;
                }
            }
            let opened = super::tasks::opening(tasks)?;
            if !opened.is_empty() {
                write.execute_all(opened).await?;
            }
            write.commit().await
        })
        .await
    }

    async fn begin_poll(
        &self,
        practice: &OdsCode,
        poll: PollKind,
        least: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.begin_reminder_poll(practice, poll, least, now).await
    }

    async fn replace_planned(
        &self,
        practice: &OdsCode,
        planned: &[PlannedReminder],
    ) -> Result<(), StoreError> {
        self.replace_planned_reminders(practice, planned).await
    }

    async fn planned(
        &self,
        practice: &OdsCode,
        after: DateTime,
        until: DateTime,
    ) -> Result<Vec<PlannedReminder>, StoreError> {
        self.planned_reminders(practice, after, until).await
    }

    async fn note_run(&self, practice: &OdsCode, counts: &DayCounts) -> Result<(), StoreError> {
        self.note_reminder_run(practice, counts).await
    }

    async fn days(&self, practice: &OdsCode, from: Date) -> Result<Vec<DayCounts>, StoreError> {
        self.reminder_days(practice, from).await
    }
}

impl<D> Store<D> {
    #[expect(clippy::too_many_arguments, reason = "two callers, side by side")]
    async fn settle_those(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
        condition: &str,
        is_meant: impl Fn(&ReminderEntry) -> bool + Send,
        outcome: ReminderSettlement,
        now: Timestamp,
        by: &Provenance,
    ) -> Result<bool, StoreError> {
        self.run(SETTLE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let values = values![practice, reference.to_string()];
            let rows = write.records(&REMINDERS, condition, values).await?;
            let mut settled = false;
            for row in &rows {
                let entry = entry(row)?;
                if !is_meant(&entry) {
                    continue;
                }
                let changes = vec![
                    ("outcome", outcome.as_str().into()),
                    ("settled_at", now.into()),
                    ("settled_by", Value::json(by)?),
                ];
                let update = REMINDERS.update(row, changes)?;
                let event = settled_event(&entry, outcome, now, by);
                lock.append_with(&mut write, &event, vec![update]).await?;
                settled = true;
            }
            if settled {
                write.commit().await?;
            }
            Ok(settled)
        })
        .await
    }
}

/// Reads the entries of every appointment of a request.
async fn concerned(write: &mut Write, request: &ClaimRequest) -> Result<Vec<ReminderEntry>, Fault> {
    let mut entries: Vec<ReminderEntry> = Vec::new();
    for reminder in &request.reminders {
        let key = &reminder.key;
        if entries.iter().any(|it| key.same_appointment(&it.key)) {
            continue;
        }
        let values = of_appointment(&key.practice, &key.appointment());
        for row in write.records(&REMINDERS, OF_APPOINTMENT, values).await? {
            entries.push(entry(&row)?);
        }
    }
    Ok(entries)
}

async fn last_to_contact(
    write: &mut Write,
    key: &ReminderKey,
    request: &ClaimRequest,
) -> Result<Option<Timestamp>, Fault> {
    const LAST: &str = "practice = $1 AND contact = $2 AND channel = $3 AND claimed_at <= $4 \
         AND (outcome IS NULL OR outcome = 'sent') ORDER BY claimed_at DESC LIMIT 1";
    if request.least_distance.is_zero() {
        return Ok(None);
    }
    let contact = key.contact.to_string();
    let values = values![&key.practice, contact, key.channel.as_str(), request.now];
    let last = write.record(&REMINDERS, LAST, values).await?;
    last.map(|row| row.parsed(10)).transpose()
}

/// Changes every entry of an appointment that is to be changed, and returns those.
async fn change(
    write: &mut Write,
    practice: &OdsCode,
    appointment: &RemindedAppointment,
    changes: impl Fn(&ReminderEntry) -> Option<Vec<(&'static str, Value)>>,
) -> Result<Vec<ReminderEntry>, Fault> {
    let values = of_appointment(practice, appointment);
    let mut changed = Vec::new();
    for row in write.records(&REMINDERS, OF_APPOINTMENT, values).await? {
        let entry = entry(&row)?;
        if let Some(changes) = changes(&entry) {
            let update = REMINDERS.update(&row, changes)?;
            write.execute_all(vec![update]).await?;
            changed.push(entry);
        }
    }
    Ok(changed)
}

fn of_appointment(practice: &OdsCode, appointment: &RemindedAppointment) -> Vec<Value> {
    let (slot, patient) = (appointment.slot.get(), appointment.patient.get());
    values![practice, slot, patient, appointment.start.to_string()]
}

/// Returns all columns of an entry that was just claimed, in their order.
fn columns(entry: &ReminderEntry) -> Vec<Value> {
    let (key, none) = (&entry.key, None::<Timestamp>);
    values![
        &key.practice,
        key.slot.get(),
        key.patient.get(),
        key.start.to_string(),
        key.minutes_before,
        key.channel.as_str(),
        key.contact.to_string(),
        entry.reference.to_string(),
        entry.generation,
        entry.lease.0.to_string(),
        entry.claimed_at,
        entry.lease.1,
        none,
        none,
        none,
        none,
    ]
}

fn entry(row: &Row) -> Result<ReminderEntry, Fault> {
    let key = ReminderKey {
        practice: row.parsed(0)?,
        slot: row.number(1)?,
        patient: row.number(2)?,
        start: row.parsed(3)?,
        minutes_before: row.number(4)?,
        channel: channel(&row.text(5)?)?,
        contact: row.parsed(6)?,
    };
    let lease = (row.parsed(9)?, row.parsed(11)?);
    let (reference, generation) = (row.parsed(7)?, row.number(8)?);
    let mut entry = ReminderEntry::claimed(key, reference, generation, row.parsed(10)?, lease);
    let outcome = row.optional_text(12)?;
    entry.settled = outcome.as_deref().map(settlement).transpose()?;
    entry.gone_at = row.optional(15)?;
    Ok(entry)
}

fn claimed_event(key: &ReminderKey, reference: MessageReference, at: Timestamp) -> AuditEvent {
    let kind = AuditEventKind::REMINDER_CLAIMED;
    let event = AuditEvent::new(kind, at, Provenance::product());
    with_ids(
        event.with_outcome(AuditEventOutcome::Unknown),
        key,
        reference,
    )
}

fn settled_event(
    entry: &ReminderEntry,
    outcome: ReminderSettlement,
    at: Timestamp,
    by: &Provenance,
) -> AuditEvent {
    let event_outcome = match outcome {
        ReminderSettlement::Sent | ReminderSettlement::Superseded => AuditEventOutcome::Success,
        ReminderSettlement::Unknown => AuditEventOutcome::Unknown,
        _ => AuditEventOutcome::Failure,
    };
    let event = AuditEvent::new(AuditEventKind::REMINDER_SETTLED, at, by.clone())
        .with_outcome(event_outcome)
        .detail("settlement", outcome.as_str());
    with_ids(event, &entry.key, entry.reference)
}

fn with_ids(event: AuditEvent, key: &ReminderKey, reference: MessageReference) -> AuditEvent {
    event
        .detail("message", "reminder")
        .detail("reference", reference.to_string())
        .detail("slot", key.slot.get())
        .detail("patient", key.patient.get())
        .detail("start", key.start.to_string())
        .detail("minutes_before", key.minutes_before)
        .detail("channel", key.channel.as_str())
}

fn channel(text: &str) -> Result<Channel, Fault> {
    let text: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    Channel::deserialize(text)
        .map_err(|_| Fault::Damaged("the channel of a reminder can't be read"))
}

fn settlement(text: &str) -> Result<ReminderSettlement, Fault> {
    let mut settlements = ReminderSettlement::ALL.iter().copied();
    settlements
        .find(|settlement| settlement.as_str() == text)
        .ok_or(Fault::Damaged("the outcome of a reminder can't be read"))
}
