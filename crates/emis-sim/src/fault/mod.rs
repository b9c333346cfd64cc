//! Faults on demand: queued for single calls, or set by rules.

mod injector;
mod kinds;
mod rule;

pub use injector::FaultInjector;
pub(crate) use injector::Struck;
pub use kinds::{
    Distortion, FalseAnswer, LexicalForm, NumberForm, SimFault, StrayCharacter, TextEncoding,
};
pub(crate) use rule::Target;
pub use rule::{FaultRule, FaultRuleError};
