//! The checks in order. They only read, never send a refused password, and are limited in time.

use emis_client::{Client, Operation};
use emis_credentials::{Discovery, ServiceFault, TokenErrorKind};
use emis_settings::{ProblemCode, SettingsProblem};
use emis_types::uk;
use jiff::Timestamp;

use crate::activity::ActivityLog;
use crate::capability::Capability;
use crate::history;
use crate::infer::persists;
use crate::input::DiagnosisInput;
use crate::notes::Notes;
use crate::observation::{Failure, FailureKind, Observation, Probe, ProbeOutcome};
use crate::pace::{Pace, Stop};
use crate::reader::{Reader, compare};
use crate::scopes::{Granted, scopes_needed};

/// Makes the checks until one fails so that the later ones have no meaning. Those are noted as not
/// checked.
pub(crate) async fn observe(input: &DiagnosisInput<'_>) -> Vec<Observation> {
    let mut notes = Notes::default();
    // What stops the walk is in the notes.
    let pace = Pace::begin(input.clock, input.activity);
    let _ = walk(input, &pace, &mut notes).await;
    if let Some((probe, took)) = pace.slowest() {
        notes.add(probe, ProbeOutcome::Slow(took.as_secs()));
    }
    recent_work(input, &mut notes);
    notes.close();
    notes.0
}

async fn walk(input: &DiagnosisInput<'_>, pace: &Pace<'_>, notes: &mut Notes) -> Result<(), Stop> {
    let settings = input.settings;
    let today = uk::today(input.clock);

    // The diagnosis counts its calls, and so repeats them itself. They ask for less than the
    // product's work, so they are not noted as such.
    let client = connection(input, notes)?.without_retries();
    let client = &client.without_observer();
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
    if failure.kind == FailureKind::Token(Busy)
        && let Some(verdict) = last_verdict(input)
    {
        notes.add(Probe::Token, verdict);
        return Err(Stop);
    }
    match failure.kind {
        FailureKind::Token(Busy) if input.releases.is_some_and(|it| it.sent >= SENDS) => {
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
        FailureKind::Token(InvalidUserCredentials | HeldBack) => {
            let failure = failure.clone();
            notes.add(Probe::Token, ProbeOutcome::Failed(failure));
            notes.password_sent(input);
            Err(Stop)
        }
        _ => Ok(()),
    }
}

/// Returns what is known of the user while its password is held back: the last refusal in this
/// process, or in another one's diagnosis, or else the last failure of a request for a token.
fn last_verdict(input: &DiagnosisInput<'_>) -> Option<ProbeOutcome> {
    let refused = input.activity.and_then(ActivityLog::user_refusal);
    let earlier = |(at, failure)| ProbeOutcome::RefusedEarlier { at, failure };
    let named = || {
        let (at, cause) = history::user_cause(input.history)?;
        Some(ProbeOutcome::NamedEarlier { at, cause })
    };
    let failed = || input.activity.and_then(ActivityLog::token_failure);
    let verdict = refused.map(earlier).or_else(named);
    verdict.or_else(|| failed().map(earlier))
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
    if notes.has(Probe::RecentWork) {
        return;
    }
    let failing = activity.failing();
    let connected = notes.passed(Probe::Token);
    // A failed probe or a refused call comes first; the next diagnosis shows the rest.
    if probed.is_empty() && connected {
        for &last in &failing {
            notes.add(Probe::RecentWork, ProbeOutcome::WorkFailing(last));
        }
    } else if !failing.is_empty() || !connected {
        // It has not worked, or may not work any more.
        notes.add(Probe::RecentWork, ProbeOutcome::NotChecked);
    }
    let last_calls = activity.last_calls();
    let mut work = last_calls.iter();
    if work.any(|it| it.capability != Capability::Token && it.failed_at > it.worked_at) {
        // It was put right, and has not been tried since.
        notes.nothing_to_check_unless_noted(Probe::RecentWork);
    }
    notes.passed_unless_noted(Probe::RecentWork);
}
