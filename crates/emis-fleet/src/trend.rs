//! The changes between two summaries.

use std::fmt;

use emis_diagnostics::Cause;
use emis_types::{OdsCode, uk};
use jiff::Timestamp;
use serde::Serialize;

use crate::group::{PracticeCount, largest_first};
use crate::summary::PracticeState::{Broken, Healthy};
use crate::summary::{FleetSummary, PracticeState};

/// The changes since a [`FleetSummary`].
///
/// `Display` writes one line for each kind of change, with its practices below. Practices that
/// are worse come first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FleetTrend {
    /// The time of the earlier summary.
    pub since: Timestamp,
    /// The practices that have changed, sorted by code.
    pub changes: Vec<PracticeChange>,
    /// The number of healthy practices in the earlier summary.
    pub healthy_before: usize,
    /// The number of healthy practices now. A practice that could not be diagnosed counts as before.
    pub healthy_now: usize,
    /// The number of practices that could not be diagnosed.
    pub not_checked: usize,
}

/// A practice that has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PracticeChange {
    /// The practice.
    pub ods_code: OdsCode,
    /// The earlier state; none for a new practice.
    pub was: Option<PracticeState>,
    /// The state now; none for a practice that has left.
    pub is: Option<PracticeState>,
}

impl PracticeChange {
    /// Returns true if the practice is newly broken or has another cause.
    pub fn is_worse(&self) -> bool {
        matches!(self.is, Some(Broken(_)))
    }
}

/// Practices that have changed in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ChangeGroup {
    /// The earlier state; none for new practices.
    pub was: Option<PracticeState>,
    /// The state now; none for practices that have left.
    pub is: Option<PracticeState>,
    /// The practices, sorted by code.
    pub practices: Vec<OdsCode>,
}

impl FleetTrend {
    pub(crate) fn between(before: &FleetSummary, now: &FleetSummary, not_checked: usize) -> Self {
        let gone = before.practices.keys();
        let gone = gone.filter(|ods_code| !now.practices.contains_key(ods_code));
        let mut codes: Vec<_> = now.practices.keys().chain(gone).collect();
        codes.sort();
        let change = |ods_code: &OdsCode| {
            let was = before.practices.get(ods_code).copied();
            let is = now.practices.get(ods_code).copied();
            let ods_code = ods_code.clone();
            (was != is).then_some(PracticeChange { ods_code, was, is })
        };
        Self {
            since: before.taken_at,
            changes: codes.into_iter().filter_map(change).collect(),
            healthy_before: before.healthy(),
            healthy_now: now.healthy(),
            not_checked,
        }
    }

    /// Returns equal changes in groups: worse, then mended, then others; the largest group first
    /// in each.
    pub fn groups(&self) -> Vec<ChangeGroup> {
        let changes = self.changes.iter();
        let groups = largest_first(changes.map(|it| ((it.was, it.is), &it.ods_code)));
        let group = |((was, is), practices)| ChangeGroup { was, is, practices };
        let mut groups: Vec<_> = groups.into_iter().map(group).collect();
        groups.sort_by_key(|group| match (group.was, group.is) {
            (_, Some(Broken(_))) => 0,
            (Some(_), Some(Healthy)) => 1,
            _ => 2,
        });
        groups
    }

    /// Returns the exit code for a scheduler that reports changes only: 0 if no practice is worse,
    /// 1 if one is, 2 if one could not be diagnosed.
    pub fn exit_code(&self) -> u8 {
        match self.not_checked {
            0 => u8::from(self.changes.iter().any(PracticeChange::is_worse)),
            _ => 2,
        }
    }
}

impl FleetSummary {
    /// Returns the changes since an earlier summary.
    pub fn since(&self, before: &Self) -> FleetTrend {
        FleetTrend::between(before, self, 0)
    }
}

/// `31 practices broken: password no longer matches (EMIS-D03)`
impl fmt::Display for ChangeGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |cause: Cause| format!("{} ({cause})", cause.short());
        write!(f, "{} ", PracticeCount(self.practices.len()))?;
        match (self.was, self.is) {
            (None, Some(Healthy)) => f.write_str("new, healthy"),
            (None, Some(Broken(cause))) => write!(f, "new, broken: {}", of(cause)),
            (Some(Broken(was)), Some(Healthy)) => write!(f, "mended: was {}", of(was)),
            (Some(Broken(was)), Some(Broken(is))) => {
                write!(f, "broken by another cause: {}, was {}", of(is), of(was))
            }
            (_, Some(Broken(cause))) => write!(f, "broken: {}", of(cause)),
            (_, Some(Healthy)) => f.write_str("healthy"),
            (_, None) => f.write_str("no longer listed"),
        }
    }
}

impl fmt::Display for FleetTrend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = uk::at(self.since).strftime("%d/%m/%Y %H:%M");
        let (now, before) = (self.healthy_now, self.healthy_before);
        write!(f, "Since {since} UK time: {now} healthy, {before} before.")?;
        if self.changes.is_empty() {
            f.write_str(" Nothing has changed.")?;
        }
        for group in self.groups() {
            write!(f, "\n  {group}\n   ")?;
            for ods_code in &group.practices {
                write!(f, " {ods_code}")?;
            }
        }
        Ok(())
    }
}
