//! A cause that explains what was seen.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::catalogue::Urgency;
use crate::cause::Cause;
use crate::certainty::Certainty;
use crate::product::Product;
use crate::step::Step;
use emis_types::ResponsibleParty;

/// A cause that explains the observations, with the steps that put it right.
///
/// In JSON, `steps` are sentences; `clicks` are the same steps as objects for a program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The cause; its `code` in JSON, such as `"EMIS-D01"`.
    pub cause: Cause,
    /// The cause in one line.
    pub title: String,
    /// The certainty.
    pub certainty: Certainty,
    /// The party that must act.
    pub actor: ResponsibleParty,
    /// The extent of the damage.
    pub urgency: Urgency,
    /// The meaning, for a practice manager.
    pub explanation: String,
    /// The meaning, for an engineer of the product.
    pub for_engineers: String,
    /// The observations, as sentences.
    pub evidence: Vec<String>,
    /// The steps: those that tell this cause from others, the quickest first, then those that put
    /// it right.
    pub steps: Vec<Step>,
    /// The sign that it is put right.
    pub mended: String,
    /// Causes that look the same from here.
    pub indistinguishable_from: Vec<Cause>,
    /// The questions that tell them apart: of this cause, and then of each that looks the same. A
    /// yes names the cause. Empty if no cause looks the same.
    pub questions: Vec<String>,
}

impl Finding {
    pub(crate) fn new(
        cause: Cause,
        certainty: Certainty,
        evidence: Vec<String>,
        others: Vec<Cause>,
        product: &Product,
    ) -> Self {
        let entry = cause.entry(product);
        let rivals = std::iter::once(&cause).chain(&others);
        let rivals = rivals.filter(|_| !others.is_empty());
        let question = |it: &Cause| Some(format!("{} ({it})", it.question(product)?));
        let questions = rivals.filter_map(question).collect();
        Self {
            cause,
            title: entry.title,
            certainty,
            actor: entry.actor,
            urgency: entry.urgency,
            explanation: entry.explanation,
            for_engineers: entry.for_engineers,
            evidence,
            steps: cause.steps_among(&others, certainty, product),
            mended: entry.mended,
            indistinguishable_from: others,
            questions,
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let steps: Vec<String> = self.steps.iter().map(Step::to_string).collect();
        let mut json = serializer.serialize_struct("Finding", 13)?;
        json.serialize_field("code", &self.cause)?;
        json.serialize_field("title", &self.title)?;
        json.serialize_field("certainty", &self.certainty)?;
        json.serialize_field("actor", &self.actor)?;
        json.serialize_field("urgency", &self.urgency)?;
        json.serialize_field("explanation", &self.explanation)?;
        json.serialize_field("for_engineers", &self.for_engineers)?;
        json.serialize_field("evidence", &self.evidence)?;
        json.serialize_field("steps", &steps)?;
        json.serialize_field("clicks", &self.steps)?;
        json.serialize_field("mended", &self.mended)?;
        json.serialize_field("indistinguishable_from", &self.indistinguishable_from)?;
        json.serialize_field("questions", &self.questions)?;
        json.end()
    }
}
