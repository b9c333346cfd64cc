//! Faults of the doubles.

use std::collections::VecDeque;

/// A fault of a double, for one call that sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SenderFault {
    /// Answers with this status and the service's own error body. The message is not taken.
    Status(u16),
    /// Takes the message, and answers with this status and the service's own error body.
    StatusAfterCommit(u16),
    /// Answers 429: too many calls in a short time.
    RateLimit,
    /// Answers 429: the day's messages are used up. NHS Notify has no such limit, and answers
    /// [`RateLimit`](Self::RateLimit).
    DailyLimit,
    /// Answers 425: the first call with this reference is still being processed, and will be taken.
    /// GOV.UK Notify knows no such answer, and answers 500.
    TooEarly,
    /// Closes the connection; the message is not taken.
    HangUp,
    /// Takes the message and closes the connection.
    HangUpAfterCommit,
    /// Never answers; the message is not taken.
    Stall,
    /// Takes the message and never answers.
    StallAfterCommit,
    /// Answers 201 with something else; the message is not taken.
    Lie(SenderLie),
    /// Takes the message, and answers 201 with something else.
    LieAfterCommit(SenderLie),
}

/// A false answer with the status 201.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SenderLie {
    /// No content.
    Empty,
    /// A web page, as a proxy or a maintenance page answers.
    WebPage,
    /// The first half of the true answer.
    HalfJson,
    /// The answer to another message.
    OtherReference,
    /// JSON that holds nothing.
    EmptyJson,
}

/// The faults that wait for their call.
#[derive(Debug, Default)]
pub(super) struct Faults(VecDeque<Option<SenderFault>>);

impl Faults {
    /// Adds a fault for the next call that sends and has none; `None` lets one call pass.
    pub(super) fn push(&mut self, fault: Option<SenderFault>) {
        self.0.push_back(fault);
    }

    pub(super) fn next(&mut self) -> Option<SenderFault> {
        self.0.pop_front().flatten()
    }
}

impl SenderFault {
    /// Returns `true` if the service takes the message all the same.
    pub(super) fn commits(self) -> bool {
        matches!(
            self,
            Self::StatusAfterCommit(_)
                | Self::HangUpAfterCommit
                | Self::StallAfterCommit
                | Self::LieAfterCommit(_)
                | Self::TooEarly
        )
    }
}
