//! Bookings: recorded before they are sent.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, Provenance};
use emis_booking::{
    AppointmentKey, BeginOutcome, BookingChange, BookingDraft, BookingId, BookingMove,
    BookingNotice, BookingNoticeId, BookingRecord, BookingSettlement, BookingState, BookingStore,
    MoveEnd,
};
use emis_settings::StoreError;
use emis_types::{OdsCode, PatientNumber};
use jiff::Timestamp;

use super::booking_notices::{insert_notice, read_notice};
use super::chain_lock::ChainLock;
use super::handle::Store;
use super::{booking_moves, tasks};
use crate::sql::tables::{BOOKING_NOTICES, BOOKINGS};
use crate::sql::{Fault, Row, Value, Write, timestamp, values};

const BEGIN: (&str, &str) = ("begin_booking", "the booking can't be recorded");
const SETTLE: (&str, &str) = ("settle_booking", "the booking can't be settled");
const READ: (&str, &str) = ("read_bookings", "the bookings can't be read");
const MOVE: (&str, &str) = ("move_booking", "the move of a booking can't be recorded");
const NOTICES: (&str, &str) = (
    "read_booking_notices",
    "the notices of bookings can't be read",
);
const ACKNOWLEDGE: (&str, &str) = (
    "acknowledge_booking_notice",
    "the notice of a booking can't be removed",
);

/// An operation of the product, for no practice.
const PRODUCT: &str = "product";

const BY_ID: &str = "id = $1";
const SLOT_IN_FLIGHT: &str = "practice = $1 AND slot = $2 AND id <> $3 \
     AND state IN ('intended', 'sending', 'unknown', 'cancelling')";
const PATIENT_IN_FLIGHT: &str = "practice = $1 AND patient = $2 AND id <> $3 \
     AND state IN ('intended', 'sending', 'unknown')";
const HELD: &str = "practice = $1 AND slot = $2 AND patient = $3 AND start = $4 AND id <> $5 \
     AND state IN ('confirmed', 'cancelling')";
const CONFIRMED: &str = "practice = $1 AND slot = $2 AND patient = $3 AND start = $4 \
     AND session = $5 AND state = 'confirmed'";
const UNSETTLED: &str = "practice = $1 \
     AND state IN ('intended', 'sending', 'unknown', 'cancelling') ORDER BY begun_at, id";
const WATCHED: &str = "practice = $1 AND watched_until > $2 \
     AND state NOT IN ('intended', 'sending', 'unknown', 'cancelling') ORDER BY begun_at, id";
const OF_PATIENT: &str = "practice = $1 AND patient = $2 ORDER BY begun_at, id";
const NOTICES_OF_PRACTICE: &str = "practice = $1 ORDER BY at, entry";

#[async_trait]
impl<D> BookingStore for Store<D> {
    async fn now(&self) -> Result<Timestamp, StoreError> {
        self.run(READ, PRODUCT, self.present()).await
    }

    async fn begin(
        &self,
        booking: &BookingDraft,
        by: &Provenance,
    ) -> Result<BeginOutcome, StoreError> {
        self.run(BEGIN, booking.practice.as_str(), async {
            let mut write = self.database.write().await?;
            let lock = ChainLock::acquire(&mut write, booking.practice.clone()).await?;
            let now = self.present_in(&mut write).await?;
            let mut bookings = Bookings { write, lock, now };
            let begun = bookings.begin(booking, by).await?;
            // An expired intent may have been settled on the way.
            if !matches!(begun, BeginOutcome::AlreadyBegun(_)) {
                bookings.write.commit().await?;
            }
            Ok(begun)
        })
        .await
    }

