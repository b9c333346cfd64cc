//! A stored password is sent at most three times after a refusal, and the report says so.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails fails its test"
)]

use std::sync::Arc;
use std::time::Duration;

use emis_diagnostics::{Cause, Finding, Report, labels};
use emis_sim::{FalseAnswer, Sim, SimFault, SimOperation};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngSeed, TestRunner};

use crate::operator::check_again;
use crate::story::{SharedSim, Story, start_sim_with};

async fn with_wrong_password() -> Story {
    let mut story = Story::start().await;
    story.enter_password("Wrong-Password-1");
    story
}

fn sends(story: &Story) -> usize {
    story.shared_sim().password_attempts()
}

fn has_check_again(finding: &Finding) -> bool {
    let mut steps = finding.steps.iter();
    steps.any(|step| step.label.as_deref() == Some(labels::CHECK_AGAIN))
}

fn evidence(report: &Report) -> String {
    report.findings[0].evidence.join(" ")
}

#[tokio::test]
async fn fifteen_checks_send_the_password_three_times() {
    let story = with_wrong_password().await;
    let mut report = story.diagnose().await;
    assert_eq!(report.findings[0].cause, Cause::PasswordMismatch);
    assert!(has_check_again(&report.findings[0]));
    assert!(evidence(&report).contains("This password was sent once."));
    for _click in 0..15 {
        story.advance_clock(SignedDuration::from_mins(20));
        check_again(&story, Cause::PasswordMismatch).await;
        report = story.diagnose().await;
        assert_eq!(report.findings[0].cause, Cause::PasswordMismatch);
    }
    assert_eq!(sends(&story), 3);

    // The report counts the sends, no longer offers the button, and says to stop.
    assert!(evidence(&report).contains("This password was sent 3 times."));
    let finding = &report.findings[0];
    assert!(!has_check_again(finding));
    let stop = finding.steps.last().unwrap();
    assert!(stop.action.contains("stop"), "{stop}");
    assert!(stop.action.contains("Call Patchs support"), "{stop}");
}

#[tokio::test]
async fn another_password_resets_the_count_and_the_same_one_does_not() {
    let mut story = with_wrong_password().await;
    for _click in 0..3 {
        story.diagnose().await;
        story.advance_clock(SignedDuration::from_mins(20));
        check_again(&story, Cause::PasswordMismatch).await;
    }
    assert_eq!(sends(&story), 3);
    story.enter_password("Wrong-Password-2");
    story.diagnose().await;
    assert_eq!(sends(&story), 4);
    story.enter_password("Wrong-Password-1");
    for _click in 0..3 {
        story.advance_clock(SignedDuration::from_mins(20));
        check_again(&story, Cause::PasswordMismatch).await;
        story.diagnose().await;
    }
    assert_eq!(sends(&story), 4);
    let right = story.practice().password();
    story.enter_password(&right);
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn only_a_cause_in_the_user_releases_the_password() {
    let story = with_wrong_password().await;
    story.diagnose().await;
    for &cause in Cause::ALL.iter().filter(|cause| !cause.concerns_user()) {
        story.advance_clock(SignedDuration::from_mins(20));
        check_again(&story, cause).await;
        story.diagnose().await;
        assert_eq!(sends(&story), 1, "{cause}");
    }
}

#[tokio::test]
async fn a_locked_user_is_checked_at_most_twice_more_by_hand() {
    let story = Story::start().await;
    story.practice().emas().lock_user();
    for _click in 0..4 {
        let report = story.diagnose().await;
        assert_eq!(report.findings[0].cause, Cause::UserLocked);
        check_again(&story, Cause::UserLocked).await;
    }
    let fingerprint = story.fingerprint().unwrap();
    let releases =
        emis_credentials::PasswordReleases::of(story.refused.as_ref(), &[fingerprint]).await;
    assert_eq!(releases.unwrap().left, 0);
}

#[tokio::test]
async fn the_password_of_a_user_that_is_not_let_in_is_sent_three_times() {
    type Break = fn(&Story);
    let breaks: [Break; 3] = [
        |story| story.practice().emas().lock_user(),
        |story| story.practice().emas().expire_password(),
        |story| story.practice().emas().end_contract(),
    ];
    for break_user in breaks {
        let story = Story::start().await;
        break_user(&story);
        let first = story.diagnose().await;
        for _quarter in 0..12 {
            story.advance_clock(SignedDuration::from_mins(20));
            let report = story.diagnose().await;
            assert_eq!(report.findings[0].cause, first.findings[0].cause);
        }
        assert_eq!(sends(&story), 3);
    }
}

#[tokio::test]
async fn a_release_does_not_count_an_attempt_twice() {
    let story = Story::start().await;
    story.practice().emas().lock_user();
    for _click in 0..4 {
        story.diagnose().await;
        story.advance_clock(SignedDuration::from_mins(20));
        check_again(&story, Cause::UserLocked).await;
    }
    story.diagnose().await;
    assert_eq!(sends(&story), 3);
}

#[tokio::test]
async fn a_password_that_is_held_back_keeps_the_verdict_of_another_process() {
    let story = Story::start().await;
    story.practice().emas().lock_user();
    for _quarter in 0..3 {
        let report = story.diagnose().await;
        assert_eq!(report.findings[0].cause, Cause::UserLocked);
        story.advance_clock(SignedDuration::from_mins(20));
    }
    let other = story.in_another_process();
    for _quarter in 0..2 {
        let report = other.diagnose().await;
        assert_eq!(report.findings[0].cause, Cause::UserLocked, "{report}");
        let named = "Since 02/06/2026 10:00 UK time, diagnoses have named EMIS-D44.";
        assert!(evidence(&report).contains(named), "{report}");
        story.advance_clock(SignedDuration::from_mins(20));
    }
    assert_eq!(sends(&story), 3);
}

#[tokio::test]
async fn a_backoff_is_not_a_cause() {
    let story = with_wrong_password().await;
    let first = story.diagnose().await;
    // EMIS no longer answers in time, so that the attempts are used up.
    let faults = story.shared_sim();
    faults
        .sim
        .faults()
        .times(SimOperation::Token, 100, SimFault::DropAfterCommit);
    for _click in 0..4 {
        story.advance_clock(SignedDuration::from_mins(20));
        check_again(&story, Cause::PasswordMismatch).await;
        story.diagnose().await;
    }
    story.sim().faults().clear();
    let report = story.diagnose().await;
    let causes =
        |report: &Report| -> Vec<_> { report.findings.iter().map(|it| it.cause).collect() };
    assert!(!causes(&report).contains(&Cause::PasswordBeingTried));
    assert_eq!(causes(&report), causes(&first));
    assert!(
        evidence(&report).contains("On 02/06/2026 10:00 UK time: "),
        "{report}"
    );
    assert!(sends(&story) <= 3);
}

#[derive(Debug, Clone, Copy)]
enum Action {
    Diagnose,
    Click(Cause),
    Fail(SimFault),
    Recover,
    Wait(i64),
}

fn action() -> impl Strategy<Value = Action> {
    let faults = vec![
        SimFault::Status(503),
        SimFault::StatusAfterCommit(500),
        SimFault::DropBeforeCommit,
        SimFault::DropAfterCommit,
        SimFault::StallBeforeCommit,
        SimFault::StallAfterCommit,
        SimFault::StatusAfterCommit(429),
        SimFault::RetryAfter {
            status: 429,
            seconds: 60,
        },
        SimFault::Instead(FalseAnswer::HtmlPage),
    ];
    prop_oneof![
        3 => Just(Action::Diagnose),
        3 => select(Cause::ALL).prop_map(Action::Click),
        3 => Just(Action::Click(Cause::PasswordMismatch)),
        1 => select(faults).prop_map(Action::Fail),
        1 => Just(Action::Recover),
        2 => (1_i64..40).prop_map(Action::Wait),
    ]
}

/// The reason why EMIS does not let the user in.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    WrongPassword,
    Locked,
    Expired,
}

