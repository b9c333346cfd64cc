//! Receptionists who book and cancel in the background.

use std::sync::Arc;

use emis_sim::{ReceptionAction, Sim, SimPractice};
use emis_types::ManualClock;
use jiff::SignedDuration;

use crate::common::{Caller, NOW, small};

fn diary(practice: &SimPractice) -> Vec<(i32, &'static str, Option<i32>)> {
    let slots = practice.slots().into_iter();
    slots
        .map(|slot| (slot.slot_id, slot.status, slot.patient))
        .collect()
}

async fn with_receptionists(count: u32) -> (Sim, ManualClock) {
    let clock = ManualClock::at_uk(NOW);
    let sim = small().receptionists(count).clock(Arc::new(clock.clone()));
    (sim.start().await.expect("started"), clock)
}

#[tokio::test]
async fn actions_show_in_the_diary_and_are_repeatable() {
    let sim = small().start().await.expect("started");
    let practice = sim.practice();
    let before = diary(&practice);
    let deeds = practice.receptionists().work(200);
    for deed in [
        |deed: &ReceptionAction| matches!(deed, ReceptionAction::Booked { .. }),
        |deed: &ReceptionAction| matches!(deed, ReceptionAction::Cancelled { .. }),
        |deed: &ReceptionAction| matches!(deed, ReceptionAction::Blocked { .. }),
        |deed: &ReceptionAction| matches!(deed, ReceptionAction::Released { .. }),
    ] {
        assert!(deeds.iter().any(deed));
    }
    // Repeating the actions gives the same diary.
    let mut told = before;
    for deed in &deeds {
        let (slot, was, is) = match *deed {
            ReceptionAction::Booked { slot, patient } => {
                (slot, ("Slot Available", None), ("Booked", Some(patient)))
            }
            ReceptionAction::Cancelled { slot, patient } => {
                (slot, ("Booked", Some(patient)), ("Slot Available", None))
            }
            ReceptionAction::Blocked { slot } => {
                (slot, ("Slot Available", None), ("Blocked", None))
            }
            ReceptionAction::Released { slot } => {
                (slot, ("Blocked", None), ("Slot Available", None))
            }
            other => panic!("{other:?} is not described"),
        };
        assert!(practice.slot(slot).expect("slot").start > NOW);
        let entry = told.iter_mut().find(|entry| entry.0 == slot).expect("slot");
        assert_eq!((entry.1, entry.2), was);
        (entry.1, entry.2) = is;
    }
    assert_eq!(diary(&practice), told);

    let again = small().start().await.expect("started");
    let receptionists = again.practice().receptionists();
    let mut in_two = receptionists.work(120);
    in_two.extend(receptionists.work(80));
    assert_eq!(in_two, deeds, "the same, however it is divided");
    let other = small().seed(8).start().await.expect("started");
    assert_ne!(other.practice().receptionists().work(200), deeds);
}

#[tokio::test]
async fn due_actions_are_taken_when_the_practice_is_called() {
    let (sim, clock) = with_receptionists(3).await;
    let practice = sim.practice();
    let caller = Caller::first(&sim).await;
    let before = diary(&practice);
    assert_eq!(caller.booked(0, 0).await.status, 200);
    clock.advance(SignedDuration::from_secs(59));
    assert_eq!(caller.booked(0, 0).await.status, 200);
    assert_eq!(diary(&practice), before, "no minute is over");
    clock.advance(SignedDuration::from_mins(10));
    assert_eq!(diary(&practice), before, "nobody has called");
    assert_eq!(caller.booked(0, 0).await.status, 200);
    let after = diary(&practice);
    let changed = before.iter().zip(&after).filter(|(was, is)| was != is);
    assert!((1..=30).contains(&changed.count()));
    clock.advance(SignedDuration::from_mins(-5));
    assert_eq!(caller.booked(0, 0).await.status, 200);
    clock.advance(SignedDuration::from_mins(5));
    assert_eq!(caller.booked(0, 0).await.status, 200);
    assert_eq!(diary(&practice), after, "no minute is worked twice");

    // Single steps and another handle give the same actions.
    let (replayed, clock) = with_receptionists(3).await;
    let caller = Caller::first(&replayed).await;
    clock.advance(SignedDuration::from_secs(59 + 600));
    assert_eq!(caller.booked(0, 0).await.status, 200);
    assert_eq!(diary(&replayed.practice()), after);
}

#[tokio::test]
async fn a_long_absence_is_caught_up_with_in_part() {
    let (sim, clock) = with_receptionists(500).await;
    let caller = Caller::first(&sim).await;
    clock.advance(SignedDuration::from_mins(59));
    assert_eq!(caller.booked(0, 0).await.status, 200);
    // Of 29,500 due actions a thousand are taken, and the others are skipped.
    let (same, clock) = with_receptionists(0).await;
    clock.advance(SignedDuration::from_mins(59));
    same.practice().receptionists().work(1_000);
    assert_eq!(caller.booked(0, 0).await.status, 200);
    assert_eq!(diary(&sim.practice()), diary(&same.practice()));
}
