//! The check of templates that are saved.

use crate::practice::PracticeSettings;
use crate::problem::{Problems, SettingsProblem};
use crate::problem_text::ProblemCode;
use crate::template::Template;

/// Checks templates with every kind of appointment before they are saved.
///
/// `emis-messaging` implements it, which renders them.
pub trait TemplateCheck: std::fmt::Debug + Send + Sync {
    /// Returns the problems of a template that is to be saved in `settings`.
    fn problems(&self, template: &Template, settings: &PracticeSettings) -> Vec<ProblemCode>;
}

/// Returns the problems of the reminder templates that `changed` has and `current` has not: those
/// that were saved before are left alone.
pub(crate) fn problems_of_new(
    check: &dyn TemplateCheck,
    current: &PracticeSettings,
    changed: &PracticeSettings,
) -> Vec<SettingsProblem> {
    fn templates(of: &PracticeSettings) -> impl Iterator<Item = &Template> {
        let reminders = of.reminders();
        let of_rules = reminders.rules.iter().flat_map(|rule| &rule.templates);
        reminders.templates.iter().chain(of_rules)
    }
    let mut problems = Problems::default();
    for template in templates(changed) {
        if !templates(current).any(|known| known == template) {
            for code in check.problems(template, changed) {
                problems.add_if(true, code, "reminders.templates");
            }
        }
    }
    problems.into_vec()
}
