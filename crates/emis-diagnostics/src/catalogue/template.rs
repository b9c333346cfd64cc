//! The form of a catalogue entry, and the sources of the entries.

use serde::Serialize;

use crate::step::{Confirmation, StepTemplate};
use emis_types::ResponsibleParty;

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
pub(super) struct Template {
    pub(super) short: &'static str,
    /// A question whose yes tells this cause from those that look the same.
    pub(super) question: &'static str,
    pub(super) title: &'static str,
    pub(super) explanation: &'static str,
    pub(super) for_engineers: &'static str,
    pub(super) actor: ResponsibleParty,
    pub(super) urgency: Urgency,
    pub(super) detection: Detection,
    pub(super) checks: &'static [Confirmation],
    /// True if the branches of the fix tell the cause from others, so that no check precedes it.
    pub(super) fix_tells: bool,
    pub(super) fix: &'static [&'static StepTemplate],
    pub(super) mended: &'static str,
    pub(super) source: &'static str,
}

/// The default entry: a diagnosis detects it, everything stops, and it is put right when the next
/// diagnosis is healthy.
pub(super) const USUAL: Template = Template {
    short: "",
    question: "",
    title: "",
    explanation: "",
    for_engineers: "",
    actor: ResponsibleParty::Practice,
    urgency: Urgency::Stops,
    detection: Detection::Probed,
    checks: &[],
    fix_tells: false,
    fix: &[],
    mended: "Run the diagnosis again: it no longer names this cause.",
    source: OURS,
};

/// The sources of field reports.
pub(super) const OURS: &str = "This library's own, from EMIS's published Partner API document";
pub(super) const ARTICLE: &str = "https://help.patchs.ai/hc/en-gb/articles/14195716497943";
pub(super) const ENGAGE: &str =
    "https://support.engagehealth.uk/support/solutions/articles/48000984108";
pub(super) const HERO: &str = "https://product.herohealth.net/docs/emis/getting-started";
pub(super) const ACCURX_EMAS: &str = "https://support.accurx.com/setting-up-accurx-chain/registering-with-emis/how-do-i-enable-staff-in-emas-manager";
pub(super) const COM_CLIENT: &str =
    "Outcome codes in the EMIS Web poller of github.com/endeavourhealth/EDS";
