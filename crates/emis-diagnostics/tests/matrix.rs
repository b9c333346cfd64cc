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
#[path = "emis/support.rs"]
mod support;
#[path = "matrix/trouble.rs"]
mod trouble;
#[path = "matrix/truth.rs"]
mod truth;

use std::sync::Arc;

use emis_sim::Sim;
use futures_util::{StreamExt, stream};

use support::Story;
use trouble::Trouble;
use truth::truth;

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
    // A simulator holds so many practices.
    for states in states.chunks(90).chain(of_emis.chunks(1)) {
        let builder = Sim::builder().practices(states.len().try_into().unwrap());
        let office = support::open(builder).await;
        let practices = office.sim.practices().to_vec();
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
            wrong.extend(told.unwrap_or_else(|panic| Err(panic.to_string())).err());
        }
    }
    wrong.sort();
    for why in &wrong {
        println!("{why}");
    }
    println!("named first: {} of {total}", total - wrong.len());
    assert!(wrong.is_empty(), "the diagnosis named something else first");
}

/// Breaks the practice, and then does what each diagnosis says until the next is healthy.
async fn mend(mut story: Story, troubles: &[Trouble]) -> Result<(), String> {
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
                true => Ok(()),
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
    }
    let report = story.diagnose().await;
    if report.healthy {
        Ok(())
    } else {
        Err(format!("still not healthy:\n{report}"))
    }
}
