//! Retention periods, erasure of patients and off-boarding of practices.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, Provenance};
use emis_settings::{RecordCounts, RemovalOutcome, RetentionPolicy, RetentionStore, StoreError};
use emis_types::{OdsCode, PatientNumber, uk};
use jiff::Timestamp;

use super::chain_lock::ChainLock;
use super::handle::Store;
use super::invitations::delete_links;
use super::record_check::Pages;
use crate::sql::tables::{
    BOOKING_MOVES, BOOKING_NOTICES, BOOKING_PLACES, BOOKINGS, EXCLUSIONS, IDENTITY_FAILURES,
    MESSAGE_TOPICS, MESSAGES, PLANNED_REMINDERS, RECORDS, REMINDERS, TASKS, Table,
};
use crate::sql::{Fault, Statement, Value, Write, values};

const ERASE: (&str, &str) = ("erase_patient", "the patient's records can't be deleted");
const OFF_BOARD: (&str, &str) = ("off_board", "the practice can't be off-boarded");
const EXPIRE: (&str, &str) = ("delete_expired", "expired records can't be deleted");

/// The tables whose records are counted, in the order of [`RecordCounts`].
const COUNTED: [&Table; 5] = [&BOOKINGS, &REMINDERS, &EXCLUSIONS, &TASKS, &MESSAGES];

// Records that are not open. `$2` is the present: a time for bookings, local time for reminders
// and messages.
macro_rules! closed_bookings {
    ($condition:literal) => {
        concat!(
            "practice = $1 AND start <= $2 \
             AND state NOT IN ('intended', 'sending', 'unknown', 'cancelling') AND ",
            $condition
        )
    };
}
macro_rules! closed_messages {
    ($condition:literal) => {
        concat!(
            "practice = $1 AND state <> 'claimed' AND reference NOT IN \
             (SELECT reference FROM message_topics WHERE practice = $1 AND start > $2) AND ",
            $condition
        )
    };
}
macro_rules! closed_reminders {
    ($condition:literal) => {
        concat!(
            "practice = $1 AND start <= $2 AND outcome IS NOT NULL AND ",
            $condition
        )
    };
}

/// Moves of bookings that are gone.
const ORPHANED_MOVES: &str = "practice = $1 AND phase NOT IN ('book-first', 'cancel-first') \
     AND from_booking NOT IN (SELECT id FROM bookings WHERE practice = $1)";

/// Notices of bookings that are gone.
const ORPHANED: &str = "practice = $1 \
     AND booking NOT IN (SELECT id FROM bookings WHERE practice = $1)";

#[async_trait]
impl<D> RetentionStore for Store<D> {
    async fn delete_patient_records(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<RemovalOutcome, StoreError> {
        const CLOSED_BOOKINGS: &str = closed_bookings!("patient = $3");
        const CLOSED_REMINDERS: &str = closed_reminders!("patient = $3");
        const CLOSED_MESSAGES: &str = closed_messages!(
            "reference IN (SELECT reference FROM message_topics \
             WHERE practice = $1 AND patient = $3)"
        );
        const DONE: &str = "practice = $1 AND patient = $2 AND acknowledged_at IS NOT NULL";
        const ENDED: &str = "practice = $1 AND patient = $2 AND ended_at IS NOT NULL";
        const OF_PATIENT: &str = "practice = $1 AND patient = $2";
        const OVER: &str = "practice = $1 AND start <= $2 AND patient = $3";
        self.run(ERASE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let number = patient.get();
            let closed = values![practice, at, number];
            let closed_reminders = values![practice, local(at), number];
            let closed_messages = closed_reminders.clone();
            let (ended, of_patient) = (values![practice, number], values![practice, number]);
            // Where a patient may be absent, it is a text.
            let done = values![practice, number.to_string()];
            let deleted = [
                write.delete(&BOOKINGS, CLOSED_BOOKINGS, closed).await?,
                write
                    .delete(&REMINDERS, CLOSED_REMINDERS, closed_reminders)
                    .await?,
                write.delete(&EXCLUSIONS, ENDED, ended).await?,
                write.delete(&TASKS, DONE, done.clone()).await?,
                delete_messages(&mut write, CLOSED_MESSAGES, closed_messages).await?,
            ];
            let orphans = write.delete(&BOOKING_NOTICES, ORPHANED, values![practice]);
            orphans.await?;
            let orphans = write.delete(&BOOKING_MOVES, ORPHANED_MOVES, values![practice]);
            orphans.await?;
            let links = erase_links(&mut write, practice, patient).await?;
            let planned = values![practice, local(at), number];
            let planned = write.delete(&PLANNED_REMINDERS, OVER, planned).await?;
            let mut kept = [0; 5];
            let tables = [&BOOKINGS, &REMINDERS, &EXCLUSIONS, &TASKS, &MESSAGE_TOPICS];
            for (kept, table) in kept.iter_mut().zip(tables) {
                let values = match table == &TASKS {
                    true => done.clone(),
                    false => of_patient.clone(),
                };
                let left = write.records(table, OF_PATIENT, values);
                *kept = u64::try_from(left.await?.len()).unwrap_or(u64::MAX);
            }
            let (deleted, kept) = (counts(deleted), counts(kept));
            if links > 0 || planned > 0 || !deleted.is_empty() {
                let kind = AuditEventKind::PATIENT_ERASED;
                let event = event(kind, deleted, by, at).detail("links", links);
                lock.append(&mut write, &event).await?;
                write.commit().await?;
            }
            Ok(RemovalOutcome::new(deleted, kept))
        })
        .await
    }

