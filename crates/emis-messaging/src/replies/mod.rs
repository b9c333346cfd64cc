//! Replies of patients: what they ask, and what is decided.
//!
//! [`ParsedReply::parse`] reads a text; [`decide`] decides on it, given the appointments that the
//! contact was told of. Both are pure. What is decided is carried out by the product, which tells
//! the patient and the practice how it went: see [`CancellationTold`].

mod code;
mod decision;
mod parse;
mod spelling;
mod targets;
mod texts;
mod told;

pub use code::{ReplyCode, ReplyCodeError};
pub use decision::{ReplyDecision, decide};
pub use parse::{ParsedReply, ReplyIntent, ReplyRules};
pub use targets::{ReplyTarget, reply_targets};
pub use texts::{ReplyTexts, reply_texts};
pub use told::{CancellationResult, CancellationTold};
