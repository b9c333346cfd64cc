//! One thing for one person to do: where, what, on which button, and what they see then.

use std::fmt;

use serde::Serialize;

use crate::catalogue::Cause;
use crate::product::Product;

/// One click, one tick box or one look at the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// Where it is done, and so by whom.
    pub place: Place,
    /// The menus that lead there, outermost first; empty where there is nothing to open.
    pub path: Vec<String>,
    /// What to do, as a sentence.
    pub action: String,
    /// What kind of thing `label` is.
    pub control: Option<Control>,
    /// The button, tick box or field to use, letter for letter as the screen shows it.
    pub label: Option<String>,
    /// What the reader sees when it has worked.
    pub expected: String,
    /// What stands in the way where the reader sees something else.
    pub otherwise: Option<Cause>,
}

/// Where a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Place {
    /// At the practice, in EMIS.
    Emis,
    /// At the practice, in the product's settings.
    Product,
    /// With the people who run the product.
    Operations,
    /// With EMIS.
    EmisSupport,
}

/// What a reader clicks, ticks or fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Control {
    /// A tab.
    Tab,
    /// Something to be read or looked at, and left as it is.
    Text,
    /// An entry of a list, to be selected.
    ListItem,
    /// A button or an icon, to be clicked.
    Button,
    /// A tick box, to be ticked.
    TickBox,
    /// A tick box, to be cleared.
    ClearTickBox,
    /// A field, to be filled in.
    Field,
    /// A field, to be emptied.
    ClearField,
}

impl Step {
    /// Where it is done: the menus that lead there, or with whom, where that is not the practice.
    pub(crate) fn lead(&self) -> Option<String> {
        match self.place {
            _ if !self.path.is_empty() => Some(self.path.join(" > ")),
            Place::Operations => Some("The people who run the product".to_owned()),
            Place::Emis | Place::Product | Place::EmisSupport => None,
        }
    }
}

/// On one line: the menus, what to do, what is seen then, and what it is if it is not.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(lead) = self.lead() {
            write!(f, "{lead}: ")?;
        }
        write!(f, "{} -> {}", self.action, self.expected)?;
        match self.otherwise {
            Some(cause) => write!(f, " (If not: {}, {cause}.)", cause.short()),
            None => Ok(()),
        }
    }
}

/// A step as the catalogue holds it, with `{product}` and `{username}` still to be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StepTemplate {
    pub(crate) place: Place,
    pub(crate) path: &'static [&'static str],
    pub(crate) action: &'static str,
    pub(crate) control: Option<(Control, &'static str)>,
    pub(crate) expected: &'static str,
    pub(crate) otherwise: Option<Cause>,
}

/// Steps that tell causes apart, and about how many minutes they take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Check {
    pub(crate) minutes: u8,
    pub(crate) steps: &'static [&'static StepTemplate],
}

impl StepTemplate {
    pub(crate) fn fill(&self, product: &Product) -> Step {
        let (control, label) = self.control.unzip();
        Step {
            place: self.place,
            path: self.path.iter().map(|menu| product.fill(menu)).collect(),
            action: product.fill(self.action),
            control,
            label: label.map(|label| product.fill(label)),
            expected: product.fill(self.expected),
            otherwise: self.otherwise,
        }
    }
}

/// The steps of some checks, the quickest first, each once.
pub(crate) fn quickest_first(
    checks: impl IntoIterator<Item = Check>,
) -> Vec<&'static StepTemplate> {
    let mut checks: Vec<_> = checks.into_iter().collect();
    checks.sort_by_key(|check| check.minutes);
    let mut steps: Vec<&StepTemplate> = Vec::new();
    for step in checks.iter().flat_map(|check| check.steps) {
        if !steps.contains(step) {
            steps.push(step);
        }
    }
    steps
}

/// Fills a list of steps in.
pub(crate) fn fill_all(steps: &[&StepTemplate], product: &Product) -> Vec<Step> {
    steps.iter().map(|step| step.fill(product)).collect()
}
