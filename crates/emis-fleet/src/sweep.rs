//! Diagnoses many practices, some of them at once.

use std::collections::BTreeSet;
use std::fmt;
use std::pin::pin;

use emis_diagnostics::Report;
use emis_types::OdsCode;
use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;

use crate::health::{NotCheckedReason, PracticeHealth};
use crate::options::FleetOptions;
use crate::report::FleetReport;
use crate::shared_cause::SharedCauseWatch;

/// Diagnoses many practices by a function of the caller's; [`Fleet`](crate::Fleet) is simpler for
/// the practices of one product.
///
/// `diagnose` returns the report of one practice, or the reason why there is none as a text that
/// is safe to show. A practice that is named twice is diagnosed once. The sweep ends when all
/// practices are done, when `stop` completes, or when nearly all practices have the same cause
/// ([`SharedCause`](crate::SharedCause)). The report then holds the other practices as not checked.
/// Diagnoses in flight are dropped; they only read.
///
/// Needs a Tokio runtime with time.
pub async fn sweep<F, D>(
    practices: impl IntoIterator<Item = OdsCode>,
    options: FleetOptions,
    started_at: Timestamp,
    diagnose: F,
    mut progress: impl FnMut(FleetProgress<'_>),
    stop: impl Future<Output = ()>,
) -> FleetReport
where
    F: Fn(OdsCode) -> D,
    D: Future<Output = Result<Report, String>>,
{
    let mut waiting: BTreeSet<_> = practices.into_iter().collect();
    let (total, codes) = (waiting.len(), waiting.clone());
    let mut fleet = FleetReport::new(started_at);
    let mut watch = SharedCauseWatch::new(options.shared_cause_after);
    let (mut unhealthy, mut unchecked) = (0, 0);

    let one = |ods_code: OdsCode| {
        let limited = tokio::time::timeout(options.timeout, diagnose(ods_code.clone()));
        async move { (ods_code, limited.await) }
    };
    let done = stream::iter(codes).map(one);
    let mut done = pin!(
        done.buffer_unordered(options.concurrency.get())
            .take_until(stop)
    );
    while let Some((ods_code, outcome)) = done.next().await {
        let (report, health) = match outcome {
            Ok(Ok(report)) => {
                let health = PracticeHealth::of(&report);
                (Some(report), health)
            }
            Ok(Err(why)) => (
                None,
                PracticeHealth::NotChecked(NotCheckedReason::Failed(why)),
            ),
            Err(_) => (None, PracticeHealth::NotChecked(NotCheckedReason::TimedOut)),
        };
        match health {
            PracticeHealth::Healthy => {}
            PracticeHealth::Unhealthy { .. } => unhealthy += 1,
            PracticeHealth::NotChecked(_) => unchecked += 1,
        }
        waiting.remove(&ods_code);
        progress(FleetProgress {
            done: total - waiting.len(),
            total,
            unhealthy,
            unchecked,
            ods_code: &ods_code,
            health: &health,
            report: report.as_ref(),
        });
        watch.add(&health);
        fleet.practices.insert(ods_code, health);
        fleet.shared_cause = watch.shared_cause();
        if fleet.shared_cause.is_some() {
            break;
        }
    }
    let why = fleet
        .shared_cause
        .map_or(NotCheckedReason::Stopped, |shared| {
            NotCheckedReason::SharedCause(shared.cause)
        });
    let left = waiting.into_iter();
    fleet
        .practices
        .extend(left.map(|ods_code| (ods_code, PracticeHealth::NotChecked(why.clone()))));
    fleet
}

/// The progress of a sweep after one more practice.
///
/// `Display` writes a bar of at most 80 columns:
/// `[##########....................] 333 of 1000, 31 unhealthy`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FleetProgress<'a> {
    /// The number of practices that are done.
    pub done: usize,
    /// The number of practices.
    pub total: usize,
    /// The number of unhealthy practices so far.
    pub unhealthy: usize,
    /// The number of practices that could not be diagnosed so far.
    pub unchecked: usize,
    /// The practice that was done last.
    pub ods_code: &'a OdsCode,
    /// Its health.
    pub health: &'a PracticeHealth,
    /// Its report, if it could be diagnosed. It is not kept.
    pub report: Option<&'a Report>,
}

impl fmt::Display for FleetProgress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WIDTH: usize = 30;
        let grown = WIDTH * self.done / self.total.max(1);
        let (full, empty) = ("#".repeat(grown), ".".repeat(WIDTH - grown));
        write!(f, "[{full}{empty}] {} of {}", self.done, self.total)?;
        if self.unhealthy > 0 {
            write!(f, ", {} unhealthy", self.unhealthy)?;
        }
        if self.unchecked > 0 {
            write!(f, ", {} not checked", self.unchecked)?;
        }
        Ok(())
    }
}
