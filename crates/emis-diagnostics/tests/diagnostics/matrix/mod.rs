//! The matrix: every fault in a simulated practice, alone and combined with every other, is reported
//! by the diagnosis and repaired by following its steps. Prints `named first: N of N`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails as tests do"
)]

mod of_emis;
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
        Cause::WrongRowSelected,
        "only a person sees it; every report with the list names it at that step",
    ),
    (
        Cause::ConsentDeclined,
        "the patient's choice, which no diagnosis reads",
    ),
    (
        Cause::BookingLinkFailed,
        "one patient's; the connection works",
    ),
    (Cause::EmisSlow, "covered by the tests with paused time"),
    (
        Cause::WorkFails,
        "seen in the product's own calls; covered by the tests of failing work",
    ),
];
const OF_OWN_RECORDS: &str =
    "seen in our own records, not in EMIS: covered by the end-to-end tests";

/// One in so many pairs is tried, unless `EMIS_DIAGNOSE_PAIRS` is `all`.
const SAMPLE: usize = 19;
/// The number of simulators that run at once: most of their time is a pause before a call is repeated.
const SIMULATORS: usize = 8;
/// The number of practices that are mended at once in one simulator.
const AT_ONCE: usize = 8;
/// The largest number of practices in one simulator.
const PRACTICES: usize = 90;

/// Returns the faults, and a sample of the pairs that can stand together; or all pairs.
fn states(alone: &[Trouble], pairs: impl Iterator<Item = (Trouble, Trouble)>) -> Vec<Vec<Trouble>> {
    let all = std::env::var("EMIS_DIAGNOSE_PAIRS").is_ok_and(|it| it == "all");
    let alone = alone.iter().map(|&it| vec![it]);
    let pairs = pairs.filter(|(one, other)| one.can_combine_with(*other));
    let pairs = pairs.step_by(if all { 1 } else { SAMPLE });
    alone
        .chain(pairs.map(|(one, other)| vec![one, other]))
        .collect()
}

