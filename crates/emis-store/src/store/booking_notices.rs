//! The rows of notices.

use emis_booking::{AppointmentKey, BookingNotice};
use jiff::Timestamp;

use super::chain_lock::{ChainLock, signed};
use crate::sql::tables::BOOKING_NOTICES;
use crate::sql::{Fault, Row, Statement, values};

/// Returns the statement that keeps a notice, to be executed with the next entry of the audit log,
/// whose number tells notices of the same time apart.
pub(super) fn insert_notice(
    notice: &BookingNotice,
    at: Timestamp,
    lock: &ChainLock,
) -> Result<Statement, Fault> {
    let appointment = &notice.appointment;
    Ok(BOOKING_NOTICES.insert(values![
        notice.id.to_string(),
        &notice.practice,
        notice.booking.to_string(),
        notice.kind.code(),
        at,
        appointment.session.get(),
        appointment.slot.get(),
        appointment.start,
        appointment.patient.get(),
        signed(lock.head().number + 1)?,
    ]))
}

/// Reads a notice.
pub(super) fn read_notice(row: &Row) -> Result<BookingNotice, Fault> {
    let appointment = AppointmentKey {
        session: row.number(5)?,
        slot: row.number(6)?,
        start: row.parsed(7)?,
        patient: row.number(8)?,
    };
    let record = (row.parsed(1)?, row.parsed(2)?, appointment);
    let (id, kind, at) = (row.parsed(0)?, row.parsed(3)?, row.parsed(4)?);
    Ok(BookingNotice::kept(id, kind, record, at))
}
