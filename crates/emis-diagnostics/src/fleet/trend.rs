//! What has changed since last time, and nothing else.

use std::fmt;

use emis_types::OdsCode;
use jiff::Timestamp;
use serde::Serialize;

use super::Practices;
use super::report::largest_first;
use super::summary::{FleetSummary, PracticeState};
use crate::catalogue::Cause;
use crate::render::uk_time;

use PracticeState::{Broken, Healthy};

/// What has changed since a [`FleetSummary`].
///
/// Shows itself as a few lines: the changes that are the same in one, with the practices below,
/// what is worse on top.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Trend {
    /// Since when.
    pub since: Timestamp,
    /// The practices that have changed, in the order of their codes.
    pub changes: Vec<Change>,
    /// How many were healthy then.
    pub healthy_before: usize,
    /// How many are now; a practice that could not be diagnosed is as it was.
    pub healthy_now: usize,
    /// How many could not be diagnosed.
    pub not_checked: usize,
}

/// A practice that has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The practice.
    pub ods_code: OdsCode,
    /// How it was then; none where it was not there.
    pub was: Option<PracticeState>,
    /// How it is now; none where it is not there any more.
    pub is: Option<PracticeState>,
}

impl Change {
    /// Whether something new is wrong with it.
    pub fn is_worse(&self) -> bool {
        matches!(self.is, Some(Broken(_)))
    }
}

/// Practices that have changed in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ChangeGroup {
    /// How they were then; none where they were not there.
    pub was: Option<PracticeState>,
    /// How they are now; none where they are not there any more.
    pub is: Option<PracticeState>,
    /// The practices, in the order of their codes.
    pub practices: Vec<OdsCode>,
}

impl Trend {
    pub(super) fn between(before: &FleetSummary, now: &FleetSummary, not_checked: usize) -> Self {
        let gone = before.practices.keys();
        let gone = gone.filter(|ods_code| !now.practices.contains_key(ods_code));
        let mut codes: Vec<_> = now.practices.keys().chain(gone).collect();
        codes.sort();
        let change = |ods_code: &OdsCode| {
            let was = before.practices.get(ods_code).copied();
            let is = now.practices.get(ods_code).copied();
            let ods_code = ods_code.clone();
            (was != is).then_some(Change { ods_code, was, is })
        };
        Self {
            since: before.taken_at,
            changes: codes.into_iter().filter_map(change).collect(),
            healthy_before: before.healthy(),
            healthy_now: now.healthy(),
            not_checked,
        }
    }

    /// The changes that are the same, together: what is worse on top, then what is mended, and of
    /// each the largest group first.
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

    /// What a scheduler should be told that wants to hear of what is new only: 0 where no practice
    /// is worse than it was, 1 where something new is wrong with one, 2 where one could not be
    /// diagnosed.
    pub fn exit_code(&self) -> u8 {
        match self.not_checked {
            0 => u8::from(self.changes.iter().any(Change::is_worse)),
            _ => 2,
        }
    }
}

/// `31 practices broken: password no longer matches (EMIS-D03)`
impl fmt::Display for ChangeGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |cause: Cause| format!("{} ({cause})", cause.short());
        write!(f, "{} ", Practices(self.practices.len()))?;
        match (self.was, self.is) {
            (None, Some(Healthy)) => f.write_str("new, healthy"),
            (None, Some(Broken(cause))) => write!(f, "new, broken: {}", of(cause)),
            (Some(Broken(was)), Some(Healthy)) => write!(f, "mended: was {}", of(was)),
            (Some(Broken(was)), Some(Broken(is))) => {
                write!(f, "broken otherwise: {}, was {}", of(is), of(was))
            }
            (_, Some(Broken(cause))) => write!(f, "broken: {}", of(cause)),
            (_, Some(Healthy)) => f.write_str("healthy"),
            (_, None) => f.write_str("no longer there"),
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
