//! What is kept of one practice: a few bytes, whatever its report says.

use std::fmt;

use serde::Serialize;

use crate::catalogue::Cause;
use crate::report::Report;

/// How a practice is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "detail", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PracticeHealth {
    /// Everything was checked and nothing was found.
    Healthy,
    /// Something is wrong.
    Unhealthy {
        /// What was found, the one to be mended first on top; those that look the same as an
        /// earlier one are not named again.
        causes: Vec<Cause>,
    },
    /// It could not be diagnosed, and why.
    NotChecked(Unchecked),
}

impl PracticeHealth {
    /// A practice at which something could not be looked at, and nothing found, is not healthy
    /// and has no cause either.
    pub(super) fn of(report: &Report) -> Self {
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
            true => Self::NotChecked(Unchecked::Incomplete),
            false => Self::Unhealthy { causes },
        }
    }

    /// What is to be mended first, where something is wrong.
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Unhealthy { causes } => causes.first().copied(),
            Self::Healthy | Self::NotChecked(_) => None,
        }
    }
}

/// Why a practice could not be diagnosed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unchecked {
    /// The product itself failed, in its own words.
    Failed(String),
    /// It took longer than anybody waits.
    TookTooLong,
    /// Some checks could not be made, and the others found nothing.
    Incomplete,
    /// It was not asked, because all who were asked before had this trouble.
    Outage(Cause),
    /// It was not asked, because the diagnosis of all was stopped before its turn came.
    Stopped,
}

impl fmt::Display for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(why) => f.write_str(why),
            Self::TookTooLong => f.write_str("it took too long"),
            Self::Incomplete => f.write_str("not everything could be checked"),
            Self::Outage(cause) => write!(f, "left alone: {} ({cause})", cause.short()),
            Self::Stopped => f.write_str("stopped before its turn came"),
        }
    }
}
