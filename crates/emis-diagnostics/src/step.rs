//! One step: the place, the action, the button, and the expected result.

use std::fmt;

use serde::Serialize;

use crate::cause::Cause;
use crate::language::phrases;
use crate::product::Product;

/// One click, one tick box or one look at the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// The place, and so the person.
    pub place: Place,
    /// The menus that lead there, outermost first; may be empty.
    pub path: Vec<String>,
    /// The action, as a sentence.
    pub action: String,
    /// The kind of control that `label` names.
    pub control: Option<Control>,
    /// The button, tick box or field, exactly as on the screen.
    pub label: Option<String>,
    /// The expected result.
    pub expected: String,
    /// The cause if the reader sees something else.
    pub otherwise: Option<Cause>,
    /// Other things that the reader may see, each with the action that follows.
    pub branches: Vec<Branch>,
}

/// A thing that a reader may see at a step, and the action that follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Branch {
    /// The thing that the reader sees, such as `Listed twice`.
    pub seen: String,
    /// The action, as a sentence.
    pub action: String,
    /// The code to quote, if the reader has to stop and call support.
    pub stop: Option<Cause>,
}

/// The place of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Place {
    /// At the practice, in EMIS.
    Emis,
    /// At the practice, in the product's settings.
    Product,
    /// With the product's support team.
    Operations,
    /// With EMIS.
    EmisSupport,
}

/// The kind of control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Control {
    /// A tab.
    Tab,
    /// Something to look at and leave unchanged.
    Text,
    /// A list item, to be selected.
    ListItem,
    /// A button or icon, to be selected.
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
    /// Returns the menus that lead there, or the people, if that is not the practice.
    pub(crate) fn lead(&self) -> Option<String> {
        match self.place {
            _ if !self.path.is_empty() => Some(self.path.join(" > ")),
            Place::Operations => Some("The people who run the product".to_owned()),
            Place::Emis | Place::Product | Place::EmisSupport => None,
        }
    }
}

/// Writes one line: the menus, the action, the expected result, and the cause if it does not
/// appear.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(lead) = self.lead() {
            write!(f, "{lead}: ")?;
        }
        write!(f, "{} -> {}", self.action, self.expected)?;
        for branch in &self.branches {
            write!(f, " ({}: {})", branch.seen, branch.action)?;
        }
        match self.otherwise {
            Some(cause) => write!(f, " (If not: {}, {cause}.)", cause.short()),
            None => Ok(()),
        }
    }
}

/// A step of the catalogue, with the placeholders `{product}` and `{username}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StepTemplate {
    pub(crate) place: Place,
    pub(crate) path: &'static [&'static str],
    pub(crate) action: &'static str,
    pub(crate) control: Option<(Control, &'static str)>,
    pub(crate) expected: &'static str,
    pub(crate) otherwise: Option<Cause>,
    pub(crate) branches: &'static [BranchTemplate],
}

/// A branch of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BranchTemplate {
    pub(crate) seen: &'static str,
    pub(crate) then: Then,
}

/// The action after a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Do(&'static str),
    /// Stop, call support and quote this code.
    Stop(Cause),
}

impl BranchTemplate {
    fn fill(&self, product: &Product) -> Branch {
        let (action, stop) = match self.then {
            Then::Do(action) => (product.fill(action), None),
            Then::Stop(cause) => {
                let action = product.fill(phrases::STOP_AND_CALL);
                (format!("{action} {cause}."), Some(cause))
            }
        };
        Branch {
            seen: product.fill(self.seen),
            action,
            stop,
        }
    }
}

/// Steps that tell causes apart, with their duration in minutes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Confirmation {
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
            branches: self.branches.iter().map(|it| it.fill(product)).collect(),
        }
    }
}

/// Returns the steps of some checks, the quickest first, each once.
pub(crate) fn quickest_first(
    checks: impl IntoIterator<Item = Confirmation>,
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

/// Fills in a list of steps.
pub(crate) fn fill_all(steps: &[&StepTemplate], product: &Product) -> Vec<Step> {
    steps.iter().map(|step| step.fill(product)).collect()
}
