//! One diagnosis of one practice's connection.

use emis_client::Client;
use emis_settings::{PracticeSettings, SettingsProblem};
use emis_types::Clock;

use crate::activity::ActivityLog;
use crate::capability::Capability;
use crate::infer::infer;
use crate::observation::{Observation, Probe, Seen};
use crate::probe::observe;
use crate::product::Product;
use crate::report::Report;

/// The input of a diagnosis.
#[derive(Debug, Clone, Copy)]
pub struct DiagnosisInput<'a> {
    /// The practice's settings.
    pub settings: &'a PracticeSettings,
    /// The problems of input that the product refused. It is not in the settings, but has to be
    /// explained. Mostly empty.
    pub refused: &'a [SettingsProblem],
    /// A client made of the settings; none if none could be made, which the diagnosis explains.
    pub client: Option<&'a Client>,
    /// The product that the steps name.
    pub product: &'a Product,
    /// The outcomes of the product's own calls, if they are kept.
    pub activity: Option<&'a ActivityLog>,
    /// The current time.
    pub clock: &'a dyn Clock,
}

/// Diagnoses a practice's connection to EMIS.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Diagnosis;

impl Diagnosis {
    /// Checks the connection and returns the causes of what it finds.
    ///
    /// Only reads: at most one call each of `GetHealth`, `GetOrganisation`,
    /// `GetAppointmentConfiguration`, `GetAppointmentSessions` for one day, `GetSlotsForSession`
    /// for one session, and, if reminders are enabled, `GetBookedPatients` for one minute; plus the
    /// retries of the client. Requests one token. Never sends a password that EMIS refused, so that
    /// a diagnosis never locks the practice's user. A call times out after 15 seconds and a token
    /// after 30, regardless of the client's own timeouts. Failures are part of the report. Needs a
    /// Tokio runtime with time.
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
        let findings = infer(&observations, &product);
        Report::new(
            input.clock.now(),
            input.settings.ods_code().clone(),
            &observations,
            findings,
            input
                .activity
                .map(ActivityLog::last_calls)
                .unwrap_or_default(),
            &product,
        )
    }
}

/// Notes the outcome of the token request, which no call of the product shows.
fn note_token(activity: &ActivityLog, observations: &[Observation]) {
    let token = observations.iter().find(|it| it.probe == Probe::Token);
    match token.map(|it| &it.seen) {
        Some(Seen::Passed) => activity.note_worked(Capability::Token),
        Some(Seen::Failed(_)) => activity.note_failed(Capability::Token),
        _ => {}
    }
}
