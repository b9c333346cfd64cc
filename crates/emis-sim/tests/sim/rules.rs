//! Faults by rule, and delays.

use std::sync::Arc;
use std::time::Duration;

use emis_sim::{CallEnd, FaultRule, FaultRuleError, Sim, SimFault, SimOperation};
use emis_types::{Clock as _, ManualClock};
use jiff::SignedDuration;
use tokio::time::Instant;

use crate::common::{Caller, NOW, small, until};

/// The statuses of this number of calls of `GetHealth`.
async fn health(sim: &Sim, calls: usize) -> Vec<u16> {
    let caller = Caller::with_token(sim, "none");
    let mut statuses = Vec::new();
    for _ in 0..calls {
        statuses.push(caller.get("/", &[]).await.status);
    }
    statuses
}

async fn unlucky(seed: u64) -> Vec<u16> {
    let sim = small().seed(seed).start().await.expect("started");
    let rule = FaultRule::new(SimFault::Status(503)).probability(0.3);
    sim.faults().rule(rule).expect("a good rule");
    health(&sim, 60).await
}

#[tokio::test]
async fn probabilities_are_drawn_from_the_seed() {
    let statuses = unlucky(7).await;
    assert_eq!(statuses, unlucky(7).await, "a failing run replays");
    assert_ne!(statuses, unlucky(8).await);
    let struck = statuses.iter().filter(|status| **status == 503).count();
    assert!((8..=30).contains(&struck), "{struck} of 60");
}

#[tokio::test]
async fn a_rule_applies_at_most_its_number_of_times() {
    let sim = small().start().await.expect("started");
    let rule = FaultRule::new(SimFault::Status(500)).on(SimOperation::GetHealth);
    sim.faults().rule(rule.times(2)).expect("a good rule");
    // Queued faults come first, and a call has one fault.
    sim.faults()
        .next(SimOperation::GetHealth, SimFault::Status(502));
    assert_eq!(health(&sim, 4).await, [502, 500, 500, 200]);
    let never = FaultRule::new(SimFault::Status(500)).times(0);
    sim.faults().rule(never).expect("a good rule");
    let unlikely = FaultRule::new(SimFault::Status(500)).probability(0.0);
    sim.faults().rule(unlikely).expect("a good rule");
    assert_eq!(health(&sim, 2).await, [200, 200]);
    let always = FaultRule::new(SimFault::Status(500));
    sim.faults().rule(always).expect("a good rule");
    sim.faults().clear();
    assert_eq!(health(&sim, 1).await, [200], "rules can be forgotten");
}

#[tokio::test]
async fn a_rule_applies_within_its_window() {
    let clock = ManualClock::at_uk(NOW);
    let sim = small()
        .clock(Arc::new(clock.clone()))
        .start()
        .await
        .expect("started");
    let hour = SignedDuration::from_hours(1);
    let (from, until) = (clock.now() + hour, clock.now() + hour * 2);
    let rule = FaultRule::new(SimFault::Status(503)).between(from, until);
    sim.faults().rule(rule).expect("a good rule");
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.extend(health(&sim, 1).await);
        clock.advance(SignedDuration::from_mins(59) + SignedDuration::from_secs(59));
    }
    // 0:00:00, 0:59:59, 1:59:58, 2:59:57
    assert_eq!(seen, [200, 200, 503, 200]);
    clock.set(until);
    assert_eq!(health(&sim, 1).await, [200], "the end is not included");
    clock.set(from);
    assert_eq!(health(&sim, 1).await, [503], "the beginning is");
}

#[tokio::test]
async fn a_rule_applies_to_its_operations_and_practice() {
    let sim = small().practices(2).start().await.expect("started");
    let (one, two) = (&sim.practices()[0], &sim.practices()[1]);
    let one = Caller::of(&sim, one).await;
    let other = Caller::of(&sim, two).await;
    let rule = FaultRule::new(SimFault::Status(500)).on_the_api();
    sim.faults()
        .rule(rule.at_practice(two.cdb()))
        .expect("a good rule");
    assert_eq!(one.booked(0, 0).await.status, 200);
    assert_eq!(other.booked(0, 0).await.status, 500);
    sim.faults().clear();
    let rule = FaultRule::new(SimFault::Status(500)).on_the_identity_service();
    sim.faults().rule(rule).expect("a good rule");
    assert_eq!(other.booked(0, 0).await.status, 200);
    let grant = [("grant_type", "client_credentials")];
    assert_eq!(crate::common::token(&sim, &grant).await.status, 500);
}

#[tokio::test]
async fn invalid_rules_are_refused() {
    let sim = small().start().await.expect("started");
    let now = ManualClock::at_uk(NOW).now();
    let rule = || FaultRule::new(SimFault::Status(500));
    for probability in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let refused = sim.faults().rule(rule().probability(probability));
        assert_eq!(refused, Err(FaultRuleError::Probability));
    }
    let refused = sim.faults().rule(rule().between(now, now));
    assert_eq!(refused, Err(FaultRuleError::Window));
    assert_eq!(health(&sim, 1).await, [200]);
}

#[tokio::test(start_paused = true)]
async fn delays_add_up_and_combine_with_a_fault() {
    let sim = small().start().await.expect("started");
    let minute = Duration::from_secs(60);
    for fault in [
        SimFault::DelayBeforeCommit(minute),
        SimFault::DelayAfterCommit(minute),
        SimFault::Status(503),
        SimFault::Status(500),
    ] {
        sim.faults()
            .rule(FaultRule::new(fault))
            .expect("a good rule");
    }
    let start = Instant::now();
    assert_eq!(health(&sim, 1).await, [503]);
    assert!(start.elapsed() >= 2 * minute);
    let calls = sim.journal();
    assert_eq!(calls[0].faults.len(), 3, "the second status found no room");
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_is_complete() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let prompt = caller.booked(0, 43_200).await.json();
    let fault = SimFault::SlowBody {
        pieces: 10,
        pause: Duration::from_secs(30),
    };
    sim.faults().next(SimOperation::GetBookedPatientsV2, fault);
    let start = Instant::now();
    assert_eq!(caller.booked(0, 43_200).await.json(), prompt);
    assert!(start.elapsed() >= Duration::from_secs(300));
    assert_eq!(sim.journal()[2].end, CallEnd::Answered(200));
}

#[tokio::test(start_paused = true)]
async fn a_write_commits_after_its_caller_gave_up() {
    let delay = Duration::from_secs(60);
    for (fault, at_once) in [
        (SimFault::DelayBeforeCommit(delay), false),
        (SimFault::DelayAfterCommit(delay), true),
    ] {
        let sim = small().start().await.expect("started");
        let practice = sim.practice();
        let caller = Caller::first(&sim).await;
        let slot = practice.free_slot().expect("free").slot_id;
        let patient = practice.patients()[0].patient_number;
        sim.faults().next(SimOperation::BookAppointment, fault);
        let patience = Duration::from_secs(5);
        let gave_up = tokio::time::timeout(patience, caller.book(slot, patient)).await;
        assert!(gave_up.is_err());
        let seen = practice.booking_of(slot);
        assert_eq!(seen.is_some(), at_once, "when it is read back");
        tokio::time::advance(delay).await;
        until(|| practice.booking_of(slot) == Some(patient)).await;
        let call = sim.journal().pop().expect("noted");
        assert!(call.committed && call.faults == [fault]);
    }
}
