//! Removes repetition between findings. Causes that look the same share their evidence and their
//! first steps.

use crate::cause::Cause;
use crate::finding::Finding;
use crate::step::Step;

/// A finding, with references to an earlier finding that shares its evidence or its first steps.
pub(super) struct Section<'a> {
    pub(super) finding: &'a Finding,
    /// The earlier finding with the same evidence.
    pub(super) seen_at: Option<Cause>,
    /// The number of first steps that an earlier finding shares, and its cause.
    pub(super) begins_as: Option<(usize, Cause)>,
}

/// The number of shared steps from which a reference is shorter.
const WORTH_REFERRING_TO: usize = 2;

impl<'a> Section<'a> {
    /// Returns the finding without references.
    pub(super) fn whole(finding: &'a Finding) -> Self {
        Self {
            finding,
            seen_at: None,
            begins_as: None,
        }
    }

    fn after(finding: &'a Finding, earlier: &[Finding]) -> Self {
        let of = |it: &&Finding| finding.indistinguishable_from.contains(&it.cause);
        let Some(first) = earlier.iter().find(of) else {
            return Self::whole(finding);
        };
        let pairs = first.steps.iter().zip(&finding.steps);
        let shared = pairs.take_while(|(one, other)| one == other).count();
        Self {
            finding,
            seen_at: (first.evidence == finding.evidence).then_some(first.cause),
            begins_as: (shared >= WORTH_REFERRING_TO).then_some((shared, first.cause)),
        }
    }

    /// Returns the steps that are not referred to, and the number of the first.
    pub(super) fn steps(&self) -> (usize, impl Iterator<Item = &'a Step>) {
        let shared = self.begins_as.map_or(0, |(steps, _)| steps);
        (shared + 1, self.finding.steps.iter().skip(shared))
    }
}

/// Returns the findings of a report, in order.
pub(super) fn sections(findings: &[Finding]) -> impl Iterator<Item = Section<'_>> {
    let places = findings.iter().enumerate();
    places.map(|(place, finding)| {
        let (earlier, _) = findings.split_at(place);
        Section::after(finding, earlier)
    })
}