/// Returns the number of sends, by two processes of the product that share their stores.
async fn sends_of(
    shared_sim: &Arc<SharedSim>,
    refusal: Refusal,
    actions: &[(bool, Action)],
) -> usize {
    let mut story = Story::at(Arc::clone(shared_sim), shared_sim.sim.practice());
    story.correct_clock();
    // So that a sequence does not depend on the ones before.
    let emas = story.practice().emas();
    emas.unlock_user();
    emas.reset_emis_password(&story.practice().password());
    story.sim().faults().clear();
    match refusal {
        Refusal::WrongPassword => story.enter_password("Wrong-Password-1"),
        Refusal::Locked => emas.lock_user(),
        Refusal::Expired => emas.expire_password(),
    }
    let other = story.in_another_process();
    let before = sends(&story);
    for &(elsewhere, action) in actions {
        let here = if elsewhere { &other } else { &story };
        match action {
            Action::Diagnose => drop(here.diagnose().await),
            Action::Click(cause) => {
                check_again(here, cause).await;
                drop(here.diagnose().await);
            }
            Action::Fail(fault) => {
                story.sim().faults().times(SimOperation::Token, 100, fault);
            }
            Action::Recover => story.sim().faults().clear(),
            Action::Wait(minutes) => story.advance_clock(SignedDuration::from_mins(minutes)),
        }
    }
    sends(&story) - before
}

/// The number of sequences of actions, the same ones at each run; `EMIS_DIAGNOSE_SEQUENCES` sets
/// another.
const SEQUENCES: u32 = 48;

/// Heard or not, at once or over days, and whichever process sends it.
#[test]
fn a_password_that_is_not_accepted_is_sent_at_most_three_times() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    // Too short to look twice whether another process is done, which takes most of the time.
    let timeout = Duration::from_millis(99);
    let shared_sim = runtime.block_on(start_sim_with(Sim::builder(), timeout));
    let sequences = proptest::collection::vec((any::<bool>(), action()), 1..24);
    let refusals = select(&[Refusal::WrongPassword, Refusal::Locked, Refusal::Expired][..]);
    let cases = std::env::var("EMIS_DIAGNOSE_SEQUENCES").ok();
    let cases = cases.map_or(SEQUENCES, |it| it.parse().unwrap());
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(3),
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let outcome = runner.run(&(refusals, sequences), |(refusal, actions)| {
        let sent = runtime.block_on(sends_of(&shared_sim, refusal, &actions));
        prop_assert!(sent <= 3, "{} sends", sent);
        Ok(())
    });
    outcome.unwrap();
}

#[tokio::test]
async fn a_password_that_works_is_tried_again_after_an_outage() {
    let story = Story::start().await;
    assert!(story.diagnose().await.healthy);
    let faults = story.shared_sim();
    let unheard = SimFault::DropAfterCommit;
    faults.sim.faults().times(SimOperation::Token, 100, unheard);
    for _hour in 0..6 {
        story.advance_clock(SignedDuration::from_hours(1));
        let report = story.diagnose().await;
        assert_eq!(report.findings[0].cause, Cause::EmisSilent, "{report}");
    }
    // Three of the six sent it.
    assert_eq!(sends(&story), 4);
    story.sim().faults().clear();
    // The product's own work goes on by itself, and with it the diagnosis.
    story.advance_clock(SignedDuration::from_hours(1));
    let organisation = story.client().organisation().get_organisation().await;
    assert!(organisation.is_ok());
    assert!(story.diagnose().await.healthy);
}
