//! Rules: the calls, the frequency and the time of a fault.

use jiff::Timestamp;

use super::kinds::SimFault;
use crate::operation::SimOperation;

/// The properties of a call that rules select by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) operation: SimOperation,
    /// CDB number.
    pub(crate) practice: Option<&'a str>,
    pub(crate) at: Timestamp,
}

/// A fault and the calls that it applies to: without conditions, all calls.
///
/// # Examples
///
/// ```
/// use emis_sim::{SimFault, FaultRule, SimOperation};
///
/// // One booking in five is made without an answer, at most three times.
/// let lost_answers = FaultRule::new(SimFault::DropAfterCommit)
///     .on(SimOperation::BookAppointment)
///     .probability(0.2)
///     .times(3);
/// # let _ = lost_answers;
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a rule has no effect until it is added by FaultInjector::rule"]
pub struct FaultRule {
    pub(super) fault: SimFault,
    /// Empty means every operation.
    operations: Vec<SimOperation>,
    practice: Option<String>,
    pub(super) probability: f64,
    pub(super) times: Option<usize>,
    window: Option<(Timestamp, Timestamp)>,
}

/// A reason to refuse a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultRuleError {
    /// The probability is not from 0 to 1.
    #[error("the probability of a fault is from 0 to 1")]
    Probability,
    /// The window is empty.
    #[error("the window of a fault ends after it begins")]
    Window,
}

impl FaultRule {
    /// Creates a rule for every call.
    pub const fn new(fault: SimFault) -> Self {
        Self {
            fault,
            operations: Vec::new(),
            practice: None,
            probability: 1.0,
            times: None,
            window: None,
        }
    }

    /// Adds an operation to those that the rule applies to.
    pub fn on(mut self, operation: SimOperation) -> Self {
        self.operations.push(operation);
        self
    }

    /// Adds all operations of the Partner API.
    pub fn on_the_api(mut self) -> Self {
        let api = SimOperation::ALL.iter().filter(|op| !op.is_identity());
        self.operations.extend(api);
        self
    }

    /// Adds all operations of the identity service.
    pub fn on_the_identity_service(mut self) -> Self {
        let identity = SimOperation::ALL.iter().filter(|op| op.is_identity());
        self.operations.extend(identity);
        self
    }

    /// Limits the rule to calls whose token is for the practice with this CDB number.
    pub fn at_practice(mut self, cdb: &str) -> Self {
        self.practice = Some(cdb.to_owned());
        self
    }

    /// Limits the rule to this share of its calls, from 0 to 1. The calls are drawn from the
    /// simulator's seed.
    pub const fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// Limits the number of times that the rule applies.
    pub const fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Limits the rule to the time from `from` until before `until`, by the simulator's clock.
    pub const fn between(mut self, from: Timestamp, until: Timestamp) -> Self {
        self.window = Some((from, until));
        self
    }

    pub(super) fn check(&self) -> Result<(), FaultRuleError> {
        if !(0.0..=1.0).contains(&self.probability) {
            return Err(FaultRuleError::Probability);
        }
        match self.window {
            Some((from, until)) if from >= until => Err(FaultRuleError::Window),
            _ => Ok(()),
        }
    }

    /// Returns `true` if the conditions on operation, practice and time hold.
    pub(super) fn matches(&self, call: &Target<'_>) -> bool {
        let operation = self.operations.is_empty() || self.operations.contains(&call.operation);
        let practice = self.practice.is_none() || self.practice.as_deref() == call.practice;
        let time = self
            .window
            .is_none_or(|(from, until)| (from..until).contains(&call.at));
        operation && practice && time
    }
}
