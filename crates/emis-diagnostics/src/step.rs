//! One thing for one person to do: where, what, on which button, and what they see then.

use std::fmt;

use serde::Serialize;

use crate::product::Product;

/// One click, one tick box or one look at the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// The system in which it is done.
    pub place: Place,
    /// The menus that lead there, outermost first; empty where there is nothing to open.
    pub path: Vec<String>,
    /// What to do, as a sentence.
    pub action: String,
    /// The button, tick box or field to use, letter for letter as the screen shows it.
    pub label: Option<String>,
    /// What the reader sees when it has worked.
    pub expected: String,
}

/// The system in which a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Place {
    /// In EMIS.
    Emis,
    /// In the product's own settings, or with the people who run the product.
    Product,
}

/// On one line: the menus, what to do, and what is seen then.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path.join(" > "))?;
        }
        write!(f, "{} -> {}", self.action, self.expected)
    }
}

/// Numbers steps from 1; menus, action and what is seen then each on a line of their own.
pub(crate) fn write_numbered(f: &mut fmt::Formatter<'_>, steps: &[Step]) -> fmt::Result {
    (1..).zip(steps).try_for_each(|(number, step)| {
        write!(f, "{number:>3}. ")?;
        if !step.path.is_empty() {
            write!(f, "{}:\n     ", step.path.join(" > "))?;
        }
        writeln!(f, "{}\n     -> {}", step.action, step.expected)
    })
}

/// A step as the catalogue holds it, with `{product}` and `{username}` still to be filled in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepTemplate {
    pub(crate) place: Place,
    pub(crate) path: &'static [&'static str],
    pub(crate) action: &'static str,
    pub(crate) label: Option<&'static str>,
    pub(crate) expected: &'static str,
}

impl StepTemplate {
    pub(crate) fn fill(&self, product: &Product) -> Step {
        Step {
            place: self.place,
            path: self.path.iter().map(|menu| product.fill(menu)).collect(),
            action: product.fill(self.action),
            label: self.label.map(|label| product.fill(label)),
            expected: product.fill(self.expected),
        }
    }
}

/// Fills a list of steps in.
pub(crate) fn fill_all(steps: &[&StepTemplate], product: &Product) -> Vec<Step> {
    steps.iter().map(|step| step.fill(product)).collect()
}
