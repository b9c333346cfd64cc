//! The matrix: every cause in a simulated practice, alone and together with every other, named by
//! the diagnosis and mended by carrying its steps out. Prints `named first: N of N`.
//!
//! A program of its own, so that the last line is seen.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails as tests do, and shows what it counted"
)]

#[path = "emis/desk.rs"]
mod desk;
#[path = "emis/middlebox.rs"]
mod middlebox;
#[path = "emis/notebook.rs"]
mod notebook;
#[path = "emis/support.rs"]
mod support;
#[path = "matrix/trouble.rs"]
mod trouble;
#[path = "matrix/truth.rs"]
mod truth;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use emis_diagnostics::Cause;
use emis_sim::Sim;
use futures_util::{StreamExt, stream};

use support::Story;
use trouble::Trouble;
use truth::truth;

/// What no state of the simulator shows to a diagnosis, and why.
const ELSEWHERE: &[(Cause, &str)] = &[
    (
        Cause::EmasManagerHidden,
        "a person sees it: every report with steps in EMAS Manager holds its steps as an obstacle",
    ),
    (
        Cause::ProductNotListed,
        "a person sees it: `ListedUnderAnotherName` has its steps carried out on the way",
    ),
    (
        Cause::PasswordTooSimple,
        "a person sees it: an obstacle in every report with a password to be typed",
    ),
    (
        Cause::SystemMigrated,
        "nothing shows it but its consequences, which are causes of their own",
    ),
    (
        Cause::AgreementNotActivated,
        "it is about extracts, of which the Partner API says nothing",
    ),
    (
        Cause::SlotTypeNotListed,
        "it is in the product's lists, not in EMIS",
    ),
    (
        Cause::ContactOutOfDate,
        "it is in a copy kept elsewhere: a message went out, and nothing failed",
    ),
    (Cause::NoReminders, OF_LEDGERS),
    (Cause::RemindersMissing, OF_LEDGERS),
    (Cause::RemindersInDoubt, OF_LEDGERS),
    (Cause::BookingsUnsettled, OF_LEDGERS),
];
const OF_LEDGERS: &str = "seen in our own ledgers and not in EMIS: the end-to-end tests of silence";

#[tokio::main]
async fn main() {
    // `cargo test something-else` is not about this, and tools ask for a list.
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let filter = arguments.iter().find(|it| !it.starts_with('-'));
    if arguments.iter().any(|it| it == "--list") || filter.is_some_and(|it| it != "matrix") {
        return;
    }

    let mut states: Vec<Vec<Trouble>> = Trouble::ALL.iter().map(|&it| vec![it]).collect();
    let mut pairs = Trouble::ALL.to_vec();
    pairs.retain(|it| !it.has_a_double());
    for (number, &one) in pairs.iter().enumerate() {
        let others = pairs.iter().skip(number + 1);
        let others = others.filter(|other| one.can_come_with(**other));
        states.extend(others.map(|&other| vec![one, other]));
    }
    // Troubles of EMIS itself are the whole simulator's, and each has one of its own.
    let of_emis: Vec<_> = Trouble::OF_EMIS.iter().map(|&it| vec![it]).collect();
    let total = states.len() + of_emis.len();
    let mut wrong = Vec::new();
    let mut mended = BTreeSet::new();
    // A simulator holds so many practices.
    for states in states.chunks(90).chain(of_emis.chunks(1)) {
        let builder = Sim::builder().practices(states.len().try_into().unwrap());
        let office = support::open(builder).await;
        let practices = office.sim.practices().to_vec();
        let bookings = states.iter().flatten();
        let bookings = bookings
            .filter(|it| **it == Trouble::BookingDeactivated)
            .count();
        let mut running = stream::iter(states.iter().cloned().zip(practices))
            .map(|(state, practice)| {
                let story = Story::at(Arc::clone(&office), practice);
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
        assert_eq!(office.writes(), bookings);
        let tried = office.tokens_asked_for.load(Ordering::SeqCst) + bookings;
        let sent = office.password_attempts();
        assert!(sent <= tried, "{sent} passwords for {tried} tokens");
    }
    wrong.sort();
    for why in &wrong {
        println!("{why}");
    }
    println!("named first: {} of {total}", total - wrong.len());
    assert!(wrong.is_empty(), "the diagnosis named something else first");

    // Every cause was met here and mended by its steps, or it says above why it cannot be.
    mended.extend(ELSEWHERE.iter().map(|(cause, _)| *cause));
    let all: BTreeSet<_> = Cause::ALL.iter().copied().collect();
    let missing: Vec<_> = all.difference(&mended).collect();
    assert!(missing.is_empty(), "neither met nor excused: {missing:?}");
}

/// Breaks the practice, and then does what each diagnosis says until the next is healthy.
/// Gives the causes whose steps were carried out.
async fn mend(mut story: Story, troubles: &[Trouble]) -> Result<Vec<Cause>, String> {
    let mut mended = Vec::new();
    let healthy = story.diagnose().await;
    if !healthy.healthy {
        return Err(format!("not healthy to begin with:\n{healthy}"));
    }
    story.practice().emas().let_login_access_wait(true);
    for trouble in troubles {
        trouble.befall(&mut story).await;
    }
    // A cause for each trouble, and another that its remedy brings to light.
    for _ in 0..=2 * troubles.len() {
        let report = story.diagnose().await;
        let true_causes = truth(&story);
        if report.healthy {
            return match true_causes.is_empty() {
                true => Ok(mended),
                false => Err(format!("called healthy, with {true_causes:?}")),
            };
        }
        let first = &report.findings[0];
        let named = std::iter::once(&first.cause).chain(&first.indistinguishable_from);
        let Some(cause) = named.clone().find(|it| true_causes.contains(it)) else {
            return Err(format!("it is {true_causes:?}, and it says\n{report}"));
        };
        let finding = report.findings.iter().find(|it| it.cause == *cause);
        story.carry_out(finding.unwrap()).await;
        if truth(&story).contains(cause) {
            return Err(format!("the steps of {cause} do not mend it"));
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
