//! What a report says once, though several of its findings share it: causes that look the same
//! were seen by the same, and begin with the steps that tell them apart.

use crate::catalogue::Cause;
use crate::finding::Finding;
use crate::step::Step;

/// A finding as it is told after others: what it shares with one of them is referred to.
pub(super) struct Told<'a> {
    pub(super) finding: &'a Finding,
    /// An earlier finding that the same was seen of.
    pub(super) seen_at: Option<Cause>,
    /// How many of its steps an earlier finding begins with too, and which.
    pub(super) begins_as: Option<(usize, Cause)>,
}

/// One step alone is told again rather than looked up.
const WORTH_REFERRING_TO: usize = 2;

impl<'a> Told<'a> {
    /// With all that there is to it.
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

    /// The steps that are not told yet, and the number of the first.
    pub(super) fn steps(&self) -> (usize, impl Iterator<Item = &'a Step>) {
        let told = self.begins_as.map_or(0, |(steps, _)| steps);
        (told + 1, self.finding.steps.iter().skip(told))
    }
}

/// The findings of a report, in their order.
pub(super) fn told(findings: &[Finding]) -> impl Iterator<Item = Told<'_>> {
    let places = findings.iter().enumerate();
    places.map(|(place, finding)| {
        let (earlier, _) = findings.split_at(place);
        Told::after(finding, earlier)
    })
}
