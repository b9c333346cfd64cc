//! The ordered probes. They read, never write, and never send a password that was refused.

use std::collections::BTreeSet;
use std::fmt::Display;

use emis_client::Client;
use emis_client::Operation;
use emis_client::model::{AppointmentConfiguration, DateRange, Organisation};
use emis_client::operation::Scope;
use emis_credentials::TokenClaims;
use emis_settings::{PracticeSettings, Problem, ProblemCode, Selection};
use emis_types::{BookedBy, OdsCode, OrganisationId, uk};
use jiff::civil::Date;

use crate::diagnosis::DiagnosisInput;
use crate::observation::{Choice, Failure, Observation, Probe, Seen};

/// Carries the probes out until one fails in a way that leaves the later ones without meaning.
/// Those are noted as not checked.
pub(crate) async fn observe(input: &DiagnosisInput<'_>) -> Vec<Observation> {
    let mut notes = Notes::default();
    if let Err(Stop) = walk(input, &mut notes).await {
        notes.close();
    }
    notes.0
}

async fn walk(input: &DiagnosisInput<'_>, notes: &mut Notes) -> Result<(), Stop> {
    let settings = input.settings;
    let today = uk::today(input.clock);

    let client = connection(input, notes)?;
    notes.outcome(Probe::Reachable, reached(client.health().await))?;
    let claims = notes.outcome(Probe::Token, client.token_claims().await)?;
    let granted = Granted::of(&claims);
    for scope in scopes_needed(settings).filter(|&scope| !granted.covers(scope)) {
        notes.add(Probe::Token, Seen::ScopeMissing(scope));
    }

    let token_fits = compare(
        notes,
        Probe::TokenOrganisation,
        settings,
        claims.organisation_id.as_ref(),
        claims.ods_code.as_ref(),
    );
    organisation(client, settings, &granted, token_fits, notes).await?;
    configuration(client, settings, &granted, today, notes).await?;
    sessions(client, &granted, today, notes).await
}

/// The settings, and the connection made of them.
fn connection<'a>(input: &DiagnosisInput<'a>, notes: &mut Notes) -> Result<&'a Client, Stop> {
    // Whoever has made a client without an API user has done so in the product's own name.
    let matters =
        |problem: &Problem| input.client.is_none() || problem.code() != ProblemCode::ApiUserMissing;
    for problem in input.settings.problems().into_iter().filter(matters) {
        notes.add(Probe::Settings, Seen::SettingsProblem(problem));
    }
    // Mistakes in the settings of reminders and booking do not keep EMIS from answering.
    if input.settings.connection_problems().iter().any(matters) {
        return Err(Stop);
    }
    let Some(client) = input.client else {
        notes.add(Probe::Settings, Seen::NoClient);
        return Err(Stop);
    };
    notes.passed_unless_noted(Probe::Settings);
    Ok(client)
}

/// An answer that refuses comes from an API that is there.
fn reached(answer: Result<(), emis_client::Error>) -> Result<(), emis_client::Error> {
    match answer {
        Err(error) if matches!(error.http_status(), Some(400..=499)) => Ok(()),
        other => other,
    }
}

/// Asked even where the token is for another practice, because the ODS code tells a slip of the
/// pen from a merger; nothing further is read from a practice that is not this one.
async fn organisation(
    client: &Client,
    settings: &PracticeSettings,
    granted: &Granted<'_>,
    token_fits: bool,
    notes: &mut Notes,
) -> Result<(), Stop> {
    if !granted.allows(Operation::GetOrganisationV2) {
        notes.add(Probe::Organisation, Seen::NotChecked);
        return if token_fits { Ok(()) } else { Err(Stop) };
    }
    let answer = client.organisation().get_organisation().await;
    let organisation = notes.fetched(Probe::Organisation, answer)?;
    let ods_code = organisation.ods_code.as_ref();
    let fits = compare(notes, Probe::Organisation, settings, None, ods_code);
    if !(fits && token_fits) {
        return Err(Stop);
    }
    notes.skipped(Probe::Organisation, organisation.skipped.len());
    if let Some(id) = booked_by_gone(settings, &organisation) {
        notes.gone(Probe::Organisation, Choice::BookedBy, [id]);
    }
    Ok(())
}

