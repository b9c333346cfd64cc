//! The health of many practices: who is broken by what, and what has changed since last time.
//!
//! [`diagnose_all`] goes through thousands of them, a few at a time, and keeps a few words of
//! each; whoever wants the whole reports takes them as they come. EMIS is treated kindly: a
//! trouble that all practices have is found once, and the others are left alone. What is found
//! can be [grouped](FleetReport::groups), [kept](FleetReport::summary) and compared with
//! [last time](FleetReport::since).
//!
//! ```
//! use std::future::pending;
//!
//! use emis_diagnostics::Report;
//! use emis_diagnostics::fleet::{FleetOptions, FleetProgress, FleetSummary, SummaryError};
//! use emis_diagnostics::fleet::diagnose_all;
//! use emis_types::{Clock, OdsCode, SystemClock};
//!
//! async fn every_night<D: Future<Output = Result<Report, String>>>(
//!     practices: Vec<OdsCode>,
//!     diagnose: impl Fn(OdsCode) -> D,
//!     last_time: &str,
//! ) -> Result<String, SummaryError> {
//!     let (options, now) = (FleetOptions::new(), SystemClock.now());
//!     let bar = |progress: FleetProgress<'_>| eprint!("\r{progress}");
//!     let report = diagnose_all(practices, options, now, diagnose, bar, pending()).await;
//!     let before = FleetSummary::from_json(last_time)?;
//!     println!("{report}\n{}", report.since(&before));
//!     Ok(report.summary(Some(&before)).to_json())
//! }
//! ```
//!
//! How a scheduler is told, by [`FleetReport::exit_code`] or, where only what is new matters, by
//! [`Trend::exit_code`]:
//!
//! | Exit code | of the report | of the trend |
//! |---|---|---|
//! | 0 | every practice is healthy | no practice is worse than last time |
//! | 1 | something is wrong with one | one is broken anew, or by something else |
//! | 2 | one could not be diagnosed | one could not be diagnosed |

mod health;
mod options;
mod outage;
mod report;
mod summary;
mod trend;

use std::collections::BTreeSet;
use std::fmt;
use std::pin::pin;

use emis_types::OdsCode;
use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;

pub use health::{PracticeHealth, Unchecked};
pub use options::FleetOptions;
use outage::OutageWatch;
pub use report::{FleetReport, Group};
pub use summary::{FleetSummary, PracticeState, SummaryError, SummaryErrorKind};
pub use trend::{Change, ChangeGroup, Trend};

use crate::report::Report;

/// Diagnoses many practices, some at once, and tells of each that is done.
///
/// `diagnose` makes the report of one practice, or says in a few words why it could not; words
/// that may be shown to anybody. One that takes longer than the options' patience is given up,
/// so that it holds nobody else. A practice that is named twice is diagnosed once.
///
/// It ends when all are done, when `stop` is (a Ctrl-C, say; [`pending`](std::future::pending)
/// where nothing stops it), or when so many in a row have failed by what no practice can mend
/// that there is no sense in asking EMIS for the others. What was found until then is in the
/// report, and so is whoever was not asked, with the reason. What is under way when it ends is
/// dropped, as everything is when the future itself is: diagnoses only read.
///
/// Needs a Tokio runtime with time.
pub async fn diagnose_all<F, D>(
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
    let mut outage = OutageWatch::new(options.outage_after);
    let (mut unhealthy, mut unchecked) = (0, 0);

    let one = |ods_code: OdsCode| {
        let patient = tokio::time::timeout(options.patience, diagnose(ods_code.clone()));
        async move { (ods_code, patient.await) }
    };
    let done = stream::iter(codes).map(one);
    let mut done = pin!(
        done.buffer_unordered(options.at_once.get())
            .take_until(stop)
    );
    while let Some((ods_code, outcome)) = done.next().await {
        let (report, health) = match outcome {
            Ok(Ok(report)) => {
                let health = PracticeHealth::of(&report);
                (Some(report), health)
            }
            Ok(Err(why)) => (None, PracticeHealth::NotChecked(Unchecked::Failed(why))),
            Err(_) => (None, PracticeHealth::NotChecked(Unchecked::TookTooLong)),
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
        outage.saw(&health);
        fleet.practices.insert(ods_code, health);
        if outage.cause().is_some() {
            break;
        }
    }
    fleet.outage = outage.cause();
    let why = fleet.outage.map_or(Unchecked::Stopped, Unchecked::Outage);
    let left = waiting.into_iter();
    fleet
        .practices
        .extend(left.map(|ods_code| (ods_code, PracticeHealth::NotChecked(why.clone()))));
    fleet
}

/// One practice is done.
///
/// Shows itself as a bar to be drawn over and over on one line of a terminal, 80 columns at most:
/// `[##########....................] 333 of 1000, 31 unhealthy`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FleetProgress<'a> {
    /// How many are done.
    pub done: usize,
    /// How many there are.
    pub total: usize,
    /// With how many of those that are done something is wrong.
    pub unhealthy: usize,
    /// How many of them could not be diagnosed.
    pub unchecked: usize,
    /// The one that was done just now.
    pub ods_code: &'a OdsCode,
    /// How it is, in few words.
    pub health: &'a PracticeHealth,
    /// Its whole report, where it could be diagnosed: it is not kept.
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

/// `1 practice`, `31 practices`.
struct Practices(usize);

impl fmt::Display for Practices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 practice"),
            n => write!(f, "{n} practices"),
        }
    }
}
