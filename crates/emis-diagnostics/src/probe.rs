//! The checks in order. They only read, never send a refused password, and are limited in time.

use std::collections::BTreeSet;

use emis_client::model::{DateRange, MinutesWindow, Session};
use emis_client::{Client, ClientError, ClientErrorKind, Operation};
use emis_credentials::{Discovery, ServiceFault, TokenErrorKind};
use emis_settings::{PracticeSettings, ProblemCode, SettingsProblem};
use emis_types::{OdsCode, OrganisationId, uk};
use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};

use crate::activity::ActivityLog;
use crate::choices::{all_embargoed, booked_by_gone, choices_gone, not_bookable};
use crate::infer::persists;
use crate::input::DiagnosisInput;
use crate::observation::{Failure, FailureKind, Observation, Probe, ProbeOutcome, SettingsChoice};
use crate::pace::{Pace, Stop};
use crate::scopes::{Granted, scopes_needed};

/// Makes the checks until one fails so that the later ones have no meaning. Those are noted as not
/// checked.
pub(crate) async fn observe(input: &DiagnosisInput<'_>) -> Vec<Observation> {
    let mut notes = Notes::default();
    // What stops the walk is in the notes.
    let pace = Pace::begin();
    let _ = walk(input, &pace, &mut notes).await;
    if let Some((probe, took)) = pace.slowest() {
        notes.add(probe, ProbeOutcome::Slow(took.as_secs()));
    }
    recent_work(input, &mut notes);
    notes.close();
    notes.0
}

async fn walk(input: &DiagnosisInput<'_>, pace: &Pace, notes: &mut Notes) -> Result<(), Stop> {
    let settings = input.settings;
    let today = uk::today(input.clock);

    // The diagnosis counts its calls, and so repeats them itself.
    let client = &connection(input, notes)?.without_retries();
    let health = pace.call(Probe::Reachable, Operation::GetHealth, || client.health());
    notes.outcome(Probe::Reachable, reached(health.await?))?;
    let discovery = client.discover();
    let discovery = pace.identity(Probe::IdentityReachable, discovery).await?;
    identity_service(discovery, notes)?;
    // From here on it is this token or none: a second one would cost a password.
    let token = pace.identity(Probe::Token, async {
        let client = client.with_fresh_token().await?;
        let claims = client.token_claims().await?;
        Ok((client, claims))
    });
    let token = token.await?;
    note_user_refusal(input, &token, notes)?;
    let (client, claims) = &notes.outcome(Probe::Token, token)?;
    clock(notes, claims.issued_at, input.clock.now());
    let granted = Granted::of(claims);
    if !granted.is_stated() {
        notes.add(Probe::Token, ProbeOutcome::ScopesNotStated);
    }
    for scope in scopes_needed(settings).filter(|&scope| !granted.covers(scope)) {
        notes.add(Probe::Token, ProbeOutcome::ScopeMissing(scope));
    }

    let token_fits = compare(
        notes,
        Probe::TokenOrganisation,
        settings,
        claims.organisation_id.as_ref(),
        claims.ods_code.as_ref(),
    );
    let named = claims.ods_code.is_some();
    let reader = &Reader {
        client,
        settings,
        granted: &granted,
        today,
        pace,
    };
    reader.organisation(token_fits, named, notes).await?;
    let closed = reader.configuration(notes).await?;
    let session = reader.sessions(&closed, notes).await?;
    reader.slots(session, notes).await?;
    reader.booked_patients(notes).await
}

/// The number of times that diagnoses send a password that EMIS does not accept.
const SENDS: u8 = 3;

/// Notes the attempts of a refused password. Notes the last refusal, and stops, if the password
/// was not sent because attempts are limited: a back-off is no cause.
fn note_user_refusal<T>(
    input: &DiagnosisInput<'_>,
    token: &Result<T, Failure>,
    notes: &mut Notes,
) -> Result<(), Stop> {
    use TokenErrorKind::{Busy, HeldBack, InvalidUserCredentials};
    let Err(failure) = token else {
        return Ok(());
    };
    match (
        failure.kind,
        input.activity.and_then(ActivityLog::last_token_verdict),
    ) {
        (FailureKind::Token(Busy), Some((at, failure))) => {
            notes.add(Probe::Token, ProbeOutcome::RefusedEarlier { at, failure });
            Err(Stop)
        }
        (FailureKind::Token(Busy), None) if input.releases.is_some_and(|it| it.sent >= SENDS) => {
            // No answer came to the last attempt: the verdict of the one before stands, if any.
            let refused = input.releases.is_some_and(|it| it.used > 0);
            let failure = match refused {
                true => Failure::new(FailureKind::Token(HeldBack)),
                false => Failure {
                    service_fault: Some(ServiceFault::Silent),
                    ..Failure::new(FailureKind::Token(TokenErrorKind::Unreachable))
                },
            };
            notes.add(Probe::Token, ProbeOutcome::Failed(failure));
            if refused {
                notes.password_sent(input);
            }
            Err(Stop)
        }
        (FailureKind::Token(InvalidUserCredentials | HeldBack), _) => {
            let failure = failure.clone();
            notes.add(Probe::Token, ProbeOutcome::Failed(failure));
            notes.password_sent(input);
            Err(Stop)
        }
        _ => Ok(()),
    }
}

