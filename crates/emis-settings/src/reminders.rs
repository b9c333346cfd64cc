//! What is reminded of, when and how.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::{ProblemCode as Code, SettingsProblem};
use crate::{
    Language, Offset, OptOuts, QuietHours, Selection, SiteRule, SlotTypeRule, Template, TimeShown,
    UnknownFields, template, text,
};

/// How a practice's patients are reminded of their appointments.
///
/// The default is on: a practice that connects EMIS for reminders gets them, for every slot type
/// and site, 24 hours before, by text message or else by email, between 08:00 and 20:00, to
/// patients of 16 years or more. That is careful enough to start with, because a reminder's text
/// holds nothing clinical; a practice that has slot types whose patients must not be contacted
/// lists the others under `slot_types`, or switches reminders off first.
///
/// Fields that are absent from JSON have their defaults, and unknown ones are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct ReminderSettings {
    /// Whether reminders are sent. Default: yes.
    pub enabled: bool,
    /// How long before the appointment a reminder goes out; one reminder for each, at most three.
    /// Default: 24 hours.
    pub offsets: BTreeSet<Offset>,
    /// How to send, in order of preference: the first for which the patient has a valid contact
    /// detail is used, once. Default: text message, then email.
    pub channels: Vec<Channel>,
    /// The slot types that are reminded of. Default: all.
    #[schemars(with = "Selection<String>")]
    pub slot_types: SlotTypeRule,
    /// The sites whose appointments are reminded of. Default: all.
    #[schemars(with = "Selection<i32>")]
    pub sites: SiteRule,
    /// When nobody is disturbed: the [night](QuietHours::NIGHT) at least. Default: 20:00 until
    /// 08:00.
    pub quiet_hours: QuietHours,
    /// Nothing is sent when the appointment is less than this many minutes away; shorter than
    /// every one of `offsets`. Default: 60.
    pub minimum_notice_minutes: u32,
    /// Patients younger than this on the day are not reminded, because parents may read their
    /// messages. Years, 0 to 18. Default: 16.
    #[schemars(range(max = 18))]
    pub minimum_age_years: u8,
    /// Whether a message calls its patient by their first name. Default: no.
    ///
    /// Families share telephones and mailboxes, and EMIS does not say so: with the name, whoever
    /// reads the message learns who has an appointment with the practice (hazard H-06,
    /// confidential disclosure). Even where it is on, a contact that several patients of the same
    /// run are seen to share gets no name.
    pub name_the_patient: bool,
    /// The practice's name as patients know it, 1 to 60 characters. Default: none, which is the
    /// name in [`PracticeSettings`](crate::PracticeSettings::name), or else the one that EMIS has
    /// of the practice. Only where EMIS has none either is it "your GP practice".
    pub practice_name: Option<String>,
    /// A sentence on how to cancel, such as "To cancel, call 01632 960123.", 1 to 160
    /// characters. Default: none, which is a plain request to tell the practice.
    pub cancel_text: Option<String>,
    /// How exactly a message gives the time. Default: when the appointment starts.
    pub time_shown: TimeShown,
    /// The language of the messages. Default: English. Another one needs a template for each
    /// channel.
    pub language: Language,
    /// The practice's own words, for each channel and language. Default: none, which is the
    /// built-in English text.
    pub templates: Vec<Template>,
    /// Patients who are never reminded, as a plain list; see
    /// [`ExclusionStore`](crate::ExclusionStore) for one with a history. Default: nobody.
    pub opted_out: OptOuts,
    /// What a newer release added: kept as it is.
    #[serde(flatten)]
    pub unknown: UnknownFields,
}

/// A way of sending a reminder. In JSON, `"sms"` or `"email"`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Channel {
    /// A text message to a UK mobile.
    Sms,
    /// An email.
    Email,
}

impl Channel {
    /// The channel as JSON and ledgers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }
}

impl Default for ReminderSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            offsets: BTreeSet::from([Offset::Hours(24)]),
            channels: vec![Channel::Sms, Channel::Email],
            slot_types: SlotTypeRule::All,
            sites: SiteRule::All,
            quiet_hours: QuietHours::default(),
            minimum_notice_minutes: 60,
            minimum_age_years: 16,
            name_the_patient: false,
            practice_name: None,
            cancel_text: None,
            time_shown: TimeShown::default(),
            language: Language::english(),
            templates: Vec::new(),
            opted_out: OptOuts::default(),
            unknown: UnknownFields::default(),
        }
    }
}

impl ReminderSettings {
    /// The most reminders that one appointment can have.
    pub const MOST_REMINDERS: usize = 3;

    /// Everything that is wrong. What a feature needs is asked for only while it is on; a value
    /// that can't be right is always reported.
    pub fn problems(&self) -> Vec<SettingsProblem> {
        let mut problems = Vec::new();
        self.check_times(&mut problems);
        self.check_channels(&mut problems);
        self.check_coverage(&mut problems);
        self.check_texts(&mut problems);
        problems
    }

    /// Whether anything in these settings names something by an id that EMIS gave it.
    pub(crate) fn names_emis_ids(&self) -> bool {
        !(self.slot_types.is_all() && self.sites.is_all() && self.opted_out.is_empty())
    }

