//! Guides for practices: set-up, reactivation, housekeeping, mergers and changes of system.

use emis_credentials::PasswordRules;
use secrecy::SecretString;
use serde::Serialize;

use crate::clicks as c;
use crate::language::Language;
use crate::observation::Probe;
use crate::product::Product;
use crate::report::{CheckResult, Report};
use crate::step::{Step, StepTemplate};

/// Steps to follow from top to bottom, with the product's name and username filled in.
///
/// Renders as [text](Self::text), [Markdown](Self::markdown) and [HTML](Self::html), with a tick
/// box for each step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Guide {
    /// The title.
    pub title: String,
    /// The language of titles and steps.
    pub language: Language,
    /// The reader and the purpose.
    pub introduction: String,
    /// Its parts, in order.
    pub parts: Vec<GuidePart>,
}

/// A part of a guide, done in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GuidePart {
    /// The title.
    pub title: String,
    /// Its steps, in order.
    pub steps: Vec<GuideStep>,
}

/// A step of a guide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GuideStep {
    /// The step.
    pub step: Step,
    /// The check of a diagnosis that passes only after this step; none if no check shows it.
    pub verified_by: Option<Probe>,
    /// The progress, as far as known.
    pub progress: Progress,
}

/// The progress of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// A diagnosis has shown that the step is done.
    Done,
    /// A diagnosis has shown that the step is not done.
    Open,
    /// Not known, or not visible to a diagnosis.
    Unknown,
}

