//! The result of a sweep.

use std::collections::BTreeMap;
use std::fmt;

use emis_diagnostics::Cause;
use emis_types::OdsCode;
use jiff::Timestamp;
use serde::Serialize;

use crate::group::{CauseGroup, PracticeCount, largest_first};
use crate::health::{NotCheckedReason, PracticeHealth};
use crate::shared_cause::SharedCause;
use crate::summary::{FleetSummary, PracticeState};
use crate::trend::FleetTrend;

/// The health of many practices.
///
/// `Display` writes a few lines: the number of healthy practices, the causes of the others with
/// the largest group first, and the number of practices that could not be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FleetReport {
    /// The time at which the sweep began.
    pub started_at: Timestamp,
    /// The cause that nearly all practices had at once, which ended the sweep.
    pub shared_cause: Option<SharedCause>,
    /// Each practice by its ODS code.
    pub practices: BTreeMap<OdsCode, PracticeHealth>,
}

impl FleetReport {
    pub(crate) fn new(started_at: Timestamp) -> Self {
        Self {
            started_at,
            shared_cause: None,
            practices: BTreeMap::new(),
        }
    }

    /// Returns the unhealthy practices by their most urgent cause, the largest group first.
    pub fn groups(&self) -> Vec<CauseGroup> {
        let broken = self.practices.iter();
        let broken = broken.filter_map(|(code, health)| Some((health.cause()?, code)));
        let group = |(cause, practices): (Cause, _)| CauseGroup {
            cause,
            short: cause.short(),
            responsible: match self.shared_cause {
                Some(shared) if shared.cause == cause => shared.responsible,
                _ => cause.responsible(),
            },
            practices,
        };
        largest_first(broken).into_iter().map(group).collect()
    }

    /// Returns the practices that could not be diagnosed, with the reason.
    pub fn not_checked(&self) -> impl Iterator<Item = (&OdsCode, &NotCheckedReason)> {
        self.practices
            .iter()
            .filter_map(|(ods_code, health)| match health {
                PracticeHealth::NotChecked(why) => Some((ods_code, why)),
                _ => None,
            })
    }

    /// Returns the number of healthy practices.
    pub fn healthy(&self) -> usize {
        let all = self.practices.values();
        all.filter(|health| **health == PracticeHealth::Healthy)
            .count()
    }

    /// Returns the exit code for a scheduler: 0 if all are healthy, 1 if one is not, 2 if one
    /// could not be diagnosed.
    pub fn exit_code(&self) -> u8 {
        if self.not_checked().next().is_some() {
            2
        } else {
            u8::from(self.healthy() < self.practices.len())
        }
    }

    /// Returns the summary to keep until next time. A practice that could not be diagnosed keeps
    /// its state of `before`.
    pub fn summary(&self, before: Option<&FleetSummary>) -> FleetSummary {
        let state = |(ods_code, health): (&OdsCode, &PracticeHealth)| {
            let state = match (health, health.cause()) {
                (PracticeHealth::Healthy, _) => PracticeState::Healthy,
                (_, Some(cause)) => PracticeState::Broken(cause),
                (_, None) => *before?.practices.get(ods_code)?,
            };
            Some((ods_code.clone(), state))
        };
        let practices = self.practices.iter().filter_map(state).collect();
        FleetSummary::new(self.started_at, practices)
    }

    /// Returns the changes since `before`. A practice that could not be diagnosed has not changed.
    pub fn since(&self, before: &FleetSummary) -> FleetTrend {
        let now = self.summary(Some(before));
        FleetTrend::between(before, &now, self.not_checked().count())
    }
}

impl fmt::Display for FleetReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (healthy, all) = (self.healthy(), PracticeCount(self.practices.len()));
        write!(f, "{healthy} of {all} healthy.")?;
        if let Some(shared) = self.shared_cause {
            write!(f, "\n  {shared}")?;
        }
        for group in self.groups() {
            write!(f, "\n  {group}")?;
        }
        let reasons = self.not_checked().map(|(ods_code, why)| (why, ods_code));
        for (why, practices) in largest_first(reasons) {
            let practices = PracticeCount(practices.len());
            write!(f, "\n  {practices} not checked: {why}")?;
        }
        Ok(())
    }
}
