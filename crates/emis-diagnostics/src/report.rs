//! What a diagnosis found, for a screen, a program or a support ticket.

use std::fmt;

use emis_types::{OdsCode, uk};
use jiff::Timestamp;
use serde::Serialize;

use crate::catalogue::{Actor, Cause};
use crate::certainty::Certainty;
use crate::observation::{Observation, Probe, Seen};
use crate::product::Product;
use crate::step::{Step, write_numbered};

/// The result of a diagnosis.
///
/// Serialises to JSON for programs and prints as plain text for people. It holds codes, EMIS's
/// ids and the practice's username: nothing about a patient and no secret.
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
    /// What is wrong, the surest first. Do what the first one says and run the diagnosis again.
    pub findings: Vec<Finding>,
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
    /// Not carried out, because an earlier check failed.
    NotChecked,
}

/// A cause that explains what was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The cause; its code in JSON, such as `"EMIS-D01"`.
    #[serde(rename = "code")]
    pub cause: Cause,
    /// The cause in one line.
    pub title: String,
    /// How sure it is.
    pub certainty: Certainty,
    /// Who must act.
    pub actor: Actor,
    /// What it means, for a practice manager.
    pub explanation: String,
    /// What it means, for an engineer of the product.
    pub for_engineers: String,
    /// What was seen, as sentences.
    pub evidence: Vec<String>,
    /// What to do: first what tells this cause from others, cheapest first, then what puts it
    /// right.
    pub steps: Vec<Step>,
    /// Causes that look the same from here.
    pub indistinguishable_from: Vec<Cause>,
}

impl Finding {
    pub(crate) fn new(
        cause: Cause,
        certainty: Certainty,
        evidence: String,
        others: impl IntoIterator<Item = Cause>,
        product: &Product,
    ) -> Self {
        let entry = cause.entry(product);
        let mut steps = entry.confirm;
        steps.extend(entry.fix);
        Self {
            cause,
            title: entry.title,
            certainty,
            actor: entry.actor,
            explanation: entry.explanation,
            for_engineers: entry.for_engineers,
            evidence: vec![evidence],
            steps,
            indistinguishable_from: others.into_iter().collect(),
        }
    }

    /// Adds what another observation says for the same cause.
    pub(crate) fn add(
        &mut self,
        certainty: Certainty,
        evidence: String,
        others: impl Iterator<Item = Cause>,
    ) {
        self.certainty = self.certainty.min(certainty);
        if !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
        }
        for other in others {
            if !self.indistinguishable_from.contains(&other) {
                self.indistinguishable_from.push(other);
            }
        }
    }
}

impl Report {
    pub(crate) fn new(
        checked_at: Timestamp,
        ods_code: OdsCode,
        observations: &[Observation],
        findings: Vec<Finding>,
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
            .all(|check| matches!(check.result, CheckResult::Passed | CheckResult::NotStated));
        Self {
            healthy: complete && findings.is_empty(),
            checked_at,
            ods_code,
            checks,
            findings,
        }
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
            Seen::NotChecked => CheckResult::NotChecked,
            _ => CheckResult::Failed,
        });
    let severity = |result: &CheckResult| match result {
        CheckResult::Passed => 0,
        CheckResult::NotStated => 1,
        CheckResult::NotChecked => 2,
        CheckResult::Failed => 3,
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
            Self::NotChecked => "not checked",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}, {})", self.title, self.cause, self.certainty)?;
        writeln!(f, "{}", self.explanation)?;
        writeln!(f, "To be done by {}.", self.actor)?;
        writeln!(f, "Seen:")?;
        for sentence in &self.evidence {
            writeln!(f, "  - {sentence}")?;
        }
        if !self.indistinguishable_from.is_empty() {
            let codes: Vec<_> = self
                .indistinguishable_from
                .iter()
                .map(|c| c.code())
                .collect();
            writeln!(f, "Looks the same from here: {}.", codes.join(", "))?;
        }
        writeln!(f, "Steps:")?;
        write_numbered(f, &self.steps)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = uk::at(self.checked_at);
        writeln!(
            f,
            "EMIS connection of {}, checked {} UK time: {}",
            self.ods_code,
            at.strftime("%d/%m/%Y %H:%M"),
            if self.healthy {
                "healthy"
            } else {
                "not healthy"
            },
        )?;
        for check in &self.checks {
            writeln!(f, "  {}: {}", check.probe, check.result)?;
        }
        self.findings
            .iter()
            .try_for_each(|finding| write!(f, "\n{finding}"))
    }
}
