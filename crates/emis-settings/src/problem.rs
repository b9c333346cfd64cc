//! Mistakes in settings.

use std::fmt;

use serde::Serialize;

use crate::problem_text::ProblemCode;

/// A mistake in the settings of a practice.
///
/// The message is written for the person who fills in the form. It repeats nothing that was typed:
/// it may be logged and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingsProblem {
    code: ProblemCode,
    path: &'static str,
    message: &'static str,
}

impl SettingsProblem {
    /// Creates a problem with the message of its code.
    pub(crate) const fn new(code: ProblemCode, path: &'static str) -> Self {
        Self {
            code,
            path,
            message: code.message(),
        }
    }

    /// Replaces the message by a more specific one.
    pub(crate) const fn with_message(mut self, message: &'static str) -> Self {
        self.message = message;
        self
    }

    /// Returns the code, for programs.
    pub fn code(&self) -> ProblemCode {
        self.code
    }

    /// Returns the field, as the JSON of the settings names it, such as `reminders.offsets`. The
    /// password, which is never in the JSON, is `api_user.password`.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// Returns the message: the mistake and its remedy.
    pub fn message(&self) -> &'static str {
        self.message
    }
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

/// A change of settings that was refused, with every mistake in it. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("the settings were not changed: {}", sentences(.0))]
pub struct ValidationError(Vec<SettingsProblem>);

fn sentences(problems: &[SettingsProblem]) -> String {
    let messages: Vec<_> = problems.iter().map(SettingsProblem::message).collect();
    messages.join(" ")
}

impl ValidationError {
    /// Fails if there are any problems.
    pub(crate) fn check(problems: Vec<SettingsProblem>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self(problems))
        }
    }

    /// Returns the mistakes, at least one, in the order of the form.
    pub fn problems(&self) -> &[SettingsProblem] {
        &self.0
    }

    /// Returns the mistakes by value.
    pub fn into_problems(self) -> Vec<SettingsProblem> {
        self.0
    }

    /// Returns the error in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

impl From<SettingsProblem> for ValidationError {
    fn from(problem: SettingsProblem) -> Self {
        Self(vec![problem])
    }
}

impl From<Vec<SettingsProblem>> for ValidationError {
    fn from(problems: Vec<SettingsProblem>) -> Self {
        Self(problems)
    }
}

/// Collects the problems of a form, rule by rule.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<SettingsProblem>);

impl Problems {
    /// Adds a problem if `broken`.
    pub(crate) fn add_if(&mut self, broken: bool, code: ProblemCode, path: &'static str) {
        if broken {
            self.0.push(SettingsProblem::new(code, path));
        }
    }

    pub(crate) fn extend(&mut self, problems: impl IntoIterator<Item = SettingsProblem>) {
        self.0.extend(problems);
    }

    pub(crate) fn into_vec(self) -> Vec<SettingsProblem> {
        self.0
    }
}