    async fn off_board(
        &self,
        practice: &OdsCode,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<RemovalOutcome, StoreError> {
        const IN_FLIGHT: &str = "practice = $1 \
             AND state IN ('intended', 'sending', 'unknown', 'cancelling')";
        const IN_DOUBT: &str = "practice = $1 AND outcome IS NULL";
        const CLAIMED: &str = "practice = $1 AND state = 'claimed'";
        self.run(OFF_BOARD, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            // A state that was changed past the store must not hide a booking in flight.
            for table in COUNTED {
                let mut pages = Pages::of(table, Some(practice.as_str()));
                while !pages.next(&mut write).await?.is_empty() {}
            }
            let in_flight = write.records(&BOOKINGS, IN_FLIGHT, values![practice]);
            let in_flight = in_flight.await?.len();
            let in_doubt = write.records(&REMINDERS, IN_DOUBT, values![practice]);
            let in_doubt = in_doubt.await?.len();
            let claimed = write.records(&MESSAGES, CLAIMED, values![practice]);
            let claimed = claimed.await?.len();
            let open = [in_flight, in_doubt, 0, 0, claimed]
                .map(|it| u64::try_from(it).unwrap_or(u64::MAX));
            let open = counts(open);
            if !open.is_empty() {
                return Ok(RemovalOutcome::new(RecordCounts::default(), open));
            }
            let (mut deleted, mut all) = ([0; 5], 0);
            for table in RECORDS {
                let Some(column) = table.practice else {
                    continue;
                };
                let sql = format!("DELETE FROM {} WHERE {column} = $1", table.name);
                let delete = Statement::new(sql, values![practice]);
                let number = write.execute_all(vec![delete]).await?;
                all += number;
                let place = COUNTED.iter().position(|it| it == table);
                if let Some(count) = place.and_then(|place| deleted.get_mut(place)) {
                    *count = number;
                }
            }
            let deleted = counts(deleted);
            if all > 0 {
                let kind = AuditEventKind::PRACTICE_OFF_BOARDED;
                lock.append(&mut write, &event(kind, deleted, by, at))
                    .await?;
                write.commit().await?;
            }
            Ok(RemovalOutcome::new(deleted, RecordCounts::default()))
        })
        .await
    }

