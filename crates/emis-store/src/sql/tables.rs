//! The tables of records, and the digests that cover their rows.
//!
//! Each row has a column `row_digest`: the SHA-256 of the table's name and of every other column of
//! the row. A row is written through [`Table::insert`], [`Table::put`] and [`Table::update`], which
//! compute it, and read through [`Write::records`](crate::sql::Write::records) and
//! [`Database::records`](crate::sql::Database::records), which compare it: a row that was changed
//! past the store fails as damaged, and decides nothing.
//!
//! A new table is defined here and listed in [`RECORDS`]; in its `CREATE TABLE`, the last column is
//! `row_digest TEXT NOT NULL`. It is then moved between stores, off-boarded, checked and tampered
//! with in tests like the others. Its store writes:
//!
//! - a new row: `let insert = TABLE.insert(values![…all columns…])`, then
//!   `lock.append_with(&mut write, &event, vec![insert])` or `write.execute_all(vec![insert])`;
//! - a change: `let row = write.record(&TABLE, "id = $1", values![id]).await?`, then
//!   `TABLE.update(&row, vec![("state", state.into()), …])?` in the same way;
//! - a deletion: `write.delete(&TABLE, "practice = $1 AND …", values![…])`.

use emis_audit::Digest;
use emis_types::OdsCode;

use super::{Fault, Row, Statement, Value};

/// A table whose rows have digests.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Every column but `row_digest`; those of the primary key come first.
    columns: &'static [&'static str],
    /// The number of columns of the primary key.
    key: usize,
    /// The column that holds the practice. Without one the rows belong to the product.
    pub(crate) practice: Option<&'static str>,
}

pub(crate) const SETTINGS: Table = Table {
    name: "practice_settings",
    columns: &["ods_code", "version", "document"],
    key: 1,
    practice: Some("ods_code"),
};

pub(crate) const COMMANDS: Table = Table {
    name: "commands",
    columns: &["practice", "key", "request", "version", "outcome", "at"],
    key: 2,
    practice: Some("practice"),
};

pub(crate) const BOOKINGS: Table = Table {
    name: "bookings",
    columns: &[
        "id",
        "practice",
        "session",
        "slot",
        "start",
        "patient",
        "state",
        "begun_at",
        "changed_at",
        "origin",
        "request",
        "cancel_cause",
        "revision",
        "watched_until",
        "replaces",
    ],
    key: 1,
    practice: Some("practice"),
};

pub(crate) const BOOKING_MOVES: Table = Table {
    name: "booking_moves",
    columns: &["id", "practice", "from_booking", "phase", "begun_at"],
    key: 1,
    practice: Some("practice"),
};

pub(crate) const BOOKING_NOTICES: Table = Table {
    name: "booking_notices",
    columns: &[
        "id", "practice", "booking", "kind", "at", "session", "slot", "start", "patient", "entry",
    ],
    key: 1,
    practice: Some("practice"),
};

pub(crate) const REMINDERS: Table = Table {
    name: "reminders",
    columns: &[
        "practice",
        "slot",
        "patient",
        "start",
        "minutes_before",
        "channel",
        "contact",
        "reference",
        "generation",
        "owner",
        "claimed_at",
        "lease_ends_at",
        "outcome",
        "settled_at",
        "settled_by",
        "gone_at",
    ],
    key: 7,
    practice: Some("practice"),
};

pub(crate) const REMINDER_POLLS: Table = Table {
    name: "reminder_polls",
    columns: &["practice", "kind", "polled_at"],
    key: 2,
    practice: Some("practice"),
};

pub(crate) const PLANNED_REMINDERS: Table = Table {
    name: "planned_reminders",
    columns: &[
        "practice",
        "slot",
        "patient",
        "start",
        "minutes_before",
        "rule",
        "send_at",
    ],
    key: 5,
    practice: Some("practice"),
};

