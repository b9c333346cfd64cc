//! The planned list: reminders of appointments further ahead than runs look.

use std::collections::BTreeSet;

use emis_client::model::{MinutesWindow, Patient};
use jiff::Zoned;
use tracing::warn;

use crate::appointment::RemindedAppointment;
use crate::error::ReminderError;
use crate::planner::Planner;
use crate::poll::end_of;
use crate::reminders::Reminders;
use crate::schedule;
use crate::store::PollKind;

impl Reminders {
    /// Renews the planned list of appointments further ahead than runs look, a few times a day. A
    /// failure is logged: the list of before stands.
    pub(crate) async fn plan_ahead(&self, now: &Zoned) {
        let hours = self.sending_hours();
        let window = schedule::planning_window(now, &self.settings, &self.calendar, hours);
        let Some(window) = window else { return };
        if let Err(error) = self.try_plan_ahead(now, window).await {
            let practice = &self.identity.ods_code;
            warn!(%practice, "the appointments further ahead could not be read: {}", error.report());
        }
    }

    async fn try_plan_ahead(
        &self,
        now: &Zoned,
        window: MinutesWindow,
    ) -> Result<(), ReminderError> {
        if self
            .poll_too_soon(PollKind::Planning, now.timestamp())
            .await?
            .is_some()
        {
            return Ok(());
        }
        let practice = &self.identity.ods_code;
        let (from, until) = (now.datetime(), end_of(now, window));
        let entries = self.store.reminders(practice, from, until).await?;
        let told: BTreeSet<_> = entries.iter().map(|it| it.key.appointment()).collect();
        let planner = Planner::new(now, &self.settings, &self.calendar)
            .with_modes(self.modes.clone())
            .with_sender(self.sender().clone());
        let mut listed = BTreeSet::new();
        let (mut planned, mut complete) = (Vec::new(), true);
        let appointments = self.client.appointments();
        let mut stream = appointments.stream_booked_patients(window).await?;
        let mut waiting = Vec::new();
        while let Some(next) = stream.next().await? {
            match next {
                Ok(mut streamed) => {
                    let appointment = RemindedAppointment::from(&streamed.booking);
                    if told.contains(&appointment) {
                        listed.insert(appointment);
                    }
                    // The person is of no use here.
                    streamed.booking.patient = Patient::new(streamed.booking.patient.number);
                    waiting.push(streamed);
                }
                Err(_) => complete = false,
            }
        }
        for mut streamed in waiting {
            if let Some(holders) = stream.session_holders(&streamed) {
                streamed.booking.session_holders = holders;
            }
            planned.extend(planner.ahead(&streamed.booking));
        }
        self.store.replace_planned(practice, &planned).await?;
        if complete {
            let mut told = self.told_changes(&entries, (from, until), &listed).await?;
            // What is gone is counted by the run that looks at it from near.
            told.gone
                .retain(|it| it.start > from.saturating_add(schedule::LONGEST_WINDOW));
            if !told.is_empty() {
                let note = self
                    .store
                    .note_changes(practice, &told, &[], now.timestamp());
                note.await?;
            }
        }
        Ok(())
    }
}
