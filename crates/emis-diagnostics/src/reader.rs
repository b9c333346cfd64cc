//! Reads the practice's data, as little as shows that it can be read.

use std::collections::BTreeSet;

use emis_client::model::{DateRange, MinutesWindow, Session};
use emis_client::{Client, ClientError, Operation};
use emis_settings::PracticeSettings;
use emis_types::{OdsCode, OrganisationId};
use jiff::ToSpan;
use jiff::civil::Date;

use crate::choices::{all_embargoed, booked_by_gone, choices_gone, not_bookable};
use crate::notes::Notes;
use crate::observation::{Probe, ProbeOutcome, SettingsChoice};
use crate::pace::{Pace, Stop};
use crate::scopes::Granted;

/// The number of days, from today, whose sessions are read.
const DAYS: u8 = 7;

/// Reads the practice's data with the token, as far as its scopes allow.
pub(crate) struct Reader<'a> {
    pub(crate) client: &'a Client,
    pub(crate) settings: &'a PracticeSettings,
    pub(crate) granted: &'a Granted<'a>,
    pub(crate) today: Date,
    pub(crate) pace: &'a Pace<'a>,
}

impl Reader<'_> {
    /// Checks the organisation. Asks even if the token is for another practice, because the ODS
    /// code tells a typing mistake from a merger. Reads nothing else from another practice.
    pub(crate) async fn organisation(
        &self,
        token_fits: bool,
        named: bool,
        notes: &mut Notes,
    ) -> Result<(), Stop> {
        const PROBE: Probe = Probe::Organisation;
        const OPERATION: Operation = Operation::GetOrganisationV2;
        if !self.granted.allows(OPERATION) {
            notes.add(PROBE, ProbeOutcome::NotChecked);
            return if token_fits { Ok(()) } else { Err(Stop) };
        }
        let call = || async { self.client.organisation().get_organisation().await };
        let answer = self.pace.call(PROBE, OPERATION, call).await?;
        let Some(organisation) = notes.answered(PROBE, answer)? else {
            // A call that is refused by itself keeps nothing else from being checked, where the
            // token says that the practice is this one.
            return if token_fits && named {
                Ok(())
            } else {
                Err(Stop)
            };
        };
        let ods_code = organisation.ods_code.as_ref();
        let fits = compare(notes, PROBE, self.settings, None, ods_code);
        if !(fits && token_fits) {
            return Err(Stop);
        }
        notes.skipped(PROBE, organisation.skipped.len());
        if let Some(id) = booked_by_gone(self.settings, &organisation) {
            notes.gone(PROBE, SettingsChoice::BookedBy, [id]);
        }
        Ok(())
    }

    /// Checks the choices of the settings. Returns the days on which the practice is closed.
    pub(crate) async fn configuration(&self, notes: &mut Notes) -> Result<BTreeSet<Date>, Stop> {
        const PROBE: Probe = Probe::AppointmentConfiguration;
        const OPERATION: Operation = Operation::GetAppointmentConfiguration;
        if !self.granted.allows(OPERATION) {
            notes.add(PROBE, ProbeOutcome::NotChecked);
            return Ok(BTreeSet::new());
        }
        let call = || async {
            let days = self.days()?;
            let appointments = self.client.appointments();
            appointments.get_appointment_configuration(days).await
        };
        let answer = self.pace.call(PROBE, OPERATION, call).await?;
        let Some(configuration) = notes.answered(PROBE, answer)? else {
            return Ok(BTreeSet::new());
        };
        notes.skipped(PROBE, configuration.skipped.len());
        // What seems to be gone may be among the records that could not be read.
        if configuration.skipped.is_empty() {
            for (choice, ids) in choices_gone(self.settings, &configuration) {
                notes.gone(PROBE, choice, ids);
            }
        }
        for id in not_bookable(self.settings, &configuration) {
            notes.add(PROBE, ProbeOutcome::NotBookable { id });
        }
        notes.passed_unless_noted(PROBE);
        let closed = configuration.practice_holidays.iter();
        Ok(closed.map(|holiday| holiday.day).collect())
    }

    /// Reads the sessions of the coming week and returns one of them.
    pub(crate) async fn sessions(
        &self,
        closed: &BTreeSet<Date>,
        notes: &mut Notes,
    ) -> Result<Option<Session>, Stop> {
        const PROBE: Probe = Probe::Sessions;
        const OPERATION: Operation = Operation::GetAppointmentSessions;
        if !self.granted.allows(OPERATION) {
            notes.add(PROBE, ProbeOutcome::NotChecked);
            return Ok(None);
        }
        let call = || async {
            let days = self.days()?;
            let appointments = self.client.appointments();
            appointments.get_appointment_sessions(days, None).await
        };
        let answer = self.pace.call(PROBE, OPERATION, call).await?;
        let Some(sessions) = notes.answered(PROBE, answer)? else {
            return Ok(None);
        };
        notes.skipped(PROBE, sessions.skipped.len());
        // A record that could not be read may be a session of any day.
        if sessions.skipped.is_empty() {
            self.empty_days(closed, &sessions.items, notes);
        }
        if let Some(slots) = all_embargoed(self.settings, &sessions.items) {
            notes.add(PROBE, ProbeOutcome::SlotsEmbargoed(slots));
        }
        notes.passed_unless_noted(PROBE);
        Ok(sessions.items.into_iter().next())
    }

    /// Notes the working days for which no session is built.
    fn empty_days(&self, closed: &BTreeSet<Date>, sessions: &[Session], notes: &mut Notes) {
        let calendar = self.settings.working_calendar();
        let week = (0..i64::from(DAYS)).filter_map(|day| self.today.checked_add(day.days()).ok());
        let open = week.filter(|day| calendar.is_working_day(*day) && !closed.contains(day));
        let held: BTreeSet<Date> = sessions.iter().map(|session| session.date).collect();
        for day in open.filter(|day| !held.contains(day)) {
            if held.is_empty() {
                notes.add(Probe::Sessions, ProbeOutcome::NoSessions(DAYS));
                return;
            }
            notes.add(Probe::Sessions, ProbeOutcome::NoSessionsOn(day));
        }
    }

    /// Reads the slots of one session, if there is one.
    pub(crate) async fn slots(
        &self,
        session: Option<Session>,
        notes: &mut Notes,
    ) -> Result<(), Stop> {
        const PROBE: Probe = Probe::Slots;
        const OPERATION: Operation = Operation::GetSlotsForSessionV2;
        if !self.granted.allows(OPERATION) {
            notes.add(PROBE, ProbeOutcome::NotChecked);
            return Ok(());
        }
        let Some(session) = session else {
            notes.add(PROBE, ProbeOutcome::NothingToCheck);
            return Ok(());
        };
        let call = || async {
            let appointments = self.client.appointments();
            appointments.get_slots_for_session(session.id).await
        };
        let answer = self.pace.call(PROBE, OPERATION, call).await?;
        if let Some(slots) = notes.answered(PROBE, answer)? {
            notes.skipped(PROBE, slots.skipped.len());
            notes.passed_unless_noted(PROBE);
        }
        Ok(())
    }

    /// Reads the patients with an appointment in the next minute: as few as EMIS allows. None is
    /// kept.
    pub(crate) async fn booked_patients(&self, notes: &mut Notes) -> Result<(), Stop> {
        const PROBE: Probe = Probe::BookedPatients;
        const OPERATION: Operation = Operation::GetBookedPatientsV2;
        if !self.settings.reminders().enabled {
            notes.add(PROBE, ProbeOutcome::NothingToCheck);
            return Ok(());
        }
        if !self.granted.allows(OPERATION) {
            notes.add(PROBE, ProbeOutcome::NotChecked);
            return Ok(());
        }
        let call = || async {
            let window = MinutesWindow::new(0, 1)?;
            let appointments = self.client.appointments();
            appointments.get_booked_patients(window).await
        };
        let answer = self.pace.call(PROBE, OPERATION, call).await?;
        if let Some(booked) = notes.answered(PROBE, answer)? {
            notes.skipped(PROBE, booked.skipped.len());
            notes.passed_unless_noted(PROBE);
        }
        Ok(())
    }

    fn days(&self) -> Result<DateRange, ClientError> {
        let last = self.today.saturating_add(i64::from(DAYS - 1).days());
        DateRange::new(self.today, last)
    }
}

/// Compares EMIS's practice with the settings. Returns false if they differ.
pub(crate) fn compare(
    notes: &mut Notes,
    probe: Probe,
    settings: &PracticeSettings,
    organisation_id: Option<&OrganisationId>,
    ods_code: Option<&OdsCode>,
) -> bool {
    let mut fits = true;
    if let (Some(expected), Some(found)) = (settings.organisation_id(), organisation_id)
        && expected != found
    {
        fits = false;
        let (expected, found) = (expected.clone(), found.clone());
        notes.add(probe, ProbeOutcome::OtherOrganisationId { expected, found });
    }
    if let Some(found) = ods_code.filter(|&found| found != settings.ods_code()) {
        fits = false;
        let (expected, found) = (settings.ods_code().clone(), found.clone());
        notes.add(probe, ProbeOutcome::OtherOdsCode { expected, found });
    }
    if fits {
        let stated = organisation_id.is_some() || ods_code.is_some();
        let seen = if stated {
            ProbeOutcome::Passed
        } else {
            ProbeOutcome::NotStated
        };
        notes.add(probe, seen);
    }
    fits
}
