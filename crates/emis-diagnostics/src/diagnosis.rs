//! One diagnosis of one practice's connection.

use crate::activity::ActivityLog;
use crate::capability::Capability;
use crate::cause::Cause;
use crate::finding::Finding;
use crate::heartbeat;
use crate::infer::infer;
use crate::input::DiagnosisInput;
use crate::observation::{Observation, Probe, ProbeOutcome};
use crate::probe::observe;
use crate::report::Report;
use crate::telemetry;

/// Diagnoses a practice's connection to EMIS.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Diagnosis;

impl Diagnosis {
    /// Checks the connection and returns the causes of what it finds.
    ///
    /// Only reads: one call each of `GetHealth`, `GetOrganisation`, `GetAppointmentConfiguration`
    /// and `GetAppointmentSessions` for one week, `GetSlotsForSession` for one session, and, if
    /// reminders are enabled, `GetBookedPatients` for one minute. Repeats at most two of them in
    /// all, and requests one token: at most ten calls and one password. Never sends a password that
    /// EMIS refused, so that a diagnosis never locks the practice's user. Takes at most 20 seconds,
    /// and 15 for one call, regardless of the client's own timeouts and retries. Failures are part
    /// of the report. Needs a Tokio runtime with time.
    pub async fn run(input: &DiagnosisInput<'_>) -> Report {
        let observations = observe(input).await;
        if let Some(activity) = input.activity {
            note_token(activity, &observations);
        }
        // The steps name the user that the practice has entered, where there is one.
        let product = match input.settings.api_user() {
            Some(user) => input.product.with_username(user.username()),
            None => input.product.clone(),
        };
        let now = input.clock.now();
        let pulse = input.pulse;
        let stopped = pulse.map(|pulse| heartbeat::check(pulse, now, &product));
        let stopped = stopped.unwrap_or_default();
        let mut findings = infer(&unexplained(&observations, &stopped), &product);
        findings.extend(stopped);
        // Stable: among equals, what the checks have seen comes first.
        findings.sort_by_key(|it| it.urgency);
        let last_calls = input.activity.map(ActivityLog::last_calls);
        let report = Report::new(
            now,
            input.settings.ods_code().clone(),
            &observations,
            findings,
            last_calls.unwrap_or_default(),
            &product,
        );
        let report = report.after(input.history);
        telemetry::count(&report);
        report
    }
}

/// Returns the observations that the findings of the heartbeat do not explain: sending that stands
/// still has a cause of its own.
fn unexplained(observations: &[Observation], stopped: &[Finding]) -> Vec<Observation> {
    let silent = stopped.iter().any(|it| it.cause == Cause::NoReminders);
    let of_sending = |it: &&Observation| match it.outcome {
        ProbeOutcome::WorkFailing(last) => last.capability == Capability::Sending,
        _ => false,
    };
    let left = observations.iter().filter(|it| !(silent && of_sending(it)));
    left.cloned().collect()
}

/// Notes the outcome of the token request, which no call of the product shows.
fn note_token(activity: &ActivityLog, observations: &[Observation]) {
    let token = observations.iter().find(|it| it.probe == Probe::Token);
    match token.map(|it| &it.outcome) {
        Some(ProbeOutcome::Passed) => activity.note_token(Ok(())),
        Some(ProbeOutcome::Failed(failure)) => activity.note_token(Err(failure)),
        _ => {}
    }
}
