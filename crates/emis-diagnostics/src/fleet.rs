//! The health of many practices: who is broken by what, and what has changed since last time.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;

use emis_types::OdsCode;
use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalogue::Cause;
use crate::render::uk_time;
use crate::report::Report;

/// Diagnoses many practices, so many at once, and tells of each that is done.
///
/// `diagnose` makes the report of one practice, or says in a few words why it could not; words
/// that may be shown to anybody. The report lists the practices by their codes, in whichever order
/// they were done.
pub async fn diagnose_all<F, D>(
    practices: impl IntoIterator<Item = OdsCode>,
    at_once: NonZeroUsize,
    started_at: Timestamp,
    diagnose: F,
    mut progress: impl FnMut(FleetProgress<'_>),
) -> FleetReport
where
    F: Fn(OdsCode) -> D,
    D: Future<Output = Result<Report, String>>,
{
    let practices: Vec<_> = practices.into_iter().collect();
    let total = practices.len();
    let mut done = stream::iter(practices)
        .map(|ods_code| async {
            let result = diagnose(ods_code.clone()).await;
            (ods_code, result)
        })
        .buffer_unordered(at_once.get());
    let mut health = BTreeMap::new();
    let mut finished = 0;
    while let Some((ods_code, result)) = done.next().await {
        finished += 1;
        let practice = PracticeHealth::of(result);
        progress(FleetProgress {
            done: finished,
            total,
            ods_code: &ods_code,
            health: &practice,
        });
        health.insert(ods_code, practice);
    }
    FleetReport {
        started_at,
        practices: health,
    }
}

/// One practice is done.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FleetProgress<'a> {
    /// How many are done.
    pub done: usize,
    /// How many there are.
    pub total: usize,
    /// The one that was done just now.
    pub ods_code: &'a OdsCode,
    /// How it is.
    pub health: &'a PracticeHealth,
}

/// How a practice is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PracticeHealth {
    /// Everything was checked and nothing was found.
    Healthy,
    /// Something is wrong.
    Unhealthy(Box<Report>),
    /// It could not be diagnosed, and why.
    NotChecked(String),
}

impl PracticeHealth {
    fn of(result: Result<Report, String>) -> Self {
        match result {
            Ok(report) if report.healthy => Self::Healthy,
            Ok(report) => Self::Unhealthy(Box::new(report)),
            Err(why) => Self::NotChecked(why),
        }
    }

    /// What is to be mended first, where something is wrong.
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Unhealthy(report) => report.findings.first().map(|finding| finding.cause),
            Self::Healthy | Self::NotChecked(_) => None,
        }
    }
}

/// The health of many practices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FleetReport {
    /// When the first of them was diagnosed.
    pub started_at: Timestamp,
    /// Each practice, by its code.
    pub practices: BTreeMap<OdsCode, PracticeHealth>,
}

/// Practices that have the same to be mended first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Group {
    /// The cause.
    pub cause: Cause,
    /// The cause in a few words.
    pub short: &'static str,
    /// The practices, in the order of their codes.
    pub practices: Vec<OdsCode>,
}

/// `31 practices: password no longer matches (EMIS-D03)`
impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let practices = self.practices.len();
        let noun = if practices == 1 {
            "practice"
        } else {
            "practices"
        };
        write!(f, "{practices} {noun}: {} ({})", self.short, self.cause)
    }
}

