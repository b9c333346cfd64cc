//! Rows of the ledger of messages.

use emis_messaging::{
    LeaseOwner, MessageEntry, MessageLease, MessageRecord, MessageReference, MessageState,
    MessageTopic,
};
use emis_settings::Channel;
use emis_types::OdsCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::StrDeserializer;

use super::handle::Store;
use crate::sql::tables::{MESSAGE_TOPICS, MESSAGES};
use crate::sql::{Fault, Row, Statement, Value, Write, values};

/// Makes the conditions that find messages, and their topics.
macro_rules! messages_where {
    ($condition:literal) => {
        (
            concat!($condition, " ORDER BY created_at, reference"),
            concat!(
                "reference IN (SELECT reference FROM messages WHERE ",
                $condition,
                ") ORDER BY reference, number"
            ),
        )
    };
}
pub(super) use messages_where;

/// The row of a message, and its columns that decide a claim.
pub(super) struct Known {
    pub(super) row: Row,
    pub(super) state: MessageState,
    pub(super) attempts: u32,
    lease_until: Option<Timestamp>,
}

impl Known {
    /// Returns `true` if it is claimed and its lease has ended at `now`, the store's time.
    pub(super) fn is_in_doubt(&self, now: Timestamp) -> bool {
        self.state == MessageState::Claimed
            && self
                .lease_until
                .is_none_or(|until| MessageLease::is_over(until, now))
    }
}

pub(super) async fn known(
    write: &mut Write,
    practice: &OdsCode,
    reference: MessageReference,
) -> Result<Option<Known>, Fault> {
    const ONE: &str = "reference = $1 AND practice = $2";
    let values = values![reference.to_string(), practice];
    let Some(row) = write.record(&MESSAGES, ONE, values).await? else {
        return Ok(None);
    };
    Ok(Some(Known {
        state: row.parsed(5)?,
        attempts: row.number(7)?,
        lease_until: row.optional(10)?,
        row,
    }))
}

/// Returns the statement that adds a message in the hands of `owner`, and those that add its
/// topics.
pub(super) fn inserting(
    entry: &MessageEntry,
    owner: &LeaseOwner,
    until: Timestamp,
    at: Timestamp,
) -> Result<(Statement, Vec<Statement>), Fault> {
    let reference = entry.reference.to_string();
    let none = None::<&str>;
    let message = values![
        &reference,
        &entry.practice,
        entry.kind.code(),
        entry.channel.as_str(),
        entry.contact.as_ref().map(|it| it.as_str()),
        MessageState::Claimed.code(),
        none,
        1,
        none,
        owner.as_str(),
        until,
        entry.not_after,
        at,
        at,
    ];
    let topics = entry.topics.iter().zip(0_i64..).map(|(topic, number)| {
        Ok(MESSAGE_TOPICS.insert(values![
            &reference,
            number,
            &entry.practice,
            topic.patient.get(),
            topic.session.map(|session| session.to_string()),
            topic.slot.map(|slot| slot.to_string()),
            topic.start.map(|start| start.to_string()),
            Value::json(&topic.may)?,
        ]))
    });
    Ok((
        MESSAGES.insert(message),
        topics.collect::<Result<_, Fault>>()?,
    ))
}

/// Returns the statement that grants another claim of a message.
pub(super) fn granting(
    known: &Known,
    owner: &LeaseOwner,
    until: Timestamp,
    at: Timestamp,
) -> Result<Statement, Fault> {
    let changes = vec![
        ("state", MessageState::Claimed.code().into()),
        ("attempts", (known.attempts + 1).into()),
        ("owner", owner.as_str().into()),
        ("lease_until", until.into()),
        ("changed_at", at.into()),
    ];
    MESSAGES.update(&known.row, changes)
}

/// Returns the statement that takes a message to another state, and ends its lease.
pub(super) fn changing(
    known: &Known,
    state: MessageState,
    failure: Option<&'static str>,
    sender_id: Option<String>,
    at: Timestamp,
) -> Result<Statement, Fault> {
    let none = || Value::from(None::<&str>);
    let mut changes = vec![
        ("state", state.code().into()),
        ("failure", failure.into()),
        ("owner", none()),
        ("lease_until", none()),
        ("changed_at", at.into()),
    ];
    if sender_id.is_some() {
        changes.push(("sender_id", sender_id.into()));
    }
    MESSAGES.update(&known.row, changes)
}

impl<D> Store<D> {
    /// Reads messages by conditions of [`messages_where!`].
    pub(super) async fn message_records(
        &self,
        (messages, topics): (&str, &str),
        values: Vec<Value>,
    ) -> Result<Vec<MessageRecord>, Fault> {
        let rows = self.database.records(&MESSAGES, messages, values.clone());
        let rows = rows.await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.database.now(self.clock.now()).await?;
        let topics = self.database.records(&MESSAGE_TOPICS, topics, values);
        let topics = topics.await?;
        let topics = topics.iter().map(topic);
        let topics = topics.collect::<Result<Vec<_>, Fault>>()?;
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let mut record = record(&row, now)?;
            let reference = record.entry.reference;
            let own = topics.iter().filter(|(of, _)| *of == reference);
            record.entry.topics = own.map(|(_, topic)| *topic).collect();
            records.push(record);
        }
        Ok(records)
    }
}

fn record(row: &Row, now: Timestamp) -> Result<MessageRecord, Fault> {
    let mut entry = MessageEntry::new(
        row.parsed(0)?,
        row.parsed(1)?,
        row.parsed(2)?,
        channel(&row.text(3)?)?,
    );
    entry.contact = row.optional(4)?;
    entry.not_after = row.optional(11)?;
    let mut record = MessageRecord::queued(entry, row.parsed(12)?);
    record.state = row.parsed(5)?;
    record.failure = row.optional(6)?;
    record.attempts = row.number(7)?;
    record.sender_id = row.optional_text(8)?;
    let owner: Option<LeaseOwner> = row.optional(9)?;
    let lease = owner.zip(row.optional(10)?);
    record.lease = lease.map(|(owner, until)| MessageLease::new(owner, until, now));
    record.changed_at = row.parsed(13)?;
    Ok(record)
}

fn topic(row: &Row) -> Result<(MessageReference, MessageTopic), Fault> {
    let mut topic = MessageTopic::patient(row.number(3)?);
    topic.session = row.optional(4)?;
    topic.slot = row.optional(5)?;
    topic.start = row.optional(6)?;
    topic.may = serde_json::from_str(&row.text(7)?)
        .map_err(|_| Fault::Damaged("the topic of a message can't be read"))?;
    Ok((row.parsed(0)?, topic))
}

fn channel(text: &str) -> Result<Channel, Fault> {
    let text: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    Channel::deserialize(text).map_err(|_| Fault::Damaged("the channel of a message can't be read"))
}
