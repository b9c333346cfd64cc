//! Moving a practice from one store to another.

use emis_audit::{AuditEvent, AuditEventKind, Provenance};
use emis_settings::{StoreError, StoreErrorKind};
use emis_types::OdsCode;
use jiff::Timestamp;

use super::chain_lock::{ChainLock, signed};
use super::handle::Store;
use crate::sql::{Database, Fault, Row, Value, Write, values};

/// The result of [`Store::move_practice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MoveReport {
    /// The number of records that were copied: settings, bookings, reminders, commands, exclusions
    /// and audit log.
    pub records: u64,
    /// `true` if an earlier move, which was interrupted, had copied by_author, so that they were only
    /// removed from the old store.
    pub resumed: bool,
}

struct Table {
    name: &'static str,
    columns: usize,
    select: &'static str,
    insert: &'static str,
    delete: &'static str,
}

macro_rules! table {
    ($name:literal, $practice:literal, $columns:literal, $count:literal, $values:literal) => {
        Table {
            name: $name,
            columns: $count,
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
        }
    };
}

const LOGS: &str = "audit_chains";

/// Everything that belongs to one practice. The end of the audit log comes last.
const TABLES: &[Table] = &[
    table!(
        "practice_settings",
        "ods_code",
        "ods_code, version, document",
        3,
        "$1, $2, $3"
    ),
    table!(
        "bookings",
        "practice",
        "id, practice, session, slot, start, patient, state, begun_at, changed_at",
        9,
        "$1, $2, $3, $4, $5, $6, $7, $8, $9"
    ),
    table!(
        "reminders",
        "practice",
        "practice, slot, patient, start, minutes_before, channel, claimed_at, outcome, settled_at, \
         settled_by",
        10,
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10"
    ),
    table!(
        "commands",
        "practice",
        "practice, key, request, version, outcome, at",
        6,
        "$1, $2, $3, $4, $5, $6"
    ),
    table!(
        "exclusions",
        "practice",
        "practice, patient, number, kind, since, since_by, ended_at, ended_by",
        8,
        "$1, $2, $3, $4, $5, $6, $7, $8"
    ),
    table!(
        "last_calls",
        "practice",
        "practice, capability, worked_at, failed_at",
        4,
        "$1, $2, $3, $4"
    ),
    table!(
        "call_verdicts",
        "practice",
        "practice, operation, at, refusal",
        4,
        "$1, $2, $3, $4"
    ),
    table!(
        "audit_entries",
        "chain",
        "chain, number, previous, digest, body",
        5,
        "$1, $2, $3, $4, $5"
    ),
    table!(
        "audit_chains",
        "chain",
        "chain, number, digest, first, first_previous",
        5,
        "$1, $2, $3, $4, $5"
    ),
];