/// The largest difference of clocks, in seconds, that is not reported. A token lasts an hour.
const CLOCKS_MAY_DIFFER: i64 = 120;

/// Compares the issue time of the token, which is new, with the product's clock.
fn clock(notes: &mut Notes, issued_at: Option<Timestamp>, now: Timestamp) {
    let seen = match issued_at.map(|at| at.as_second() - now.as_second()) {
        None => ProbeOutcome::NotStated,
        Some(seconds) if seconds.abs() > CLOCKS_MAY_DIFFER => {
            ProbeOutcome::ClockDiffers { seconds }
        }
        Some(_) => ProbeOutcome::Passed,
    };
    notes.add(Probe::Clock, seen);
}

/// The API user that every EMIS organisation has.
const SHARED_USER: &str = "APIUSER1";

/// Checks the settings and returns their client.
fn connection<'a>(input: &DiagnosisInput<'a>, notes: &mut Notes) -> Result<&'a Client, Stop> {
    // A client without an API user signs in as the product itself.
    let matters = |problem: &SettingsProblem| {
        input.client.is_none() || problem.code() != ProblemCode::ApiUserMissing
    };
    for problem in input.refused {
        notes.add(
            Probe::Settings,
            ProbeOutcome::SettingsProblem(problem.clone()),
        );
    }
    for problem in input.settings.problems().into_iter().filter(matters) {
        // It is missing because what was typed was refused: `api_user`, as `api_user.password`.
        if !input
            .refused
            .iter()
            .any(|it| it.path().starts_with(problem.path()))
        {
            notes.add(Probe::Settings, ProbeOutcome::SettingsProblem(problem));
        }
    }
    let user = input.settings.api_user().map(|user| user.username());
    if user.is_some_and(|user| user.eq_ignore_ascii_case(SHARED_USER)) {
        notes.add(Probe::Settings, ProbeOutcome::SharedUser);
    }
    // Mistakes in the settings of reminders and booking do not keep EMIS from answering.
    if input.settings.connection_problems().iter().any(matters) {
        return Err(Stop);
    }
    let Some(client) = input.client else {
        notes.passed_unless_noted(Probe::Settings);
        notes.add(Probe::StoredPassword, ProbeOutcome::NoClient);
        return Err(Stop);
    };
    notes.passed_unless_noted(Probe::Settings);
    notes.passed_unless_noted(Probe::StoredPassword);
    Ok(client)
}

/// Treats a refusal as proof that the API answers.
fn reached(answer: Result<(), Failure>) -> Result<(), Failure> {
    match answer {
        Err(failure) if matches!(failure.http_status, Some(400..=499)) => Ok(()),
        other => other,
    }
}

/// Notes whether the identity service answers and whether its document is usable; one request shows
/// both.
fn identity_service(answer: Result<Discovery, Failure>, notes: &mut Notes) -> Result<(), Stop> {
    let seen = match &answer {
        Ok(Discovery::Found) => ProbeOutcome::Passed,
        // The token shows whether it is there.
        Ok(_) => ProbeOutcome::NothingToCheck,
        Err(failure) if unreached(failure) => {
            return notes.fetched(Probe::IdentityReachable, answer).map(drop);
        }
        Err(_) => {
            notes.add(Probe::IdentityReachable, ProbeOutcome::Passed);
            return notes.fetched(Probe::Discovery, answer).map(drop);
        }
    };
    notes.add(Probe::IdentityReachable, seen.clone());
    notes.add(Probe::Discovery, seen);
    Ok(())
}

/// Returns true if the identity service did not answer.
fn unreached(failure: &Failure) -> bool {
    matches!(
        failure.service_fault,
        None | Some(ServiceFault::NotConnected(_) | ServiceFault::Silent)
    )
}

/// The number of days, from today, whose sessions are read.
const DAYS: u8 = 7;

/// Reads the practice's data with the token, as far as its scopes allow.
struct Reader<'a> {
    client: &'a Client,
    settings: &'a PracticeSettings,
    granted: &'a Granted<'a>,
    today: Date,
    pace: &'a Pace,
}

