//! Polls of EMIS for reminders, the planned list, and the counts of days.

use emis_reminders::{DayCounts, PlannedReminder, PollKind, RemindedAppointment};
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use super::handle::Store;
use crate::sql::tables::{PLANNED_REMINDERS, REMINDER_DAYS, REMINDER_POLLS};
use crate::sql::{Fault, Row, Statement, values};

const POLL: (&str, &str) = ("begin_poll", "the poll can't be recorded");
const PLAN: (&str, &str) = (
    "plan_reminders",
    "the planned reminders can't be kept or read",
);
const DAYS: (&str, &str) = (
    "reminder_days",
    "the counts of reminders can't be kept or read",
);

/// The time for which the counts of a day are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 60);

impl<D> Store<D> {
    pub(super) async fn begin_reminder_poll(
        &self,
        practice: &OdsCode,
        poll: PollKind,
        least: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        const BY_KIND: &str = "practice = $1 AND kind = $2";
        self.run(POLL, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let began = self.present_beside(&mut write, now).await?;
            // A row that does not exist can't be locked.
            let first = REMINDER_POLLS.insert_new(values![practice, poll.as_str(), began]);
            if write.execute_all(vec![first]).await? == 0 {
                let values = values![practice, poll.as_str()];
                let found = write.record(&REMINDER_POLLS, BY_KIND, values).await?;
                let row = found.ok_or(Fault::Stopped)?;
                let last: Timestamp = row.parsed(2)?;
                // Read anew: another poll that was waited for may have begun after this one.
                let now = self.present_beside(&mut write, now).await?;
                let next = last.checked_add(least).unwrap_or(Timestamp::MAX);
                // A poll that is still ahead was recorded under a wrong clock.
                if last <= now && now < next {
                    return Ok(Some(next));
                }
                let update = REMINDER_POLLS.update(&row, vec![("polled_at", now.into())])?;
                write.execute_all(vec![update]).await?;
            }
            write.commit().await?;
            Ok(None)
        })
        .await
    }

    pub(super) async fn replace_planned_reminders(
        &self,
        practice: &OdsCode,
        planned: &[PlannedReminder],
    ) -> Result<(), StoreError> {
        self.run(PLAN, practice.as_str(), async {
            let mut write = self.database.write().await?;
            write
                .delete(&PLANNED_REMINDERS, "practice = $1", values![practice])
                .await?;
            let inserts: Vec<Statement> = planned
                .iter()
                .map(|it| {
                    let appointment = &it.appointment;
                    PLANNED_REMINDERS.insert_new(values![
                        practice,
                        appointment.slot.get(),
                        appointment.patient.get(),
                        appointment.start.to_string(),
                        it.minutes_before,
                        it.rule,
                        it.send_at.to_string(),
                    ])
                })
                .collect();
            for inserts in inserts.chunks(100) {
                write.execute_all(inserts.to_vec()).await?;
            }
            write.commit().await
        })
        .await
    }

    pub(super) async fn planned_reminders(
        &self,
        practice: &OdsCode,
        after: DateTime,
        until: DateTime,
    ) -> Result<Vec<PlannedReminder>, StoreError> {
        const DUE: &str = "practice = $1 AND start > $2 AND send_at <= $3 \
             ORDER BY send_at, start, slot, patient, minutes_before";
        self.run(PLAN, practice.as_str(), async {
            let values = values![practice, after.to_string(), until.to_string()];
            let rows = self.database.records(&PLANNED_REMINDERS, DUE, values);
            rows.await?.iter().map(planned).collect()
        })
        .await
    }

    pub(super) async fn note_reminder_run(
        &self,
        practice: &OdsCode,
        counts: &DayCounts,
    ) -> Result<(), StoreError> {
        const OF_DAY: &str = "practice = $1 AND day = $2";
        self.run(DAYS, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let day = counts.day.to_string();
            let none = values![practice, &day, 0, 0, 0, 0];
            let first = REMINDER_DAYS.insert_new(none);
            write.execute_all(vec![first]).await?;
            let found = write.record(&REMINDER_DAYS, OF_DAY, values![practice, &day]);
            let row = found.await?.ok_or(Fault::Stopped)?;
            let mut sum = day_counts(&row)?;
            sum.add(counts);
            let changes = vec![
                ("runs", sum.runs.into()),
                ("listed", sum.listed.into()),
                ("sent", sum.sent.into()),
                ("failed", sum.failed.into()),
            ];
            let update = REMINDER_DAYS.update(&row, changes)?;
            write.execute_all(vec![update]).await?;
            let oldest = counts.day.saturating_sub(KEPT).to_string();
            let old = values![practice, oldest];
            write
                .delete(&REMINDER_DAYS, "practice = $1 AND day < $2", old)
                .await?;
            write.commit().await
        })
        .await
    }

    pub(super) async fn reminder_days(
        &self,
        practice: &OdsCode,
        from: Date,
    ) -> Result<Vec<DayCounts>, StoreError> {
        const SINCE: &str = "practice = $1 AND day >= $2 ORDER BY day";
        self.run(DAYS, practice.as_str(), async {
            let values = values![practice, from.to_string()];
            let rows = self.database.records(&REMINDER_DAYS, SINCE, values).await?;
            rows.iter().map(day_counts).collect()
        })
        .await
    }
}

fn planned(row: &Row) -> Result<PlannedReminder, Fault> {
    Ok(PlannedReminder {
        appointment: RemindedAppointment {
            slot: row.number(1)?,
            patient: row.number(2)?,
            start: row.parsed(3)?,
        },
        minutes_before: row.number(4)?,
        rule: row.number(5)?,
        send_at: row.parsed(6)?,
    })
}

fn day_counts(row: &Row) -> Result<DayCounts, Fault> {
    let mut counts = DayCounts::none(row.parsed(1)?);
    counts.runs = row.number(2)?;
    counts.listed = row.number(3)?;
    counts.sent = row.number(4)?;
    counts.failed = row.number(5)?;
    Ok(counts)
}
