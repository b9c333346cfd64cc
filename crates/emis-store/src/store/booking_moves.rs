//! Moves of appointments.

use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, Provenance};
use emis_booking::{BookingId, BookingMove, MoveEnd, MovePhase};
use emis_types::OdsCode;
use jiff::Timestamp;

use super::booking_notices::insert_notice;
use super::chain_lock::ChainLock;
use super::handle::Store;
use super::tasks;
use crate::sql::tables::BOOKING_MOVES;
use crate::sql::{Fault, Row, values};

const BY_ID: &str = "id = $1";

/// Adds a move, unless there is one with its ID or one in progress of the same booking.
pub(super) async fn begin<D>(
    store: &Store<D>,
    new: &BookingMove,
    by: &Provenance,
) -> Result<bool, Fault> {
    const IN_THE_WAY: &str = "practice = $1 AND (id = $2 OR from_booking = $3 \
         AND phase IN ('book-first', 'cancel-first'))";
    let mut write = store.database.write().await?;
    let mut lock = ChainLock::acquire(&mut write, new.practice.clone()).await?;
    let values = values![&new.practice, new.id.to_string(), new.from.to_string()];
    let other = write.record(&BOOKING_MOVES, IN_THE_WAY, values).await?;
    if other.is_some() {
        return Ok(false);
    }
    let now = store.present_in(&mut write).await?;
    let insert = BOOKING_MOVES.insert(values![
        new.id.to_string(),
        &new.practice,
        new.from.to_string(),
        new.phase.code(),
        now,
    ]);
    let kind = AuditEventKind::BOOKING_MOVE_BEGUN;
    let event = event(kind, now, new, new.phase, by);
    lock.append_with(&mut write, &event, vec![insert]).await?;
    write.commit().await?;
    Ok(true)
}

/// Ends a move in progress, with its notice and its tasks.
pub(super) async fn end<D>(
    store: &Store<D>,
    moving: &BookingMove,
    end: &MoveEnd,
    by: &Provenance,
) -> Result<bool, Fault> {
    let mut write = store.database.write().await?;
    let mut lock = ChainLock::acquire(&mut write, moving.practice.clone()).await?;
    let values = values![moving.id.to_string()];
    let Some(row) = write.record(&BOOKING_MOVES, BY_ID, values).await? else {
        return Ok(false);
    };
    if !read(&row)?.phase.is_open() {
        return Ok(false);
    }
    let now = store.present_in(&mut write).await?;
    let phase = vec![("phase", end.phase.code().into())];
    let mut statements = vec![BOOKING_MOVES.update(&row, phase)?];
    if let Some(notice) = &end.notice {
        statements.push(insert_notice(notice, now, &lock)?);
    }
    statements.extend(tasks::opening(&end.tasks)?);
    let kind = AuditEventKind::BOOKING_MOVE_ENDED;
    let event = event(kind, now, moving, end.phase, by);
    lock.append_with(&mut write, &event, statements).await?;
    write.commit().await?;
    Ok(true)
}

pub(super) async fn find<D>(
    store: &Store<D>,
    id: &BookingId,
) -> Result<Option<BookingMove>, Fault> {
    let values = values![id.to_string()];
    let row = store.database.record(&BOOKING_MOVES, BY_ID, values).await?;
    row.map(|row| read(&row)).transpose()
}

pub(super) async fn open<D>(
    store: &Store<D>,
    practice: &OdsCode,
) -> Result<Vec<BookingMove>, Fault> {
    const OPEN: &str = "practice = $1 AND phase IN ('book-first', 'cancel-first') \
         ORDER BY begun_at, id";
    let rows = store
        .database
        .records(&BOOKING_MOVES, OPEN, values![practice]);
    rows.await?.iter().map(read).collect()
}

fn event(
    kind: AuditEventKind,
    at: Timestamp,
    moving: &BookingMove,
    phase: MovePhase,
    by: &Provenance,
) -> AuditEvent {
    let outcome = match phase {
        MovePhase::Moved => AuditEventOutcome::Success,
        MovePhase::BookFirst | MovePhase::CancelFirst => AuditEventOutcome::Unknown,
        _ => AuditEventOutcome::Failure,
    };
    AuditEvent::new(kind, at, by.clone())
        .with_outcome(outcome)
        .detail("booking", moving.id.to_string())
        .detail("from", moving.from.to_string())
        .detail("phase", phase.code())
}

fn read(row: &Row) -> Result<BookingMove, Fault> {
    let (id, practice, from) = (row.parsed(0)?, row.parsed(1)?, row.parsed(2)?);
    let moving = BookingMove::new(id, practice, from, row.parsed(3)?);
    Ok(moving.begun(row.parsed(4)?))
}
