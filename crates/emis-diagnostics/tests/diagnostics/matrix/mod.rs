//! The matrix: every fault in a simulated practice, alone and combined with every other, is reported
//! by the diagnosis and repaired by following its steps. Prints `named first: N of N`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails as tests do"
)]

pub(crate) mod trouble;
mod truth;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use emis_diagnostics::{Cause, Report, Style};
use emis_sim::Sim;
use futures_util::{StreamExt, stream};

use crate::story::{self, Story};

use trouble::Trouble;
use truth::truth;

/// Causes that no state of the simulator produces, with the reason.
const ELSEWHERE: &[(Cause, &str)] = &[
    (
        Cause::EmasManagerHidden,
        "only a person sees it; every report with steps in EMAS Manager has its steps as an obstacle",
    ),
    (
        Cause::ProductNotListed,
        "only a person sees it; `ListedUnderAnotherName` carries out its steps",
    ),
    (
        Cause::PasswordTooSimple,
        "only a person sees it; it is an obstacle in every report with a password to type",
    ),
    (
        Cause::SystemMigrated,
        "only its consequences are visible, which are causes of their own",
    ),
    (
        Cause::AgreementNotActivated,
        "it concerns extracts, which the Partner API does not show",
    ),
    (
        Cause::SlotTypeNotListed,
        "it is in the product's lists, not in EMIS",
    ),
    (
        Cause::ContactOutOfDate,
        "it is in a copy kept elsewhere; a message is sent and nothing fails",
    ),
    (Cause::NoReminders, OF_OWN_RECORDS),
    (Cause::RemindersMissing, OF_OWN_RECORDS),
    (Cause::RemindersInDoubt, OF_OWN_RECORDS),
    (Cause::BookingsUnsettled, OF_OWN_RECORDS),
    (Cause::RemindersSuppressed, OF_OWN_RECORDS),
    (
        Cause::WorkFails,
        "seen in the product's own calls; covered by the tests of failing work",
    ),
];
const OF_OWN_RECORDS: &str =
    "seen in our own records, not in EMIS: covered by the end-to-end tests";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_reported_first_and_repaired() {
    let mut states: Vec<Vec<Trouble>> = Trouble::ALL.iter().map(|&it| vec![it]).collect();
    let mut pairs = Trouble::ALL.to_vec();
    pairs.retain(|it| !it.has_a_lookalike());
    for (number, &one) in pairs.iter().enumerate() {
        let others = pairs.iter().skip(number + 1);
        let others = others.filter(|other| one.can_combine_with(**other));
        states.extend(others.map(|&other| vec![one, other]));
    }
    // Faults of EMIS itself affect the whole simulator, so each has one of its own.
    let of_emis: Vec<_> = Trouble::OF_EMIS.iter().map(|&it| vec![it]).collect();
    let total = states.len() + of_emis.len();
    let mut wrong = Vec::new();
    let mut mended = BTreeSet::new();
    // The largest number of practices in one simulator.
    for states in states.chunks(90).chain(of_emis.chunks(1)) {
        let builder = Sim::builder().practices(states.len().try_into().unwrap());
        let shared_sim = story::start_sim(builder).await;
        let practices = shared_sim.sim.practices().to_vec();
        let bookings = states.iter().flatten();
        let bookings = bookings
            .filter(|it| **it == Trouble::BookingDeactivated)
            .count();
        let mut running = stream::iter(states.iter().cloned().zip(practices))
            .map(|(state, practice)| {
                let story = Story::at(Arc::clone(&shared_sim), practice);
                tokio::spawn(async move {
                    let told = mend(story, &state).await;
                    told.map_err(|why| format!("{state:?}: {why}"))
                })
            })
            .buffer_unordered(6);
        while let Some(told) = running.next().await {
            match told.unwrap_or_else(|panic| Err(panic.to_string())) {
                Ok(causes) => mended.extend(causes),
                Err(why) => wrong.push(why),
            }
        }
        // The patients' bookings are the only writes, and no diagnosis tries a password twice.
        assert_eq!(shared_sim.writes(), bookings);
        let tried = shared_sim.tokens_asked_for.load(Ordering::SeqCst) + bookings;
        let sent = shared_sim.password_attempts();
        assert!(sent <= tried, "{sent} passwords for {tried} tokens");
    }
    wrong.sort();
    for why in &wrong {
        say(why);
    }
    say(&format!("named first: {} of {total}", total - wrong.len()));
    let longest = LONGEST.load(Ordering::SeqCst);
    say(&format!("longest report of one trouble: {longest} words"));
    assert!(
        wrong.is_empty(),
        "the diagnosis reported another cause first"
    );

    // Every cause occurred here and was repaired by its steps, or is excluded above.
    mended.extend(ELSEWHERE.iter().map(|(cause, _)| *cause));
    let all: BTreeSet<_> = Cause::ALL.iter().copied().collect();
    let missing: Vec<_> = all.difference(&mended).collect();
    assert!(
        missing.is_empty(),
        "neither tested nor excluded: {missing:?}"
    );
}

/// Writes a line that the test harness does not capture.
fn say(line: &str) {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{line}").unwrap();
}

/// The number of words of the longest report.
static LONGEST: AtomicUsize = AtomicUsize::new(0);

/// Checks that a practice can read the report in a minute.
fn read(report: &Report) -> Result<(), String> {
    let text = report.text(Style::Plain);
    let words = text.split_whitespace().count();
    LONGEST.fetch_max(words, Ordering::SeqCst);
    let is_step = |line: &&str| line.starts_with(|letter: char| letter.is_ascii_digit());
    let steps = text.lines().filter(is_step).count();
    match words <= 350 && steps <= 7 && text.lines().count() <= 60 {
        true => Ok(()),
        false => Err(format!("{words} words, {steps} steps:\n{text}")),
    }
}

/// Breaks the practice and follows each diagnosis until one is healthy. Returns the causes whose
/// steps were followed.
async fn mend(mut story: Story, troubles: &[Trouble]) -> Result<Vec<Cause>, String> {
    let mut mended = Vec::new();
    let healthy = story.diagnose().await;
    if !healthy.healthy {
        return Err(format!("not healthy before the fault:\n{healthy}"));
    }
    story.practice().emas().let_login_access_wait(true);
    for trouble in troubles {
        trouble.apply(&mut story).await;
    }
    // One cause for each fault, and one more that its repair can reveal.
    for _ in 0..=2 * troubles.len() {
        let report = story.diagnose().await;
        let true_causes = truth(&story);
        if report.healthy {
            return match true_causes.is_empty() {
                true => Ok(mended),
                false => Err(format!("reported as healthy despite {true_causes:?}")),
            };
        }
        if troubles.len() == 1 {
            read(&report)?;
        }
        let first = &report.findings[0];
        let named = std::iter::once(&first.cause).chain(&first.indistinguishable_from);
        let Some(cause) = named.clone().find(|it| true_causes.contains(it)) else {
            return Err(format!(
                "the causes are {true_causes:?}, and the report is\n{report}"
            ));
        };
        let finding = report.findings.iter().find(|it| it.cause == *cause);
        story.carry_out(finding.unwrap()).await;
        if truth(&story).contains(cause) {
            return Err(format!("the steps of {cause} do not repair it"));
        }
        mended.push(*cause);
    }
    let report = story.diagnose().await;
    if report.healthy {
        Ok(mended)
    } else {
        Err(format!("still not healthy:\n{report}"))
    }
}