pub(crate) const REMINDER_DAYS: Table = Table {
    name: "reminder_days",
    columns: &["practice", "day", "runs", "listed", "sent", "failed"],
    key: 2,
    practice: Some("practice"),
};

pub(crate) const MESSAGES: Table = Table {
    name: "messages",
    columns: &[
        "reference",
        "practice",
        "kind",
        "channel",
        "contact",
        "state",
        "failure",
        "attempts",
        "sender_id",
        "owner",
        "lease_until",
        "not_after",
        "created_at",
        "changed_at",
    ],
    key: 1,
    practice: Some("practice"),
};

pub(crate) const MESSAGE_TOPICS: Table = Table {
    name: "message_topics",
    columns: &[
        "reference",
        "number",
        "practice",
        "patient",
        "session",
        "slot",
        "start",
        "may",
    ],
    key: 2,
    practice: Some("practice"),
};

pub(crate) const TASKS: Table = Table {
    name: "tasks",
    columns: &[
        "id",
        "practice",
        "kind",
        "patient",
        "subject",
        "opened_at",
        "acknowledged_at",
        "acknowledged_by",
    ],
    key: 1,
    practice: Some("practice"),
};

pub(crate) const EXCLUSIONS: Table = Table {
    name: "exclusions",
    columns: &[
        "practice", "patient", "number", "kind", "since", "since_by", "ended_at", "ended_by",
    ],
    key: 3,
    practice: Some("practice"),
};

pub(crate) const LAST_CALLS: Table = Table {
    name: "last_calls",
    columns: &["practice", "capability", "worked_at", "failed_at"],
    key: 2,
    practice: Some("practice"),
};

pub(crate) const CALL_VERDICTS: Table = Table {
    name: "call_verdicts",
    columns: &["practice", "operation", "at", "refusal"],
    key: 2,
    practice: Some("practice"),
};

pub(crate) const DIAGNOSES: Table = Table {
    name: "diagnoses",
    columns: &[
        "practice", "since", "until", "healthy", "causes", "evidence",
    ],
    key: 2,
    practice: Some("practice"),
};

pub(crate) const REFUSED_PASSWORDS: Table = Table {
    name: "refused_passwords",
    columns: &["fingerprint"],
    key: 1,
    practice: None,
};

pub(crate) const PASSWORD_CLAIMS: Table = Table {
    name: "password_claims",
    columns: &["fingerprint", "until", "expires_at"],
    key: 1,
    practice: None,
};

pub(crate) const INVITATIONS: Table = Table {
    name: "invitations",
    columns: &[
        "id",
        "practice",
        "patient",
        "token",
        "books",
        "state",
        "expires_at",
        "changed_at",
        "document",
    ],
    key: 1,
    practice: Some("practice"),
};

pub(crate) const INVITATION_EVENTS: Table = Table {
    name: "invitation_events",
    columns: &["invitation", "number", "practice", "change", "at"],
    key: 2,
    practice: Some("practice"),
};

pub(crate) const IDENTITY_FAILURES: Table = Table {
    name: "identity_failures",
    columns: &["practice", "subject", "failures", "next_at", "locked_until"],
    key: 2,
    practice: Some("practice"),
};

pub(crate) const BOOKING_PLACES: Table = Table {
    name: "booking_places",
    columns: &["booking", "practice", "patient", "day"],
    key: 1,
    practice: Some("practice"),
};

/// Every table of records.
pub(crate) const RECORDS: &[&Table] = &[
    &SETTINGS,
    &COMMANDS,
    &BOOKINGS,
    &BOOKING_NOTICES,
    &BOOKING_MOVES,
    &REMINDERS,
    &MESSAGES,
    &MESSAGE_TOPICS,
    &TASKS,
    &REMINDER_POLLS,
    &PLANNED_REMINDERS,
    &REMINDER_DAYS,
    &EXCLUSIONS,
    &LAST_CALLS,
    &CALL_VERDICTS,
    &DIAGNOSES,
    &REFUSED_PASSWORDS,
    &PASSWORD_CLAIMS,
    &INVITATIONS,
    &INVITATION_EVENTS,
    &IDENTITY_FAILURES,
    &BOOKING_PLACES,
];