impl<D> Store<D> {
    /// Moves a practice to another store, of either kind: settings, bookings, reminders, exclusions
    /// and the audit log, to which the move is added. Refused passwords are copied for all practices.
    ///
    /// Stop all work for the practice before, and use the other store for it afterwards. Everything
    /// is copied in one transaction before anything is removed.
    ///
    /// # Errors
    /// [`Conflict`](StoreErrorKind::Conflict) if the other store holds something else of the
    /// practice, [`Busy`](StoreErrorKind::Busy) if both are the same database. Nothing is changed
    /// then. Other kinds if one of the stores fails.
    ///
    /// # Cancel safety
    /// The move goes on in a task of its own. If that is interrupted too, the practice is in the old
    /// store or in both, and another call completes the move.
    pub async fn move_practice<E>(
        &self,
        to: &Store<E>,
        practice: &OdsCode,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<MoveReport, StoreError> {
        const MOVE: (&str, &str) = ("move_practice", "the practice can't be moved");
        let (from, to) = (self.database.clone(), to.database.clone());
        let (code, event) = (
            practice.clone(),
            AuditEvent::new(AuditEventKind::PRACTICE_MOVED, at, by.clone()),
        );
        let moved = self.run(MOVE, practice.as_str(), async {
            let moving = tokio::spawn(async move { move_between(&from, &to, &code, &event).await });
            moving.await.unwrap_or(Err(Fault::Stopped))
        });
        moved.await.map_err(|error| match error.kind() {
            StoreErrorKind::Conflict => StoreError::new(
                StoreErrorKind::Conflict,
                "the other store holds something else of the practice",
            ),
            _ => error,
        })
    }
}

async fn move_between(
    from: &Database,
    to: &Database,
    practice: &OdsCode,
    event: &AuditEvent,
) -> Result<MoveReport, Fault> {
    let mut source = from.write().await?;
    let mut target = to.write().await?;
    let resumed = copied_before(&mut source, &mut target, practice).await?;
    let mut records = 0;
    if !resumed {
        records = copy(&mut source, &mut target, practice).await?;
        let mut lock = ChainLock::acquire(&mut target, practice.clone()).await?;
        lock.append(&mut target, event).await?;
    }
    target.commit().await?;
    for table in TABLES {
        source.execute(table.delete, values![practice]).await?;
    }
    source.commit().await?;
    Ok(MoveReport { records, resumed })
}

/// Returns `true` if an interrupted move had copied everything: the other store's log continues with
/// the move exactly where ours ends. Fails if the other store holds something else.
async fn copied_before(
    source: &mut Write,
    target: &mut Write,
    practice: &OdsCode,
) -> Result<bool, Fault> {
    const ENTRY: &str = "SELECT previous, body FROM audit_entries WHERE chain = $1 AND number = $2";
    // Both are locked to the end: the practice does not change while it is moved.
    let here = ChainLock::acquire(source, practice.clone()).await?.head();
    let there = ChainLock::acquire(target, practice.clone()).await?.head();
    if there.number == 0 {
        // The lock begins a log, which is not in the way of the one that is copied.
        for table in TABLES {
            let rows = target.rows(table.select, values![practice]).await?;
            if rows.len() > usize::from(table.name == LOGS) {
                return Err(Fault::Conflict);
            }
        }
        let delete = "DELETE FROM audit_chains WHERE chain = $1";
        target.execute(delete, values![practice]).await?;
        return Ok(false);
    }
    let next = values![practice, signed(here.number + 1)?];
    let Some(row) = target.row(ENTRY, next).await? else {
        return Err(Fault::Conflict);
    };
    let event: Option<AuditEvent> = serde_json::from_str(&row.text(1)?).ok();
    let is_move = event.is_some_and(|event| *event.kind() == AuditEventKind::PRACTICE_MOVED);
    if is_move && row.text(0)? == here.digest.to_string() {
        Ok(true)
    } else {
        Err(Fault::Conflict)
    }
}

async fn copy(source: &mut Write, target: &mut Write, practice: &OdsCode) -> Result<u64, Fault> {
    const FINGERPRINTS: &str = "SELECT fingerprint FROM refused_passwords";
    const REMEMBER: &str =
        "INSERT INTO refused_passwords (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING";
    let mut records = 0;
    for table in TABLES {
        for row in source.rows(table.select, values![practice]).await? {
            let values = (0..table.columns).map(|column| value(&row, column));
            let values = values.collect::<Result<_, Fault>>()?;
            target.execute(table.insert, values).await?;
            records += 1;
        }
    }
    for row in source.rows(FINGERPRINTS, values![]).await? {
        let fingerprint = Value::Bytes(row.bytes(0)?);
        target.execute(REMEMBER, vec![fingerprint]).await?;
    }
    Ok(records)
}

/// Reads a column of any type but bytes.
fn value(row: &Row, column: usize) -> Result<Value, Fault> {
    match row.optional_int(column) {
        Ok(Some(number)) => Ok(Value::Int(number)),
        Ok(None) => Ok(Value::Text(None)),
        Err(_) => row.optional_text(column).map(Value::Text),
    }
}
