//! What is remembered of a fleet until next time.

use std::collections::BTreeMap;
use std::fmt;

use emis_types::OdsCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{FleetReport, PracticeHealth, Trend};
use crate::catalogue::Cause;

/// The version of the format that is written.
const VERSION: u32 = 1;

/// What is remembered of a [`FleetReport`] until the next: about 20 bytes of JSON for each
/// practice, which say nothing but how it was.
///
/// ```json
/// {"version":1,"taken_at":"2026-06-02T09:00:00Z","practices":{"A20047":null,"Z90001":"EMIS-D03"}}
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetSummary {
    /// When it was.
    pub taken_at: Timestamp,
    /// How each practice was when it could last be diagnosed.
    pub practices: BTreeMap<OdsCode, PracticeState>,
}

/// How a practice was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PracticeState {
    /// Nothing was found.
    Healthy,
    /// This was to be mended first.
    Broken(Cause),
}

/// As it is written; null is healthy.
#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    taken_at: Timestamp,
    practices: BTreeMap<OdsCode, Option<Cause>>,
}

/// What every version has.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl FleetSummary {
    pub(super) fn of(report: &FleetReport, before: Option<&Self>) -> Self {
        let state = |(ods_code, health): (&OdsCode, &PracticeHealth)| {
            let state = match (health, health.cause()) {
                (PracticeHealth::Healthy, _) => PracticeState::Healthy,
                (_, Some(cause)) => PracticeState::Broken(cause),
                (_, None) => *before?.practices.get(ods_code)?,
            };
            Some((ods_code.clone(), state))
        };
        Self {
            taken_at: report.started_at,
            practices: report.practices.iter().filter_map(state).collect(),
        }
    }

    /// How many were healthy.
    pub fn healthy(&self) -> usize {
        let states = self.practices.values();
        states
            .filter(|state| **state == PracticeState::Healthy)
            .count()
    }

    /// What has changed since an earlier one, and nothing else.
    pub fn since(&self, before: &Self) -> Trend {
        Trend::between(before, self, 0)
    }

    /// As JSON, to be kept.
    pub fn to_json(&self) -> String {
        let practices = self.practices.iter();
        let written = Written {
            version: VERSION,
            taken_at: self.taken_at,
            practices: practices
                .map(|(ods_code, state)| match state {
                    PracticeState::Healthy => (ods_code.clone(), None),
                    PracticeState::Broken(cause) => (ods_code.clone(), Some(*cause)),
                })
                .collect(),
        };
        // Codes, numbers and texts can always be written.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// What was kept, read again.
    ///
    /// # Errors
    /// [`SummaryErrorKind::OtherVersion`] where another release has written it in a format that
    /// this one does not read, [`SummaryErrorKind::Unreadable`] where it is no summary, was cut
    /// off, or names a cause that this release does not know. Nothing is lost by going on without:
    /// the next report is then the first.
    pub fn from_json(json: &str) -> Result<Self, SummaryError> {
        let unreadable = |_| SummaryError {
            kind: SummaryErrorKind::Unreadable,
        };
        let Versioned { version } = serde_json::from_str(json).map_err(unreadable)?;
        if version != VERSION {
            return Err(SummaryError {
                kind: SummaryErrorKind::OtherVersion(version),
            });
        }
        let written: Written = serde_json::from_str(json).map_err(unreadable)?;
        let practices = written.practices.into_iter();
        Ok(Self {
            taken_at: written.taken_at,
            practices: practices
                .map(|(ods_code, cause)| {
                    let state = cause.map_or(PracticeState::Healthy, PracticeState::Broken);
                    (ods_code, state)
                })
                .collect(),
        })
    }
}

/// Why a kept summary could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryError {
    kind: SummaryErrorKind,
}

/// What is wrong with a kept summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SummaryErrorKind {
    /// It is no summary, or not whole.
    Unreadable,
    /// It is in the format of this version, which this release does not read.
    OtherVersion(u32),
}

impl SummaryError {
    /// What is wrong with it.
    pub fn kind(&self) -> SummaryErrorKind {
        self.kind
    }
}

impl fmt::Display for SummaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            SummaryErrorKind::Unreadable => {
                f.write_str("not a summary of a fleet, or not a whole one")
            }
            SummaryErrorKind::OtherVersion(version) => write!(
                f,
                "a summary of a fleet in format {version}, while this release reads {VERSION}"
            ),
        }
    }
}

impl std::error::Error for SummaryError {}
