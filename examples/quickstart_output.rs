//! The output of the quickstart contains no secret and nothing about a patient.

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
    // `cargo test` builds the example next to this test.
    let test = std::env::current_exe()?;
    let build = test.parent().and_then(Path::parent);
    let quickstart = build
        .ok_or("the test executable has no build directory")?
        .join("examples/quickstart");
    let printed = Command::new(quickstart).env("RUST_LOG", "trace").output()?;
    assert!(printed.status.success());
    let text = [printed.stdout, printed.stderr].concat();
    let text = String::from_utf8(text)?;
    assert!(
        text.contains("The end."),
        "the quickstart did not finish: {text}"
    );

    // The same practice: its secrets and patients are generated from the same seed.
    let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
    let sim = Sim::builder().clock(Arc::new(clock)).start().await?;
    assert!(
        text.contains(sim.practice().ods()),
        "the output names another practice"
    );
    assert_eq!(
        LeakNet::new(sensitive_words(&sim))?.find_in(&text),
        BTreeSet::new()
    );
    Ok(())
}