type Parts = [(&'static str, &'static [&'static StepTemplate])];

/// The checks that pass only after a step.
const PROOFS: &[(&[&StepTemplate], Probe)] = &[
    (
        &[
            &c::ADD_USER,
            &c::TICK_USER,
            &c::SET_NOTED_PASSWORD,
            &c::OK_EDIT_USERS,
            &c::ENTER_API_USER,
            &c::UPDATE_API_USER,
        ],
        Probe::Token,
    ),
    (
        &[
            &c::TICK_AUTO_LOGIN,
            &c::TICK_ALLOW_LOGIN,
            &c::OK_LOGIN_ACCESS,
            &c::ACTIVATE,
            &c::CLICK_TICK,
            &c::ENTER_ORGANISATION_ID,
            &c::UPDATE_ORGANISATION_ID,
            &c::MOVE_PRACTICE,
            &c::CHECK_AGAIN,
        ],
        Probe::Organisation,
    ),
    (&[&c::CHOOSE_ROLE, &c::TICK_DEFAULT], Probe::Sessions),
];

const NEW_USER: &[&StepTemplate] = &[
    &c::LOOK_FOR_OLD_USER,
    &c::ADD_USER,
    &c::NOTE_PASSWORD,
    &c::CHOOSE_ROLE,
    &c::TICK_DEFAULT,
];

const PARTNER_API: &[&StepTemplate] = &[
    &c::OPEN_PARTNER_API,
    &c::SELECT_PRODUCT,
    &c::OPEN_EDIT_USERS,
    &c::TICK_USER,
    &c::SET_NOTED_PASSWORD,
    &c::OK_EDIT_USERS,
    &c::OPEN_LOGIN_ACCESS,
    &c::TICK_AUTO_LOGIN,
    &c::TICK_ALLOW_LOGIN,
    &c::OK_LOGIN_ACCESS,
    &c::CLICK_CROSS,
    &c::CLICK_TICK,
];

const ORGANISATION_ID: &[&StepTemplate] = &[
    &c::READ_CDB_NUMBER,
    &c::ENTER_ORGANISATION_ID,
    &c::UPDATE_ORGANISATION_ID,
];

const API_USER: &[&StepTemplate] = &[&c::ENTER_API_USER, &c::UPDATE_API_USER];

const SET_UP: &Parts = &[
    ("In EMIS: add a new user", NEW_USER),
    ("In EMIS: Partner API settings", PARTNER_API),
    ("In {product}: EMIS Organisation ID", ORGANISATION_ID),
    ("In {product}: EMIS API User", API_USER),
    ("In {product}: check that it works", CHECK),
];

const CHECK: &[&StepTemplate] = &[&c::CHECK_AGAIN];

const REACTIVATE: &Parts = &[
    (
        "In EMIS: switch {product} off and on",
        &[
            &c::OPEN_PARTNER_API,
            &c::SELECT_PRODUCT,
            &c::DEACTIVATE,
            &c::ACTIVATE,
        ],
    ),
    ("In {product}: check that it works", CHECK),
];

const HOUSEKEEPING: &Parts = &[
    (
        "In EMIS: check the users",
        &[
            &c::OPEN_PARTNER_API,
            &c::SELECT_PRODUCT,
            &c::OPEN_LOGIN_ACCESS,
            &c::TICK_ALLOW_LOGIN,
            &c::TICK_AUTO_LOGIN,
            &c::OK_LOGIN_ACCESS,
            &c::LOG_OUT_AND_IN,
        ],
    ),
    ("In {product}: check that it works", CHECK),
];

const MERGER: &Parts = &[
    (
        "Before the closing date: the practice that closes",
        &[&c::STOP_OLD_PRACTICE],
    ),
    (
        "In EMIS of the practice that stays: a user for {product}",
        NEW_USER,
    ),
    (
        "In EMIS of the practice that stays: Partner API settings",
        PARTNER_API,
    ),
    (
        "In {product}: the practice that stays",
        &[&c::MOVE_PRACTICE],
    ),
    ("In {product}: EMIS Organisation ID", ORGANISATION_ID),
    ("In {product}: EMIS API User", API_USER),
    (
        "In {product}: choose slot types, sites and staff",
        &[&c::CHOOSE_AGAIN, &c::CHECK_AGAIN],
    ),
];

const MIGRATION: &Parts = &[
    ("Before the change", &[&c::PLAN_CUT_OVER]),
    (
        "On the last day, in the old EMIS: disconnect",
        &[&c::OPEN_PARTNER_API, &c::SELECT_PRODUCT, &c::DEACTIVATE],
    ),
    ("In the new EMIS: add a new user", NEW_USER),
    ("In the new EMIS: Partner API settings", PARTNER_API),
    ("In {product}: EMIS Organisation ID", ORGANISATION_ID),
    ("In {product}: EMIS API User", API_USER),
    (
        "In {product}: choose slot types, sites and staff",
        &[&c::CHOOSE_AGAIN, &c::CHECK_AGAIN],
    ),
];

/// Returns the guide for connecting the product to EMIS for the first time.
///
/// # Examples
/// ```
/// use emis_diagnostics::{Product, guides};
/// let guide = guides::set_up(&Product::new("Patchs", "patchs")?);
/// assert_eq!(guide.parts.len(), 5);
/// assert!(guide.to_string().contains("EMIS Ball > System Tools > EMAS Manager > Partner API"));
/// # Ok::<(), emis_diagnostics::ProductError>(())
/// ```
pub fn set_up(product: &Product) -> Guide {
    guide(
        product,
        "Connect {product} to EMIS",
        "{product} needs a user in EMIS, access under Partner API, and two settings in {product}. \
         You need EMAS Manager, so ask a system administrator if you do not have it.",
        SET_UP,
    )
}

/// Returns the [`set_up`] guide with a generated password for the user. The guide does not hold the
/// password: show it once, beside the guide.
///
/// # Examples
/// ```
/// use emis_credentials::PasswordRules;
/// use emis_diagnostics::{Product, guides};
/// let product = Product::new("Patchs", "patchs")?;
/// let (guide, password) = guides::set_up_with_password(&product, &PasswordRules::default());
/// # let _ = (guide, password);
/// # Ok::<(), emis_diagnostics::ProductError>(())
/// ```
pub fn set_up_with_password(product: &Product, rules: &PasswordRules) -> (Guide, SecretString) {
    (set_up(product), rules.generate())
}

/// Returns the guide for resetting the product in EMIS: the first thing to try when reminders or
/// self-booking stop.
pub fn reactivate(product: &Product) -> Guide {
    guide(
        product,
        "Switch {product} off and on in EMIS",
        "EMIS can switch off some of what {product} does. Switching {product} off and on again \
         puts all of it right.",
        REACTIVATE,
    )
}

/// Returns the guide for regular checks.
pub fn housekeeping(product: &Product) -> Guide {
    guide(
        product,
        "Housekeeping for {product}",
        "For practice managers and assistant managers. Do this from time to time, so that reminders \
         do not stop.",
        HOUSEKEEPING,
    )
}

/// Returns the guide for a merger of two practices.
pub fn merger(product: &Product) -> Guide {
    guide(
        product,
        "Take {product} through a merger",
        "The practice that stays has its own CDB number and ODS code, and needs its own user. After \
         the closing date, nothing may go out for the practice that closes.",
        MERGER,
    )
}

/// Returns the guide for a change of clinical system, or a move to another EMIS organisation.
pub fn migration(product: &Product) -> Guide {
    guide(
        product,
        "Take {product} through a change of system",
        "The change disconnects {product}, and you need to connect it again. Plan what goes out \
         during the change.",
        MIGRATION,
    )
}

/// Returns all guides.
pub fn all(product: &Product) -> Vec<Guide> {
    [set_up, reactivate, housekeeping, merger, migration]
        .map(|guide| guide(product))
        .into()
}

fn guide(product: &Product, title: &str, introduction: &str, parts: &Parts) -> Guide {
    let part = |(title, steps): &(&str, &[&StepTemplate])| GuidePart {
        title: product.fill(title),
        steps: steps.iter().map(|step| item(step, product)).collect(),
    };
    Guide {
        title: product.fill(title),
        language: product.language(),
        introduction: product.fill(introduction),
        parts: parts.iter().map(part).collect(),
    }
}

fn item(step: &StepTemplate, product: &Product) -> GuideStep {
    let mut proofs = PROOFS.iter();
    GuideStep {
        step: step.fill(product),
        verified_by: proofs
            .find(|(steps, _)| steps.contains(&step))
            .map(|&(_, probe)| probe),
        progress: Progress::Unknown,
    }
}

impl Guide {
    /// Marks the steps that a report shows as done, and those that its findings ask for. Other
    /// steps stay unchanged.
    pub fn check_off(&mut self, report: &Report) {
        for item in self.parts.iter_mut().flat_map(|part| &mut part.steps) {
            let result = item.verified_by.and_then(|probe| {
                let mut checks = report.checks.iter();
                checks.find(|check| check.probe == probe)
            });
            match result.map(|check| check.result) {
                Some(CheckResult::Passed) => item.progress = Progress::Done,
                Some(CheckResult::Failed) if asked_for(&item.step, report) => {
                    item.progress = Progress::Open;
                }
                // It may be this step or another.
                Some(CheckResult::Failed) => item.progress = Progress::Unknown,
                _ => {}
            }
        }
    }

    /// Returns the number of steps that are done, and the number of steps.
    pub fn done(&self) -> (usize, usize) {
        let steps = || self.parts.iter().flat_map(|part| &part.steps);
        let done = steps().filter(|item| item.progress == Progress::Done);
        (done.count(), steps().count())
    }
}

fn asked_for(step: &Step, report: &Report) -> bool {
    let mut findings = report.findings.iter();
    findings.any(|finding| finding.steps.contains(step))
}
