//! Every way in which a connection breaks: a typed error during the work, a finding that says what
//! to do, and a healthy practice after that.

use std::error::Error;
use std::net::TcpListener;
use std::sync::Arc;

use crate::support::{Failure, TODAY, World, environment, product};
use emis_partner::EmisPartner;
use emis_partner::client::{self, ClientErrorKind};
use emis_partner::credentials::SealingIdentity;
use emis_partner::diagnostics::{Finding, Product, ResponsibleParty};
use emis_partner::messaging::Outbox;
use emis_partner::reminders::ReminderError;
use emis_partner::store::SqliteStore;
use emis_partner::types::ManualClock;
use emis_sim::{SimFault, SimOperation};

/// The labels that the steps of a finding name, in order.
fn labels(finding: &Finding) -> Vec<&str> {
    finding
        .steps
        .iter()
        .filter_map(|step| step.label.as_deref())
        .collect()
}

/// Returns the client's error if a run of reminders failed because of one.
fn emis_error(error: &emis_partner::Error) -> Option<&client::ClientError> {
    error.source()?.downcast_ref::<ReminderError>()?.emis()
}

#[tokio::test]
async fn a_wrong_password_is_sent_only_once() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let emis = world.sim.practice();
    emis.emas().set_user_password("Changed-In-Emas-9");

    let error = world.practice.reminders().send_due().await.unwrap_err();
    let cause = emis_error(&error).expect("the client's error is in the chain");
    assert_eq!(cause.kind(), ClientErrorKind::Credentials);

    for _ in 0..3 {
        let finding = world.first_finding().await?;
        assert_eq!(
            (finding.cause.code(), finding.actor),
            ("EMIS-D03", ResponsibleParty::Practice)
        );
        assert!(labels(&finding).contains(&"Edit Users"), "{finding}");
    }
    world.practice.reminders().send_due().await.unwrap_err();
    assert_eq!(world.sim.password_attempts(emis.username()), 1);

    world
        .practice
        .settings()
        .update_api_user(emis.username(), "Changed-In-Emas-9".into())
        .await?;
    world.must_be_healthy().await
}

#[tokio::test]
async fn a_token_that_expires_mid_run_is_renewed() -> Result<(), Failure> {
    let world = World::healthy().await?;
    world.must_be_healthy().await?;
    let tokens = world.sim.count(SimOperation::Token);
    world.sim.expire_tokens();
    let run = world.practice.reminders().send_due().await?;
    assert!(run.is_clean() && !run.sent.is_empty());
    assert_eq!(world.sim.count(SimOperation::Token), tokens + 1);
    Ok(())
}

#[tokio::test]
async fn a_deactivated_application_is_repaired_by_the_documented_steps() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let emas = world.sim.practice().emas();
    emas.deactivate_application();

    let error = world.practice.reminders().send_due().await.unwrap_err();
    assert_eq!(
        emis_error(&error).map(client::ClientError::kind),
        Some(ClientErrorKind::Forbidden)
    );

    let finding = world.first_finding().await?;
    assert_eq!(
        (finding.cause.code(), finding.actor),
        ("EMIS-D01", ResponsibleParty::Practice)
    );
    let labels = labels(&finding);
    let cross = labels
        .iter()
        .position(|label| *label == "Deactivate Application");
    let tick = labels
        .iter()
        .position(|label| *label == "Activate Application");
    assert!(cross.is_some() && cross < tick, "{finding}");

    emas.deactivate_application();
    emas.activate_application();
    world.must_be_healthy().await
}

