//! Moving a practice from one store to another.

use emis_audit::{AuditEvent, AuditEventKind, Provenance};
use emis_settings::{StoreError, StoreErrorKind};
use emis_types::OdsCode;
use jiff::Timestamp;

use crate::sql::{Fault, Row, Value, Write};
use crate::store::Store;
use crate::trail;

/// What was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// How many records: settings, bookings, reminders, commands, exclusions and the audit trail.
    pub records: u64,
    /// Whether they had been copied before, by a move that was cut off, and were removed from
    /// their old place only.
    pub resumed: bool,
}

#[derive(Clone, Copy)]
enum Column {
    Int,
    Text,
    MaybeText,
}
use Column::{Int, MaybeText, Text};

struct Table {
    select: &'static str,
    insert: &'static str,
    delete: &'static str,
    columns: &'static [Column],
}

macro_rules! table {
    ($name:literal, $practice:literal, $columns:literal, $values:literal, $kinds:expr) => {
        Table {
            select: concat!(
                "SELECT ", $columns, " FROM ", $name, " WHERE ", $practice, " = $1"
            ),
            insert: concat!(
                "INSERT INTO ",
                $name,
                " (",
                $columns,
                ") VALUES (",
                $values,
                ")"
            ),
            delete: concat!("DELETE FROM ", $name, " WHERE ", $practice, " = $1"),
            columns: $kinds,
        }
    };
}

/// Everything that belongs to one practice. The end of the chain comes last.
const TABLES: &[Table] = &[
    table!(
        "practice_settings",
        "ods_code",
        "ods_code, version, document",
        "$1, $2, $3",
        &[Text, Int, Text]
    ),
    table!(
        "bookings",
        "practice",
        "id, practice, session, slot, start, patient, state, begun_at, changed_at",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9",
        &[Text, Text, Int, Int, Text, Int, Text, Text, Text]
    ),
    table!(
        "reminders",
        "practice",
        "practice, slot, patient, start, minutes_before, channel, claimed_at, outcome, settled_at, \
         settled_by",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10",
        &[
            Text, Int, Int, Text, Int, Text, Text, MaybeText, MaybeText, MaybeText,
        ]
    ),
    table!(
        "commands",
        "practice",
        "practice, key, request, version, outcome, at",
        "$1, $2, $3, $4, $5, $6",
        &[Text, Text, Text, Int, Text, Text]
    ),
    table!(
        "exclusions",
        "practice",
        "practice, patient, number, kind, since, since_by, ended_at, ended_by",
        "$1, $2, $3, $4, $5, $6, $7, $8",
        &[Text, Int, Int, Text, Text, Text, MaybeText, MaybeText]
    ),
    table!(
        "last_calls",
        "practice",
        "practice, capability, worked_at, failed_at",
        "$1, $2, $3, $4",
        &[Text, Text, MaybeText, MaybeText]
    ),
    table!(
        "call_verdicts",
        "practice",
        "practice, operation, at, refusal",
        "$1, $2, $3, $4",
        &[Text, Text, Text, MaybeText]
    ),
    table!(
        "audit_entries",
        "chain",
        "chain, number, previous, digest, at, body",
        "$1, $2, $3, $4, $5, $6",
        &[Text, Int, Text, Text, Text, Text]
    ),
    table!(
        "audit_segments",
        "chain",
        "chain, first, last, digest, newest_at",
        "$1, $2, $3, $4, $5",
        &[Text, Int, Int, Text, Text]
    ),
    table!(
        "audit_chains",
        "chain",
        "chain, number, digest, first, first_previous, unsealed_from",
        "$1, $2, $3, $4, $5, $6",
        &[Text, Int, Text, Int, Text, Int]
    ),
];