impl Table {
    /// Returns a query for all columns, in their order and then the digest, of the rows that fulfil
    /// a condition. An `ORDER BY` may follow the condition.
    pub(crate) fn select(&self, condition: &str) -> String {
        let columns = self.columns.join(", ");
        format!(
            "SELECT {columns}, row_digest FROM {} WHERE {condition}",
            self.name
        )
    }

    /// Returns the columns for a query that joins the table under the name `alias`, in the order of
    /// [`select`](Self::select). Read them with [`check_at`](Self::check_at).
    pub(crate) fn joined(&self, alias: &str) -> String {
        let columns = self.columns.iter().chain(&["row_digest"]);
        columns
            .map(|column| format!(", {alias}.{column}"))
            .collect()
    }

    /// Returns the number of columns of [`select`](Self::select).
    pub(crate) const fn width(&self) -> usize {
        self.columns.len() + 1
    }

    /// Compares the digest of a row that [`select`](Self::select) found.
    pub(crate) fn check(&self, row: &Row) -> Result<(), Fault> {
        self.check_at(row, 0)
    }

    /// Compares the digest of a row whose columns begin at `first`.
    pub(crate) fn check_at(&self, row: &Row, first: usize) -> Result<(), Fault> {
        let values = self.values(row, first)?;
        let digest = row.text(first + self.columns.len())?;
        if self.digest(&values).to_string() == digest {
            Ok(())
        } else {
            Err(Fault::Damaged("a record was changed past the store"))
        }
    }

    /// Inserts a row: the values of all columns, in their order.
    pub(crate) fn insert(&self, values: Vec<Value>) -> Statement {
        let mut columns = self.columns.join(", ");
        columns.push_str(", row_digest");
        let places: Vec<_> = (1..=self.width())
            .map(|place| format!("${place}"))
            .collect();
        let digest = self.digest(&values).to_string();
        let mut values = values;
        values.push(digest.into());
        let (name, places) = (self.name, places.join(", "));
        Statement::new(
            format!("INSERT INTO {name} ({columns}) VALUES ({places})"),
            values,
        )
    }

    /// Inserts a row unless one with its key exists.
    pub(crate) fn insert_new(&self, values: Vec<Value>) -> Statement {
        let Statement { sql, values } = self.insert(values);
        Statement::new(format!("{sql} ON CONFLICT DO NOTHING"), values)
    }

    /// Inserts a row, or replaces the one with its key.
    pub(crate) fn put(&self, values: Vec<Value>) -> Statement {
        let Statement { sql, values } = self.insert(values);
        let key = self.key_columns().join(", ");
        let others = self.columns.iter().skip(self.key).chain(&["row_digest"]);
        let others: Vec<_> = others.map(|it| format!("{it} = excluded.{it}")).collect();
        let others = others.join(", ");
        Statement::new(
            format!("{sql} ON CONFLICT ({key}) DO UPDATE SET {others}"),
            values,
        )
    }