#[tokio::test]
async fn each_unticked_box_of_login_access_is_named() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let emas = world.sim.practice().emas();
    for (allow, auto) in [(false, true), (true, false), (false, false)] {
        emas.set_allow_login(allow);
        emas.set_auto_login(auto);
        world.practice.reminders().send_due().await.unwrap_err();
        let finding = world.first_finding().await?;
        assert_eq!(
            (finding.cause.code(), finding.actor),
            ("EMIS-D02", ResponsibleParty::Practice)
        );
        let labels = labels(&finding);
        assert!(
            labels.contains(&"Allow Login") && labels.contains(&"Auto Login"),
            "{finding}"
        );

        emas.set_allow_login(true);
        emas.set_auto_login(true);
        world.must_be_healthy().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_organisation_id_stops_work_before_any_patient_is_read() -> Result<(), Failure> {
    let world = World::new().await?;
    let emis = world.sim.practice();
    world
        .practice
        .settings()
        .update_organisation_id("50999")
        .await?;
    world
        .practice
        .settings()
        .update_api_user(emis.username(), emis.password().into())
        .await?;
    world
        .practice
        .settings()
        .set_booking(world.routine_bookings()?)
        .await?;

    world.practice.reminders().send_due().await.unwrap_err();
    assert!(world.outbox.messages().is_empty());
    assert!(world.offered_slot().await.is_err());
    assert_eq!(
        world.sim.count(SimOperation::GetBookedPatientsV2),
        0,
        "no patient was read"
    );
    assert_eq!(world.sim.count(SimOperation::GetAppointmentSessions), 0);

    let finding = world.first_finding().await?;
    assert_eq!(
        (finding.cause.code(), finding.actor),
        ("EMIS-D08", ResponsibleParty::Practice)
    );
    assert!(
        labels(&finding).contains(&"Update EMIS Organisation ID"),
        "{finding}"
    );

    world.connect().await?;
    world.must_be_healthy().await
}

#[tokio::test]
async fn an_absent_host_is_unreachable() -> Result<(), Failure> {
    let world = World::new().await?;
    // A port on which nothing listens.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut elsewhere = environment(&world.sim)?;
    elsewhere.api_url = format!("http://127.0.0.1:{port}/partner").parse()?;
    let clock = ManualClock::at_uk(TODAY.at(10, 0, 0, 0));
    let emis = world.sim.practice();
    let practice = product(elsewhere, &clock, &Arc::new(Outbox::new()))?
        .build()?
        .practice(emis.ods().parse()?);
    practice
        .settings()
        .set_name(Some("Invented Surgery"))
        .await?;
    practice
        .settings()
        .update_organisation_id(emis.cdb())
        .await?;
    practice
        .settings()
        .update_api_user(emis.username(), emis.password().into())
        .await?;

    let error = practice.reminders().send_due().await.unwrap_err();
    assert_eq!(
        emis_error(&error).map(client::ClientError::kind),
        Some(ClientErrorKind::Unreachable)
    );
    let report = practice.diagnosis().run().await?;
    let codes: Vec<_> = report
        .findings
        .iter()
        .map(|finding| finding.cause.code())
        .collect();
    assert_eq!(codes, ["EMIS-D07"]);
    Ok(())
}

#[tokio::test]
async fn a_transient_500_is_retried_and_a_lasting_one_is_a_finding() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let faults = world.sim.faults();
    faults.next(SimOperation::GetBookedPatientsV2, SimFault::Status(500));
    let run = world.practice.reminders().send_due().await?;
    assert!(run.is_clean() && !run.sent.is_empty());

    faults.times(
        SimOperation::GetAppointmentConfiguration,
        50,
        SimFault::Status(500),
    );
    let finding = world.first_finding().await?;
    assert_eq!(
        (finding.cause.code(), finding.actor),
        ("EMIS-D38", ResponsibleParty::Emis)
    );
    faults.clear();
    world.must_be_healthy().await
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_again_after_a_restart() -> Result<(), Failure> {
    let world = World::new().await?;
    let emis = world.sim.practice();
    let key = SealingIdentity::generate();
    let store = Arc::new(SqliteStore::in_memory()?);
    // The processes share the store only.
    let process = || -> Result<_, Failure> {
        let partner = EmisPartner::builder(
            Product::new("Patchs", "patchs")?,
            environment(&world.sim)?,
            key.clone(),
            Arc::clone(&store),
            Arc::new(Outbox::new()),
        );
        let partner = partner.clock(Arc::new(world.clock.clone())).build()?;
        Ok(partner.practice(emis.ods().parse()?))
    };
    process()?
        .settings()
        .update_connection(emis.cdb(), emis.username(), "Wrong-Password-1".into())
        .await?;
    for _ in 0..5 {
        let practice = process()?;
        practice.diagnosis().run().await?;
        // A run right after another one does not ask EMIS at all.
        drop(practice.reminders().send_due().await);
        // Entering the same wrong password again changes nothing.
        practice
            .settings()
            .update_api_user(emis.username(), "Wrong-Password-1".into())
            .await?;
    }
    assert_eq!(world.sim.password_attempts(emis.username()), 1);

    // The practice corrects it in EMIS instead, and confirms that.
    emis.emas().set_user_password("Wrong-Password-1");
    let practice = process()?;
    assert!(!practice.diagnosis().run().await?.healthy);
    practice.settings().try_api_user_again().await?;
    assert!(practice.diagnosis().run().await?.healthy);
    assert_eq!(world.sim.password_attempts(emis.username()), 2);
    Ok(())
}

#[tokio::test]
async fn a_password_changed_in_emis_is_detected_while_an_old_token_is_valid() -> Result<(), Failure>
{
    let world = World::healthy().await?;
    world.must_be_healthy().await?;
    world
        .sim
        .practice()
        .emas()
        .set_user_password("Changed-In-Emas-9");
    let finding = world.first_finding().await?;
    assert_eq!(finding.cause.code(), "EMIS-D03");
    Ok(())
}

#[tokio::test]
async fn an_address_without_https_is_refused_by_build() -> Result<(), Failure> {
    let world = World::new().await?;
    for (api, identity) in [(true, false), (false, true)] {
        let mut environment = environment(&world.sim)?;
        if api {
            environment.api_url = "http://api.example.com/partner".parse()?;
        }
        if identity {
            environment.identity_url = "http://identity.example.com/".parse()?;
        }
        let built = product(environment, &world.clock, &world.outbox)?.build();
        let error = built.err().ok_or("the product was built")?;
        assert_eq!(error.kind(), emis_partner::ErrorKind::Configuration);
    }
    Ok(())
}