impl<D> Store<D> {
    /// Moves a practice to another store, of the same kind or another: settings, ledgers,
    /// exclusions and the audit trail, to which the move itself is added. Passwords that EMIS
    /// refused are copied for all practices.
    ///
    /// Nobody may be working for the practice meanwhile, and everybody is to use the other store
    /// afterwards. Everything is copied in one transaction before anything is removed: a move
    /// that is cut off leaves the practice in one store or in both, and when it is begun again
    /// it is brought to its end.
    ///
    /// # Errors
    /// [`Conflict`](StoreErrorKind::Conflict) where the other store has something else of the
    /// practice. Nothing is changed then. Others where one of the stores fails.
    pub async fn move_practice<E>(
        &self,
        to: &Store<E>,
        practice: &OdsCode,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<Moved, StoreError> {
        let moved = async {
            let mut source = self.database.write().await?;
            let mut target = to.database.write().await?;
            let moved = if copied_before(&mut source, &mut target, practice).await? {
                Moved {
                    records: 0,
                    resumed: true,
                }
            } else {
                let records = copy(&mut source, &mut target, practice).await?;
                let mut held = trail::lock(&mut target, practice.clone().into()).await?;
                let event = AuditEvent::new(AuditEventKind::PRACTICE_MOVED, at, by.clone());
                trail::append(&mut target, &mut held, &event).await?;
                Moved {
                    records,
                    resumed: false,
                }
            };
            target.commit().await?;
            for table in TABLES {
                let values = [Value::Text(practice.as_str())];
                source.execute(table.delete, &values).await?;
            }
            source.commit().await?;
            Ok(moved)
        };
        moved.await.map_err(|fault: Fault| match fault {
            Fault::Conflict => StoreError::new(
                StoreErrorKind::Conflict,
                "the other store has something else of the practice",
            ),
            fault => fault.during("the practice can't be moved"),
        })
    }
}

/// Whether a move that was cut off had copied everything: the other store's chain goes on with
/// the move exactly where ours ends.
///
/// # Errors
/// A conflict where the other store has something, and it is not that.
async fn copied_before(
    source: &mut Write,
    target: &mut Write,
    practice: &OdsCode,
) -> Result<bool, Fault> {
    // Both are held to the end: the practice does not change while it is moved.
    let here = trail::lock(source, practice.clone().into()).await?.end();
    let there = trail::lock(target, practice.clone().into()).await?.end();
    if there.0 == 0 {
        // What `hold` began there stands in the way of what is copied.
        let chain = [Value::Text(practice.as_str())];
        for table in TABLES {
            if target.rows(table.select, &chain).await?.len() > usize::from(is_chain(table)) {
                return Err(Fault::Conflict);
            }
        }
        target
            .execute("DELETE FROM audit_chains WHERE chain = $1", &chain)
            .await?;
        return Ok(false);
    }
    let next = trail::signed(here.0 + 1)?;
    let values = [Value::Text(practice.as_str()), Value::Int(next)];
    let statement = "SELECT previous, body FROM audit_entries WHERE chain = $1 AND number = $2";
    let row = target.row(statement, &values).await?;
    let follows = match row {
        Some(row) => {
            let event: Option<AuditEvent> = serde_json::from_str(&row.text(1)?).ok();
            row.text(0)? == here.1.to_string()
                && event.is_some_and(|event| *event.kind() == AuditEventKind::PRACTICE_MOVED)
        }
        None => false,
    };
    if follows {
        Ok(true)
    } else {
        Err(Fault::Conflict)
    }
}

fn is_chain(table: &Table) -> bool {
    table.select.contains("audit_chains")
}

async fn copy(source: &mut Write, target: &mut Write, practice: &OdsCode) -> Result<u64, Fault> {
    let mut records = 0;
    for table in TABLES {
        let rows = source
            .rows(table.select, &[Value::Text(practice.as_str())])
            .await?;
        for row in rows {
            copy_row(target, table, &row).await?;
            records += 1;
        }
    }
    let fingerprints = source
        .rows("SELECT fingerprint FROM refused_passwords", &[])
        .await?;
    for row in fingerprints {
        let statement =
            "INSERT INTO refused_passwords (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING";
        target
            .execute(statement, &[Value::Bytes(&row.bytes(0)?)])
            .await?;
    }
    Ok(records)
}

async fn copy_row(target: &mut Write, table: &Table, row: &Row) -> Result<(), Fault> {
    enum Held {
        Int(i64),
        Text(Option<String>),
    }
    let mut held = Vec::with_capacity(table.columns.len());
    for (number, column) in table.columns.iter().enumerate() {
        held.push(match column {
            Int => Held::Int(row.int(number)?),
            Text => Held::Text(Some(row.text(number)?)),
            MaybeText => Held::Text(row.maybe_text(number)?),
        });
    }
    let values: Vec<_> = held
        .iter()
        .map(|value| match value {
            Held::Int(number) => Value::Int(*number),
            Held::Text(text) => Value::MaybeText(text.as_deref()),
        })
        .collect();
    target.execute(table.insert, &values).await?;
    Ok(())
}
