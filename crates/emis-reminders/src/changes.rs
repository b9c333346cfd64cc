//! Changes of appointments that patients were told of.

use std::collections::{BTreeMap, BTreeSet};

use emis_types::PatientNumber;

use crate::appointment::RemindedAppointment;
use crate::entry::ReminderEntry;
use crate::store::ToldChanges;

/// The number of appointments that are gone at once from which it is a task for the practice: a
/// session was cancelled, or a clinician is absent.
pub(crate) const MANY_GONE: usize = 5;

/// The offset under which the notice of a cancelled appointment is kept. No reminder has it.
pub(crate) const CANCELLED_NOTICE: u32 = 0;

/// Compares what patients were told with what EMIS lists now.
///
/// An appointment that is listed again is reopened if the patient was told of another start, or of
/// its cancellation, since: the last message must tell the final time.
pub(crate) fn changes(
    entries: &[ReminderEntry],
    listed: &BTreeSet<RemindedAppointment>,
) -> ToldChanges {
    let mut told = BTreeMap::<RemindedAppointment, Vec<&ReminderEntry>>::new();
    let mut of_patient = BTreeMap::<PatientNumber, Vec<&ReminderEntry>>::new();
    for entry in entries.iter().filter(|entry| entry.is_told()) {
        told.entry(entry.key.appointment()).or_default().push(entry);
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
