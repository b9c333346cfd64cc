//! The result of a diagnosis.

use std::fmt;

use emis_types::OdsCode;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::capability::LastCalls;
use crate::cause::Cause;
use crate::certainty::Certainty;
use crate::evidence;
use crate::finding::Finding;
use crate::history::{DiagnosisRecord, last_healthy, seen_since};
use crate::language::Language;
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
    /// The address of the practice's settings page in the product, if it is known.
    pub settings_url: Option<String>,
    /// The language of titles, explanations and steps.
    pub language: Language,
    /// The time since which diagnoses have named the first finding's cause; none if this is the
    /// first one, or if no history is kept.
    pub since: Option<Timestamp>,
    /// The time of the last diagnosis that found nothing, if it is known.
    pub last_healthy: Option<Timestamp>,
    /// The time at which EMIS asks to be called again.
    pub try_again_at: Option<Timestamp>,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// The check.
    pub probe: Probe,
    /// The result.
    pub result: CheckResult,
    /// The observations behind it, as sentences; empty if all is as it should be.
    pub evidence: Vec<String>,
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
                evidence: evidence_of(probe, observations),
            })
            .collect();
        let complete = checks
            .iter()
            .all(|check| !matches!(check.result, CheckResult::Failed | CheckResult::NotChecked));
        let asked = observations.iter().filter_map(retry_after);
        let asked = asked.max().and_then(|wait| {
            let wait = SignedDuration::from_secs(i64::try_from(wait).ok()?);
            checked_at.checked_add(wait).ok()
        });
        Self {
            healthy: complete && findings.is_empty(),
            checked_at,
            settings_url: product.settings_url(&ods_code),
            ods_code,
            product: product.name().to_owned(),
            language: product.language(),
            since: None,
            last_healthy: None,
            try_again_at: asked,
            checks,
            obstacles: Obstacle::of(&findings, product),
            findings,
            last_calls,
        }
    }

    /// Returns a report as though a diagnosis had found this cause: for one that only people see,
    /// such as [`Cause::ConsentDeclined`], and for training.
    ///
    /// # Examples
    /// ```
    /// use emis_diagnostics::{Cause, Product, Report};
    /// let product = Product::new("Patchs", "patchs")?;
    /// let at = "2026-06-02T09:00:00Z".parse()?;
    /// let report = Report::of_cause(Cause::ConsentDeclined, "A20047".parse()?, &product, at);
    /// println!("{report}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_cause(cause: Cause, ods_code: OdsCode, product: &Product, at: Timestamp) -> Self {
        let evidence = vec!["A person has reported it.".to_owned()];
        let finding = Finding::new(cause, Certainty::Likely, evidence, Vec::new(), product);
        Self::new(at, ods_code, &[], vec![finding], Vec::new(), product)
    }

    /// Returns the record to keep of this diagnosis.
    pub fn record(&self) -> DiagnosisRecord {
        let causes = self.findings.iter().map(|it| it.cause).collect();
        let evidence = self.findings.first().map(|it| it.evidence.clone());
        let evidence = evidence.unwrap_or_default();
        DiagnosisRecord::new(self.checked_at, self.healthy, causes, evidence)
    }

    /// Returns the report with what earlier diagnoses add.
    pub(crate) fn after(self, history: &[DiagnosisRecord]) -> Self {
        let first = self.findings.first();
        Self {
            since: first.and_then(|first| seen_since(history, first.cause)),
            last_healthy: last_healthy(history),
            ..self
        }
    }

    /// Returns the exit code for a scheduler: 0 if the practice is healthy, 1 if not.
    pub const fn exit_code(&self) -> u8 {
        !self.healthy as u8
    }
}

/// Returns the time that EMIS asks to wait, in seconds.
fn retry_after(observation: &Observation) -> Option<u64> {
    match &observation.outcome {
        ProbeOutcome::Failed(failure) => failure.retry_after_seconds,
        _ => None,
    }
}

/// Returns the sentences of what the probe has seen, other than that all is well.
fn evidence_of(probe: Probe, observations: &[Observation]) -> Vec<String> {
    use ProbeOutcome::{NotChecked, NotStated, NothingToCheck, Passed};
    let seen = observations.iter().filter(|it| it.probe == probe);
    let seen =
        seen.filter(|it| !matches!(it.outcome, Passed | NotStated | NotChecked | NothingToCheck));
    seen.map(evidence::sentence).collect()
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
