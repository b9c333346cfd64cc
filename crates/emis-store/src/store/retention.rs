//! Retention periods, erasure of patients and off-boarding of practices.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, Provenance};
use emis_settings::{RecordCounts, RemovalOutcome, RetentionPolicy, RetentionStore, StoreError};
use emis_types::{OdsCode, PatientNumber, uk};
use jiff::Timestamp;

use super::chain_lock::ChainLock;
use super::handle::Store;
use crate::sql::{Fault, Value, Write, values};

const ERASE: (&str, &str) = ("erase_patient", "the patient's records can't be deleted");
const OFF_BOARD: (&str, &str) = ("off_board", "the practice can't be off-boarded");
const EXPIRE: (&str, &str) = ("delete_expired", "expired records can't be deleted");

// `$2` is the present: a time for bookings, local time for reminders.
macro_rules! delete_closed {
    ("bookings", $condition:literal) => {
        concat!(
            "DELETE FROM bookings WHERE practice = $1 AND start <= $2 \
             AND state NOT IN ('intended', 'unknown', 'cancelling') AND ",
            $condition
        )
    };
    ("reminders", $condition:literal) => {
        concat!(
            "DELETE FROM reminders WHERE practice = $1 AND start <= $2 \
             AND outcome IS NOT NULL AND ",
            $condition
        )
    };
}

#[async_trait]
impl<D> RetentionStore for Store<D> {
    async fn delete_patient_records(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<RemovalOutcome, StoreError> {
        const BOOKINGS: &str = delete_closed!("bookings", "patient = $3");
        const REMINDERS: &str = delete_closed!("reminders", "patient = $3");
        const EXCLUSIONS: &str = "DELETE FROM exclusions \
             WHERE practice = $1 AND patient = $2 AND ended_at IS NOT NULL";
        const KEPT: [&str; 3] = [
            "SELECT count(*) FROM bookings WHERE practice = $1 AND patient = $2",
            "SELECT count(*) FROM reminders WHERE practice = $1 AND patient = $2",
            "SELECT count(*) FROM exclusions WHERE practice = $1 AND patient = $2",
        ];
        self.run(ERASE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let number = patient.get();
            let deleted = [
                write
                    .execute(BOOKINGS, values![practice, at, number])
                    .await?,
                write
                    .execute(REMINDERS, values![practice, local(at), number])
                    .await?,
                write.execute(EXCLUSIONS, values![practice, number]).await?,
            ];
            let mut kept = [0; 3];
            for (kept, sql) in kept.iter_mut().zip(KEPT) {
                *kept = count(&mut write, sql, values![practice, number]).await?;
            }
            let (deleted, kept) = (counts(deleted), counts(kept));
            if !deleted.is_empty() {
                let kind = AuditEventKind::PATIENT_ERASED;
                lock.append(&mut write, &event(kind, deleted, by, at))
                    .await?;
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
        const IN_FLIGHT: &str = "SELECT count(*) FROM bookings \
             WHERE practice = $1 AND state IN ('intended', 'unknown', 'cancelling')";
        const IN_DOUBT: &str =
            "SELECT count(*) FROM reminders WHERE practice = $1 AND outcome IS NULL";
        const RECORDS: [&str; 3] = [
            "DELETE FROM bookings WHERE practice = $1",
            "DELETE FROM reminders WHERE practice = $1",
            "DELETE FROM exclusions WHERE practice = $1",
        ];
        const REST: [&str; 4] = [
            "DELETE FROM practice_settings WHERE ods_code = $1",
            "DELETE FROM commands WHERE practice = $1",
            "DELETE FROM last_calls WHERE practice = $1",
            "DELETE FROM call_verdicts WHERE practice = $1",
        ];
        self.run(OFF_BOARD, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let open = counts([
                count(&mut write, IN_FLIGHT, values![practice]).await?,
                count(&mut write, IN_DOUBT, values![practice]).await?,
                0,
            ]);
            if !open.is_empty() {
                return Ok(RemovalOutcome::new(RecordCounts::default(), open));
            }
            let mut deleted = [0; 3];
            for (deleted, sql) in deleted.iter_mut().zip(RECORDS) {
                *deleted = write.execute(sql, values![practice]).await?;
            }
            let mut all: u64 = deleted.iter().sum();
            for sql in REST {
                all += write.execute(sql, values![practice]).await?;
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
             UNION SELECT practice FROM reminders WHERE settled_at < $2 \
             UNION SELECT practice FROM exclusions WHERE ended_at < $3 ORDER BY practice";
        let cutoff = |days| RetentionPolicy::cutoff(days, at);
        let cutoffs = [
            cutoff(policy.booking_days),
            cutoff(policy.message_days),
            cutoff(policy.ended_exclusion_days),
        ];
        let [bookings, messages, exclusions] = cutoffs;
        let find = self.run(EXPIRE, "product", async {
            let values = values![bookings, messages, exclusions];
            let rows = self.database.rows(PRACTICES, values).await?;
            rows.iter().map(|row| row.parsed(0)).collect()
        });
        let practices: Vec<OdsCode> = find.await?;
        let mut expired = Vec::new();
        for practice in practices {
            let deleted = self.expire(&practice, cutoffs, by, at).await?;
            if !deleted.is_empty() {
                expired.push((practice, deleted));
            }
        }
        Ok(expired)
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
        const BOOKINGS: &str = delete_closed!("bookings", "changed_at < $3");
        const REMINDERS: &str = delete_closed!("reminders", "settled_at < $3");
        const EXCLUSIONS: &str = "DELETE FROM exclusions WHERE practice = $1 AND ended_at < $2";
        let [bookings, messages, exclusions] = cutoffs;
        self.run(EXPIRE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let deleted = counts([
                write
                    .execute(BOOKINGS, values![practice, at, bookings])
                    .await?,
                write
                    .execute(REMINDERS, values![practice, local(at), messages])
                    .await?,
                write
                    .execute(EXCLUSIONS, values![practice, exclusions])
                    .await?,
            ]);
            if !deleted.is_empty() {
                let kind = AuditEventKind::RECORDS_EXPIRED;
                lock.append(&mut write, &event(kind, deleted, by, at))
                    .await?;
                write.commit().await?;
            }
            Ok(deleted)
        })
        .await
    }
}

/// Returns a time as EMIS's local time, in which reminders keep the start of the appointment.
fn local(at: Timestamp) -> String {
    uk::at(at).datetime().to_string()
}

fn counts([bookings, messages, exclusions]: [u64; 3]) -> RecordCounts {
    let mut counts = RecordCounts::default();
    (counts.bookings, counts.messages, counts.exclusions) = (bookings, messages, exclusions);
    counts
}

async fn count(write: &mut Write, sql: &'static str, values: Vec<Value>) -> Result<u64, Fault> {
    let row = write.row(sql, values).await?;
    row.ok_or(Fault::Stopped)?.number(0)
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
}
