//! A fault that strikes by rule: which calls, how often, when.

use jiff::Timestamp;

use super::{Fault, Target};
use crate::Operation;

/// When a fault strikes. A rule without conditions strikes at every call.
///
/// ```
/// use emis_sim::{Fault, FaultRule, Operation};
///
/// // One booking in five is made without the caller hearing of it, three times at most.
/// let lost_answers = FaultRule::new(Fault::DropAfterCommit)
///     .on(Operation::BookAppointment)
///     .probability(0.2)
///     .times(3);
/// # let _ = lost_answers;
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a rule strikes once it is handed to Faults::rule"]
pub struct FaultRule {
    pub(super) fault: Fault,
    /// Empty for every operation.
    operations: Vec<Operation>,
    practice: Option<String>,
    pub(super) probability: f64,
    pub(super) times: Option<usize>,
    window: Option<(Timestamp, Timestamp)>,
}

/// Why a rule cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadFaultRule {
    /// The probability is not from 0 to 1.
    #[error("the probability of a fault is from 0 to 1")]
    Probability,
    /// The window ends before it begins, or when it begins.
    #[error("the window of a fault ends after it begins")]
    Window,
}

impl FaultRule {
    /// This fault, at every call.
    pub const fn new(fault: Fault) -> Self {
        Self {
            fault,
            operations: Vec::new(),
            practice: None,
            probability: 1.0,
            times: None,
            window: None,
        }
    }

    /// At calls of this operation, and of those named before.
    pub fn on(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// At calls of the Partner API, and of the operations named before: every one but those of
    /// the identity service.
    pub fn on_the_api(mut self) -> Self {
        let api = Operation::ALL.iter().filter(|op| !op.is_identity());
        self.operations.extend(api);
        self
    }

    /// At calls for the identity service, and for the operations named before.
    pub fn on_the_identity_service(mut self) -> Self {
        let identity = Operation::ALL.iter().filter(|op| op.is_identity());
        self.operations.extend(identity);
        self
    }

    /// At calls whose token is for the practice with this CDB number.
    pub fn at_practice(mut self, cdb: &str) -> Self {
        self.practice = Some(cdb.to_owned());
        self
    }

    /// At this share of the calls that the rule is for, 0 to 1, drawn from the simulator's seed:
    /// the same calls of the same simulator meet the same luck.
    pub const fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// So many times, and no more.
    pub const fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// While the simulator's clock shows `from` or later, and earlier than `until`.
    pub const fn between(mut self, from: Timestamp, until: Timestamp) -> Self {
        self.window = Some((from, until));
        self
    }

    pub(super) fn check(&self) -> Result<(), BadFaultRule> {
        if !(0.0..=1.0).contains(&self.probability) {
            return Err(BadFaultRule::Probability);
        }
        match self.window {
            Some((from, until)) if from >= until => Err(BadFaultRule::Window),
            _ => Ok(()),
        }
    }

    /// Whether the rule is for a call, luck and count aside.
    pub(super) fn is_for(&self, call: &Target<'_>) -> bool {
        let operation = self.operations.is_empty() || self.operations.contains(&call.operation);
        let practice = self.practice.is_none() || self.practice.as_deref() == call.practice;
        let time = self
            .window
            .is_none_or(|(from, until)| (from..until).contains(&call.at));
        operation && practice && time
    }
}
