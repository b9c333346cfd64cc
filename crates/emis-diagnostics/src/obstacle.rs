//! Problems that a reader of the steps may meet, with the way around each.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::cause::Cause;
use crate::finding::Finding;
use crate::product::Product;
use crate::step::Step;
use emis_types::ResponsibleParty;

/// A cause that only shows when a reader follows the steps: the [`otherwise`](Step::otherwise) of
/// one of them.
///
/// In JSON, `steps` are sentences; `clicks` are the same steps as objects for a program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Obstacle {
    /// The cause; its `code` in JSON.
    pub cause: Cause,
    /// The cause in one line.
    pub title: String,
    /// The party that must act.
    pub actor: ResponsibleParty,
    /// The meaning, for a practice manager.
    pub explanation: String,
    /// The steps, before the reader goes on.
    pub steps: Vec<Step>,
}

impl Obstacle {
    fn new(cause: Cause, product: &Product) -> Self {
        let entry = cause.entry(product);
        Self {
            cause,
            title: entry.title,
            actor: entry.actor,
            explanation: entry.explanation,
            steps: entry.fix,
        }
    }

    /// Returns the obstacles of some findings, and those on the way around them. Each is returned
    /// once, without causes that are findings themselves.
    pub(crate) fn of(findings: &[Finding], product: &Product) -> Vec<Self> {
        let mut obstacles: Vec<Self> = Vec::new();
        let mut met: Vec<Cause> = met(findings.iter().flat_map(|finding| &finding.steps));
        while !met.is_empty() {
            let known = |cause: &Cause| {
                findings.iter().any(|finding| finding.cause == *cause)
                    || obstacles.iter().any(|obstacle| obstacle.cause == *cause)
            };
            met.retain(|cause| !known(cause));
            let begin = obstacles.len();
            obstacles.extend(met.iter().map(|&cause| Self::new(cause, product)));
            let new = obstacles.iter().skip(begin);
            met = self::met(new.flat_map(|obstacle| &obstacle.steps));
        }
        obstacles
    }
}

/// Returns the obstacles in the order of the steps, each once.
fn met<'a>(steps: impl Iterator<Item = &'a Step>) -> Vec<Cause> {
    let mut causes = Vec::new();
    for cause in steps.filter_map(|step| step.otherwise) {
        if !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    causes
}

impl Serialize for Obstacle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let steps: Vec<String> = self.steps.iter().map(Step::to_string).collect();
        let mut json = serializer.serialize_struct("Obstacle", 6)?;
        json.serialize_field("code", &self.cause)?;
        json.serialize_field("title", &self.title)?;
        json.serialize_field("actor", &self.actor)?;
        json.serialize_field("explanation", &self.explanation)?;
        json.serialize_field("steps", &steps)?;
        json.serialize_field("clicks", &self.steps)?;
        json.end()
    }
}
