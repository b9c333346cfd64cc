//! Background work: one loop. A product with several machines has a job engine in its place.

use std::time::Duration;

use emis_partner::jiff::SignedDuration;
use emis_partner::types::Clock;
use emis_partner::{Error, ErrorKind, Practice};
use tokio::sync::watch;

use crate::app::App;

/// The time between two diagnoses of all practices.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Works until `stopping` is true: one round, a pause, the next round. Ended in the middle of a round it
/// loses and doubles nothing.
pub(crate) async fn work(app: App, pause: Duration, mut stopping: watch::Receiver<bool>) {
    loop {
        let stop = stopping.clone();
        round(&app, || *stop.borrow()).await;
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}

/// Does for every practice what is due now, until `is_stopping`. What fails for one practice keeps none
/// of the others waiting, and is due again in the next round.
pub(crate) async fn round(app: &App, is_stopping: impl Fn() -> bool) {
    let practices = match app.partner.practices().await {
        Ok(practices) => practices,
        Err(error) => {
            tracing::error!(report = error.report(), "the practices can't be listed");
            return;
        }
    };
    if sweep_is_due(app) {
        // For the desk.
        if let Err(error) = app.sweep().await {
            tracing::warn!(report = error.report(), "the practices can't be diagnosed");
        }
    }
    for practice in &practices {
        for step in STEPS {
            if is_stopping() {
                return;
            }
            note(practice, step, do_step(practice, step).await);
        }
    }
}

const STEPS: &[&str] = &[
    "reminders",
    "bookings",
    "notices",
    "invitations",
    "messages",
];

async fn do_step(practice: &Practice, step: &str) -> Result<(), Error> {
    match step {
        "reminders" => reminders(practice).await,
        "bookings" => practice.booking().reconcile().await.map(drop),
        "notices" => practice.booking().tell_patients().await.map(drop),
        "invitations" => practice.booking().expire_invitations().await.map(drop),
        _ => practice.messages().settle_doubts().await.map(drop),
    }
}

/// Returns `true` if the last diagnosis of all practices is an hour old.
fn sweep_is_due(app: &App) -> bool {
    let fleet = app.fleet();
    let last = fleet.as_ref().map(|sweep| sweep.report.started_at);
    last.is_none_or(|last| app.clock.now().duration_since(last) >= SWEEP_EVERY)
}

async fn reminders(practice: &Practice) -> Result<(), Error> {
    if !practice.settings().load().await?.reminders().enabled {
        return Ok(());
    }
    let run = practice.reminders().send_due().await?;
    metrics::counter!("service_reminders_sent_total").increment(run.sent.len() as u64);
    Ok(())
}

fn note(practice: &Practice, step: &'static str, result: Result<(), Error>) {
    let outcome = match &result {
        Ok(()) => "done",
        // A practice that is being set up.
        Err(error) if error.kind() == ErrorKind::NotSetUp => "not set up",
        Err(error) => {
            let report = error.report();
            tracing::warn!(practice = %practice.ods_code(), step, report, "background work failed");
            "failed"
        }
    };
    metrics::counter!("service_work_total", "step" => step, "outcome" => outcome).increment(1);
}
