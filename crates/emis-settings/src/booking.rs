//! Settings of self-booking.

use std::collections::BTreeSet;

use emis_types::{BookedBy, SlotTypeId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::{Problems, SettingsProblem};
use crate::problem_text::ProblemCode as Code;
use crate::selection::{Selection, SessionHolderRule, SiteRule};
use crate::text::is_line;
use crate::unknown_fields::UnknownFields;

/// The appointments that patients may book and cancel themselves.
///
/// The default is off and offers nothing. EMIS marks slots as bookable unless they are unticked, so
/// only the slot types that the practice lists can be booked.
///
/// Fields that are absent from JSON have their defaults, and unknown ones are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct BookingSettings {
    /// `true` if patients can book. Default: `false`.
    pub enabled: bool,
    /// The slot types that patients may book. Default: none.
    #[schemars(with = "BTreeSet<String>")]
    pub slot_types: BTreeSet<SlotTypeId>,
    /// The sites where they may book. Default: all.
    #[schemars(with = "Selection<i32>")]
    pub sites: SiteRule,
    /// The session holders with whom they may book. Default: all.
    #[schemars(with = "Selection<i32>")]
    pub session_holders: SessionHolderRule,
    /// The number of days ahead that they may book, 1 to 84 (twelve weeks). Default: 42.
    #[schemars(range(min = 1, max = 84))]
    pub horizon_days: u16,
    /// The minutes before its start from which a slot is no longer offered; less than the horizon.
    /// Default: 60.
    pub minimum_notice_minutes: u32,
    /// The minutes before its start from which the patient can no longer cancel an appointment; at
    /// most 10,080 (a week). Default: 60.
    #[schemars(range(max = 10080))]
    pub cancel_cut_off_minutes: u32,
    /// The minutes before its start from which the patient can no longer move an appointment; at
    /// most 10,080 (a week). Default: none, which means the minutes for cancelling.
    #[schemars(range(max = 10080))]
    pub move_cut_off_minutes: Option<u32>,
    /// The largest number of future appointments of a patient, including the one being booked and
    /// those that the practice booked. 1 to 10. Default: 2.
    #[schemars(range(min = 1, max = 10))]
    pub max_future_per_patient: u8,
    /// The largest number of appointments that a patient can book in one day, cancelled ones
    /// included; at least 1. Default: no limit.
    #[schemars(range(min = 1))]
    pub max_a_day_per_patient: Option<u32>,
    /// The largest number of appointments that patients can book at the practice in one day,
    /// cancelled ones included; at least 1. Default: no limit.
    #[schemars(range(min = 1))]
    pub max_a_day: Option<u32>,
    /// `true` if this practice's EMIS returns the notes of appointments. A booking is then ours only
    /// if its reference is among them; otherwise a slower rule by time applies. Default: `true`.
    pub emis_returns_notes: bool,
    /// The treatment of a booking that EMIS made after it was concluded that it was not made, and
    /// the patient was told so. Default: `cancel`.
    pub late_arrivals: LateArrivalPolicy,
    /// The order in which an appointment is moved. Default: `book_first`.
    pub move_order: MoveOrder,
    /// The EMIS user that bookings are recorded under. Required while booking is on. Default: none.
    #[schemars(with = "Option<String>")]
    pub booked_by: Option<BookedBy>,
    /// The reason that EMIS requires with every booking: a fixed text of 1 to 100 characters that
    /// says nothing about the patient. Default: "Booked online".
    #[schemars(length(min = 1, max = 100))]
    pub reason: String,
    /// Fields that a newer release added, kept unchanged.
    #[serde(flatten)]
    pub unknown: UnknownFields,
}

/// The treatment of a booking that arrived late. The patient and the practice are told either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LateArrivalPolicy {
    /// It is cancelled: the patient was told that they do not have it.
    #[default]
    Cancel,
    /// It is kept.
    Keep,
}

