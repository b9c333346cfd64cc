//! Findings about stopped work, as a table.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use emis_diagnostics::heartbeat::{self, Pulse};
use emis_diagnostics::{Product, ResponsibleParty};
use jiff::{SignedDuration, Timestamp};

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

fn now() -> Timestamp {
    "2026-06-02T12:00:00Z".parse().unwrap()
}

fn codes(change: impl FnOnce(&mut Pulse)) -> Vec<&'static str> {
    let mut pulse = Pulse::default();
    change(&mut pulse);
    let product = Product::new("Patchs", "patchs").unwrap();
    let found = heartbeat::check(&pulse, now(), &product);
    assert!(
        found
            .iter()
            .all(|it| it.actor == ResponsibleParty::Product && !it.steps.is_empty())
    );
    found.iter().map(|it| it.cause.code()).collect()
}

#[test]
fn work_in_progress_is_no_finding() {
    assert!(codes(|_| {}).is_empty());
    assert!(codes(|pulse| pulse.reminders_sent = 90).is_empty());
    // A run is due any minute; a booking was made a moment ago.
    assert!(codes(|pulse| pulse.reminders_waiting = vec![ago(30); 5]).is_empty());
    assert!(codes(|pulse| pulse.bookings_unsettled = vec![ago(9)]).is_empty());
    // A few that a run has suppressed.
    assert!(
        codes(|pulse| {
            pulse.reminders_sent = 40;
            pulse.reminders_waiting = vec![ago(300); 2];
        })
        .is_empty()
    );
}

#[test]
fn stopped_work_is_a_finding() {
    assert_eq!(
        codes(|it| it.reminders_waiting = vec![ago(300)]),
        ["EMIS-D50"]
    );
    assert_eq!(
        codes(|pulse| {
            pulse.reminders_sent = 1;
            pulse.reminders_waiting = vec![ago(300); 30];
        }),
        ["EMIS-D51"]
    );
    assert_eq!(
        codes(|it| it.reminders_in_doubt = vec![ago(200)]),
        ["EMIS-D52"]
    );
    assert_eq!(
        codes(|it| it.bookings_unsettled = vec![ago(90)]),
        ["EMIS-D53"]
    );
}

#[test]
fn silence_is_a_finding_the_same_morning() {
    // Two hundred were sent yesterday for appointments that are still ahead.
    let silent = |waiting| {
        codes(|pulse| {
            pulse.reminders_sent = 200;
            pulse.reminders_waiting = vec![ago(50); waiting];
            pulse.reminders_silent_since = Some(ago(50));
        })
    };
    assert_eq!(silent(heartbeat::SILENCE_FROM), ["EMIS-D50"]);
    // One patient whom a run has looked at and passed over.
    assert!(silent(1).is_empty());
}

#[test]
fn the_evidence_counts_and_names_no_patient() {
    let mut pulse = Pulse::default();
    pulse.reminders_waiting = vec![ago(300), ago(240), ago(10)];
    let product = Product::new("Patchs", "patchs").unwrap();
    let found = heartbeat::check(&pulse, now(), &product);
    assert_eq!(
        found[0].evidence,
        [
            "Of 3 appointments that should have been reminded of by now 0 were, and 2 wait, the oldest \
          since 02/06/2026 08:00 UK time."
        ]
    );
}
