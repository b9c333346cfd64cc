//! Templates of messages: strict, checked when saved, and previewed with parts and price.

mod check;
mod facts;
mod saved;
mod shipped;
mod template;

pub use check::{PartPrice, TemplatePreview, TemplateProblem, TemplateReport, TypographyWarning};
pub use facts::{MessageFacts, PracticeFacts};
pub use saved::ReminderTemplateCheck;
pub use template::{MessageTemplate, TemplateError, TemplateErrorKind};
