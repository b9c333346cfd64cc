//! Moving a practice from one store to another.

use emis_audit::{AuditEvent, AuditEventKind, Provenance};
use emis_settings::{StoreError, StoreErrorKind};
use emis_types::OdsCode;
use jiff::Timestamp;

use super::chain_lock::{ChainLock, signed};
use super::handle::Store;
use super::record_check::Pages;
use crate::sql::tables::{RECORDS, REFUSED_PASSWORDS};
use crate::sql::{Database, Fault, Statement, Write, values};

/// The result of [`Store::move_practice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MoveReport {
    /// The number of records that were copied: settings, bookings, reminders, messages, tasks,
    /// commands, exclusions and audit log.
    pub records: u64,
    /// `true` if an earlier move, which was interrupted, had copied them, so that they were only
    /// removed from the old store.
    pub resumed: bool,
}

/// The columns of the audit log. The end of the log is copied last.
const ENTRIES: [&str; 5] = ["chain", "number", "previous", "digest", "body"];
const ENDS: [&str; 5] = ["chain", "number", "digest", "first", "first_previous"];
const LOGS: [(&str, [&str; 5]); 2] = [("audit_entries", ENTRIES), ("audit_chains", ENDS)];

impl<D> Store<D> {
    /// Moves a practice to another store, of either kind: settings, bookings, reminders, messages,
    /// tasks, exclusions and the audit log, to which the move is added. Refused passwords are copied
    /// for all practices.
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
    let tables = RECORDS
        .iter()
        .filter_map(|table| Some((table.name, table.practice?)));
    for (name, column) in tables.chain(LOGS.map(|(name, _)| (name, "chain"))) {
        let delete = format!("DELETE FROM {name} WHERE {column} = $1");
        let delete = Statement::new(delete, values![practice]);
        source.execute_all(vec![delete]).await?;
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
        for table in RECORDS.iter().filter(|table| table.practice.is_some()) {
            let first = Pages::of(table, Some(practice.as_str()))
                .next(target)
                .await?;
            if !first.is_empty() {
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
    let mut records = 0;
    for table in RECORDS.iter().filter(|table| table.practice.is_some()) {
        let mut pages = Pages::of(table, Some(practice.as_str()));
        loop {
            let page = pages.next(source).await?;
            if page.is_empty() {
                break;
            }
            for row in page {
                let insert = table.insert(table.values(&row, 0)?);
                records += target.execute_all(vec![insert]).await?;
            }
        }
    }
    for (name, columns) in LOGS {
        let columns = columns.join(", ");
        let select = format!("SELECT {columns} FROM {name} WHERE chain = $1");
        let insert = format!("INSERT INTO {name} ({columns}) VALUES ($1, $2, $3, $4, $5)");
        let rows = source.query(Statement::new(select, values![practice]));
        for row in rows.await? {
            let values = (0..ENTRIES.len()).map(|column| row.value(column));
            let values = values.collect::<Result<_, Fault>>()?;
            let insert = Statement::new(insert.clone(), values);
            records += target.execute_all(vec![insert]).await?;
        }
    }
    for row in source
        .records(&REFUSED_PASSWORDS, "true", values![])
        .await?
    {
        let refused = REFUSED_PASSWORDS.insert_new(REFUSED_PASSWORDS.values(&row, 0)?);
        target.execute_all(vec![refused]).await?;
    }
    Ok(records)
}