impl FleetReport {
    /// The practices that something is wrong with, by what is to be mended first; the largest
    /// group on top.
    pub fn groups(&self) -> Vec<Group> {
        let mut groups: BTreeMap<Cause, Vec<OdsCode>> = BTreeMap::new();
        for (ods_code, health) in &self.practices {
            if let Some(cause) = health.cause() {
                groups.entry(cause).or_default().push(ods_code.clone());
            }
        }
        let group = |(cause, practices): (Cause, _)| Group {
            cause,
            short: cause.short(),
            practices,
        };
        let mut groups: Vec<_> = groups.into_iter().map(group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.practices.len()));
        groups
    }

    /// The practices that could not be diagnosed, and why.
    pub fn not_checked(&self) -> impl Iterator<Item = (&OdsCode, &str)> {
        self.practices
            .iter()
            .filter_map(|(ods_code, health)| match health {
                PracticeHealth::NotChecked(why) => Some((ods_code, why.as_str())),
                _ => None,
            })
    }

    /// How many are healthy.
    pub fn healthy(&self) -> usize {
        let all = self.practices.values();
        all.filter(|health| **health == PracticeHealth::Healthy)
            .count()
    }

    /// What a scheduler should be told: 0 where all are healthy, 1 where something is wrong with
    /// one, 2 where one could not be diagnosed.
    pub fn exit_code(&self) -> u8 {
        if self.not_checked().next().is_some() {
            2
        } else {
            u8::from(self.healthy() < self.practices.len())
        }
    }

    /// What there is to remember until next time.
    pub fn snapshot(&self) -> FleetSnapshot {
        let practices = self.practices.iter();
        let known = practices.filter(|(_, it)| !matches!(it, PracticeHealth::NotChecked(_)));
        FleetSnapshot {
            taken_at: self.started_at,
            practices: known
                .map(|(ods_code, health)| (ods_code.clone(), health.cause()))
                .collect(),
        }
    }

    /// What has changed since then, and nothing else. A practice that could not be diagnosed has
    /// not changed.
    pub fn since(&self, before: &FleetSnapshot) -> Trend {
        let mut trend = Trend {
            since: before.taken_at,
            changes: Vec::new(),
            healthy_before: before.healthy(),
            healthy_now: self.healthy(),
        };
        for (ods_code, cause) in self.snapshot().practices {
            let was = before.practices.get(&ods_code).copied().flatten();
            if was != cause {
                trend.changes.push(Change {
                    ods_code,
                    was,
                    is: cause,
                });
            }
        }
        trend
    }
}

/// `120 of 123 practices are healthy.`
impl fmt::Display for FleetReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (healthy, all) = (self.healthy(), self.practices.len());
        write!(f, "{healthy} of {all} practices are healthy.")?;
        match self.not_checked().count() {
            0 => Ok(()),
            n => write!(f, " {n} could not be checked."),
        }
    }
}

/// What is remembered of a [`FleetReport`] until the next: a few bytes for each practice, to be
/// kept as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FleetSnapshot {
    /// When it was.
    pub taken_at: Timestamp,
    /// What was to be mended first at each practice; null where it was healthy.
    pub practices: BTreeMap<OdsCode, Option<Cause>>,
}

impl FleetSnapshot {
    fn healthy(&self) -> usize {
        self.practices
            .values()
            .filter(|cause| cause.is_none())
            .count()
    }
}

/// What has changed since a [`FleetSnapshot`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Trend {
    /// Since when.
    pub since: Timestamp,
    /// The practices that have changed, in the order of their codes.
    pub changes: Vec<Change>,
    /// How many were healthy then.
    pub healthy_before: usize,
    /// How many are now.
    pub healthy_now: usize,
}

/// A practice that has changed. One that is new counts as healthy before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The practice.
    pub ods_code: OdsCode,
    /// What was to be mended first then.
    pub was: Option<Cause>,
    /// What is to be mended first now.
    pub is: Option<Cause>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.was, self.is) {
            (None, Some(cause)) => write!(f, "{}: broken, {cause}", self.ods_code),
            (Some(cause), None) => write!(f, "{}: mended, was {cause}", self.ods_code),
            (Some(was), Some(is)) => write!(f, "{}: {is}, was {was}", self.ods_code),
            (None, None) => write!(f, "{}: healthy", self.ods_code),
        }
    }
}

impl fmt::Display for Trend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Since {} UK time: {} healthy, {} before.",
            uk_time(self.since),
            self.healthy_now,
            self.healthy_before,
        )?;
        self.changes
            .iter()
            .try_for_each(|change| write!(f, "\n  {change}"))
    }
}