impl Reader<'_> {
    /// Checks the organisation. Asks even if the token is for another practice, because the ODS
    /// code tells a typing mistake from a merger. Reads nothing else from another practice.
    async fn organisation(
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
    async fn configuration(&self, notes: &mut Notes) -> Result<BTreeSet<Date>, Stop> {
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
    async fn sessions(
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
        let week = (0..i64::from(DAYS)).filter_map(|day| self.today.checked_add(day.days()).ok());
        let mut open = week.filter(|day| is_working_day(*day) && !closed.contains(day));
        if sessions.items.is_empty() && sessions.skipped.is_empty() && open.next().is_some() {
            notes.add(PROBE, ProbeOutcome::NoSessions(DAYS));
        }
        if let Some(slots) = all_embargoed(self.settings, &sessions.items) {
            notes.add(PROBE, ProbeOutcome::SlotsEmbargoed(slots));
        }
        notes.passed_unless_noted(PROBE);
        Ok(sessions.items.into_iter().next())
    }

    /// Reads the slots of one session, if there is one.
    async fn slots(&self, session: Option<Session>, notes: &mut Notes) -> Result<(), Stop> {
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
    async fn booked_patients(&self, notes: &mut Notes) -> Result<(), Stop> {
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

fn is_working_day(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Notes the failures of the product's own calls that no probe has repeated.
fn recent_work(input: &DiagnosisInput<'_>, notes: &mut Notes) {
    let Some(activity) = input.activity else {
        notes.add(Probe::RecentWork, ProbeOutcome::NothingToCheck);
        return;
    };
    let probed = notes.failed_operations();
    for (at, failure) in activity.standing_failures() {
        let by_probe = failure.operation.is_some_and(|it| probed.contains(&it));
        if !by_probe && persists(&failure) {
            notes.add(Probe::RecentWork, ProbeOutcome::WorkFailed { at, failure });
        }
    }
    // A failed probe or a refused call comes first; the next diagnosis shows the rest.
    if probed.is_empty() && notes.passed(Probe::Token) && !notes.has(Probe::RecentWork) {
        for last in activity.failing() {
            notes.add(Probe::RecentWork, ProbeOutcome::WorkFailing(last));
        }
    }
    notes.passed_unless_noted(Probe::RecentWork);
}

/// Compares EMIS's practice with the settings. Returns false if they differ.
fn compare(
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

/// Returns true if the failure says nothing about other calls: EMIS can deactivate single calls.
fn concerns_one_call(failure: &Failure) -> bool {
    use ClientErrorKind::{Decode, Forbidden, NotFound, Rejected};
    matches!(
        failure.kind,
        FailureKind::Api(Forbidden | NotFound | Rejected | Decode)
    )
}

/// The observations so far.
#[derive(Default)]
struct Notes(Vec<Observation>);

impl Notes {
    fn add(&mut self, probe: Probe, seen: ProbeOutcome) {
        self.0.push(Observation::new(probe, seen));
    }

    /// Notes a failure, or returns the answer.
    fn fetched<T>(&mut self, probe: Probe, answer: Result<T, Failure>) -> Result<T, Stop> {
        answer.map_err(|failure| {
            self.add(probe, ProbeOutcome::Failed(failure));
            Stop
        })
    }

    /// Notes a failure, or returns the answer. Returns none if the other calls are still worth
    /// trying.
    fn answered<T>(&mut self, probe: Probe, answer: Result<T, Failure>) -> Result<Option<T>, Stop> {
        let goes_on = answer.as_ref().is_err_and(concerns_one_call);
        match self.fetched(probe, answer) {
            Ok(answer) => Ok(Some(answer)),
            Err(Stop) if goes_on => Ok(None),
            Err(stop) => Err(stop),
        }
    }

    /// Returns the operations whose failure a probe has seen.
    fn failed_operations(&self) -> Vec<Operation> {
        let operation = |note: &Observation| match &note.outcome {
            ProbeOutcome::Failed(failure) => failure.operation,
            _ => None,
        };
        self.0.iter().filter_map(operation).collect()
    }

    /// Notes a failure, or notes success and returns the answer.
    fn outcome<T>(&mut self, probe: Probe, answer: Result<T, Failure>) -> Result<T, Stop> {
        let answer = self.fetched(probe, answer)?;
        self.add(probe, ProbeOutcome::Passed);
        Ok(answer)
    }

    fn password_sent(&mut self, input: &DiagnosisInput<'_>) {
        if let Some(releases) = input.releases {
            // The refusal just now is not among those that were read before.
            let sent = releases.sent.max(releases.used.saturating_add(1));
            let left = releases.left;
            self.add(Probe::Token, ProbeOutcome::PasswordSent { sent, left });
        }
    }

    fn passed(&self, probe: Probe) -> bool {
        let passed =
            |note: &Observation| note.probe == probe && note.outcome == ProbeOutcome::Passed;
        self.0.iter().any(passed)
    }

    fn skipped(&mut self, probe: Probe, records: usize) {
        if records > 0 {
            self.add(probe, ProbeOutcome::RecordsSkipped(records));
        }
    }

    fn gone(
        &mut self,
        probe: Probe,
        choice: SettingsChoice,
        ids: impl IntoIterator<Item = String>,
    ) {
        for id in ids {
            self.add(probe, ProbeOutcome::Gone { choice, id });
        }
    }

    fn has(&self, probe: Probe) -> bool {
        self.0.iter().any(|note| note.probe == probe)
    }

    fn passed_unless_noted(&mut self, probe: Probe) {
        if !self.has(probe) {
            self.add(probe, ProbeOutcome::Passed);
        }
    }

    /// Notes the probes that were not made.
    fn close(&mut self) {
        for &probe in Probe::ALL {
            if !self.has(probe) {
                self.add(probe, ProbeOutcome::NotChecked);
            }
        }
    }
}
