//! What can be wrong with a connection: one entry for each cause, with who must act and the
//! clicks that put it right.
//!
//! The numbers up to 29 are those under which suppliers' field reports are filed; those from 30
//! on are this library's own. A number is never used for anything else.

mod access;
mod around;
mod cause;
mod markdown;
mod service;
mod settings;
mod silence;
mod user;

use std::fmt;

use serde::Serialize;

pub use cause::{Cause, UnknownCause};
pub use markdown::troubleshooting;

use crate::product::Product;
use crate::step::{Check, Step, StepTemplate, fill_all, quickest_first};

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// The practice, in EMIS or in the product's settings.
    Practice,
    /// The people who run the product.
    Product,
    /// EMIS.
    Emis,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Practice => "the practice",
            Self::Product => "the people who run the product",
            Self::Emis => "EMIS",
        })
    }
}

/// How much a cause stops. What stops most is to be mended first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Urgency {
    /// The connection, or calls that reminders and booking need.
    Stops,
    /// A part of the work.
    Hinders,
    /// Nothing yet.
    Advice,
}

/// How a cause comes to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Detection {
    /// A diagnosis sees it.
    Probed,
    /// Nothing shows it to the product; a person sees it and looks it up.
    Reported,
}

/// An entry as it stands in the tables, with `{product}` and `{username}` to be filled in.
struct Template {
    short: &'static str,
    title: &'static str,
    explanation: &'static str,
    for_engineers: &'static str,
    actor: Actor,
    urgency: Urgency,
    detection: Detection,
    checks: &'static [Check],
    fix: &'static [&'static StepTemplate],
    mended: &'static str,
    source: &'static str,
}

/// Where an entry says nothing else: seen by a diagnosis, stops everything, and is mended when
/// the next diagnosis is healthy.
const USUAL: Template = Template {
    short: "",
    title: "",
    explanation: "",
    for_engineers: "",
    actor: Actor::Practice,
    urgency: Urgency::Stops,
    detection: Detection::Probed,
    checks: &[],
    fix: &[],
    mended: "Run the diagnosis again: it no longer names this cause.",
    source: OURS,
};

/// Where field reports are from.
const OURS: &str = "This library's own, from EMIS's published Partner API document";
const ARTICLE: &str = "https://help.patchs.ai/hc/en-gb/articles/14195716497943";
const ENGAGE: &str = "https://support.engagehealth.uk/support/solutions/articles/48000984108";
const HERO: &str = "https://product.herohealth.net/docs/emis/getting-started";
const ACCURX_EMAS: &str = "https://support.accurx.com/setting-up-accurx-chain/registering-with-emis/how-do-i-enable-staff-in-emas-manager";
const COM_CLIENT: &str = "Outcome codes in the EMIS Web poller of github.com/endeavourhealth/EDS";

/// What the catalogue says about a cause, with the product's name and username filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CatalogueEntry {
    /// The cause.
    #[serde(rename = "code")]
    pub cause: Cause,
    /// The cause in a few words, to count practices by.
    pub short: &'static str,
    /// The cause in one line.
    pub title: String,
    /// What it means, for a practice manager.
    pub explanation: String,
    /// What it means, for an engineer of the product.
    pub for_engineers: String,
    /// Who must act.
    pub actor: Actor,
    /// How much it stops.
    pub urgency: Urgency,
    /// How it comes to be known.
    pub detection: Detection,
    /// How to find out that it is this and nothing else, the quickest first; may be empty.
    pub confirm: Vec<Step>,
    /// How to put it right.
    pub fix: Vec<Step>,
    /// How to see that it is put right.
    pub mended: String,
    /// Where the cause and its remedy were learnt.
    pub source: &'static str,
}

impl Cause {
    /// What the catalogue says about it, for a product.
    pub fn entry(self, product: &Product) -> CatalogueEntry {
        let template = self.template();
        let product = &self.named_by(product);
        CatalogueEntry {
            cause: self,
            short: template.short,
            title: product.fill(template.title),
            explanation: product.fill(template.explanation),
            for_engineers: product.fill(template.for_engineers),
            actor: template.actor,
            urgency: template.urgency,
            detection: template.detection,
            confirm: fill_all(&quickest_first(template.checks.iter().copied()), product),
            fix: fill_all(template.fix, product),
            mended: product.fill(template.mended),
            source: template.source,
        }
    }

    /// The cause in a few words: no product is named.
    pub const fn short(self) -> &'static str {
        self.template().short
    }

    /// Returns the party that must act.
    pub const fn responsible(self) -> Actor {
        self.template().actor
    }

    pub(crate) const fn urgency(self) -> Urgency {
        self.template().urgency
    }

    /// The product as the steps name it: the user that is not to be used any longer is not the one
    /// that they make.
    fn named_by(self, product: &Product) -> Product {
        match self {
            Self::SharedUser => product.without_entered(),
            _ => product.clone(),
        }
    }

    /// First what tells this cause from the others that look the same, the quickest first, then
    /// what puts this one right.
    pub(crate) fn steps_among(self, others: &[Self], product: &Product) -> Vec<Step> {
        let own = self.template();
        let product = &self.named_by(product);
        let rivals = others.iter().flat_map(|other| other.template().checks);
        let mut steps = quickest_first(own.checks.iter().chain(rivals).copied());
        for step in own.fix {
            // What was opened or read to find out need not be so again.
            if !steps.contains(step) {
                steps.push(step);
            }
        }
        fill_all(&steps, product)
    }
}
