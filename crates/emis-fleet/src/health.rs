//! The state of one practice in a few bytes.

use std::fmt;

use emis_diagnostics::{Cause, Report};
use serde::Serialize;

/// The result of one practice's diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "detail", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PracticeHealth {
    /// All checks were made and nothing was found.
    Healthy,
    /// Something is wrong.
    Unhealthy {
        /// The causes, most urgent first. A cause that looks like an earlier one is left out.
        causes: Vec<Cause>,
    },
    /// The practice could not be diagnosed.
    NotChecked(NotCheckedReason),
}

impl PracticeHealth {
    /// Reduces a report. A report without findings whose checks are incomplete is not healthy.
    pub(crate) fn of(report: &Report) -> Self {
        if report.healthy {
            return Self::Healthy;
        }
        let mut causes: Vec<Cause> = Vec::new();
        for finding in &report.findings {
            let others = &finding.indistinguishable_from;
            if !others.iter().any(|other| causes.contains(other)) {
                causes.push(finding.cause);
            }
        }
        match causes.is_empty() {
            true => Self::NotChecked(NotCheckedReason::Incomplete),
            false => Self::Unhealthy { causes },
        }
    }

    /// Returns the most urgent cause, if something is wrong.
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Unhealthy { causes } => causes.first().copied(),
            Self::Healthy | Self::NotChecked(_) => None,
        }
    }
}

/// The reason why a practice could not be diagnosed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotCheckedReason {
    /// The product failed; holds its error as text.
    Failed(String),
    /// The diagnosis took longer than [`FleetOptions::timeout`](crate::FleetOptions::timeout).
    TimedOut,
    /// Some checks could not be made, and the others found nothing.
    Incomplete,
    /// The practice was not asked, because nearly all practices before it had this cause.
    SharedCause(Cause),
    /// The sweep was stopped before it reached this practice.
    Stopped,
}

impl fmt::Display for NotCheckedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(why) => f.write_str(why),
            Self::TimedOut => f.write_str("the diagnosis timed out"),
            Self::Incomplete => f.write_str("some checks could not be made"),
            Self::SharedCause(cause) => write!(f, "not asked because of {cause}"),
            Self::Stopped => f.write_str("stopped early"),
        }
    }
}
