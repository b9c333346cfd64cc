//! The check of templates when a practice saves them.

use emis_settings::{ConfirmationKind, PracticeSettings, ProblemCode, Template, TemplateCheck};

use super::check::{PartPrice, TemplateProblem, TemplateReport};
use super::facts::PracticeFacts;
use super::template::MessageTemplate;
use crate::kind::MessageKind;
use crate::text_rules::TextRules;

/// The check of a practice's own templates, by the rules of the sender that sends them.
///
/// # Examples
/// ```
/// use emis_messaging::{ReminderTemplateCheck, TextRules};
/// use emis_settings::{Channel, PracticeSettings, ProblemCode, Template, TemplateCheck};
///
/// let check = ReminderTemplateCheck::new(TextRules::GOV_UK_NOTIFY);
/// let settings = PracticeSettings::new("A20047".parse()?);
/// let template = Template::new(Channel::Sms, "Dear {{ name }}, see you on {{ when }}.");
/// let problems = check.problems(None, &template, &settings);
/// assert_eq!(problems, [ProblemCode::TemplatePlaceholderEmpty]);
/// # Ok::<(), emis_types::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ReminderTemplateCheck {
    rules: TextRules,
    link: Option<String>,
}

impl ReminderTemplateCheck {
    /// Creates the check of templates for a sender.
    pub const fn new(rules: TextRules) -> Self {
        Self { rules, link: None }
    }

    /// Sets an example of the product's links, with which the parts of messages are counted.
    #[must_use]
    pub fn linking(mut self, example: impl Into<String>) -> Self {
        self.link = Some(example.into());
        self
    }

    /// Returns the report of a template before it is saved: its problems, and the shortest and the
    /// longest reminder that it makes, with parts and price.
    ///
    /// # Examples
    /// ```
    /// use emis_messaging::{PartPrice, ReminderTemplateCheck, TextRules};
    /// use emis_settings::{Channel, PracticeSettings, Template};
    ///
    /// let check = ReminderTemplateCheck::new(TextRules::GOV_UK_NOTIFY);
    /// let settings = PracticeSettings::new("A20047".parse()?);
    /// let template = Template::new(Channel::Sms, "See you on {{ when }}.");
    /// let price = PartPrice::hundredths_of_a_penny(233);
    /// let report = check.preview(&template, &settings, Some(price));
    /// assert!(report.is_good());
    /// assert_eq!((report.previews[0].parts, report.previews[0].price), (1, Some(233)));
    /// # Ok::<(), emis_types::ParseError>(())
    /// ```
    pub fn preview(
        &self,
        template: &Template,
        settings: &PracticeSettings,
        price: Option<PartPrice>,
    ) -> TemplateReport {
        self.report(MessageKind::Reminder, template, settings, price)
    }

    fn report(
        &self,
        kind: MessageKind,
        template: &Template,
        settings: &PracticeSettings,
        price: Option<PartPrice>,
    ) -> TemplateReport {
        let mut facts = PracticeFacts::of(settings);
        if let Some(link) = &self.link {
            facts = facts.linking(link);
        }
        match MessageTemplate::of_settings(kind, template) {
            Some(template) => template.check(&facts, &self.rules, price),
            None => TemplateReport {
                problems: vec![TemplateProblem::UnknownPlaceholder],
                warning: None,
                previews: Vec::new(),
            },
        }
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
    fn problems(
        &self,
        of: Option<ConfirmationKind>,
        template: &Template,
        settings: &PracticeSettings,
    ) -> Vec<ProblemCode> {
        let mut kinds = MessageKind::ALL.iter().copied();
        let kind = of.and_then(|of| kinds.find(|kind| kind.confirmation() == Some(of)));
        let kind = kind.unwrap_or(MessageKind::Reminder);
        let report = self.report(kind, template, settings, None);
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
