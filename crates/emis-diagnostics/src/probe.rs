//! The ordered probes. They read, never write, and never send a password that was refused.

use emis_client::model::DateRange;
use emis_client::{Client, Error, Operation};
use emis_settings::{PracticeSettings, Problem, ProblemCode};
use emis_types::{OdsCode, OrganisationId, uk};
use jiff::civil::Date;

use crate::choices::{booked_by_gone, choices_gone};
use crate::diagnosis::DiagnosisInput;
use crate::observation::{Choice, Failure, Observation, Probe, Seen};
use crate::scopes::{Granted, scopes_needed};

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
    let claims = notes.outcome(Probe::Token, client.fresh_token_claims().await)?;
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
        notes.passed_unless_noted(Probe::Settings);
        notes.add(Probe::StoredPassword, Seen::NoClient);
        return Err(Stop);
    };
    notes.passed_unless_noted(Probe::Settings);
    notes.passed_unless_noted(Probe::StoredPassword);
    Ok(client)
}

/// An answer that refuses comes from an API that is there.
fn reached(answer: Result<(), Error>) -> Result<(), Error> {
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
        let seen = if stated {
            Seen::Passed
        } else {
            Seen::NotStated
        };
        notes.add(probe, seen);
    }
    fits
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
    fn fetched<T>(&mut self, probe: Probe, answer: Result<T, Error>) -> Result<T, Stop> {
        answer.map_err(|error| {
            self.add(probe, Seen::Failed(Failure::from(&error)));
            Stop
        })
    }

    /// The same for a call that has passed by being answered.
    fn outcome<T>(&mut self, probe: Probe, answer: Result<T, Error>) -> Result<T, Stop> {
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
