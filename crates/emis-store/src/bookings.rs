//! The ledger of bookings: written before they are sent.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, Provenance};
use emis_booking::{
    AppointmentKey, BeginOutcome, BookingId, BookingRecord, BookingSettlement, BookingState,
    BookingStore,
};
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::Timestamp;

use crate::moment;
use crate::sql::{Fault, Row, Value, Write};
use crate::store::Store;
use crate::trail::{self, ChainLock};

macro_rules! bookings_where {
    ($condition:literal) => {
        concat!(
            "SELECT id, practice, session, slot, start, patient, state, begun_at, changed_at ",
            "FROM bookings WHERE ",
            $condition,
            " ORDER BY begun_at, id"
        )
    };
}

const BY_ID: &str = bookings_where!("id = $1");
const SLOT_IN_HAND: &str = bookings_where!(
    "practice = $1 AND slot = $2 AND state IN ('intended', 'unknown', 'cancelling')"
);
const PATIENT_IN_HAND: &str =
    bookings_where!("practice = $1 AND patient = $2 AND state IN ('intended', 'unknown')");
const CONFIRMED: &str =
    bookings_where!("practice = $1 AND slot = $2 AND patient = $3 AND state = 'confirmed'");
const UNSETTLED: &str =
    bookings_where!("practice = $1 AND state IN ('intended', 'unknown', 'cancelling')");

#[async_trait]
impl<D> BookingStore for Store<D> {
    async fn begin(
        &self,
        booking: &BookingRecord,
        by: &Provenance,
    ) -> Result<BeginOutcome, StoreError> {
        let begun = async {
            let mut write = self.database.write().await?;
            let begun = begin(&mut write, booking, by).await?;
            if begun == BeginOutcome::Started {
                write.commit().await?;
            }
            Ok(begun)
        };
        begun
            .await
            .map_err(|fault: Fault| fault.during("the booking can't be written down"))
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
            let Some(settlement) = settle(&mut write, id, state, at, by).await? else {
                return Ok(None);
            };
            if settlement.changed {
                write.commit().await?;
            }
            Ok(Some(settlement))
        };
        settled
            .await
            .map_err(|fault: Fault| fault.during("the booking can't be settled"))
    }

    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError> {
        let found = async {
            let id = id.to_string();
            let row = self.database.row(BY_ID, &[Value::Text(&id)]).await?;
            row.map(|row| read(&row)).transpose()
        };
        found
            .await
            .map_err(|fault: Fault| fault.during("the booking can't be read"))
    }

    async fn confirmed(
        &self,
        practice: &OdsCode,
        appointment: &AppointmentKey,
    ) -> Result<Option<BookingRecord>, StoreError> {
        let found = async {
            let values = [
                Value::Text(practice.as_str()),
                Value::Int(appointment.slot.get().into()),
                Value::Int(appointment.patient.get().into()),
            ];
            let rows = self.database.rows(CONFIRMED, &values).await?;
            let found: Vec<_> = rows.iter().map(read).collect::<Result<_, Fault>>()?;
            let mut newest_first = found.into_iter().rev();
            Ok(newest_first.find(|record| record.appointment == *appointment))
        };
        found.await.map_err(unreadable)
    }

    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        let found = async {
            let values = [Value::Text(practice.as_str())];
            let rows = self.database.rows(UNSETTLED, &values).await?;
            rows.iter().map(read).collect::<Result<_, Fault>>()
        };
        found.await.map_err(unreadable)
    }
}

async fn begin(
    write: &mut Write,
    booking: &BookingRecord,
    by: &Provenance,
) -> Result<BeginOutcome, Fault> {
    let mut held = trail::lock(write, booking.practice.clone().into()).await?;
    if let Some(same) = by_id(write, &booking.id).await? {
        return Ok(BeginOutcome::AlreadyBegun(same));
    }
    if let Some(other) = slot_in_hand(write, booking).await? {
        return Ok(BeginOutcome::SlotInHand(other));
    }
    if booking.state.is_being_booked()
        && let Some(other) = patient_in_hand(write, booking).await?
    {
        return Ok(BeginOutcome::PatientInHand(other));
    }
    insert(write, &mut held, booking, by).await?;
    Ok(BeginOutcome::Started)
}

