//! The ledger of bookings: written before they are sent.

use std::str::FromStr;

use async_trait::async_trait;
use emis_booking::{
    Appointment, Begin, BookingId, BookingLedger, BookingRecord, BookingState, Settlement,
};
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::Timestamp;
use rusqlite::{Connection, Params, Row, TransactionBehavior, params};

use super::SqliteStore;
use super::fault::Fault;
use super::moment;

#[async_trait]
impl BookingLedger for SqliteStore {
    async fn begin(&self, booking: &BookingRecord) -> Result<Begin, StoreError> {
        let booking = booking.clone();
        self.run("the booking can't be written down", move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if let Some(same) = by_id(&transaction, &booking.id)? {
                return Ok(Begin::AlreadyBegun(same));
            }
            if let Some(other) = slot_in_hand(&transaction, &booking)? {
                return Ok(Begin::SlotInHand(other));
            }
            if booking.state.is_being_booked()
                && let Some(other) = patient_in_hand(&transaction, &booking)?
            {
                return Ok(Begin::PatientInHand(other));
            }
            insert(&transaction, &booking)?;
            transaction.commit()?;
            Ok(Begin::Started)
        })
        .await
    }

    async fn settle(
        &self,
        id: &BookingId,
        state: BookingState,
        at: Timestamp,
    ) -> Result<Option<Settlement>, StoreError> {
        let id = *id;
        self.run("the booking can't be settled", move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let Some(mut record) = by_id(&transaction, &id)? else {
                return Ok(None);
            };
            let stopped = state == BookingState::Cancelling
                && slot_in_hand(&transaction, &record)?.is_some_and(|other| other.id != id);
            let changed = record.state.may_become(state) && !stopped;
            if changed {
                record.state = state;
                record.changed_at = at;
                transaction.execute(
                    "UPDATE bookings SET state = ?2, changed_at = ?3 WHERE id = ?1",
                    params![id.to_string(), state.to_string(), moment::to_text(at)],
                )?;
                transaction.commit()?;
            }
            Ok(Some(Settlement { record, changed }))
        })
        .await
    }

    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError> {
        let id = *id;
        self.run("the booking can't be read", move |connection| {
            by_id(connection, &id)
        })
        .await
    }

    async fn confirmed(
        &self,
        practice: &OdsCode,
        appointment: &Appointment,
    ) -> Result<Option<BookingRecord>, StoreError> {
        let (practice, appointment) = (practice.clone(), *appointment);
        self.run("the bookings can't be read", move |connection| {
            let found = find(
                connection,
                "practice = ?1 AND slot = ?2 AND patient = ?3 AND state = 'confirmed'",
                params![
                    practice.as_str(),
                    appointment.slot.get(),
                    appointment.patient.get()
                ],
            )?;
            let mut newest_first = found.into_iter().rev();
            Ok(newest_first.find(|record| record.appointment == appointment))
        })
        .await
    }

    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        let practice = practice.clone();
        self.run("the bookings can't be read", move |connection| {
            find(
                connection,
                "practice = ?1 AND state IN ('intended', 'unknown', 'cancelling')",
                [practice.as_str()],
            )
        })
        .await
    }
}

fn slot_in_hand(
    connection: &Connection,
    booking: &BookingRecord,
) -> Result<Option<BookingRecord>, Fault> {
    let found = find(
        connection,
        "practice = ?1 AND slot = ?2 AND state IN ('intended', 'unknown', 'cancelling')",
        params![booking.practice.as_str(), booking.appointment.slot.get()],
    )?;
    Ok(found.into_iter().next())
}

fn patient_in_hand(
    connection: &Connection,
    booking: &BookingRecord,
) -> Result<Option<BookingRecord>, Fault> {
    let found = find(
        connection,
        "practice = ?1 AND patient = ?2 AND state IN ('intended', 'unknown')",
        params![booking.practice.as_str(), booking.appointment.patient.get()],
    )?;
    Ok(found.into_iter().next())
}

fn insert(connection: &Connection, booking: &BookingRecord) -> Result<(), Fault> {
    let appointment = &booking.appointment;
    connection.execute(
        "INSERT INTO bookings (id, practice, session, slot, start, patient, state, begun_at,
                               changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            booking.id.to_string(),
            booking.practice.as_str(),
            appointment.session.get(),
            appointment.slot.get(),
            moment::to_text(appointment.start),
            appointment.patient.get(),
            booking.state.to_string(),
            moment::to_text(booking.begun_at),
            moment::to_text(booking.changed_at),
        ],
    )?;
    Ok(())
}

fn by_id(connection: &Connection, id: &BookingId) -> Result<Option<BookingRecord>, Fault> {
    let found = find(connection, "id = ?1", [id.to_string()])?;
    Ok(found.into_iter().next())
}

/// The bookings that fulfil a condition, oldest begun first.
fn find(
    connection: &Connection,
    condition: &'static str,
    values: impl Params,
) -> Result<Vec<BookingRecord>, Fault> {
    let mut statement = connection.prepare(&format!(
        "SELECT id, practice, session, slot, start, patient, state, begun_at, changed_at
         FROM bookings WHERE {condition} ORDER BY begun_at, id"
    ))?;
    let mut rows = statement.query(values)?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(read(row)?);
    }
    Ok(records)
}

fn read(row: &Row<'_>) -> Result<BookingRecord, Fault> {
    let appointment = Appointment {
        session: number(row, "session")?,
        slot: number(row, "slot")?,
        patient: number(row, "patient")?,
        start: parsed(row, "start")?,
    };
    let (id, practice) = (parsed(row, "id")?, parsed(row, "practice")?);
    let mut record = BookingRecord::begun(id, practice, appointment, parsed(row, "begun_at")?);
    record.state = parsed(row, "state")?;
    record.changed_at = parsed(row, "changed_at")?;
    Ok(record)
}

fn parsed<T: FromStr>(row: &Row<'_>, column: &str) -> Result<T, Fault> {
    row.get::<_, String>(column)?
        .parse()
        .map_err(|_| Fault::Damaged("a booking can't be read"))
}

fn number<T: TryFrom<i64>>(row: &Row<'_>, column: &str) -> Result<T, Fault> {
    T::try_from(row.get(column)?).map_err(|_| Fault::Damaged("a booking can't be read"))
}
