//! A practice sets up its connection, and every mistake is reported.

use crate::support::{Failure, World};
use emis_partner::ErrorKind;
use emis_partner::diagnostics::ResponsibleParty;
use emis_partner::settings::{ProblemCode, ReminderSettings};

fn codes(error: &emis_partner::Error) -> Vec<ProblemCode> {
    error
        .problems()
        .iter()
        .map(|problem| problem.code())
        .collect()
}

#[tokio::test]
async fn an_ods_code_is_refused_as_organisation_id() -> Result<(), Failure> {
    let world = World::new().await?;
    let error = world
        .practice
        .settings()
        .update_organisation_id("A20047")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidSettings);
    assert_eq!(codes(&error), [ProblemCode::OrganisationIdIsOdsCode]);
    assert!(
        world
            .practice
            .settings()
            .load()
            .await?
            .organisation_id()
            .is_none(),
        "the settings are unchanged"
    );
    Ok(())
}

#[tokio::test]
async fn both_mistakes_in_the_api_user_are_reported_without_the_password() -> Result<(), Failure> {
    let world = World::new().await?;
    world
        .practice
        .settings()
        .update_organisation_id("50002")
        .await?;
    let password = " Invented-Password-1 ";
    let error = world
        .practice
        .settings()
        .update_api_user(" ", password.into())
        .await
        .unwrap_err();
    assert_eq!(
        codes(&error),
        [
            ProblemCode::ApiUsernameInvalid,
            ProblemCode::ApiPasswordInvalid
        ]
    );
    assert!(!format!("{error} {error:?}").contains(password.trim()));
    Ok(())
}

#[tokio::test]
async fn a_practice_that_is_not_set_up_is_told_what_is_missing() -> Result<(), Failure> {
    let world = World::new().await?;
    let error = world.practice.reminders().send_due().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSetUp);
    assert_eq!(
        codes(&error),
        [
            ProblemCode::OrganisationIdMissing,
            ProblemCode::ApiUserMissing
        ]
    );

    let finding = world.first_finding().await?;
    assert_eq!(
        (finding.cause.code(), finding.actor),
        ("EMIS-D30", ResponsibleParty::Practice)
    );
    assert!(
        world.sim.journal().is_empty(),
        "no request was sent to EMIS"
    );

    world.connect().await?;
    world.must_be_healthy().await
}

#[tokio::test]
async fn every_mistake_in_a_form_is_reported_at_once() -> Result<(), Failure> {
    let world = World::new().await?;
    let mut reminders = ReminderSettings::default();
    reminders.channels.clear();
    reminders.minimum_age_years = 40;
    let error = world
        .practice
        .settings()
        .set_reminders(reminders)
        .await
        .unwrap_err();
    assert_eq!(
        codes(&error),
        [
            ProblemCode::ReminderChannelsMissing,
            ProblemCode::ReminderAgeOutOfRange
        ],
    );
    Ok(())
}

#[tokio::test]
async fn another_organisation_id_requires_the_api_user_again() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let receipt = world
        .practice
        .settings()
        .update_organisation_id("50003")
        .await?;
    assert!(receipt.outcome.api_user_must_be_entered_again);
    assert!(
        receipt.outcome.booking_switched_off,
        "the slot types belong to another practice"
    );
    let error = world.practice.client().await.unwrap_err();
    assert_eq!(codes(&error), [ProblemCode::ApiUserMissing]);
    Ok(())
}