async fn configuration(
    client: &Client,
    settings: &PracticeSettings,
    granted: &Granted<'_>,
    today: Date,
    notes: &mut Notes,
) -> Result<(), Stop> {
    const PROBE: Probe = Probe::AppointmentConfiguration;
    if !granted.allows(Operation::GetAppointmentConfiguration) {
        notes.add(PROBE, Seen::NotChecked);
        return Ok(());
    }
    let days = DateRange::day(today);
    let answer = client
        .appointments()
        .get_appointment_configuration(days)
        .await;
    let configuration = notes.fetched(PROBE, answer)?;
    notes.skipped(PROBE, configuration.skipped.len());
    // What seems to be gone may be among the records that could not be read.
    if configuration.skipped.is_empty() {
        for (choice, ids) in choices_gone(settings, &configuration) {
            notes.gone(PROBE, choice, ids);
        }
    }
    notes.passed_unless_noted(PROBE);
    Ok(())
}

async fn sessions(
    client: &Client,
    granted: &Granted<'_>,
    today: Date,
    notes: &mut Notes,
) -> Result<(), Stop> {
    if !granted.allows(Operation::GetAppointmentSessions) {
        notes.add(Probe::Sessions, Seen::NotChecked);
        return Ok(());
    }
    let days = DateRange::day(today);
    let answer = client
        .appointments()
        .get_appointment_sessions(days, None)
        .await;
    let sessions = notes.fetched(Probe::Sessions, answer)?;
    notes.skipped(Probe::Sessions, sessions.skipped.len());
    notes.passed_unless_noted(Probe::Sessions);
    Ok(())
}

/// Compares what EMIS says of the practice with the settings; false where it is another one.
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
        notes.add(probe, Seen::OtherOrganisationId { expected, found });
    }
    if let Some(found) = ods_code.filter(|&found| found != settings.ods_code()) {
        fits = false;
        let (expected, found) = (settings.ods_code().clone(), found.clone());
        notes.add(probe, Seen::OtherOdsCode { expected, found });
    }
    if fits {
        let stated = organisation_id.is_some() || ods_code.is_some();
        notes.add(
            probe,
            if stated {
                Seen::Passed
            } else {
                Seen::NotStated
            },
        );
    }
    fits
}

/// What the settings need of the token, and the diagnosis itself.
fn scopes_needed(settings: &PracticeSettings) -> impl Iterator<Item = Scope> {
    let (reminders, booking) = (settings.reminders().enabled, settings.booking().enabled);
    [
        (Scope::ConfigRead, true),
        (Scope::AppointmentsRead, true),
        (Scope::SubjectsRead, reminders || booking),
        (Scope::AppointmentsWrite, booking),
    ]
    .into_iter()
    .filter_map(|(scope, needed)| needed.then_some(scope))
}

/// The scopes that the token says it holds. One that says nothing may hold them all.
struct Granted<'a>(Option<&'a TokenClaims>);

impl<'a> Granted<'a> {
    fn of(claims: &'a TokenClaims) -> Self {
        Self(Some(claims).filter(|claims| !claims.authorizations.is_empty()))
    }

    fn covers(&self, scope: Scope) -> bool {
        self.0
            .is_none_or(|claims| claims.authorizes(scope.as_str()))
    }

    fn allows(&self, operation: Operation) -> bool {
        operation
            .spec()
            .scope
            .is_none_or(|scope| self.covers(scope))
    }
}

