//! "Check again" sends a refused password at most twice more, and only for a cause of the user.

use crate::support::{Failure, World};
use emis_partner::diagnostics::Cause;
use jiff::SignedDuration;

#[tokio::test]
async fn repeated_checks_send_a_wrong_password_three_times() -> Result<(), Failure> {
    let world = World::new().await?;
    let emis = world.sim.practice();
    let settings = world.practice.settings();
    settings
        .update_connection(emis.cdb(), emis.username(), "Wrong-Password-1".into())
        .await?;
    let attempts = || world.sim.password_attempts(emis.username());
    let report = world.practice.diagnosis().run().await?;
    assert_eq!(report.findings[0].cause, Cause::PasswordMismatch);

    // Causes outside the API user release nothing.
    for cause in [
        Cause::EmisFailed,
        Cause::ApplicationDeactivated,
        Cause::Unreachable,
    ] {
        world.clock.advance(SignedDuration::from_mins(20));
        world.practice.diagnosis().check_again(cause).await?;
    }
    assert_eq!(attempts(), 1);

    for _click in 0..15 {
        world.clock.advance(SignedDuration::from_mins(20));
        let again = world
            .practice
            .diagnosis()
            .check_again(Cause::PasswordMismatch);
        let report = again.await?;
        assert_eq!(report.findings[0].cause, Cause::PasswordMismatch);
    }
    assert_eq!(attempts(), 3);
    let report = world.practice.diagnosis().run().await?.to_string();
    assert!(
        report.contains("This password was sent 3 times."),
        "{report}"
    );
    assert!(
        report.contains("Do not try again: EMIS can lock the user."),
        "{report}"
    );

    settings
        .update_api_user(emis.username(), emis.password().into())
        .await?;
    assert!(world.practice.diagnosis().run().await?.healthy);
    Ok(())
}