/// The order of the two calls that move an appointment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MoveOrder {
    /// The new appointment is booked first. For a moment the patient has both, and one more than the
    /// practice's limit may allow.
    #[default]
    BookFirst,
    /// The earlier appointment is cancelled first. It is booked again if the new one can't be
    /// booked.
    CancelFirst,
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
            move_cut_off_minutes: None,
            max_future_per_patient: 2,
            max_a_day_per_patient: None,
            max_a_day: None,
            emis_returns_notes: true,
            late_arrivals: LateArrivalPolicy::default(),
            move_order: MoveOrder::default(),
            booked_by: None,
            reason: "Booked online".to_owned(),
            unknown: UnknownFields::default(),
        }
    }
}

impl BookingSettings {
    /// The longest horizon in days. EMIS lists sessions and a patient's appointments for at most 90
    /// days at once.
    pub const MOST_HORIZON_DAYS: u16 = 84;

    /// Returns every problem. A value that booking needs is required only while booking is on; a
    /// value that can't be right is always reported.
    pub fn problems(&self) -> Vec<SettingsProblem> {
        let on = self.enabled;
        let horizon_fits = (1..=Self::MOST_HORIZON_DAYS).contains(&self.horizon_days);
        let horizon_minutes = u32::from(self.horizon_days) * 24 * 60;
        let mut problems = Problems::default();
        for (broken, code, path) in [
            (
                on && self.slot_types.is_empty(),
                Code::BookingSlotTypesMissing,
                "booking.slot_types",
            ),
            (
                on && self.sites.is_empty(),
                Code::BookingSitesMissing,
                "booking.sites",
            ),
            (
                on && self.session_holders.is_empty(),
                Code::BookingSessionHoldersMissing,
                "booking.session_holders",
            ),
            (
                on && self.booked_by.is_none(),
                Code::BookedByMissing,
                "booking.booked_by",
            ),
            (
                !horizon_fits,
                Code::BookingHorizonOutOfRange,
                "booking.horizon_days",
            ),
            (
                // Against a horizon that is wrong itself the comparison would say nothing.
                horizon_fits && self.minimum_notice_minutes >= horizon_minutes,
                Code::BookingNoticeBeyondHorizon,
                "booking.minimum_notice_minutes",
            ),
            (
                self.cancel_cut_off_minutes > 7 * 24 * 60,
                Code::BookingCutOffOutOfRange,
                "booking.cancel_cut_off_minutes",
            ),
            (
                !(1..=10).contains(&self.max_future_per_patient),
                Code::BookingLimitOutOfRange,
                "booking.max_future_per_patient",
            ),
            (
                self.move_cut_off_minutes
                    .is_some_and(|minutes| minutes > 7 * 24 * 60),
                Code::BookingMoveCutOffOutOfRange,
                "booking.move_cut_off_minutes",
            ),
            (
                self.max_a_day_per_patient == Some(0),
                Code::BookingDayLimitOutOfRange,
                "booking.max_a_day_per_patient",
            ),
            (
                self.max_a_day == Some(0),
                Code::BookingPracticeLimitOutOfRange,
                "booking.max_a_day",
            ),
            (
                !is_line(&self.reason, 100),
                Code::BookingReasonInvalid,
                "booking.reason",
            ),
        ] {
            problems.add_if(broken, code, path);
        }
        problems.into_vec()
    }

    /// Returns the minutes before its start from which an appointment can no longer be moved.
    pub fn move_cut_off_minutes(&self) -> u32 {
        self.move_cut_off_minutes
            .unwrap_or(self.cancel_cut_off_minutes)
    }

    /// Returns `true` if these settings hold an id that EMIS assigned.
    pub(crate) fn names_emis_ids(&self) -> bool {
        !(self.slot_types.is_empty()
            && self.sites.is_all()
            && self.session_holders.is_all()
            && self.booked_by.is_none())
    }
}
