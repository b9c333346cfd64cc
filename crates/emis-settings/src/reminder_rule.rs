//! Rules of reminders: which appointments are reminded of, when and how.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::mode::AppointmentMode;
use crate::offset::Offset;
use crate::problem::{Problems, SettingsProblem};
use crate::problem_text::ProblemCode as Code;
use crate::selection::{Selection, SessionHolderRule, SiteRule, SlotTypeRule};
use crate::template::{Template, TimeShown, template_problems};
use crate::text::is_line;
use crate::unknown_fields::UnknownFields;

/// The action that a patient can take on a reminder.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PatientAction {
    /// None: the patient contacts the practice.
    #[default]
    Nothing,
    /// Ask the practice to cancel: a task for the practice.
    Ask,
    /// Cancel at once.
    Cancel,
    /// Cancel or move at once.
    Move,
}

/// A rule for some of a practice's appointments, in place of the
/// [general one](crate::ReminderSettings::general_rule).
///
/// It applies to an appointment that has one of its slot types, sites, clinicians and modes; of
/// several rules the first applies. One without `offsets` sends no reminders.
///
/// Fields that are absent from JSON have their defaults, and unknown ones are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct ReminderRule {
    /// The practice's name for the rule, one line of 1 to 60 characters. No patient sees it.
    pub name: String,
    /// The slot types. Default: all.
    #[schemars(with = "Selection<String>")]
    pub slot_types: SlotTypeRule,
    /// The sites. Default: all.
    #[schemars(with = "Selection<i32>")]
    pub sites: SiteRule,
    /// The clinicians: any of them holds the session. Default: all.
    #[schemars(with = "Selection<String>")]
    pub clinicians: SessionHolderRule,
    /// The [modes](crate::PracticeSettings::slot_type_modes). Default: all, which includes
    /// appointments whose mode is not set.
    pub modes: Selection<AppointmentMode>,
    /// The times before the appointment, at most three; one reminder is sent for each. None
    /// switches reminders of these appointments off. Default: 24 hours.
    pub offsets: BTreeSet<Offset>,
    /// The channels in order of preference. Default: text message, then email.
    pub channels: Vec<Channel>,
    /// A sentence on how to cancel, 1 to 160 characters. Default: that of all reminders.
    pub cancel_text: Option<String>,
    /// The precision of the time in a message. Default: the start of the appointment.
    pub time_shown: TimeShown,
    /// The wording, by channel and language. Default: that of all reminders.
    pub templates: Vec<Template>,
    /// The action that the patient can take. Default: none.
    pub patient_may: PatientAction,
    /// Fields that a newer release added, kept unchanged.
    #[serde(flatten)]
    pub unknown: UnknownFields,
}

/// The field that holds the rules.
pub(crate) const RULES: &str = "reminders.rules";

/// The largest number of reminders for one appointment.
pub(crate) const MOST_REMINDERS: usize = 3;

impl ReminderRule {
    /// The name of the general rule.
    pub const GENERAL: &'static str = "All other appointments";

    /// Creates a rule for all appointments, 24 hours before.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Returns every problem of the rule.
    pub(crate) fn problems(&self, notice_minutes: u32) -> Vec<SettingsProblem> {
        let possible = self.offsets.iter().all(|offset| offset.is_possible());
        let distinct: BTreeSet<_> = self.offsets.iter().map(|o| o.nominal_minutes()).collect();
        let shortest = distinct.first().copied();
        let channels: BTreeSet<_> = self.channels.iter().collect();
        let is_on = !self.offsets.is_empty();
        let mut problems = Problems::default();
        for (broken, code) in [
            (!is_line(&self.name, 60), Code::ReminderRuleNameInvalid),
            (
                self.offsets.len() > MOST_REMINDERS,
                Code::ReminderTimesTooMany,
            ),
            (!possible, Code::ReminderTimeOutOfRange),
            (
                distinct.len() < self.offsets.len(),
                Code::ReminderTimesRepeated,
            ),
            (
                possible && shortest.is_some_and(|shortest| notice_minutes >= shortest),
                Code::ReminderNoticeTooLong,
            ),
            (
                is_on && self.channels.is_empty(),
                Code::ReminderChannelsMissing,
            ),
            (
                channels.len() < self.channels.len(),
                Code::ReminderChannelRepeated,
            ),
            (self.slot_types.is_empty(), Code::ReminderSlotTypesMissing),
            (self.sites.is_empty(), Code::ReminderSitesMissing),
            (
                self.clinicians.is_empty() || self.modes.is_empty(),
                Code::ReminderRuleEmpty,
            ),
            (
                self.cancel_text
                    .as_ref()
                    .is_some_and(|text| !is_line(text, 160)),
                Code::ReminderCancelTextInvalid,
            ),
        ] {
            problems.add_if(broken, code, RULES);
        }
        problems.extend(template_problems(&self.templates, RULES));
        problems.into_vec()
    }
}
