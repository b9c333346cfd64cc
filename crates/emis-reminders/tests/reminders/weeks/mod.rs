//! Weeks of practices, simulated with faults against a model of what should have been sent.
//!
//! Each week has bookings, moves and cancellations by reception, patients who die or opt out,
//! several workers, crashes at any await point, downtime of EMIS and of the sender, a sender that
//! lies about what it did, receipts late, repeated and in any order, and clocks that go back.
//! Afterwards each invariant is checked from the patients' side: what reached them, and when.
//! `EMIS_REMINDER_WEEKS` sets the number of weeks, and `EMIS_REMINDER_SEED` the first of them.

mod dice;
mod network;
mod patients;
mod verdict;
mod week;

use network::SenderFault;
use patients::RecordFault;
use verdict::Verdict;
use week::Week;

/// A fault that is planted, to show that each check can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Planted {
    Nothing,
    Sender(SenderFault),
    Record(RecordFault),
}

fn variable(name: &str, default: u64) -> u64 {
    let value = std::env::var(name).ok();
    value
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

async fn week(seed: u64, planted: Planted) -> Verdict {
    let mut week = Week::new(seed, planted);
    week.live().await;
    week.verdict().await
}

/// Lives through these weeks, in paused time.
fn live_through(weeks: impl Iterator<Item = u64>) -> Verdict {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut sum = Verdict::default();
        for seed in weeks {
            let verdict = week(seed, Planted::Nothing).await;
            assert!(verdict.is_clean(), "seed {seed}: {verdict:?}");
            sum.add(&verdict);
        }
        sum
    })
}

#[test]
fn weeks_of_practices_go_as_the_model_says() {
    let first = variable("EMIS_REMINDER_SEED", 0);
    let weeks = variable("EMIS_REMINDER_WEEKS", 4);
    let (odd, even) = std::thread::scope(|scope| {
        let odd = scope.spawn(|| live_through((first + 1..first + weeks).step_by(2)));
        let even = live_through((first..first + weeks).step_by(2));
        (odd.join().unwrap(), even)
    });
    let mut sum = odd;
    sum.add(&even);
    assert!(sum.told > 0);
    #[allow(clippy::print_stdout, reason = "the figure of a long run")]
    {
        println!("{weeks} practice-weeks: {sum:?}");
    }
}

/// Returns whether a week with a fault is found to have one.
async fn found(planted: Planted, count: fn(&Verdict) -> usize) -> bool {
    for seed in [4, 10] {
        if count(&week(seed, planted).await) > 0 {
            return true;
        }
    }
    false
}

/// Each check of what the sender did can fail.
#[tokio::test(start_paused = true)]
async fn planted_faults_of_the_sender_are_found() {
    let of_sender = |fault, count| found(Planted::Sender(fault), count);
    assert!(of_sender(SenderFault::Twice, |it| it.twice).await);
    assert!(of_sender(SenderFault::Forgotten, |it| it.forgotten).await);
    assert!(of_sender(SenderFault::Quiet, |it| it.quiet).await);
    assert!(of_sender(SenderFault::LastWord, |it| it.last_words_wrong).await);
    assert!(of_sender(SenderFault::Wrong, |it| it.wrong).await);
    assert!(of_sender(SenderFault::NeverAnswers, |it| it.open).await);
}

/// Each check of who is written to can fail: EMIS or the register does not say what the model knows.
#[tokio::test(start_paused = true)]
async fn planted_faults_of_records_are_found() {
    let of_record = |fault, count| found(Planted::Record(fault), count);
    assert!(of_record(RecordFault::Death, |it| it.dead).await);
    assert!(of_record(RecordFault::OptOut, |it| it.opted_out).await);
    assert!(of_record(RecordFault::Age, |it| it.under_age).await);
}
