//! Polls of EMIS: at most one in a time, whichever worker asks.

use std::collections::BTreeSet;

use emis_client::model::{BookedPatient, MinutesWindow, SkippedRecord};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::appointment::RemindedAppointment;
use crate::entry::ReminderEntry;
use crate::error::ReminderError;
use crate::planner::Planner;
use crate::reminders::Reminders;
use crate::store::PollKind;

/// The least time between two reads of the planned list.
const PLANNING_EVERY: SignedDuration = SignedDuration::from_hours(6);

/// The time before the start from which an appointment that is not listed is no news: the patient
/// has arrived.
const ARRIVING: SignedDuration = SignedDuration::from_hours(1);

/// One minute: EMIS and this process may count the window from different moments.
const MINUTE: SignedDuration = SignedDuration::from_mins(2);

/// The appointments of a window, as far as they are kept.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub(crate) count: usize,
    pub(crate) skipped: Vec<SkippedRecord>,
    /// Those that have entries in the store.
    pub(crate) told: BTreeSet<RemindedAppointment>,
    /// Those that were gone.
    pub(crate) returning: Vec<BookedPatient>,
}

impl Reminders {
    /// Begins a poll. Returns the time from which one may begin, if this one may not.
    pub(crate) async fn poll_too_soon(
        &self,
        poll: PollKind,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, ReminderError> {
        let least = match poll {
            PollKind::Sending => self.least_between_polls,
            PollKind::Planning => PLANNING_EVERY,
        };
        let practice = &self.identity.ods_code;
        Ok(self.store.begin_poll(practice, poll, least, now).await?)
    }

    /// Reads the appointments of a window into a planner, one by one as they arrive.
    pub(crate) async fn read(
        &self,
        window: MinutesWindow,
        entries: &[ReminderEntry],
        planner: &mut Planner<'_>,
    ) -> Result<Listed, ReminderError> {
        let told: BTreeSet<_> = entries.iter().map(|it| it.key.appointment()).collect();
        let gone = entries.iter().filter(|entry| entry.gone_at.is_some());
        let gone: BTreeSet<_> = gone.map(|entry| entry.key.appointment()).collect();
        let by_clinician = self.settings.rules.iter().any(|it| !it.clinicians.is_all());
        let mut listed = Listed::default();
        let mut waiting = Vec::new();
        let appointments = self.client.appointments();
        let mut stream = appointments.stream_booked_patients(window).await?;
        while let Some(next) = stream.next().await? {
            let streamed = match next {
                Ok(streamed) => streamed,
                Err(skipped) => {
                    listed.skipped.push(skipped);
                    continue;
                }
            };
            listed.count += 1;
            let appointment = RemindedAppointment::from(&streamed.booking);
            if told.contains(&appointment) {
                listed.told.insert(appointment);
            }
            if gone.contains(&appointment) {
                listed.returning.push(streamed.booking);
            } else if by_clinician {
                waiting.push(streamed);
            } else {
                planner.note(&streamed.booking);
            }
        }
        // EMIS may list the clinicians after all appointments.
        for mut streamed in waiting {
            if let Some(holders) = stream.session_holders(&streamed) {
                streamed.booking.session_holders = holders;
            }
            planner.note(&streamed.booking);
        }
        Ok(listed)
    }
}

/// Returns the end of a window by UK wall clock.
pub(crate) fn end_of(now: &Zoned, window: MinutesWindow) -> DateTime {
    let ahead = SignedDuration::from_mins(window.within().into());
    now.saturating_add(ahead).datetime()
}

/// Returns the entries of appointments that a list of the span must hold if they stand.
pub(crate) fn within(
    entries: &[ReminderEntry],
    from: DateTime,
    until: DateTime,
) -> Vec<ReminderEntry> {
    let (from, until) = (from.saturating_add(ARRIVING), until.saturating_sub(MINUTE));
    let within = |it: &&ReminderEntry| from < it.key.start && it.key.start < until;
    entries.iter().filter(within).cloned().collect()
}
