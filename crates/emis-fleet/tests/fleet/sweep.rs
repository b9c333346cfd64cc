//! Sweeps without EMIS: a practice without settings is diagnosed without a call.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::BTreeSet;
use std::future::pending;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::Duration;

use emis_diagnostics::{Cause, Diagnosis, DiagnosisInput, Product, Report};
use emis_fleet::{
    FleetOptions, FleetProgress, FleetReport, FleetSummary, FleetSummaryErrorKind,
    NotCheckedReason, PracticeState, sweep,
};
use emis_settings::PracticeSettings;
use emis_types::{Clock, ManualClock, OdsCode};
use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;
use tokio::sync::oneshot;

fn code(number: usize) -> OdsCode {
    format!("P{number:05}").parse().unwrap()
}

fn now() -> Timestamp {
    clock().now()
}

fn clock() -> ManualClock {
    ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0))
}

/// Diagnoses a practice without settings.
async fn empty(ods_code: OdsCode) -> Result<Report, String> {
    let input = DiagnosisInput {
        settings: &PracticeSettings::new(ods_code),
        refused: &[],
        client: None,
        product: &Product::new("Patchs", "patchs").unwrap(),
        activity: None,
        releases: None,
        history: &[],
        pulse: None,
        clock: &clock(),
    };
    Ok(Diagnosis::run(&input).await)
}

fn concurrency(practices: usize) -> FleetOptions {
    FleetOptions::new().concurrency(NonZeroUsize::new(practices).unwrap())
}

#[tokio::test]
async fn thousands_of_practices() {
    let mut bar = Vec::new();
    let progress = |progress: FleetProgress<'_>| {
        bar.push(progress.to_string());
    };
    let codes = (0..3_000).chain(0..10).map(code);
    let report = sweep(codes, concurrency(64), now(), empty, progress, pending()).await;
    let groups = report.groups();
    assert_eq!((groups.len(), report.practices.len()), (1, 3_000));
    assert_eq!(
        report.to_string(),
        "0 of 3000 practices healthy.\n  \
         3000 practices: organisation ID not entered (EMIS-D30)"
    );
    assert_eq!(bar.len(), 3_000);
    assert_eq!(
        bar.get(1_499).unwrap(),
        "[###############...............] 1500 of 3000, 1500 unhealthy"
    );
    assert!(bar.iter().all(|line| line.len() < 80));
    let kept = report.summary(None);
    assert!(kept.to_json().len() < 3_000 * 24);
    assert_eq!(FleetSummary::from_json(&kept.to_json()), Ok(kept));
}

#[tokio::test(start_paused = true)]
async fn a_practice_that_hangs_times_out() {
    let hanging = code(3);
    let diagnose = |ods_code: OdsCode| {
        let hangs = ods_code == hanging;
        async move {
            match hangs {
                true => pending().await,
                false => empty(ods_code).await,
            }
        }
    };
    let mut order = Vec::new();
    let progress = |progress: FleetProgress<'_>| {
        order.push(progress.ods_code.clone());
    };
    let options = concurrency(2).timeout(Duration::from_secs(30));
    let codes = (0..40).map(code);
    let report = sweep(codes, options, now(), diagnose, progress, pending()).await;
    let given_up: Vec<_> = report.not_checked().collect();
    assert_eq!(given_up, [(&hanging, &NotCheckedReason::TimedOut)]);
    assert_eq!(order.last(), Some(&hanging), "the others did not wait");
    assert_eq!(report.exit_code(), 2);
}

#[tokio::test]
async fn a_stopped_sweep_reports_what_it_found() {
    let (stop, stopped) = oneshot::channel();
    let mut stop = Some(stop);
    let progress = |progress: FleetProgress<'_>| {
        if progress.done == 7 {
            stop.take().unwrap().send(()).unwrap();
        }
    };
    let stopped = async { stopped.await.unwrap() };
    let codes = (0..50).map(code);
    let report = sweep(codes, concurrency(5), now(), empty, progress, stopped).await;
    assert_eq!(report.practices.len(), 50);
    assert_eq!(report.groups().first().unwrap().practices.len(), 7);
    assert!(
        report
            .not_checked()
            .all(|(_, why)| *why == NotCheckedReason::Stopped)
    );
    assert_eq!(report.exit_code(), 2);
    assert!(
        report
            .to_string()
            .ends_with("43 practices not checked: stopped early")
    );
}