    async fn settle(
        &self,
        observed: &BookingRecord,
        change: &BookingChange,
        by: &Provenance,
    ) -> Result<Option<BookingSettlement>, StoreError> {
        self.run(SETTLE, observed.practice.as_str(), async {
            let mut write = self.database.write().await?;
            let lock = ChainLock::acquire(&mut write, observed.practice.clone()).await?;
            let now = self.present_in(&mut write).await?;
            let mut bookings = Bookings { write, lock, now };
            let settlement = bookings.settle(observed, change, by).await?;
            if settlement.as_ref().is_some_and(|it| it.changed) {
                bookings.write.commit().await?;
            }
            Ok(settlement)
        })
        .await
    }

    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError> {
        let found = async {
            let values = values![id.to_string()];
            let row = self.database.record(&BOOKINGS, BY_ID, values).await?;
            row.map(|row| read(&row)).transpose()
        };
        let practice = |it: &Option<BookingRecord>| Some(it.as_ref()?.practice.to_string());
        self.run_finding(READ, found, practice).await
    }

    async fn confirmed(
        &self,
        practice: &OdsCode,
        appointment: &AppointmentKey,
    ) -> Result<Option<BookingRecord>, StoreError> {
        let AppointmentKey {
            session,
            slot,
            patient,
            start,
        } = appointment;
        let values = values![practice, slot.get(), patient.get(), *start, session.get()];
        let found = self.listed(practice, CONFIRMED, values).await?;
        Ok(found.into_iter().next())
    }

    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        self.listed(practice, UNSETTLED, values![practice]).await
    }

    async fn watched(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        self.run(READ, practice.as_str(), async {
            let now = self.present().await?;
            let values = values![practice, now];
            let rows = self.database.records(&BOOKINGS, WATCHED, values).await?;
            rows.iter().map(read).collect()
        })
        .await
    }

    async fn of_patient(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<BookingRecord>, StoreError> {
        let values = values![practice, patient.get()];
        self.listed(practice, OF_PATIENT, values).await
    }

    async fn notices(&self, practice: &OdsCode) -> Result<Vec<BookingNotice>, StoreError> {
        self.run(NOTICES, practice.as_str(), async {
            let table = &BOOKING_NOTICES;
            let notices = self
                .database
                .records(table, NOTICES_OF_PRACTICE, values![practice]);
            notices.await?.iter().map(read_notice).collect()
        })
        .await
    }

    async fn begin_move(&self, new: &BookingMove, by: &Provenance) -> Result<bool, StoreError> {
        self.run(
            MOVE,
            new.practice.as_str(),
            booking_moves::begin(self, new, by),
        )
        .await
    }

    async fn end_move(
        &self,
        moving: &BookingMove,
        end: &MoveEnd,
        by: &Provenance,
    ) -> Result<bool, StoreError> {
        let ended = booking_moves::end(self, moving, end, by);
        self.run(MOVE, moving.practice.as_str(), ended).await
    }

    async fn find_move(&self, id: &BookingId) -> Result<Option<BookingMove>, StoreError> {
        let practice = |it: &Option<BookingMove>| Some(it.as_ref()?.practice.to_string());
        self.run_finding(READ, booking_moves::find(self, id), practice)
            .await
    }

    async fn open_moves(&self, practice: &OdsCode) -> Result<Vec<BookingMove>, StoreError> {
        self.run(READ, practice.as_str(), booking_moves::open(self, practice))
            .await
    }

    async fn acknowledge_notice(
        &self,
        practice: &OdsCode,
        notice: &BookingNoticeId,
        by: &Provenance,
    ) -> Result<bool, StoreError> {
        const NOTICE: &str = "practice = $1 AND id = $2";
        self.run(ACKNOWLEDGE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let values = values![practice, notice.to_string()];
            let removed = write.delete(&BOOKING_NOTICES, NOTICE, values).await? > 0;
            if removed {
                let kind = AuditEventKind::BOOKING_NOTICE_ACKNOWLEDGED;
                let now = self.present_in(&mut write).await?;
                let event = AuditEvent::new(kind, now, by.clone())
                    .with_outcome(AuditEventOutcome::Success)
                    .detail("notice", notice.to_string());
                lock.append(&mut write, &event).await?;
                write.commit().await?;
            }
            Ok(removed)
        })
        .await
    }
}

