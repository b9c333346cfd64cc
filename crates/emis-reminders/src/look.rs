//! The last look at an appointment before its reminder is sent.

use std::time::Duration;

use emis_settings::ActiveExclusions;
use emis_types::{PatientNumber, uk};
use jiff::SignedDuration;
use tokio::time::timeout;

use crate::batch::Batch;
use crate::contact_book::MessageRecipient;
use crate::plan::DueReminder;
use crate::recheck::recheck;
use crate::reminders::Reminders;
use crate::schedule::{Timing, is_quiet, least_distance};
use crate::setback::Setback;
use crate::suppression::SuppressionReason;

/// The timeout of the last look at one appointment, so that no patient holds up the others.
const LOOK_TIMEOUT: Duration = Duration::from_secs(20);

/// The time between runs.
const RUNS_APART: SignedDuration = SignedDuration::from_mins(20);

impl Reminders {
    /// Reads an appointment again. Returns the reminder with the patient of the record if it is
    /// still right.
    pub(crate) async fn look_again(
        &self,
        batch: &Batch<'_>,
        reminder: &DueReminder,
    ) -> Result<DueReminder, Setback> {
        let today = uk::today(&*self.clock);
        let mut fresh = reminder.clone();
        let look = recheck(&self.client, &reminder.booked, today, batch.rules.settings);
        let look = timeout(LOOK_TIMEOUT, look).await;
        let (record, site) = look.unwrap_or(Err(Setback::Slow))?;
        fresh.booked.patient = record;
        if fresh.booked.sites.is_empty() {
            fresh.booked.sites.extend(site);
        }
        let patient = fresh.booked.patient.number;
        let mut found = batch.rules.recipients(fresh.rule, &fresh.booked.patient);
        if found.is_empty() {
            return Err(SuppressionReason::NoValidContact.into());
        }
        // An opt-out of a moment ago counts as well.
        let exclusions = self.exclusions_of(patient).await?;
        found.retain(|it| exclusions.allow(patient, it.channel()));
        if found.is_empty() {
            return Err(SuppressionReason::OptedOut.into());
        }
        self.check_time(batch, &fresh, &mut found)?;
        let addressee = |it| batch.contacts.addressee(it, patient);
        fresh.addressees = found.into_iter().map(addressee).collect();
        Ok(fresh)
    }

    async fn exclusions_of(&self, patient: PatientNumber) -> Result<ActiveExclusions, Setback> {
        let practice = &self.identity.ods_code;
        let history = self.register.history(practice, patient).await?;
        let standing = history.iter().filter(|it| it.ended.is_none());
        Ok(standing.map(|it| (it.patient, it.kind)).collect())
    }

    /// Checks the time once more: a run may take long, and EMIS longer.
    fn check_time(
        &self,
        batch: &Batch<'_>,
        reminder: &DueReminder,
        found: &mut Vec<MessageRecipient>,
    ) -> Result<(), Setback> {
        let now = uk::now(&*self.clock);
        let (rule, start) = (reminder.rule, reminder.booked.start);
        let schedule = batch.rules.schedule(rule);
        let schedule = schedule.ok_or(SuppressionReason::RuleWithoutReminders)?;
        match schedule.timing(&now, start) {
            Timing::Over(reason) => return Err(reason.into()),
            Timing::Wait { until, reason, .. } => {
                // One that is told with another may be early by the least distance.
                let horizon = now
                    .datetime()
                    .saturating_add(least_distance(batch.rules.settings));
                if reason != SuppressionReason::NotYetDue || until > horizon {
                    return Err(Setback::Waits(reason, until));
                }
            }
            Timing::Due { .. } => {}
        }
        found.retain(|it| batch.rules.legs_fit(&now, it.channel(), rule, start));
        match found.is_empty() {
            true => Err(SuppressionReason::SenderTooLate.into()),
            false => Ok(()),
        }
    }

    /// Returns whether a reminder can still be sent after the least distance between messages.
    pub(crate) fn can_wait(
        &self,
        batch: &Batch<'_>,
        reminder: &DueReminder,
        by: SignedDuration,
    ) -> bool {
        let later = uk::now(&*self.clock).saturating_add(by);
        let Some(schedule) = batch.rules.schedule(reminder.rule) else {
            return true;
        };
        let last = schedule.last_moment(reminder.booked.start);
        let margin = later.timestamp().saturating_add(RUNS_APART);
        margin.is_ok_and(|margin| margin < last) && !is_quiet(later.time(), batch.rules.settings)
    }
}
