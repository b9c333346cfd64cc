//! The check of reminder templates when a practice saves them.

use emis_settings::{PracticeSettings, ProblemCode, Template, TemplateCheck};

use super::check::TemplateProblem;
use super::facts::PracticeFacts;
use super::template::MessageTemplate;
use crate::text_rules::TextRules;

/// The check of a practice's own reminder templates, by the rules of the sender that sends them.
///
/// # Examples
/// ```
/// use emis_messaging::{ReminderTemplateCheck, TextRules};
/// use emis_settings::{Channel, PracticeSettings, ProblemCode, Template, TemplateCheck};
///
/// let check = ReminderTemplateCheck::new(TextRules::GOV_UK_NOTIFY);
/// let settings = PracticeSettings::new("A20047".parse()?);
/// let template = Template::new(Channel::Sms, "Dear {{ name }}, see you on {{ when }}.");
/// let problems = check.problems(&template, &settings);
/// assert_eq!(problems, [ProblemCode::TemplatePlaceholderEmpty]);
/// # Ok::<(), emis_types::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ReminderTemplateCheck {
    rules: TextRules,
}

impl ReminderTemplateCheck {
    /// Creates the check of templates for a sender.
    pub const fn new(rules: TextRules) -> Self {
        Self { rules }
    }
}

impl PracticeFacts {
    /// Returns the facts of a practice by its settings.
    pub fn of(settings: &PracticeSettings) -> Self {
        let reminders = settings.reminders();
        Self::new(
            settings.name_for_patients(),
            reminders.cancel_text.as_deref(),
        )
        .showing(reminders.time_shown)
        .with_sites(settings.sites().iter().map(|site| site.name.clone()))
    }
}

impl TemplateCheck for ReminderTemplateCheck {
    fn problems(&self, template: &Template, settings: &PracticeSettings) -> Vec<ProblemCode> {
        let Some(template) = MessageTemplate::of_settings(template) else {
            return vec![ProblemCode::TemplatePlaceholderUnknown];
        };
        let report = template.check(&PracticeFacts::of(settings), &self.rules, None);
        let code = |problem: TemplateProblem| match problem {
            TemplateProblem::Syntax => ProblemCode::TemplateSyntaxInvalid,
            TemplateProblem::UnknownPlaceholder => ProblemCode::TemplatePlaceholderUnknown,
            TemplateProblem::EmptyPlaceholder => ProblemCode::TemplatePlaceholderEmpty,
            TemplateProblem::DateMissing => ProblemCode::TemplateDateMissing,
            TemplateProblem::TooLong => ProblemCode::TemplateTooLong,
            // An invitation is no reminder.
            TemplateProblem::SubjectInvalid | TemplateProblem::LinkMissing => {
                ProblemCode::TemplateSubjectInvalid
            }
        };
        report.problems.into_iter().map(code).collect()
    }
}
