//! Background work: one loop. A product with several machines has a job engine in its place.

use std::time::Duration;

use emis_partner::{Error, ErrorKind, Practice};

use crate::app::App;

/// Works until it is aborted: one round, a pause, the next round. Aborted in the middle of a round it
/// loses and doubles nothing.
pub(crate) async fn work(app: App, pause: Duration) {
    loop {
        round(&app).await;
        tokio::time::sleep(pause).await;
    }
}

/// Does for every practice what is due now. What fails for one practice keeps none of the others
/// waiting, and is due again in the next round.
pub(crate) async fn round(app: &App) {
    let practices = match app.partner.practices().await {
        Ok(practices) => practices,
        Err(error) => {
            tracing::error!(report = error.report(), "the practices can't be listed");
            return;
        }
    };
    for practice in &practices {
        for (step, result) in [
            ("reminders", reminders(practice).await),
            ("bookings", practice.booking().reconcile().await.map(drop)),
            (
                "notices",
                practice.booking().tell_patients().await.map(drop),
            ),
            (
                "invitations",
                practice.booking().expire_invitations().await.map(drop),
            ),
            (
                "messages",
                practice.messages().settle_doubts().await.map(drop),
            ),
        ] {
            note(practice, step, result);
        }
    }
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
