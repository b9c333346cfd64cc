//! The part of a report that is kept until next time.

use std::collections::BTreeMap;

use emis_diagnostics::Cause;
use emis_types::OdsCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The version of the format that is written.
const VERSION: u32 = 1;

/// A [`FleetReport`](crate::FleetReport) reduced to about 20 bytes of JSON a practice, to be kept
/// until the next report.
///
/// ```json
/// {"version":1,"taken_at":"2026-06-02T09:00:00Z","practices":{"A20047":null,"Z90001":"EMIS-D03"}}
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetSummary {
    /// The time of the report.
    pub taken_at: Timestamp,
    /// The state of each practice when it was last diagnosed.
    pub practices: BTreeMap<OdsCode, PracticeState>,
}

/// The state of a practice when it was last diagnosed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PracticeState {
    /// Nothing was found.
    Healthy,
    /// The most urgent cause.
    Broken(Cause),
}

/// The JSON form; null is healthy.
#[derive(Serialize, Deserialize)]
struct Json {
    version: u32,
    taken_at: Timestamp,
    practices: BTreeMap<OdsCode, Option<Cause>>,
}

/// The field that every version has.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl FleetSummary {
    pub(crate) fn new(taken_at: Timestamp, practices: BTreeMap<OdsCode, PracticeState>) -> Self {
        Self {
            taken_at,
            practices,
        }
    }

    /// Returns the number of healthy practices.
    pub fn healthy(&self) -> usize {
        let states = self.practices.values();
        states
            .filter(|state| **state == PracticeState::Healthy)
            .count()
    }

    /// Returns the summary as JSON.
    pub fn to_json(&self) -> String {
        let practices = self.practices.iter();
        let json = Json {
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
        serde_json::to_string(&json).unwrap_or_default()
    }

    /// Reads a summary from JSON.
    ///
    /// # Errors
    /// [`FleetSummaryErrorKind::OtherVersion`] if another release wrote it in a format that this
    /// release does not read. [`FleetSummaryErrorKind::Unreadable`] if it is no summary, is
    /// incomplete, or names an unknown cause. It is safe to continue without a summary: the next
    /// report is then the first.
    pub fn from_json(json: &str) -> Result<Self, FleetSummaryError> {
        let error = |kind| FleetSummaryError { kind };
        let unreadable = |_| error(FleetSummaryErrorKind::Unreadable);
        let Versioned { version } = serde_json::from_str(json).map_err(unreadable)?;
        if version != VERSION {
            return Err(error(FleetSummaryErrorKind::OtherVersion(version)));
        }
        let json: Json = serde_json::from_str(json).map_err(unreadable)?;
        let state =
            |cause: Option<Cause>| cause.map_or(PracticeState::Healthy, PracticeState::Broken);
        let practices = json.practices.into_iter();
        let practices = practices.map(|(ods_code, cause)| (ods_code, state(cause)));
        Ok(Self::new(json.taken_at, practices.collect()))
    }
}

/// A summary that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct FleetSummaryError {
    kind: FleetSummaryErrorKind,
}

/// The kind of a [`FleetSummaryError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum FleetSummaryErrorKind {
    /// The text is no summary, or is incomplete.
    #[error("the text is not a complete fleet summary")]
    Unreadable,
    /// The summary has another version of the format.
    #[error("the fleet summary has format {0}; this release reads format {VERSION}")]
    OtherVersion(u32),
}

impl FleetSummaryError {
    /// Returns the kind of error.
    pub fn kind(&self) -> FleetSummaryErrorKind {
        self.kind
    }
}