async fn settle(
    write: &mut Write,
    id: &BookingId,
    state: BookingState,
    at: Timestamp,
    by: &Provenance,
) -> Result<Option<BookingSettlement>, Fault> {
    // Of which practice it is never changes; where it stands may, until the practice is held.
    let Some(found) = by_id(write, id).await? else {
        return Ok(None);
    };
    let mut held = trail::lock(write, found.practice.into()).await?;
    let Some(mut record) = by_id(write, id).await? else {
        return Ok(None);
    };
    let stopped = state == BookingState::Cancelling
        && slot_in_hand(write, &record)
            .await?
            .is_some_and(|other| other.id != *id);
    let changed = record.state.may_become(state) && !stopped;
    if changed {
        record.state = state;
        record.changed_at = at;
        let (key, state, at) = (id.to_string(), state.to_string(), moment::to_text(at));
        let values = [Value::Text(&key), Value::Text(&state), Value::Text(&at)];
        let statement = "UPDATE bookings SET state = $2, changed_at = $3 WHERE id = $1";
        let event = settled_event(&record, by);
        trail::append_with(write, &mut held, &event, &[(statement, &values)]).await?;
    }
    Ok(Some(BookingSettlement { record, changed }))
}

/// What the audit trail says of a booking, or a cancellation, that was begun.
pub(crate) fn begun_event(booking: &BookingRecord, by: &Provenance) -> AuditEvent {
    let kind = match booking.state {
        BookingState::Cancelling => AuditEventKind::CANCELLATION_BEGUN,
        _ => AuditEventKind::BOOKING_BEGUN,
    };
    let event = AuditEvent::new(kind, booking.begun_at, by.clone());
    telling(event.with_outcome(AuditEventOutcome::Unknown), booking)
}

/// What the audit trail says of a booking that came to another state.
pub(crate) fn settled_event(booking: &BookingRecord, by: &Provenance) -> AuditEvent {
    let event = AuditEvent::new(
        AuditEventKind::BOOKING_SETTLED,
        booking.changed_at,
        by.clone(),
    );
    telling(event.with_outcome(outcome(booking.state)), booking)
}

fn outcome(state: BookingState) -> AuditEventOutcome {
    match state {
        BookingState::Confirmed | BookingState::Cancelled => AuditEventOutcome::Success,
        BookingState::Rejected(_) => AuditEventOutcome::Failure,
        _ => AuditEventOutcome::Unknown,
    }
}

/// The ids of a booking, for the audit trail.
fn telling(event: AuditEvent, booking: &BookingRecord) -> AuditEvent {
    let appointment = &booking.appointment;
    event
        .detail("booking", booking.id.to_string())
        .detail("state", booking.state.to_string())
        .detail("session", appointment.session.get())
        .detail("slot", appointment.slot.get())
        .detail("start", moment::to_text(appointment.start))
        .detail("patient", appointment.patient.get())
}

async fn slot_in_hand(
    write: &mut Write,
    booking: &BookingRecord,
) -> Result<Option<BookingRecord>, Fault> {
    let slot = Value::Int(booking.appointment.slot.get().into());
    let values = [Value::Text(booking.practice.as_str()), slot];
    let row = write.row(SLOT_IN_HAND, &values).await?;
    row.map(|row| read(&row)).transpose()
}

async fn patient_in_hand(
    write: &mut Write,
    booking: &BookingRecord,
) -> Result<Option<BookingRecord>, Fault> {
    let patient = Value::Int(booking.appointment.patient.get().into());
    let values = [Value::Text(booking.practice.as_str()), patient];
    let row = write.row(PATIENT_IN_HAND, &values).await?;
    row.map(|row| read(&row)).transpose()
}

async fn by_id(write: &mut Write, id: &BookingId) -> Result<Option<BookingRecord>, Fault> {
    let id = id.to_string();
    let row = write.row(BY_ID, &[Value::Text(&id)]).await?;
    row.map(|row| read(&row)).transpose()
}

async fn insert(
    write: &mut Write,
    held: &mut ChainLock,
    booking: &BookingRecord,
    by: &Provenance,
) -> Result<(), Fault> {
    let appointment = &booking.appointment;
    let id = booking.id.to_string();
    let start = moment::to_text(appointment.start);
    let state = booking.state.to_string();
    let begun_at = moment::to_text(booking.begun_at);
    let changed_at = moment::to_text(booking.changed_at);
    let values = [
        Value::Text(&id),
        Value::Text(booking.practice.as_str()),
        Value::Int(appointment.session.get().into()),
        Value::Int(appointment.slot.get().into()),
        Value::Text(&start),
        Value::Int(appointment.patient.get().into()),
        Value::Text(&state),
        Value::Text(&begun_at),
        Value::Text(&changed_at),
    ];
    let statement = "INSERT INTO bookings \
                     (id, practice, session, slot, start, patient, state, begun_at, changed_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let event = begun_event(booking, by);
    trail::append_with(write, held, &event, &[(statement, &values)]).await?;
    Ok(())
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

fn unreadable(fault: Fault) -> StoreError {
    fault.during("the bookings can't be read")
}