impl<D> Store<D> {
    async fn listed(
        &self,
        practice: &OdsCode,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<Vec<BookingRecord>, StoreError> {
        self.run(READ, practice.as_str(), async {
            let rows = self.database.records(&BOOKINGS, condition, values).await?;
            rows.iter().map(read).collect()
        })
        .await
    }
}

/// The bookings of a practice, locked by a write transaction at a moment.
struct Bookings {
    write: Write,
    lock: ChainLock,
    now: Timestamp,
}

impl Bookings {
    async fn begin(
        &mut self,
        booking: &BookingDraft,
        by: &Provenance,
    ) -> Result<BeginOutcome, Fault> {
        if let Some(same) = self.find(BY_ID, values![booking.id.to_string()]).await? {
            return Ok(BeginOutcome::AlreadyBegun(same));
        }
        let new = BookingRecord::begun(booking.clone(), self.now);
        let (practice, appointment) = (&new.practice, &new.appointment);
        if new.state.is_in_flight()
            && let Some(other) = self.in_the_way(SLOT_IN_FLIGHT, of_slot(&new)).await?
        {
            return Ok(BeginOutcome::SlotBusy(other));
        }
        if new.state.is_being_booked() {
            let values = values![practice, appointment.patient.get(), new.id.to_string()];
            if let Some(other) = self.in_the_way(PATIENT_IN_FLIGHT, values).await? {
                return Ok(BeginOutcome::PatientBusy(other));
            }
        }
        if new.state.holds_appointment()
            && let Some(other) = self.find(HELD, of_appointment(&new)).await?
        {
            return Ok(BeginOutcome::SlotBusy(other));
        }
        let values = values![
            new.id.to_string(),
            practice,
            appointment.session.get(),
            appointment.slot.get(),
            appointment.start,
            appointment.patient.get(),
            new.state.to_string(),
            new.begun_at,
            new.changed_at,
            new.origin.code(),
            new.request.map(|digest| digest.to_string()),
            new.cancel_cause.map(|cause| cause.code()),
            new.revision,
            new.watched_until,
            new.replaces.map(|earlier| earlier.to_string()),
        ];
        let insert = vec![BOOKINGS.insert(values)];
        let event = begun_event(&new, by);
        self.lock
            .append_with(&mut self.write, &event, insert)
            .await?;
        Ok(BeginOutcome::Started(new))
    }

