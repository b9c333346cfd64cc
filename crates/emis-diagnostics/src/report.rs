//! The result of a diagnosis.

use std::fmt;

use emis_types::OdsCode;
use jiff::Timestamp;
use serde::Serialize;

use crate::capability::LastCalls;
use crate::finding::Finding;
use crate::observation::{Observation, Probe, ProbeOutcome};
use crate::obstacle::Obstacle;
use crate::product::Product;

/// The result of a diagnosis.
///
/// Serialises to JSON (`docs/report.schema.json`) and renders as [text](Self::text),
/// [Markdown](Self::markdown) and [HTML](Self::html). Holds codes, EMIS's IDs and the practice's
/// username; nothing about a patient and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// True if everything was checked and nothing was found.
    pub healthy: bool,
    /// The time of the diagnosis; RFC 3339 in UTC in JSON.
    pub checked_at: Timestamp,
    /// The practice of the settings.
    pub ods_code: OdsCode,
    /// The name of the product.
    pub product: String,
    /// The checks, in order.
    pub checks: Vec<Check>,
    /// The causes, most urgent first. Follow the first and diagnose again.
    pub findings: Vec<Finding>,
    /// Problems that a reader of the steps may meet, with the way around each.
    pub obstacles: Vec<Obstacle>,
    /// The last calls of the product, in any process, if they are kept. To the minute for other
    /// processes.
    pub last_calls: Vec<LastCalls>,
}

/// One check and its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// The check.
    pub probe: Probe,
    /// The result.
    pub result: CheckResult,
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckResult {
    /// The check passed.
    Passed,
    /// The check failed; the findings say why.
    Failed,
    /// EMIS did not say.
    NotStated,
    /// There was nothing to check.
    NothingToCheck,
    /// Not checked, because an earlier check failed.
    NotChecked,
}

impl Report {
    pub(crate) fn new(
        checked_at: Timestamp,
        ods_code: OdsCode,
        observations: &[Observation],
        findings: Vec<Finding>,
        last_calls: Vec<LastCalls>,
        product: &Product,
    ) -> Self {
        let checks: Vec<Check> = Probe::ALL
            .iter()
            .map(|&probe| Check {
                probe,
                result: result_of(probe, observations),
            })
            .collect();
        let complete = checks
            .iter()
            .all(|check| !matches!(check.result, CheckResult::Failed | CheckResult::NotChecked));
        Self {
            healthy: complete && findings.is_empty(),
            checked_at,
            ods_code,
            product: product.name().to_owned(),
            checks,
            obstacles: Obstacle::of(&findings, product),
            findings,
            last_calls,
        }
    }

    /// Returns the exit code for a scheduler: 0 if the practice is healthy, 1 if not.
    pub const fn exit_code(&self) -> u8 {
        !self.healthy as u8
    }
}

/// Returns the worst result of the probe's observations; a probe without one was not made.
fn result_of(probe: Probe, observations: &[Observation]) -> CheckResult {
    let results = observations
        .iter()
        .filter(|observation| observation.probe == probe)
        .map(|observation| match observation.outcome {
            ProbeOutcome::Passed | ProbeOutcome::ScopesNotStated => CheckResult::Passed,
            ProbeOutcome::NotStated => CheckResult::NotStated,
            ProbeOutcome::NothingToCheck => CheckResult::NothingToCheck,
            ProbeOutcome::NotChecked => CheckResult::NotChecked,
            _ => CheckResult::Failed,
        });
    let severity = |result: &CheckResult| match result {
        CheckResult::Passed => 0,
        CheckResult::NothingToCheck => 1,
        CheckResult::NotStated => 2,
        CheckResult::NotChecked => 3,
        CheckResult::Failed => 4,
    };
    results
        .max_by_key(severity)
        .unwrap_or(CheckResult::NotChecked)
}

impl fmt::Display for CheckResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "yes",
            Self::Failed => "no",
            Self::NotStated => "EMIS did not say",
            Self::NothingToCheck => "nothing to check",
            Self::NotChecked => "not checked",
        })
    }
}