/// Returns every pair of two of these.
fn pairs_of(troubles: &[Trouble]) -> impl Iterator<Item = (Trouble, Trouble)> {
    let places = troubles.iter().enumerate();
    places.flat_map(|(place, &one)| troubles.iter().skip(place + 1).map(move |&it| (one, it)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_reported_first_and_repaired() {
    let of_practices = states(Trouble::ALL, pairs_of(Trouble::ALL));
    let with_emis = Trouble::ALL.iter();
    let with_emis =
        with_emis.flat_map(|&one| Trouble::OF_EMIS.iter().map(move |&emis| (one, emis)));
    let with_emis = with_emis.chain(pairs_of(Trouble::OF_EMIS));
    let of_emis = states(Trouble::OF_EMIS, with_emis);
    let total = of_practices.len() + of_emis.len();
    // Faults of EMIS itself affect the whole simulator, so each has one of its own.
    let groups = of_practices.chunks(PRACTICES).chain(of_emis.chunks(1));
    let groups: Vec<_> = groups.map(<[_]>::to_vec).collect();
    let mut running = stream::iter(groups)
        .map(|states| tokio::spawn(mend_all(states)))
        .buffer_unordered(SIMULATORS);
    let mut wrong = Vec::new();
    let mut mended = BTreeSet::new();
    while let Some(outcomes) = running.next().await {
        for outcome in outcomes.unwrap() {
            match outcome {
                Ok(causes) => mended.extend(causes),
                Err(why) => wrong.push(why),
            }
        }
    }
    wrong.sort();
    for why in &wrong {
        say(why);
    }
    let of = |count: &AtomicUsize| count.load(Ordering::SeqCst);
    say(&format!("named first: {} of {total}", total - wrong.len()));
    say(&format!(
        "longest report of one fault: {} words",
        of(&LONGEST)
    ));
    say(&format!(
        "largest number of calls of one diagnosis: {}",
        of(&CALLS)
    ));
    say(&format!(
        "passwords sent: {} for {} tokens; calls to support: {}",
        of(&PASSWORDS),
        of(&TOKENS),
        of(&SUPPORT)
    ));
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

/// Breaks and mends one practice for each state, in one simulator.
async fn mend_all(states: Vec<Vec<Trouble>>) -> Vec<Result<Vec<Cause>, String>> {
    // At least two: one of them may have the user of another.
    let practices = states.len().max(if needs_two(&states) { 2 } else { 1 });
    let builder = Sim::builder().practices(practices.try_into().unwrap());
    let shared_sim = story::start_sim(builder).await;
    let practices = shared_sim.sim.practices().to_vec();
    let bookings = states.iter().flatten();
    let bookings = bookings.filter(|it| it.books()).count();
    let running = stream::iter(states.into_iter().zip(practices)).map(|(state, practice)| {
        let story = Story::at(Arc::clone(&shared_sim), practice);
        tokio::spawn(async move {
            let outcome = mend(story, &state).await;
            outcome.map_err(|why| format!("{state:?}: {why}"))
        })
    });
    let outcomes: Vec<_> = running.buffer_unordered(AT_ONCE).collect().await;
    // The patients' bookings are the only writes, and no diagnosis tries a password twice.
    assert!(shared_sim.writes() <= bookings);
    let tried = shared_sim.tokens_asked_for.load(Ordering::SeqCst) + bookings;
    let sent = shared_sim.password_attempts();
    assert!(sent <= tried, "{sent} passwords for {tried} tokens");
    PASSWORDS.fetch_add(sent, Ordering::SeqCst);
    TOKENS.fetch_add(tried, Ordering::SeqCst);
    let outcomes = outcomes.into_iter();
    outcomes
        .map(|it| it.unwrap_or_else(|panic| Err(panic.to_string())))
        .collect()
}

fn needs_two(states: &[Vec<Trouble>]) -> bool {
    let mut troubles = states.iter().flatten();
    troubles.any(|it| *it == Trouble::PasswordOfAnotherPractice)
}

/// Writes a line that the test harness does not capture.
fn say(line: &str) {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{line}").unwrap();
}

/// The number of words of the longest report.
static LONGEST: AtomicUsize = AtomicUsize::new(0);
/// The largest number of calls of one diagnosis, with the discovery document and the token.
static CALLS: AtomicUsize = AtomicUsize::new(0);
static PASSWORDS: AtomicUsize = AtomicUsize::new(0);
static TOKENS: AtomicUsize = AtomicUsize::new(0);
/// The number of times that the steps ended with a call to support.
static SUPPORT: AtomicUsize = AtomicUsize::new(0);

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

/// Diagnoses and counts the calls.
async fn diagnose(story: &Story) -> Report {
    let before = story.calls();
    let report = story.diagnose().await;
    // The discovery document and the token are no calls of the API.
    let calls = story.calls() - before + 2;
    CALLS.fetch_max(calls, Ordering::SeqCst);
    assert!(calls <= 10, "{calls} calls");
    // No report contradicts itself.
    let lines = report.support_text(Style::Plain);
    let works = lines.contains("the product's own calls have worked: yes");
    assert!(!(works && lines.contains("has not worked yet")), "{lines}");
    report
}

/// Breaks the practice and follows each diagnosis until one is healthy. Returns the causes whose
/// steps were followed.
async fn mend(mut story: Story, troubles: &[Trouble]) -> Result<Vec<Cause>, String> {
    let mut mended = Vec::new();
    let healthy = diagnose(&story).await;
    if !healthy.healthy {
        return Err(format!("not healthy before the fault:\n{healthy}"));
    }
    story.practice().emas().let_login_access_wait(true);
    for trouble in troubles {
        trouble.apply(&mut story).await;
    }
    // One cause for each fault, and one more that its repair can reveal.
    for _ in 0..=2 * troubles.len() {
        let report = diagnose(&story).await;
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
        let alike = &first.indistinguishable_from;
        // One question for each cause tells it from the others.
        if !alike.is_empty() && first.questions.len() != alike.len() + 1 {
            return Err(format!("too few questions: {:?}", first.questions));
        }
        let mut named = std::iter::once(&first.cause).chain(alike);
        let Some(&cause) = named.find(|it| true_causes.contains(it)) else {
            return Err(format!(
                "the causes are {true_causes:?}, and the report is\n{report}"
            ));
        };
        // The practice follows the steps of the report.
        let quoted = story.carry_out(first).await;
        if truth(&story).contains(&cause) {
            // They end with a call to support, who looks up the code, or asks the questions.
            SUPPORT.fetch_add(1, Ordering::SeqCst);
            let code = quoted.filter(|it| true_causes.contains(it));
            let code = code.unwrap_or(cause);
            let steps = code.entry(&story.product).fix;
            story.follow(code, &steps).await;
            if truth(&story).contains(&code) {
                return Err(format!("the steps of {code} do not repair it"));
            }
            mended.push(code);
        } else {
            mended.push(cause);
        }
    }
    let report = diagnose(&story).await;
    if report.healthy {
        Ok(mended)
    } else {
        Err(format!("still not healthy:\n{report}"))
    }
}
