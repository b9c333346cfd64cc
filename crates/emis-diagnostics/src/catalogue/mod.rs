//! The causes of a broken connection: one entry for each, with the party that must act and the
//! steps that put it right.
//!
//! Numbers up to 29 are those of suppliers' field reports; numbers from 30 are this library's own.
//! A number is never reused.

mod access;
mod around;
mod cause;
mod markdown;
mod service;
mod settings;
mod silence;
mod user;

use emis_types::ResponsibleParty;
use serde::Serialize;

pub use cause::{Cause, UnknownCause};
pub use markdown::troubleshooting;

use crate::product::Product;
use crate::step::{Check, Step, StepTemplate, fill_all, quickest_first};

/// The extent of the damage, the greatest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Urgency {
    /// The connection, or calls that reminders and booking need, stop.
    Stops,
    /// A part of the work stops.
    Hinders,
    /// Nothing stops yet.
    Advice,
}

/// The way in which a cause shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Detection {
    /// A diagnosis detects it.
    Probed,
    /// A person sees it and looks it up; a diagnosis does not detect it.
    Reported,
}

/// An entry of the tables, with the placeholders `{product}` and `{username}`.
struct Template {
    short: &'static str,
    title: &'static str,
    explanation: &'static str,
    for_engineers: &'static str,
    actor: ResponsibleParty,
    urgency: Urgency,
    detection: Detection,
    checks: &'static [Check],
    fix: &'static [&'static StepTemplate],
    mended: &'static str,
    source: &'static str,
}

/// The default entry: a diagnosis detects it, everything stops, and it is put right when the next
/// diagnosis is healthy.
const USUAL: Template = Template {
    short: "",
    title: "",
    explanation: "",
    for_engineers: "",
    actor: ResponsibleParty::Practice,
    urgency: Urgency::Stops,
    detection: Detection::Probed,
    checks: &[],
    fix: &[],
    mended: "Run the diagnosis again: it no longer names this cause.",
    source: OURS,
};

/// The sources of field reports.
const OURS: &str = "This library's own, from EMIS's published Partner API document";
const ARTICLE: &str = "https://help.patchs.ai/hc/en-gb/articles/14195716497943";
const ENGAGE: &str = "https://support.engagehealth.uk/support/solutions/articles/48000984108";
const HERO: &str = "https://product.herohealth.net/docs/emis/getting-started";
const ACCURX_EMAS: &str = "https://support.accurx.com/setting-up-accurx-chain/registering-with-emis/how-do-i-enable-staff-in-emas-manager";
const COM_CLIENT: &str = "Outcome codes in the EMIS Web poller of github.com/endeavourhealth/EDS";

/// The catalogue entry of a cause, with the product's name and username filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CatalogueEntry {
    /// The cause.
    #[serde(rename = "code")]
    pub cause: Cause,
    /// The cause in a few words, to group practices by.
    pub short: &'static str,
    /// The cause in one line.
    pub title: String,
    /// The meaning, for a practice manager.
    pub explanation: String,
    /// The meaning, for an engineer of the product.
    pub for_engineers: String,
    /// The party that must act.
    pub actor: ResponsibleParty,
    /// The extent of the damage.
    pub urgency: Urgency,
    /// The way in which it shows.
    pub detection: Detection,
    /// The steps that confirm it, the quickest first; may be empty.
    pub confirm: Vec<Step>,
    /// The steps that put it right.
    pub fix: Vec<Step>,
    /// The sign that it is put right.
    pub mended: String,
    /// The source of the cause and its remedy.
    pub source: &'static str,
}

impl Cause {
    /// Returns the catalogue entry for a product.
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

    /// Returns the cause in a few words, without a product's name.
    pub const fn short(self) -> &'static str {
        self.template().short
    }

    /// Returns the party that must act.
    pub const fn responsible(self) -> ResponsibleParty {
        self.template().actor
    }

    pub(crate) const fn urgency(self) -> Urgency {
        self.template().urgency
    }

    /// Returns the product as the steps name it: a shared user is not the user that the steps add.
    fn named_by(self, product: &Product) -> Product {
        match self {
            Self::SharedUser => product.without_entered(),
            _ => product.clone(),
        }
    }

    /// Returns the steps that tell this cause from others, the quickest first, then the steps that
    /// put it right.
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