    /// Changes columns of a row that was read, if it has not changed since: compare-and-set on its
    /// digest.
    pub(crate) fn update(
        &self,
        row: &Row,
        changes: Vec<(&'static str, Value)>,
    ) -> Result<Statement, Fault> {
        self.update_at(row, 0, changes)
    }

    /// Changes columns of a row whose columns begin at `first`.
    pub(crate) fn update_at(
        &self,
        row: &Row,
        first: usize,
        changes: Vec<(&'static str, Value)>,
    ) -> Result<Statement, Fault> {
        let mut all = self.values(row, first)?;
        let before = self.digest(&all).to_string();
        let (mut set, mut values) = (String::new(), Vec::new());
        for (column, value) in changes {
            let place = self.columns.iter().position(|it| *it == column);
            let kept = place.and_then(|place| all.get_mut(place));
            *kept.ok_or(Fault::Unstorable)? = value.clone();
            values.push(value);
            set.push_str(&format!("{column} = ${}, ", values.len()));
        }
        values.push(self.digest(&all).to_string().into());
        let digest = values.len();
        let mut condition = String::new();
        for (column, value) in self.key_columns().iter().zip(all) {
            values.push(value);
            condition.push_str(&format!("{column} = ${} AND ", values.len()));
        }
        values.push(before.into());
        let (name, last) = (self.name, values.len());
        let sql = format!(
            "UPDATE {name} SET {set}row_digest = ${digest} WHERE {condition}row_digest = ${last}"
        );
        Ok(Statement::new(sql, values))
    }

    /// Returns a query for the next rows in the order of the key: those after `after`, a key, at
    /// most `limit`.
    pub(crate) fn page(&self, practice: Option<&str>, after: &[Value], limit: u32) -> Statement {
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        if let Some((column, practice)) = self.practice.zip(practice) {
            values.push(Value::from(practice));
            conditions.push(format!("{column} = $1"));
        }
        let key = self.key_columns().join(", ");
        if !after.is_empty() {
            let next = values.len() + 1;
            let places = (next..next + after.len()).map(|place| format!("${place}"));
            let places: Vec<_> = places.collect();
            conditions.push(format!("({key}) > ({})", places.join(", ")));
            values.extend_from_slice(after);
        }
        let condition = if conditions.is_empty() {
            "true".to_owned()
        } else {
            conditions.join(" AND ")
        };
        let select = self.select(&condition);
        Statement::new(format!("{select} ORDER BY {key} LIMIT {limit}"), values)
    }

    /// Reads the practice of a row.
    pub(crate) fn practice_of(&self, row: &Row) -> Option<OdsCode> {
        let column = self.practice?;
        let place = self.columns.iter().position(|it| *it == column)?;
        row.parsed(place).ok()
    }

    /// Reads the key of a row.
    pub(crate) fn key_of(&self, row: &Row) -> Result<Vec<Value>, Fault> {
        (0..self.key).map(|column| row.value(column)).collect()
    }

    /// Reads all columns but the digest.
    pub(crate) fn values(&self, row: &Row, first: usize) -> Result<Vec<Value>, Fault> {
        let columns = first..first + self.columns.len();
        columns.map(|column| row.value(column)).collect()
    }

    /// Gives a digest to a row that an earlier release wrote without one.
    pub(crate) fn seal(&self, row: &Row) -> Result<Statement, Fault> {
        let all = self.values(row, 0)?;
        let mut values = vec![self.digest(&all).to_string().into()];
        let mut condition = Vec::new();
        for (column, value) in self.key_columns().iter().zip(all) {
            values.push(value);
            condition.push(format!("{column} = ${}", values.len()));
        }
        let (name, condition) = (self.name, condition.join(" AND "));
        let sql = format!("UPDATE {name} SET row_digest = $1 WHERE {condition}");
        Ok(Statement::new(sql, values))
    }

    fn key_columns(&self) -> &'static [&'static str] {
        self.columns.get(..self.key).unwrap_or_default()
    }

    /// Digests the columns that are not null, each with its name and its length, so that a column
    /// can be added without a change to the digests of older rows.
    fn digest(&self, values: &[Value]) -> Digest {
        let mut bytes = self.name.as_bytes().to_vec();
        for (column, value) in self.columns.iter().zip(values) {
            let (kind, value) = match value {
                Value::Int(number) => ('i', number.to_string().into_bytes()),
                Value::Text(Some(text)) => ('t', text.clone().into_bytes()),
                Value::Text(None) => continue,
                Value::Bytes(value) => ('b', value.clone()),
            };
            bytes.extend(format!("\n{column} {kind}{}:", value.len()).into_bytes());
            bytes.extend(value);
        }
        Digest::of(bytes)
    }
}
