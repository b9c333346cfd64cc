//! What patients may book for themselves.

use std::collections::BTreeSet;

use emis_types::{BookedBy, SlotTypeId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::{ProblemCode as Code, SettingsProblem};
use crate::{Selection, SessionHolderRule, SiteRule, UnknownFields, text};

/// Which appointments a practice's patients may book and cancel themselves.
///
/// The default is off, and offers nothing: EMIS calls slots bookable unless somebody unticks
/// them, so what may be booked is the practice's own list of slot types and nothing else.
///
/// Fields that are absent from JSON have their defaults, and unknown ones are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct BookingSettings {
    /// Whether patients can book. Default: no.
    pub enabled: bool,
    /// The slot types that patients may book. Default: none, so that nothing can be booked.
    #[schemars(with = "BTreeSet<String>")]
    pub slot_types: BTreeSet<SlotTypeId>,
    /// The sites at which they may book. Default: all.
    #[schemars(with = "Selection<i32>")]
    pub sites: SiteRule,
    /// The session holders with whom they may book. Default: all.
    #[schemars(with = "Selection<i32>")]
    pub session_holders: SessionHolderRule,
    /// How many days ahead of today they may book, 1 to 84 (twelve weeks). Default: 42.
    #[schemars(range(min = 1, max = 84))]
    pub horizon_days: u16,
    /// Slots that begin in less than this many minutes are not offered; less than the horizon.
    /// Default: 60.
    pub minimum_notice_minutes: u32,
    /// Appointments that begin in less than this many minutes can't be cancelled by the patient;
    /// at most 10,080 (a week). Default: 60.
    #[schemars(range(max = 10080))]
    pub cancel_cut_off_minutes: u32,
    /// The most future appointments that a patient may have, the one being booked and those that
    /// the practice booked included. 1 to 10. Default: 2.
    #[schemars(range(min = 1, max = 10))]
    pub max_future_per_patient: u8,
    /// In whose name EMIS records the booking. Required while booking is on. Default: none.
    #[schemars(with = "Option<String>")]
    pub booked_by: Option<BookedBy>,
    /// The reason that EMIS demands with every booking: a fixed text of 1 to 100 characters that
    /// says nothing about the patient. Default: "Booked online".
    #[schemars(length(min = 1, max = 100))]
    pub reason: String,
    /// What a newer release added: kept as it is.
    #[serde(flatten)]
    pub unknown: UnknownFields,
}

impl Default for BookingSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            slot_types: BTreeSet::new(),
            sites: SiteRule::All,
            session_holders: SessionHolderRule::All,
            horizon_days: 42,
            minimum_notice_minutes: 60,
            cancel_cut_off_minutes: 60,
            max_future_per_patient: 2,
            booked_by: None,
            reason: "Booked online".to_owned(),
            unknown: UnknownFields::default(),
        }
    }
}

impl BookingSettings {
    /// The furthest ahead that patients may book, in days. EMIS lists sessions and a patient's
    /// appointments for at most 90 days at once.
    pub const MOST_HORIZON_DAYS: u16 = 84;

    /// Everything that is wrong. What booking needs is asked for only while it is on; a value
    /// that can't be right is always reported.
    pub fn problems(&self) -> Vec<SettingsProblem> {
        let mut problems = Vec::new();
        if self.enabled {
            self.check_needs(&mut problems);
        }
        self.check_limits(&mut problems);
        problems
    }

    /// Whether anything in these settings names something by an id that EMIS gave it.
    pub(crate) fn names_emis_ids(&self) -> bool {
        !(self.slot_types.is_empty()
            && self.sites.is_all()
            && self.session_holders.is_all()
            && self.booked_by.is_none())
    }

    fn check_needs(&self, problems: &mut Vec<SettingsProblem>) {
        let mut need = |missing: bool, code, path, message: &str| {
            if missing {
                problems.push(SettingsProblem::new(code, path, message));
            }
        };
        need(
            self.slot_types.is_empty(),
            Code::BookingSlotTypesMissing,
            "booking.slot_types",
            "Choose at least one slot type that patients may book.",
        );
        need(
            self.sites.is_empty(),
            Code::BookingSitesMissing,
            "booking.sites",
            "Choose at least one site at which patients may book, or all sites.",
        );
        need(
            self.session_holders.is_empty(),
            Code::BookingSessionHoldersMissing,
            "booking.session_holders",
            "Choose at least one session holder with whom patients may book, or all of them.",
        );
        need(
            self.booked_by.is_none(),
            Code::BookedByMissing,
            "booking.booked_by",
            "Choose the EMIS user in whose name appointments are booked.",
        );
    }

    fn check_limits(&self, problems: &mut Vec<SettingsProblem>) {
        let mut rule = |kept: bool, code, path, message: &str| {
            if !kept {
                problems.push(SettingsProblem::new(code, path, message));
            }
        };
        let horizon_fits = (1..=Self::MOST_HORIZON_DAYS).contains(&self.horizon_days);
        rule(
            horizon_fits,
            Code::BookingHorizonOutOfRange,
            "booking.horizon_days",
            "Patients must be able to book between 1 and 84 days ahead.",
        );
        // Against a horizon that is wrong itself the comparison would say nothing.
        rule(
            !horizon_fits || self.minimum_notice_minutes < u32::from(self.horizon_days) * 24 * 60,
            Code::BookingNoticeBeyondHorizon,
            "booking.minimum_notice_minutes",
            "The minimum notice must be shorter than the number of days ahead that patients may \
             book, or nothing could be booked.",
        );
        rule(
            self.cancel_cut_off_minutes <= 7 * 24 * 60,
            Code::BookingCutOffOutOfRange,
            "booking.cancel_cut_off_minutes",
            "Patients must be able to cancel until a week before the appointment or later.",
        );
        rule(
            (1..=10).contains(&self.max_future_per_patient),
            Code::BookingLimitOutOfRange,
            "booking.max_future_per_patient",
            "The number of future appointments that a patient may hold must be between 1 and 10.",
        );
        if let Some(fault) = text::fault(&self.reason, 100) {
            problems.push(SettingsProblem::new(
                Code::BookingReasonInvalid,
                "booking.reason",
                format!("The booking reason {fault}."),
            ));
        }
    }
}
