//! Bookings: recorded before they are sent.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, Provenance};
use emis_booking::{
    AppointmentKey, BeginOutcome, BookingId, BookingRecord, BookingSettlement, BookingState,
    BookingStore,
};
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::Timestamp;

use super::chain_lock::ChainLock;
use super::handle::Store;
use crate::sql::tables::BOOKINGS;
use crate::sql::{Fault, Row, Value, Write, timestamp, values};

const BEGIN: (&str, &str) = ("begin_booking", "the booking can't be recorded");
const SETTLE: (&str, &str) = ("settle_booking", "the booking can't be settled");
const READ: (&str, &str) = ("read_bookings", "the bookings can't be read");

const BY_ID: &str = "id = $1";
const SLOT_IN_HAND: &str = "practice = $1 AND slot = $2 \
     AND state IN ('intended', 'unknown', 'cancelling') ORDER BY begun_at, id";
const PATIENT_IN_HAND: &str = "practice = $1 AND patient = $2 \
     AND state IN ('intended', 'unknown') ORDER BY begun_at, id";
const CONFIRMED: &str = "practice = $1 AND slot = $2 AND patient = $3 AND state = 'confirmed' \
     ORDER BY begun_at, id";
const UNSETTLED: &str = "practice = $1 AND state IN ('intended', 'unknown', 'cancelling') \
     ORDER BY begun_at, id";

#[async_trait]
impl<D> BookingStore for Store<D> {
    async fn begin(
        &self,
        booking: &BookingRecord,
        by: &Provenance,
    ) -> Result<BeginOutcome, StoreError> {
        self.run(BEGIN, booking.practice.as_str(), async {
            let mut write = self.database.write().await?;
            let begun = begin(&mut write, booking, by).await?;
            if begun == BeginOutcome::Started {
                write.commit().await?;
            }
            Ok(begun)
        })
        .await
    }

    async fn settle(
        &self,
        id: &BookingId,
        state: BookingState,
        at: Timestamp,
        by: &Provenance,
    ) -> Result<Option<BookingSettlement>, StoreError> {
        let settled = async {
            let mut write = self.database.write().await?;
            let settlement = settle(&mut write, id, state, at, by).await?;
            if settlement.as_ref().is_some_and(|it| it.changed) {
                write.commit().await?;
            }
            Ok(settlement)
        };
        let practice =
            |it: &Option<BookingSettlement>| Some(it.as_ref()?.record.practice.to_string());
        self.run_finding(SETTLE, settled, practice).await
    }

    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError> {
        let found = async {
            let row = self
                .database
                .record(&BOOKINGS, BY_ID, values![id.to_string()]);
            row.await?.map(|row| read(&row)).transpose()
        };
        let practice = |it: &Option<BookingRecord>| Some(it.as_ref()?.practice.to_string());
        self.run_finding(READ, found, practice).await
    }

    async fn confirmed(
        &self,
        practice: &OdsCode,
        appointment: &AppointmentKey,
    ) -> Result<Option<BookingRecord>, StoreError> {
        self.run(READ, practice.as_str(), async {
            let (slot, patient) = (appointment.slot.get(), appointment.patient.get());
            let values = values![practice, slot, patient];
            let rows = self.database.records(&BOOKINGS, CONFIRMED, values).await?;
            let found: Vec<_> = rows.iter().map(read).collect::<Result<_, Fault>>()?;
            let mut newest_first = found.into_iter().rev();
            Ok(newest_first.find(|record| record.appointment == *appointment))
        })
        .await
    }

    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        self.run(READ, practice.as_str(), async {
            let rows = self
                .database
                .records(&BOOKINGS, UNSETTLED, values![practice]);
            rows.await?.iter().map(read).collect()
        })
        .await
    }
}

