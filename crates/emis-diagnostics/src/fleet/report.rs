//! What was found at all of them.

use std::collections::BTreeMap;
use std::fmt;

use emis_types::OdsCode;
use jiff::Timestamp;
use serde::Serialize;

use super::summary::FleetSummary;
use super::trend::Trend;
use super::{PracticeHealth, Practices, Unchecked};
use crate::catalogue::Cause;

/// The health of many practices.
///
/// Shows itself as a few lines: how many are healthy, what is wrong with the others, the largest
/// group on top, and who could not be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FleetReport {
    /// When the first of them was diagnosed.
    pub started_at: Timestamp,
    /// What no practice can mend, where so many in a row had it that the others were left alone.
    pub outage: Option<Cause>,
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
        let practices = Practices(self.practices.len());
        write!(f, "{practices}: {} ({})", self.short, self.cause)
    }
}

impl FleetReport {
    pub(super) fn new(started_at: Timestamp) -> Self {
        Self {
            started_at,
            outage: None,
            practices: BTreeMap::new(),
        }
    }

    /// The practices that something is wrong with, by what is to be mended first; the largest
    /// group on top.
    pub fn groups(&self) -> Vec<Group> {
        let broken = self.practices.iter();
        let broken = broken.filter_map(|(code, health)| Some((health.cause()?, code)));
        let group = |(cause, practices): (Cause, _)| Group {
            cause,
            short: cause.short(),
            practices,
        };
        largest_first(broken).into_iter().map(group).collect()
    }

    /// The practices that could not be diagnosed, and why.
    pub fn not_checked(&self) -> impl Iterator<Item = (&OdsCode, &Unchecked)> {
        self.practices
            .iter()
            .filter_map(|(ods_code, health)| match health {
                PracticeHealth::NotChecked(why) => Some((ods_code, why)),
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

    /// What there is to remember until next time, given what is remembered from last time: of a
    /// practice that could not be diagnosed what was known before is known still.
    pub fn summary(&self, before: Option<&FleetSummary>) -> FleetSummary {
        FleetSummary::of(self, before)
    }

    /// What has changed since then, and nothing else. A practice that could not be diagnosed has
    /// not changed.
    pub fn since(&self, before: &FleetSummary) -> Trend {
        let now = self.summary(Some(before));
        Trend::between(before, &now, self.not_checked().count())
    }
}

impl fmt::Display for FleetReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (healthy, all) = (self.healthy(), self.practices.len());
        write!(f, "{healthy} of {all} practices are healthy.")?;
        if let Some(cause) = self.outage {
            write!(
                f,
                "\n  The trouble is everybody's: {} ({cause})",
                cause.short()
            )?;
        }
        for group in self.groups() {
            write!(f, "\n  {group}")?;
        }
        let reasons = self.not_checked().map(|(ods_code, why)| (why, ods_code));
        for (why, practices) in largest_first(reasons) {
            write!(f, "\n  {} not checked: {why}", Practices(practices.len()))?;
        }
        Ok(())
    }
}

/// Practices by what they have in common, the largest group on top.
pub(super) fn largest_first<'a, K: Ord>(
    practices: impl Iterator<Item = (K, &'a OdsCode)>,
) -> Vec<(K, Vec<OdsCode>)> {
    let mut groups: BTreeMap<K, Vec<OdsCode>> = BTreeMap::new();
    for (key, ods_code) in practices {
        groups.entry(key).or_default().push(ods_code.clone());
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, practices)| std::cmp::Reverse(practices.len()));
    groups
}
