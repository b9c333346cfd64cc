//! One diagnosis of one practice's connection.

use emis_client::Client;
use emis_settings::{PracticeSettings, Problem};
use emis_types::Clock;

use crate::activity::ActivityLog;
use crate::capability::Capability;
use crate::infer::infer;
use crate::observation::{Observation, Probe, Seen};
use crate::probe::observe;
use crate::product::Product;
use crate::report::Report;

/// What a diagnosis needs.
#[derive(Debug, Clone, Copy)]
pub struct DiagnosisInput<'a> {
    /// The practice's settings.
    pub settings: &'a PracticeSettings,
    /// What is wrong with the last thing that the practice typed and that was refused: it is not
    /// in the settings, and yet what has to be explained. Mostly empty.
    pub refused: &'a [Problem],
    /// A client made of them; `None` where none could be made, which the diagnosis explains.
    pub client: Option<&'a Client>,
    /// The product whose name the steps show.
    pub product: &'a Product,
    /// What the product's own calls came to, where it is kept.
    pub activity: Option<&'a ActivityLog>,
    /// What day it is.
    pub clock: &'a dyn Clock,
}

/// Finds out why a practice's connection to EMIS does not work.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Diagnosis;

impl Diagnosis {
    /// Probes the connection and explains what it finds.
    ///
    /// It reads only: at most one call each of `GetHealth`, `GetOrganisation`,
    /// `GetAppointmentConfiguration`, `GetAppointmentSessions` for one day, `GetSlotsForSession`
    /// for one session, and, where reminders are on, `GetBookedPatients` for one minute, besides
    /// what the client's own retries add. It asks for one token and keeps to it, and a password that
    /// EMIS has refused is not sent again, so that a diagnosis never locks the practice's user. No
    /// call is waited for longer than 15 seconds, and no token longer than 30, whatever the client's
    /// own patience is; where EMIS says nothing, that is the end. It never fails: what goes wrong is
    /// the result. Needs a Tokio runtime with time.
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

/// No call of the product tells of a token that was asked for by itself.
fn note_token(activity: &ActivityLog, observations: &[Observation]) {
    let token = observations.iter().find(|it| it.probe == Probe::Token);
    match token.map(|it| &it.seen) {
        Some(Seen::Passed) => activity.note_worked(Capability::Token),
        Some(Seen::Failed(_)) => activity.note_failed(Capability::Token),
        _ => {}
    }
}
