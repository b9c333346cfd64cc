//! Changes of appointments that patients were told of.

use std::collections::{BTreeMap, BTreeSet};

use emis_types::PatientNumber;
use jiff::civil::DateTime;

use crate::appointment::RemindedAppointment;
use crate::entry::ReminderEntry;
use crate::error::ReminderError;
use crate::poll::within;
use crate::reminders::Reminders;
use crate::schedule::LONGEST_PLAN;
use crate::store::ToldChanges;

/// The number of appointments that are gone at once from which it is a task for the practice: a
/// session was cancelled, or a clinician is absent.
pub(crate) const MANY_GONE: usize = 5;

/// The offset under which the notice of a cancelled appointment is kept. No reminder has it.
pub(crate) const CANCELLED_NOTICE: u32 = 0;

impl Reminders {
    /// Compares what patients were told with what EMIS lists of a span of UK wall clock.
    ///
    /// The entries are those of appointments ahead. What the patient was told of an appointment
    /// that has begun meanwhile is read from the store if one that was gone is listed again.
    pub(crate) async fn told_changes(
        &self,
        entries: &[ReminderEntry],
        (from, until): (DateTime, DateTime),
        listed: &BTreeSet<RemindedAppointment>,
    ) -> Result<ToldChanges, ReminderError> {
        let ahead = within(entries, from, until);
        let returned =
            |it: &ReminderEntry| it.gone_at.is_some() && listed.contains(&it.key.appointment());
        let mut begun = Vec::new();
        if ahead.iter().any(returned) {
            let since = from.saturating_sub(LONGEST_PLAN);
            begun = self
                .store
                .reminders(&self.identity.ods_code, since, from)
                .await?;
        }
        Ok(changes(&ahead, entries.iter().chain(&begun), listed))
    }
}

/// An appointment that is listed again is reopened if the patient was told of another start, or of
/// its cancellation, since: the last message must tell the final time.
fn changes<'a>(
    ahead: &[ReminderEntry],
    all: impl Iterator<Item = &'a ReminderEntry>,
    listed: &BTreeSet<RemindedAppointment>,
) -> ToldChanges {
    let mut told = BTreeMap::<RemindedAppointment, Vec<&ReminderEntry>>::new();
    for entry in ahead.iter().filter(|entry| entry.is_told()) {
        told.entry(entry.key.appointment()).or_default().push(entry);
    }
    let mut of_patient = BTreeMap::<PatientNumber, Vec<&ReminderEntry>>::new();
    for entry in all.filter(|entry| entry.is_told()) {
        of_patient.entry(entry.key.patient).or_default().push(entry);
    }
    let mut changes = ToldChanges::default();
    for (appointment, entries) in &told {
        let was_gone = entries.iter().any(|entry| entry.gone_at.is_some());
        match (listed.contains(appointment), was_gone) {
            (false, false) => changes.gone.push(*appointment),
            (true, true) => {
                let reminders = entries.iter().filter(|it| !is_notice(it));
                let told_at = reminders.map(|entry| entry.claimed_at).max();
                let later = of_patient.get(&appointment.patient).into_iter().flatten();
                let mut since = later.filter(|it| Some(it.claimed_at) > told_at);
                let other =
                    |it: &&&ReminderEntry| it.key.appointment() != *appointment || is_notice(it);
                if since.any(|entry| other(&entry)) {
                    changes.reopened.push(*appointment);
                } else {
                    changes.back.push(*appointment);
                }
            }
            _ => {}
        }
    }
    changes
}

fn is_notice(entry: &ReminderEntry) -> bool {
    entry.key.minutes_before == CANCELLED_NOTICE
}
