//! What a practice is asked to do when nothing is broken: set-up, reactivation, housekeeping.

use std::fmt;

use serde::Serialize;

use crate::clicks as c;
use crate::product::Product;
use crate::step::{Step, StepTemplate, fill_all, write_numbered};

/// Steps to be carried out from top to bottom, with the product's name and username filled in.
///
/// `Display` prints them as numbered plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Guide {
    /// What it is for.
    pub title: String,
    /// Who does it and why.
    pub introduction: String,
    /// Its parts, in order.
    pub parts: Vec<GuidePart>,
}

/// A part of a guide, done in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GuidePart {
    /// What it is about.
    pub title: String,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

type Parts = [(&'static str, &'static [&'static StepTemplate])];

const SET_UP: &Parts = &[
    (
        "In EMIS: add a new user",
        &[
            &c::ADD_USER,
            &c::NOTE_PASSWORD,
            &c::CHOOSE_ROLE,
            &c::TICK_DEFAULT,
        ],
    ),
    (
        "In EMIS: Partner API settings",
        &[
            &c::OPEN_PARTNER_API,
            &c::SELECT_PRODUCT,
            &c::OPEN_EDIT_USERS,
            &c::SET_PARTNER_PASSWORD,
            &c::OK_EDIT_USERS,
            &c::OPEN_LOGIN_ACCESS,
            &c::TICK_AUTO_LOGIN,
            &c::TICK_ALLOW_LOGIN,
            &c::OK_LOGIN_ACCESS,
            &c::CLICK_CROSS,
            &c::CLICK_TICK,
        ],
    ),
    (
        "In {product}: EMIS Organisation ID",
        &[
            &c::READ_CDB_NUMBER,
            &c::ENTER_ORGANISATION_ID,
            &c::UPDATE_ORGANISATION_ID,
        ],
    ),
    (
        "In {product}: EMIS API User",
        &[&c::ENTER_API_USER, &c::UPDATE_API_USER],
    ),
];

const REACTIVATE: &Parts = &[(
    "In EMIS: deactivate and reactivate {product}",
    &[
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::DEACTIVATE,
        &c::ACTIVATE,
    ],
)];

const HOUSEKEEPING: &Parts = &[(
    "In EMIS: check that every user is still enabled",
    &[
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::OPEN_LOGIN_ACCESS,
        &c::TICK_ALLOW_LOGIN,
        &c::TICK_AUTO_LOGIN,
        &c::OK_LOGIN_ACCESS,
        &c::LOG_OUT_AND_IN,
    ],
)];

/// How a practice connects the product to EMIS for the first time.
///
/// ```
/// use emis_diagnostics::{Product, guides};
/// let guide = guides::set_up(&Product::new("Patchs", "patchs")?);
/// assert_eq!(guide.parts.len(), 4);
/// assert!(guide.to_string().contains("EMIS Ball > System Tools > EMAS Manager > Partner API"));
/// # Ok::<(), emis_diagnostics::ProductError>(())
/// ```
pub fn set_up(product: &Product) -> Guide {
    guide(
        product,
        "Connect {product} to EMIS",
        "Appointment reminders and self-booking need a user in EMIS, access for it under Partner \
         API, and two settings in {product}.",
        SET_UP,
    )
}

/// How a practice resets the product in EMIS: the first thing to try when reminders or
/// self-booking stop.
pub fn reactivate(product: &Product) -> Guide {
    guide(
        product,
        "Deactivate and reactivate {product}",
        "Calls of {product} can be deactivated in EMIS one by one. Deactivating and activating \
         the application resets it and activates them all.",
        REACTIVATE,
    )
}

/// What a practice checks from time to time, so that reminders do not stop one day.
pub fn housekeeping(product: &Product) -> Guide {
    guide(
        product,
        "Housekeeping for {product}",
        "For the practice manager or assistant manager: make sure that all users are still \
         enabled.",
        HOUSEKEEPING,
    )
}

fn guide(product: &Product, title: &str, introduction: &str, parts: &Parts) -> Guide {
    Guide {
        title: product.fill(title),
        introduction: product.fill(introduction),
        parts: parts
            .iter()
            .map(|(title, steps)| GuidePart {
                title: product.fill(title),
                steps: fill_all(steps, product),
            })
            .collect(),
    }
}

impl fmt::Display for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}", self.title, self.introduction)?;
        self.parts.iter().try_for_each(|part| {
            writeln!(f, "\n{}", part.title)?;
            write_numbered(f, &part.steps)
        })
    }
}
