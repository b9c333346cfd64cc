//! The error of an answer that can't be decoded: a field, and a problem in fixed words.

use uuid::Uuid;

use crate::model::SkippedRecord;

/// The path of the value as a whole.
pub(super) const WHOLE: &str = "the whole";

/// The problem of an answer that does not stop where its value does.
pub(super) const GOES_ON: &str = "goes on after its end";

/// The problem of a number that is larger than any number of ours.
pub(super) const OUT_OF_RANGE: &str = "is a number out of range";

/// The problem of an answer, or of a part of one, that takes more memory than it may.
pub(super) const TOO_LARGE: &str = "is too large";

/// The fields of an error document that are not free text: its texts may be about a patient.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ErrorFacts {
    /// EMIS's id of the answer.
    pub(crate) message_id: Option<Uuid>,
    /// The outcome code of EMIS's older interface.
    pub(crate) legacy_outcome: Option<i32>,
}

/// A field of an answer, and the problem with it; never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub(crate) struct FieldError {
    pub(super) field: String,
    pub(super) problem: &'static str,
    facts: ErrorFacts,
}

impl FieldError {
    pub(super) fn new(field: impl Into<String>, problem: &'static str) -> Self {
        Self {
            field: field.into(),
            problem,
            facts: ErrorFacts::default(),
        }
    }

    pub(super) fn with_facts(mut self, facts: ErrorFacts) -> Self {
        self.facts = facts;
        self
    }

    /// Returns what an error document says that came in place of the answer.
    pub(crate) fn facts(&self) -> ErrorFacts {
        self.facts
    }

    /// Turns the error into a note of the record that could not be read.
    pub(super) fn skipped(self, index: usize) -> SkippedRecord {
        SkippedRecord::new(index, self.field, self.problem)
    }
}