    /// Finds a record that is in the way, once an expired intent was settled.
    async fn in_the_way(
        &mut self,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<Option<BookingRecord>, Fault> {
        match self.find(condition, values.clone()).await? {
            Some(other) if other.has_expired(self.now) => {
                let by = Provenance::product();
                let key = values![other.id.to_string()];
                if let Some(row) = self.write.record(&BOOKINGS, BY_ID, key).await? {
                    self.change(&row, &BookingChange::expiry(&other), &by)
                        .await?;
                }
                self.find(condition, values).await
            }
            found => Ok(found),
        }
    }

    async fn settle(
        &mut self,
        observed: &BookingRecord,
        change: &BookingChange,
        by: &Provenance,
    ) -> Result<Option<BookingSettlement>, Fault> {
        let key = values![observed.id.to_string()];
        let Some(row) = self.write.record(&BOOKINGS, BY_ID, key).await? else {
            return Ok(None);
        };
        let record = read(&row)?;
        let as_observed = (record.state, record.revision) == (observed.state, observed.revision);
        let mut changed = as_observed && record.state.may_become(change.to);
        let mut blocked_by = None;
        if changed && change.to == BookingState::Cancelling {
            blocked_by = self.find(SLOT_IN_FLIGHT, of_slot(&record)).await?;
        }
        if changed && change.to.holds_appointment() && blocked_by.is_none() {
            blocked_by = self.find(HELD, of_appointment(&record)).await?;
        }
        changed &= blocked_by.is_none();
        let record = match changed {
            true => self.change(&row, change, by).await?,
            false => record,
        };
        Ok(Some(BookingSettlement {
            record,
            changed,
            blocked_by: blocked_by.map(|other| other.id),
        }))
    }

    async fn change(
        &mut self,
        row: &Row,
        change: &BookingChange,
        by: &Provenance,
    ) -> Result<BookingRecord, Fault> {
        let record = read(row)?;
        let watched = match change.to {
            BookingState::Confirmed => self.watched_until(&record).await?,
            _ => None,
        };
        let changed = record.changed(change, self.now, watched);
        let cause = changed.cancel_cause.map(|cause| cause.code());
        let columns = vec![
            ("state", changed.state.to_string().into()),
            ("changed_at", changed.changed_at.into()),
            ("cancel_cause", cause.into()),
            ("revision", changed.revision.into()),
            ("watched_until", changed.watched_until.into()),
        ];
        let mut statements = vec![BOOKINGS.update(row, columns)?];
        if let Some(kind) = change.notice {
            let notice = BookingNotice::of(&changed, kind);
            statements.push(insert_notice(&notice, notice.at, &self.lock)?);
        }
        statements.extend(tasks::opening(&change.tasks)?);
        let event = settled_event(&changed, by);
        self.lock
            .append_with(&mut self.write, &event, statements)
            .await?;
        Ok(changed)
    }

    /// Returns the latest time until which another booking of the slot and patient is watched.
    async fn watched_until(&mut self, record: &BookingRecord) -> Result<Option<Timestamp>, Fault> {
        const WATCHED_TOO: &str = "practice = $1 AND slot = $2 AND patient = $3 AND id <> $4 \
             AND watched_until IS NOT NULL";
        let appointment = &record.appointment;
        let values = values![
            &record.practice,
            appointment.slot.get(),
            appointment.patient.get(),
            record.id.to_string(),
        ];
        let rows = self.write.records(&BOOKINGS, WATCHED_TOO, values).await?;
        let others: Vec<_> = rows.iter().map(read).collect::<Result<_, Fault>>()?;
        Ok(others.iter().filter_map(|other| other.watched_until).max())
    }

    async fn find(
        &mut self,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<Option<BookingRecord>, Fault> {
        let row = self.write.record(&BOOKINGS, condition, values).await?;
        row.map(|row| read(&row)).transpose()
    }
}

fn of_slot(record: &BookingRecord) -> Vec<Value> {
    let slot = record.appointment.slot.get();
    values![&record.practice, slot, record.id.to_string()]
}

fn of_appointment(record: &BookingRecord) -> Vec<Value> {
    let appointment = &record.appointment;
    values![
        &record.practice,
        appointment.slot.get(),
        appointment.patient.get(),
        appointment.start,
        record.id.to_string(),
    ]
}

fn begun_event(booking: &BookingRecord, by: &Provenance) -> AuditEvent {
    let (kind, outcome) = match booking.state {
        BookingState::Cancelling => (
            AuditEventKind::CANCELLATION_BEGUN,
            AuditEventOutcome::Unknown,
        ),
        BookingState::Rejected(_) => (AuditEventKind::BOOKING_BEGUN, AuditEventOutcome::Failure),
        // The practice booked it.
        BookingState::Confirmed => (AuditEventKind::BOOKING_BEGUN, AuditEventOutcome::Success),
        _ => (AuditEventKind::BOOKING_BEGUN, AuditEventOutcome::Unknown),
    };
    let event = AuditEvent::new(kind, booking.begun_at, by.clone());
    with_ids(event.with_outcome(outcome), booking)
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

fn read(row: &Row) -> Result<BookingRecord, Fault> {
    let appointment = AppointmentKey {
        session: row.number(2)?,
        slot: row.number(3)?,
        start: row.parsed(4)?,
        patient: row.number(5)?,
    };
    let draft = BookingDraft::intended(row.parsed(0)?, row.parsed(1)?, appointment);
    let mut record = BookingRecord::begun(draft, row.parsed(7)?);
    record.state = row.parsed(6)?;
    record.changed_at = row.parsed(8)?;
    record.origin = row.parsed(9)?;
    record.request = row.optional(10)?;
    record.cancel_cause = row.optional(11)?;
    record.revision = row.number(12)?;
    record.watched_until = row.optional(13)?;
    record.replaces = row.optional(14)?;
    Ok(record)
}