/// The member of staff in whose name is booked, where EMIS has none such.
fn booked_by_gone(settings: &PracticeSettings, organisation: &Organisation) -> Option<String> {
    if !settings.booking().enabled || !organisation.skipped.is_empty() {
        return None;
    }
    let by = settings.booking().booked_by?;
    let known = organisation.users.iter().any(|user| match by {
        BookedBy::Dbid(id) => user.id == id,
        BookedBy::Guid(guid) => user.guid == Some(guid),
    });
    (!known).then(|| by.to_string())
}

/// What the features that are on have chosen and EMIS does not list.
fn choices_gone(
    settings: &PracticeSettings,
    configuration: &AppointmentConfiguration,
) -> Vec<(Choice, Vec<String>)> {
    let slot_types = configuration.slot_types.iter().map(|it| &it.id).collect();
    let sites = configuration.sites.iter().map(|it| &it.id).collect();
    let holders = configuration
        .session_holders
        .iter()
        .map(|it| &it.id)
        .collect();

    let (reminders, booking) = (settings.reminders(), settings.booking());
    let mut gone = Vec::new();
    if reminders.enabled {
        gone.push((
            Choice::ReminderSlotType,
            missing(only(&reminders.slot_types), &slot_types),
        ));
        gone.push((
            Choice::ReminderSite,
            missing(only(&reminders.sites), &sites),
        ));
    }
    if booking.enabled {
        gone.push((
            Choice::BookingSlotType,
            missing(Some(&booking.slot_types), &slot_types),
        ));
        gone.push((Choice::BookingSite, missing(only(&booking.sites), &sites)));
        gone.push((
            Choice::BookingSessionHolder,
            missing(only(&booking.session_holders), &holders),
        ));
    }
    gone
}

fn only<T>(rule: &Selection<T>) -> Option<&BTreeSet<T>> {
    match rule {
        Selection::All => None,
        Selection::Only(items) => Some(items),
    }
}

fn missing<T: Ord + Display>(chosen: Option<&BTreeSet<T>>, present: &BTreeSet<&T>) -> Vec<String> {
    let chosen = chosen.into_iter().flatten();
    chosen
        .filter(|id| !present.contains(id))
        .map(T::to_string)
        .collect()
}

/// A probe failed in a way that leaves the later ones without meaning.
struct Stop;

/// What was seen so far.
#[derive(Default)]
struct Notes(Vec<Observation>);

impl Notes {
    fn add(&mut self, probe: Probe, seen: Seen) {
        self.0.push(Observation::new(probe, seen));
    }

    /// Notes the failure of a call, or hands its answer on.
    fn fetched<T>(
        &mut self,
        probe: Probe,
        answer: Result<T, emis_client::Error>,
    ) -> Result<T, Stop> {
        answer.map_err(|error| {
            self.add(probe, Seen::Failed(Failure::from(&error)));
            Stop
        })
    }

    /// The same for a call that has passed by being answered.
    fn outcome<T>(
        &mut self,
        probe: Probe,
        answer: Result<T, emis_client::Error>,
    ) -> Result<T, Stop> {
        let answer = self.fetched(probe, answer)?;
        self.add(probe, Seen::Passed);
        Ok(answer)
    }

    fn skipped(&mut self, probe: Probe, records: usize) {
        if records > 0 {
            self.add(probe, Seen::RecordsSkipped(records));
        }
    }

    fn gone(&mut self, probe: Probe, choice: Choice, ids: impl IntoIterator<Item = String>) {
        for id in ids {
            self.add(probe, Seen::Gone { choice, id });
        }
    }

    fn has(&self, probe: Probe) -> bool {
        self.0.iter().any(|note| note.probe == probe)
    }

    fn passed_unless_noted(&mut self, probe: Probe) {
        if !self.has(probe) {
            self.add(probe, Seen::Passed);
        }
    }

    /// Notes every probe that was not carried out.
    fn close(&mut self) {
        for &probe in Probe::ALL {
            if !self.has(probe) {
                self.add(probe, Seen::NotChecked);
            }
        }
    }
}