    async fn delete_expired(
        &self,
        policy: &RetentionPolicy,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<Vec<(OdsCode, RecordCounts)>, StoreError> {
        const PRACTICES: &str = "SELECT practice FROM bookings WHERE changed_at < $1 \
             UNION SELECT practice FROM invitations WHERE changed_at < $1 \
             UNION SELECT practice FROM booking_places WHERE day < $4 \
             UNION SELECT practice FROM reminders WHERE settled_at < $2 \
             UNION SELECT practice FROM messages WHERE changed_at < $2 \
             UNION SELECT practice FROM tasks WHERE acknowledged_at < $2 \
             UNION SELECT practice FROM exclusions WHERE ended_at < $3 ORDER BY practice";
        let cutoff = |days| RetentionPolicy::cutoff(days, at);
        let cutoffs = [
            cutoff(policy.booking_days),
            cutoff(policy.message_days),
            cutoff(policy.ended_exclusion_days),
        ];
        let [bookings, messages, exclusions] = cutoffs;
        let find = self.run(EXPIRE, "product", async {
            let day = uk::at(bookings).date().to_string();
            let values = values![bookings, messages, exclusions, day];
            let rows = self.database.rows(PRACTICES, values).await?;
            rows.iter().map(|row| row.parsed(0)).collect()
        });
        let practices: Vec<OdsCode> = find.await?;
        let (mut expired, mut failed) = (Vec::new(), None);
        for practice in practices {
            match self.expire(&practice, cutoffs, by, at).await {
                Ok(deleted) if deleted.is_empty() => {}
                Ok(deleted) => expired.push((practice, deleted)),
                // A damaged record of one practice keeps no other from its retention periods.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(expired), Err)
    }
}

impl<D> Store<D> {
    /// Deletes the expired records of one practice.
    async fn expire(
        &self,
        practice: &OdsCode,
        cutoffs: [Timestamp; 3],
        by: &Provenance,
        at: Timestamp,
    ) -> Result<RecordCounts, StoreError> {
        const CLOSED_BOOKINGS: &str = closed_bookings!("changed_at < $3");
        const CLOSED_REMINDERS: &str = closed_reminders!("settled_at < $3");
        const CLOSED_MESSAGES: &str = closed_messages!("changed_at < $3");
        const DONE: &str = "practice = $1 AND acknowledged_at < $2";
        const ENDED: &str = "practice = $1 AND ended_at < $2";
        let [bookings, messages, exclusions] = cutoffs;
        self.run(EXPIRE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let links = expire_links(&mut write, practice, bookings).await?;
            let bookings = values![practice, at, bookings];
            let done = values![practice, messages];
            let messages = values![practice, local(at), messages];
            let exclusions = values![practice, exclusions];
            let deleted = counts([
                write.delete(&BOOKINGS, CLOSED_BOOKINGS, bookings).await?,
                write
                    .delete(&REMINDERS, CLOSED_REMINDERS, messages.clone())
                    .await?,
                write.delete(&EXCLUSIONS, ENDED, exclusions).await?,
                write.delete(&TASKS, DONE, done).await?,
                delete_messages(&mut write, CLOSED_MESSAGES, messages).await?,
            ]);
            let orphans = write.delete(&BOOKING_NOTICES, ORPHANED, values![practice]);
            orphans.await?;
            let orphans = write.delete(&BOOKING_MOVES, ORPHANED_MOVES, values![practice]);
            orphans.await?;
            if links > 0 || !deleted.is_empty() {
                let kind = AuditEventKind::RECORDS_EXPIRED;
                let event = event(kind, deleted, by, at).detail("links", links);
                lock.append(&mut write, &event).await?;
                write.commit().await?;
            }
            Ok(deleted)
        })
        .await
    }
}

/// Deletes a patient's links with their history, places and wrong identities. A lock stays: it keeps
/// strangers from guessing. Returns the number of links and places.
async fn erase_links(
    write: &mut Write,
    practice: &OdsCode,
    patient: PatientNumber,
) -> Result<u64, Fault> {
    const OF_PATIENT: &str = "practice = $1 AND patient = $2";
    const FAILURES: &str = "practice = $1 AND subject = $2 AND locked_until IS NULL";
    let of_patient = values![practice, patient.get()];
    let links = delete_links(write, OF_PATIENT, of_patient.clone()).await?;
    let places = write
        .delete(&BOOKING_PLACES, OF_PATIENT, of_patient)
        .await?;
    let subject = format!("patient/{patient}");
    let failures = values![practice, subject];
    write.delete(&IDENTITY_FAILURES, FAILURES, failures).await?;
    Ok(links + places)
}

/// Deletes the links that were last changed before a time, and the places of days before it. Returns
/// their number.
async fn expire_links(
    write: &mut Write,
    practice: &OdsCode,
    before: Timestamp,
) -> Result<u64, Fault> {
    const OLD: &str = "practice = $1 AND changed_at < $2";
    const OVER: &str = "practice = $1 AND next_at < $2 \
         AND (locked_until IS NULL OR locked_until < $2)";
    const OLD_DAYS: &str = "practice = $1 AND day < $2";
    let links = delete_links(write, OLD, values![practice, before]).await?;
    let forgotten = write.delete(&IDENTITY_FAILURES, OVER, values![practice, before]);
    forgotten.await?;
    let day = uk::at(before).date().to_string();
    let places = write.delete(&BOOKING_PLACES, OLD_DAYS, values![practice, day]);
    Ok(links + places.await?)
}

/// Returns a time as EMIS's local time, in which reminders keep the start of the appointment.
fn local(at: Timestamp) -> String {
    uk::at(at).datetime().to_string()
}

/// Deletes messages that are not open, with their topics, and returns the number of messages.
async fn delete_messages(
    write: &mut Write,
    closed: &str,
    values: Vec<Value>,
) -> Result<u64, Fault> {
    let found = write.records(&MESSAGES, closed, values).await?;
    let mut deleted = 0;
    for row in found {
        let reference = values![row.text(0)?];
        let topics = write.delete(&MESSAGE_TOPICS, "reference = $1", reference.clone());
        topics.await?;
        deleted += write.delete(&MESSAGES, "reference = $1", reference).await?;
    }
    Ok(deleted)
}

/// Counts records, in the order of [`COUNTED`].
fn counts([bookings, reminders, exclusions, tasks, messages]: [u64; 5]) -> RecordCounts {
    let mut counts = RecordCounts::default();
    (counts.bookings, counts.messages) = (bookings, reminders + messages);
    (counts.exclusions, counts.tasks) = (exclusions, tasks);
    counts
}

fn event(
    kind: AuditEventKind,
    deleted: RecordCounts,
    by: &Provenance,
    at: Timestamp,
) -> AuditEvent {
    AuditEvent::new(kind, at, by.clone())
        .detail("bookings", deleted.bookings)
        .detail("messages", deleted.messages)
        .detail("exclusions", deleted.exclusions)
        .detail("tasks", deleted.tasks)
}
