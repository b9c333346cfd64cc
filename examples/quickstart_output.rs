//! The output of the stories contains no secret and nothing about a patient.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use emis_partner::types::ManualClock;
use emis_sim::Sim;
use emis_test_support::{LeakNet, sensitive_words};
use jiff::civil::date;

#[tokio::test]
async fn the_quickstart_prints_no_secret_and_no_patient() -> Result<(), Box<dyn Error + Send + Sync>>
{
    let (text, sim) = told("quickstart").await?;
    assert!(
        text.contains(sim.practice().ods()),
        "the output names another practice"
    );
    Ok(())
}

#[tokio::test]
async fn self_booking_prints_no_secret_and_no_patient() -> Result<(), Box<dyn Error + Send + Sync>>
{
    let (text, _sim) = told("self_booking").await?;
    for part in [
        "This appointment has just been taken.",
        "Your appointment is booked for",
        "Your appointment is cancelled.",
        "sent\nopened\nbooked\nrescheduled\ncancelled\n",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    Ok(())
}

#[tokio::test]
async fn the_week_of_reminders_prints_no_secret_and_no_patient()
-> Result<(), Box<dyn Error + Send + Sync>> {
    let (text, _sim) = told("reminders_week").await?;
    for part in [
        "The next run sends that patient an email instead.",
        "is cancelled.\"",
        "The next run says: \"A reminder of your appointment with ",
        "none for the appointment that reception cancelled.",
        "this patient is not reminded: the patient opted out.",
        "no more texts",
        "\nreminders sent: ",
        "Messages in doubt: 0. Tasks for the practice: 0.",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    Ok(())
}

/// Runs an example to its end. Returns what it printed, and its practice.
async fn told(example: &str) -> Result<(String, Sim), Box<dyn Error + Send + Sync>> {
    // `cargo test` builds the example next to this test.
    let test = std::env::current_exe()?;
    let build = test.parent().and_then(Path::parent);
    let program = build
        .ok_or("the test executable has no build directory")?
        .join("examples")
        .join(example);
    let printed = Command::new(program).env("RUST_LOG", "trace").output()?;
    assert!(printed.status.success());
    let text = [printed.stdout, printed.stderr].concat();
    let text = String::from_utf8(text)?;
    assert!(
        text.contains("The end."),
        "the story did not finish: {text}"
    );

    // The same practice: its secrets and patients are generated from the same seed.
    let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
    let sim = Sim::builder().clock(Arc::new(clock)).start().await?;
    assert_eq!(
        LeakNet::new(sensitive_words(&sim))?.find_in(&text),
        BTreeSet::new()
    );
    Ok((text, sim))
}
