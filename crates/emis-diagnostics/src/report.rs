//! What a diagnosis found, for a screen, a program or a support ticket.

use std::fmt;

use emis_types::OdsCode;
use jiff::Timestamp;
use serde::Serialize;

use crate::capability::LastCalls;
use crate::finding::Finding;
use crate::observation::{Observation, Probe, Seen};
use crate::obstacle::Obstacle;
use crate::product::Product;

/// The result of a diagnosis.
///
/// Serialises to JSON for programs (`docs/report.schema.json` describes it) and shows itself to
/// people as [text](Self::text), [Markdown](Self::markdown) or a [page](Self::html). It holds
/// codes, EMIS's ids and the practice's username: nothing about a patient and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Whether everything was checked and nothing was found.
    pub healthy: bool,
    /// When it was checked; RFC 3339 in UTC in JSON.
    pub checked_at: Timestamp,
    /// The practice, as the settings name it.
    pub ods_code: OdsCode,
    /// What was checked, in order, and how each check came out.
    pub checks: Vec<Check>,
    /// What is wrong, the one to be mended first on top. Do what it says and run the diagnosis
    /// again.
    pub findings: Vec<Finding>,
    /// What can stand in the way of those steps that nothing shows from here, and what to do then.
    pub obstacles: Vec<Obstacle>,
    /// When what the product does last worked, in whichever of its processes, where that is kept.
    /// To the minute, where it was another one.
    pub last_calls: Vec<LastCalls>,
}

/// How one check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// What was checked.
    pub probe: Probe,
    /// How it came out.
    pub result: CheckResult,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckResult {
    /// All is well.
    Passed,
    /// Something is wrong; the findings say what.
    Failed,
    /// EMIS did not say.
    NotStated,
    /// There was nothing to check.
    NothingToCheck,
    /// Not carried out, because an earlier check failed.
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
            checks,
            obstacles: Obstacle::of(&findings, product),
            findings,
            last_calls,
        }
    }

    /// What a scheduler should be told: 0 where the practice is healthy, 1 where it is not.
    pub const fn exit_code(&self) -> u8 {
        !self.healthy as u8
    }
}

/// A probe that saw several things came out as the worst of them; one that saw nothing was not
/// carried out.
fn result_of(probe: Probe, observations: &[Observation]) -> CheckResult {
    let results = observations
        .iter()
        .filter(|observation| observation.probe == probe)
        .map(|observation| match observation.seen {
            Seen::Passed => CheckResult::Passed,
            Seen::NotStated => CheckResult::NotStated,
            Seen::NothingToCheck => CheckResult::NothingToCheck,
            Seen::NotChecked => CheckResult::NotChecked,
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