#[test]
fn unreadable_summaries() {
    let kind = |json: &str| FleetSummary::from_json(json).unwrap_err().kind();
    let good = r#"{"version":1,"taken_at":"2026-06-02T09:00:00Z","practices":{"A20047":null}}"#;
    assert!(FleetSummary::from_json(good).is_ok());
    for bad in [
        "",
        "[]",
        "{}",
        r#"{"version":1}"#,
        good.get(..good.len() - 1).unwrap(),
        &good.replace("null", r#""EMIS-D99""#),
        &good.replace("A20047", "no code"),
    ] {
        assert_eq!(kind(bad), FleetSummaryErrorKind::Unreadable, "{bad}");
    }
    let newer = r#"{"version":2,"fleet":[]}"#;
    assert_eq!(kind(newer), FleetSummaryErrorKind::OtherVersion(2));
    let error = FleetSummary::from_json(newer).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the fleet summary has format 2; this release reads format 1"
    );
}

/// The result of a practice's diagnosis.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Found,
    Failed,
    Hangs,
}

/// Counts the diagnoses in flight, and their maximum.
#[derive(Default)]
struct Busy(Mutex<(usize, usize)>);

struct UnderWay<'a>(&'a Busy);

impl Busy {
    fn begin(&self) -> UnderWay<'_> {
        let mut busy = self.0.lock().unwrap();
        busy.0 += 1;
        busy.1 = busy.1.max(busy.0);
        UnderWay(self)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().0 -= 1;
    }
}

async fn meet(fates: &[Fate], places: usize) -> (FleetReport, usize) {
    let busy = Busy::default();
    let diagnose = |ods_code: OdsCode| {
        let place = ods_code.as_str().trim_start_matches('P').parse::<usize>();
        let fate = fates.get(place.unwrap()).copied().unwrap();
        let under_way = busy.begin();
        async move {
            let _under_way = under_way;
            tokio::task::yield_now().await;
            match fate {
                Fate::Found => empty(ods_code).await,
                Fate::Failed => Err("the store failed".to_owned()),
                Fate::Hangs => pending().await,
            }
        }
    };
    let codes = (0..fates.len()).map(code);
    let report = sweep(
        codes,
        concurrency(places),
        now(),
        diagnose,
        |_| {},
        pending(),
    )
    .await;
    let most = busy.0.lock().unwrap().1;
    (report, most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn each_practice_is_in_the_report_once(
        fates in prop::collection::vec(
            prop_oneof![Just(Fate::Found), Just(Fate::Failed), Just(Fate::Hangs)],
            0..40,
        ),
        places in 1_usize..6,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let (report, most) = runtime.block_on(meet(&fates, places));
        let count = |wanted: fn(&Fate) -> bool| fates.iter().filter(|fate| wanted(fate)).count();
        prop_assert!(most <= places);
        prop_assert_eq!(report.practices.len(), fates.len());
        let broken: usize = report.groups().iter().map(|it| it.practices.len()).sum();
        prop_assert_eq!(broken, count(|fate| matches!(fate, Fate::Found)));
        let failed = NotCheckedReason::Failed("the store failed".to_owned());
        let why = |why: &NotCheckedReason| report.not_checked().filter(|it| it.1 == why).count();
        prop_assert_eq!(why(&failed), count(|fate| matches!(fate, Fate::Failed)));
        prop_assert_eq!(why(&NotCheckedReason::TimedOut), count(|fate| matches!(fate, Fate::Hangs)));
    }

    #[test]
    fn summaries_round_trip(
        states in prop::collection::btree_map(0_usize..2_000, 0..=Cause::ALL.len(), 0..60),
        later in prop::collection::btree_map(0_usize..2_000, 0..=Cause::ALL.len(), 0..60),
    ) {
        let summary = |states: std::collections::BTreeMap<usize, usize>| {
            let json: serde_json::Map<_, _> = states
                .into_iter()
                .map(|(number, cause)| {
                    let cause = Cause::ALL.get(cause).map(|cause| cause.code());
                    (code(number).to_string(), cause.into())
                })
                .collect();
            let json = serde_json::json!({
                "version": 1, "taken_at": now(), "practices": json,
            });
            FleetSummary::from_json(&json.to_string()).unwrap()
        };
        let (before, after) = (summary(states), summary(later));
        let read = FleetSummary::from_json(&before.to_json());
        prop_assert_eq!(read.as_ref(), Ok(&before));

        // The earlier summary and the changes give the later summary.
        let trend = after.since(&before);
        let mut patched = before.practices.clone();
        for change in &trend.changes {
            prop_assert_ne!(change.was, change.is);
            match change.is {
                Some(is) => patched.insert(change.ods_code.clone(), is),
                None => patched.remove(&change.ods_code),
            };
        }
        prop_assert_eq!(&patched, &after.practices);
        let grouped: BTreeSet<_> = trend.groups().into_iter().flat_map(|it| it.practices).collect();
        prop_assert_eq!(grouped.len(), trend.changes.len());
        prop_assert_eq!(
            after.healthy(),
            after.practices.values().filter(|it| **it == PracticeState::Healthy).count()
        );
    }
}