async fn begin(
    write: &mut Write,
    booking: &BookingRecord,
    by: &Provenance,
) -> Result<BeginOutcome, Fault> {
    let mut lock = ChainLock::acquire(write, booking.practice.clone()).await?;
    if let Some(same) = find(write, BY_ID, values![booking.id.to_string()]).await? {
        return Ok(BeginOutcome::AlreadyBegun(same));
    }
    if let Some(other) = slot_in_hand(write, booking).await? {
        return Ok(BeginOutcome::SlotBusy(other));
    }
    if booking.state.is_being_booked() {
        let values = values![&booking.practice, booking.appointment.patient.get()];
        if let Some(other) = find(write, PATIENT_IN_HAND, values).await? {
            return Ok(BeginOutcome::PatientBusy(other));
        }
    }
    let appointment = &booking.appointment;
    let values = values![
        booking.id.to_string(),
        &booking.practice,
        appointment.session.get(),
        appointment.slot.get(),
        appointment.start,
        appointment.patient.get(),
        booking.state.to_string(),
        booking.begun_at,
        booking.changed_at,
    ];
    let insert = vec![BOOKINGS.insert(values)];
    lock.append_with(write, &begun_event(booking, by), insert)
        .await?;
    Ok(BeginOutcome::Started)
}

async fn settle(
    write: &mut Write,
    id: &BookingId,
    state: BookingState,
    at: Timestamp,
    by: &Provenance,
) -> Result<Option<BookingSettlement>, Fault> {
    let key = id.to_string();
    // The practice of a booking never changes; its state may, until the practice is locked.
    let Some(found) = find(write, BY_ID, values![&key]).await? else {
        return Ok(None);
    };
    let mut lock = ChainLock::acquire(write, found.practice).await?;
    let Some(row) = write.record(&BOOKINGS, BY_ID, values![key]).await? else {
        return Ok(None);
    };
    let mut record = read(&row)?;
    let other_has_slot = state == BookingState::Cancelling
        && slot_in_hand(write, &record)
            .await?
            .is_some_and(|other| other.id != *id);
    let changed = record.state.may_become(state) && !other_has_slot;
    if changed {
        record.state = state;
        record.changed_at = at;
        let changes = vec![
            ("state", state.to_string().into()),
            ("changed_at", at.into()),
        ];
        let update = BOOKINGS.update(&row, changes)?;
        let event = settled_event(&record, by);
        lock.append_with(write, &event, vec![update]).await?;
    }
    Ok(Some(BookingSettlement { record, changed }))
}

fn begun_event(booking: &BookingRecord, by: &Provenance) -> AuditEvent {
    let kind = match booking.state {
        BookingState::Cancelling => AuditEventKind::CANCELLATION_BEGUN,
        _ => AuditEventKind::BOOKING_BEGUN,
    };
    let event = AuditEvent::new(kind, booking.begun_at, by.clone());
    with_ids(event.with_outcome(AuditEventOutcome::Unknown), booking)
}

fn settled_event(booking: &BookingRecord, by: &Provenance) -> AuditEvent {
    let outcome = match booking.state {
        BookingState::Confirmed | BookingState::Cancelled => AuditEventOutcome::Success,
        BookingState::Rejected(_) => AuditEventOutcome::Failure,
        _ => AuditEventOutcome::Unknown,
    };
    let kind = AuditEventKind::BOOKING_SETTLED;
    let event = AuditEvent::new(kind, booking.changed_at, by.clone());
    with_ids(event.with_outcome(outcome), booking)
}

fn with_ids(event: AuditEvent, booking: &BookingRecord) -> AuditEvent {
    let appointment = &booking.appointment;
    event
        .detail("booking", booking.id.to_string())
        .detail("state", booking.state.to_string())
        .detail("session", appointment.session.get())
        .detail("slot", appointment.slot.get())
        .detail("start", timestamp(appointment.start))
        .detail("patient", appointment.patient.get())
}

async fn slot_in_hand(
    write: &mut Write,
    booking: &BookingRecord,
) -> Result<Option<BookingRecord>, Fault> {
    let values = values![&booking.practice, booking.appointment.slot.get()];
    find(write, SLOT_IN_HAND, values).await
}

async fn find(
    write: &mut Write,
    condition: &str,
    values: Vec<Value>,
) -> Result<Option<BookingRecord>, Fault> {
    let row = write.record(&BOOKINGS, condition, values).await?;
    row.map(|row| read(&row)).transpose()
}

fn read(row: &Row) -> Result<BookingRecord, Fault> {
    let appointment = AppointmentKey {
        session: row.number(2)?,
        slot: row.number(3)?,
        start: row.parsed(4)?,
        patient: row.number(5)?,
    };
    let (id, practice) = (row.parsed(0)?, row.parsed(1)?);
    let mut record = BookingRecord::begun(id, practice, appointment, row.parsed(7)?);
    record.state = row.parsed(6)?;
    record.changed_at = row.parsed(8)?;
    Ok(record)
}
