//! No output, log or error of the product contains a secret or anything about a patient.
//!
//! Every end-to-end test checks its output (see `World`). This one injects many faults and records
//! everything that can be printed. The tests of `emis-test-support` show that leaks are detected.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::{Failure, TODAY, World, known};
use emis_partner::booking::BookingRequest;
use emis_sim::{Distortion, FalseAnswer, SimFault, SimOperation};
use emis_test_support::{OutputChannel, snapshots};

#[tokio::test]
async fn output_on_a_day_of_faults_contains_nothing_sensitive() -> Result<(), Failure> {
    let world = run_day_of_faults().await?;
    let (net, heard) = (world.net()?, world.heard);
    let log = heard.text(OutputChannel::Log);
    assert!(log.contains("GetBookedPatientsV2"), "the calls are logged");
    assert!(net.form_count() > 5_000, "there are words to search for");
    heard.check(&net)?;

    // A planted leak is detected.
    let said = format!("{log} user said {}", world.sim.practice().password());
    assert_eq!(net.find_in(&said).len(), 1);
    Ok(())
}

#[tokio::test]
async fn snapshots_contain_no_secret_and_no_patient() -> Result<(), Failure> {
    let net = World::new().await?.net()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let kept = snapshots(&root)?;
    assert!(kept.len() >= 5, "there are snapshots to check");
    for (path, text) in kept {
        assert_eq!(net.find_in(&text), BTreeSet::new(), "{}", path.display());
    }
    Ok(())
}

/// Injects faults into every operation and records everything that can be printed.
async fn run_day_of_faults() -> Result<World, Failure> {
    let world = World::healthy().await?;
    let heard = world.heard;
    let faults = world.sim.faults();

    heard.record_debug(&world.practice.settings().load().await?);
    heard.record_debug(&world.practice.client().await?);
    let slot = world.offered_slot().await?;
    let mut people = world.free_patients();
    let (patient, identity) = known(&people.next().ok_or("no patient is free")?)?;
    faults.next(SimOperation::BookAppointment, SimFault::DropAfterCommit);
    let request = BookingRequest::new(slot.choice(), patient, identity);
    heard.record_debug(&request);
    heard.record_debug(&world.practice.booking().book(&request).await);

    world.clock.set_uk(TODAY.at(17, 30, 0, 0));
    faults.next(
        SimOperation::GetBookedPatientsV2,
        SimFault::Distort(Distortion::MalformedRecord),
    );
    faults.next(
        SimOperation::GetPatientDemographics,
        SimFault::Instead(FalseAnswer::HtmlPage),
    );
    faults.next(
        SimOperation::GetPatientAppointmentsV2,
        SimFault::TruncatedBody,
    );
    heard.record_debug(&world.practice.reminders().send_due().await);
    heard.record_debug(&world.outbox.messages());
    heard.record_debug(&world.outbox);
    let client = world.practice.client().await?;
    heard.record_debug(&client.patient().get_patient_demographics(patient).await);
    let window = emis_partner::client::model::MinutesWindow::new(0, 1440)?;
    heard.record_debug(&client.appointments().get_booked_patients(window).await);
    heard.record_debug(&client.token_claims().await);

    for fault in [
        SimFault::Status(500),
        SimFault::Status(400),
        SimFault::Instead(FalseAnswer::HtmlPage),
        SimFault::TruncatedBody,
    ] {
        faults.times(SimOperation::GetPatientDemographics, 10, fault);
        let answer = client.patient().get_patient_demographics(patient).await;
        faults.clear();
        let error = answer.err().ok_or("a fault that went unnoticed")?;
        heard.record_error(&error);
        heard.record_text(&error.report());
    }
    let emas = world.sim.practice().emas();
    emas.set_user_password("Other-Password-7");
    world.sim.expire_tokens();
    let run = world.practice.reminders().send_due().await;
    let error = run.err().ok_or("a wrong password that went unnoticed")?;
    heard.record_error(&error);
    heard.record_text(&error.report());
    let report = world.practice.diagnosis().run().await?;
    heard.record_debug(&report);
    heard.record_text(&report.to_string());
    heard.record_text(&serde_json::to_string(&report)?);
    heard.record_debug(&world.practice);
    Ok(world)
}