    fn check_times(&self, problems: &mut Vec<SettingsProblem>) {
        const OFFSETS: &str = "reminders.offsets";
        let mut report =
            |code, path, message: &str| problems.push(SettingsProblem::new(code, path, message));

        if self.enabled && self.offsets.is_empty() {
            report(
                Code::ReminderTimesMissing,
                OFFSETS,
                "Choose how many hours or working days before the appointment the reminder is \
                 sent.",
            );
        }
        if self.offsets.len() > Self::MOST_REMINDERS {
            report(
                Code::ReminderTimesTooMany,
                OFFSETS,
                "Choose at most three reminders for one appointment.",
            );
        }
        if !self.offsets.iter().all(|offset| offset.is_possible()) {
            report(
                Code::ReminderTimeOutOfRange,
                OFFSETS,
                "Each reminder must be sent between 1 and 168 hours, or between 1 and 7 working \
                 days, before the appointment.",
            );
        }
        let distinct: BTreeSet<_> = self.offsets.iter().map(|o| o.nominal_minutes()).collect();
        if distinct.len() < self.offsets.len() {
            report(
                Code::ReminderTimesRepeated,
                OFFSETS,
                "Choose either a number of working days or as many times 24 hours: they are the \
                 same reminder.",
            );
        }
        let possible = self.offsets.iter().filter(|offset| offset.is_possible());
        let shortest = possible.map(|offset| offset.nominal_minutes()).min();
        if shortest.is_some_and(|shortest| self.minimum_notice_minutes >= shortest) {
            report(
                Code::ReminderNoticeTooLong,
                "reminders.minimum_notice_minutes",
                "The minimum notice must be shorter than the time before the appointment at \
                 which the reminder is sent, or that reminder would never go out.",
            );
        }
        if let Some((code, message)) = self.quiet_hours_problem() {
            report(code, "reminders.quiet_hours", message);
        }
    }

    fn quiet_hours_problem(&self) -> Option<(Code, &'static str)> {
        let quiet = self.quiet_hours;
        if !quiet.are_whole_minutes() {
            Some((
                Code::QuietHoursNotWholeMinutes,
                "Quiet hours must begin and end on a full minute, such as 20:00 and 08:00.",
            ))
        } else if quiet.from == quiet.until {
            Some((
                Code::QuietHoursEmpty,
                "Quiet hours must begin and end at different times of day.",
            ))
        } else if !quiet.cover_the_night() {
            Some((
                Code::QuietHoursTooShort,
                "Quiet hours must cover the night: begin by 21:00, and last until 07:00 or later.",
            ))
        } else if quiet.minutes_left_for_sending() < 60 {
            Some((
                Code::QuietHoursTooLong,
                "Quiet hours must leave at least one hour of the day in which reminders can be \
                 sent.",
            ))
        } else {
            None
        }
    }

    fn check_channels(&self, problems: &mut Vec<SettingsProblem>) {
        const PATH: &str = "reminders.channels";
        if self.enabled && self.channels.is_empty() {
            problems.push(SettingsProblem::new(
                Code::ReminderChannelsMissing,
                PATH,
                "Choose text message, email or both for sending reminders.",
            ));
        }
        let distinct: BTreeSet<_> = self.channels.iter().collect();
        if distinct.len() < self.channels.len() {
            problems.push(SettingsProblem::new(
                Code::ReminderChannelRepeated,
                PATH,
                "List text message and email once each, the preferred one first.",
            ));
        }
    }

    fn check_coverage(&self, problems: &mut Vec<SettingsProblem>) {
        if self.enabled && self.slot_types.is_empty() {
            problems.push(SettingsProblem::new(
                Code::ReminderSlotTypesMissing,
                "reminders.slot_types",
                "Choose at least one slot type to remind patients of, or all slot types.",
            ));
        }
        if self.enabled && self.sites.is_empty() {
            problems.push(SettingsProblem::new(
                Code::ReminderSitesMissing,
                "reminders.sites",
                "Choose at least one site whose appointments patients are reminded of, or all \
                 sites.",
            ));
        }
        if self.minimum_age_years > 18 {
            problems.push(SettingsProblem::new(
                Code::ReminderAgeOutOfRange,
                "reminders.minimum_age_years",
                "The youngest age at which patients are reminded must be 18 years or less.",
            ));
        }
    }

    fn check_texts(&self, problems: &mut Vec<SettingsProblem>) {
        let name = self.practice_name.as_deref();
        if let Some(fault) = name.and_then(|name| text::fault(name, 60)) {
            problems.push(SettingsProblem::new(
                Code::ReminderPracticeNameInvalid,
                "reminders.practice_name",
                format!("The practice's name in reminders {fault}."),
            ));
        }
        let cancel = self.cancel_text.as_deref();
        if let Some(fault) = cancel.and_then(|cancel| text::fault(cancel, 160)) {
            problems.push(SettingsProblem::new(
                Code::ReminderCancelTextInvalid,
                "reminders.cancel_text",
                format!("The sentence on how to cancel {fault}."),
            ));
        }
        problems.extend(template::problems(&self.templates));
        let written = |channel: &Channel| {
            let mut templates = self.templates.iter();
            templates.any(|t| t.channel == *channel && t.language == self.language)
        };
        if self.enabled && !self.language.is_english() && !self.channels.iter().all(written) {
            problems.push(SettingsProblem::new(
                Code::TemplateMissing,
                "reminders.templates",
                "For reminders in another language than English, write the text for every way of \
                 sending them in that language.",
            ));
        }
    }
}
