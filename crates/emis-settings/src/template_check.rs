//! The check of templates that are saved.

use crate::practice::PracticeSettings;
use crate::problem::{Problems, SettingsProblem};
use crate::problem_text::ProblemCode;
use crate::reminders::CONFIRMATIONS;
use crate::template::{ConfirmationKind, Template};

/// Checks templates with every kind of appointment before they are saved.
///
/// `emis-messaging` implements it, which renders them.
pub trait TemplateCheck: std::fmt::Debug + Send + Sync {
    /// Returns the problems of a template that is to be saved in `settings`, of a reminder or a
    /// confirmation.
    fn problems(
        &self,
        of: Option<ConfirmationKind>,
        template: &Template,
        settings: &PracticeSettings,
    ) -> Vec<ProblemCode>;
}

/// Returns the problems of the templates that `changed` has and `current` has not: those
/// that were saved before are left alone.
pub(crate) fn problems_of_new(
    check: &dyn TemplateCheck,
    current: &PracticeSettings,
    changed: &PracticeSettings,
) -> Vec<SettingsProblem> {
    fn templates(
        of: &PracticeSettings,
    ) -> impl Iterator<Item = (Option<ConfirmationKind>, &Template)> {
        let reminders = of.reminders();
        let of_rules = reminders.rules.iter().flat_map(|rule| &rule.templates);
        let of_reminders = reminders.templates.iter().chain(of_rules);
        let others = reminders.confirmations.iter();
        let others = others.flat_map(|(kind, all)| all.iter().map(|it| (Some(*kind), it)));
        of_reminders.map(|it| (None, it)).chain(others)
    }
    let mut problems = Problems::default();
    for (of, template) in templates(changed) {
        if !templates(current).any(|known| known == (of, template)) {
            let path = match of {
                Some(_) => CONFIRMATIONS,
                None => "reminders.templates",
            };
            for code in check.problems(of, template, changed) {
                problems.add_if(true, code, path);
            }
        }
    }
    problems.into_vec()
}
