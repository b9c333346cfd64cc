//! Settings of appointment reminders.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::language::Language;
use crate::offset::Offset;
use crate::opt_outs::OptOuts;
use crate::problem::{Problems, SettingsProblem};
use crate::problem_text::ProblemCode as Code;
use crate::quiet_hours::QuietHours;
use crate::reminder_rule::{MOST_REMINDERS, PatientAction, RULES, ReminderRule};
use crate::selection::{Selection, SiteRule, SlotTypeRule};
use crate::template::{ConfirmationKind, Template, TimeShown, template_problems};
use crate::text::is_line;
use crate::unknown_fields::UnknownFields;

/// The field that holds the practice's words of other messages.
pub(crate) const CONFIRMATIONS: &str = "reminders.confirmations";

/// The settings of a practice's appointment reminders.
///
/// The default is on: a practice that connects EMIS gets reminders for every slot type and site, 24
/// hours before, by text message or else by email, between 08:00 and 20:00, to patients of 16 years
/// or more. The text of a reminder holds nothing clinical. A practice with slot types whose patients
/// must not be contacted lists the others under `slot_types`, or switches reminders off first.
///
/// Fields that are absent from JSON have their defaults, and unknown ones are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct ReminderSettings {
    /// `true` if reminders are sent. Default: `true`.
    pub enabled: bool,
    /// The times before the appointment, at most three; one reminder is sent for each. Default: 24
    /// hours.
    pub offsets: BTreeSet<Offset>,
    /// The channels in order of preference: the first for which the patient has a valid contact
    /// detail is used. Default: text message, then email.
    pub channels: Vec<Channel>,
    /// The slot types whose appointments are reminded of. Default: all.
    #[schemars(with = "Selection<String>")]
    pub slot_types: SlotTypeRule,
    /// The sites whose appointments are reminded of. Default: all.
    #[schemars(with = "Selection<i32>")]
    pub sites: SiteRule,
    /// The hours in which nothing is sent: the [night](QuietHours::NIGHT) at least. Default: 20:00
    /// until 08:00.
    pub quiet_hours: QuietHours,
    /// The minutes before the appointment from which nothing is sent any more; shorter than every
    /// one of `offsets`. Default: 60.
    pub minimum_notice_minutes: u32,
    /// The youngest age on the day of the appointment, in years, 0 to 18. Parents may read the
    /// messages of younger patients, who are not reminded. Default: 16.
    #[schemars(range(max = 18))]
    pub minimum_age_years: u8,
    /// The least minutes between two messages to one contact, at most 1,440. What falls due within
    /// them is told in one message. Default: 60.
    #[schemars(range(max = 1440))]
    pub least_minutes_between: u32,
    /// `true` if a message addresses its patient by their first name. Default: `false`.
    ///
    /// Families share phones and mailboxes, and EMIS does not say so. With the name, a reader learns
    /// which of them has an appointment (hazard H-06, confidential disclosure). Even where this is
    /// on, a contact that several patients of a run share gets no name.
    pub name_the_patient: bool,
    /// The practice's name as patients know it, 1 to 60 characters. Default: none, which means the
    /// [name](crate::PracticeSettings::name) in the settings, or else the one in EMIS, or else "your
    /// GP practice".
    pub practice_name: Option<String>,
    /// A sentence on how to cancel, such as "To cancel, call 01632 960123.", 1 to 160 characters.
    /// Default: none, which asks the patient to tell the practice.
    pub cancel_text: Option<String>,
    /// The precision of the time in a message. Default: the start of the appointment.
    pub time_shown: TimeShown,
    /// The language of the messages. Default: English. Any other but Welsh needs a template for each
    /// channel.
    pub language: Language,
    /// The practice's own wording, by channel and language. Default: none, which means the built-in
    /// text.
    pub templates: Vec<Template>,
    /// The practice's own wording of other messages, by channel and language. Default: none, which
    /// means the built-in text.
    pub confirmations: BTreeMap<ConfirmationKind, Vec<Template>>,
    /// The action that the patient can take. Default: none.
    pub patient_may: PatientAction,
    /// Rules for some of the appointments, at most 50; the first that applies decides. The other
    /// fields are the [general rule](Self::general_rule) for all others. Default: none.
    pub rules: Vec<ReminderRule>,
    /// Patients who are never reminded, as a plain list; the
    /// [`ExclusionStore`](crate::ExclusionStore) keeps a history. Default: none.
    pub opted_out: OptOuts,
    /// Fields that a newer release added, kept unchanged.
    #[serde(flatten)]
    pub unknown: UnknownFields,
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
            least_minutes_between: 60,
            name_the_patient: false,
            practice_name: None,
            cancel_text: None,
            time_shown: TimeShown::default(),
            language: Language::english(),
            templates: Vec::new(),
            confirmations: BTreeMap::new(),
            patient_may: PatientAction::Nothing,
            rules: Vec::new(),
            opted_out: OptOuts::default(),
            unknown: UnknownFields::default(),
        }
    }
}

impl Default for ReminderRule {
    fn default() -> Self {
        ReminderSettings::default().general_rule()
    }
}

impl ReminderSettings {
    /// The largest number of reminders for one appointment.
    pub const MOST_REMINDERS: usize = MOST_REMINDERS;
    /// The largest number of rules.
    pub const MOST_RULES: usize = 50;

    /// Returns every problem. A value that reminders need is required only while reminders are on; a
    /// value that can't be right is always reported.
    pub fn problems(&self) -> Vec<SettingsProblem> {
        let mut problems = Problems::default();
        self.check_times(&mut problems);
        self.check_recipients(&mut problems);
        self.check_texts(&mut problems);
        self.check_rules(&mut problems);
        problems.into_vec()
    }

    /// Returns the rule for all appointments to which none of [`rules`](Self::rules) applies.
    pub fn general_rule(&self) -> ReminderRule {
        ReminderRule {
            name: ReminderRule::GENERAL.to_owned(),
            slot_types: self.slot_types.clone(),
            sites: self.sites.clone(),
            clinicians: Selection::All,
            modes: Selection::All,
            offsets: self.offsets.clone(),
            channels: self.channels.clone(),
            cancel_text: self.cancel_text.clone(),
            time_shown: self.time_shown,
            templates: self.templates.clone(),
            patient_may: self.patient_may,
            unknown: UnknownFields::default(),
        }
    }

    /// Returns every rule in the order in which they apply; the general one is the last.
    pub fn every_rule(&self) -> Vec<ReminderRule> {
        let mut rules = self.rules.clone();
        rules.push(self.general_rule());
        rules
    }

    /// Returns `true` if these settings hold an id that EMIS assigned.
    pub(crate) fn names_emis_ids(&self) -> bool {
        let by_rule = self.rules.iter().any(|rule| {
            !(rule.slot_types.is_all() && rule.sites.is_all() && rule.clinicians.is_all())
        });
        !(self.slot_types.is_all() && self.sites.is_all() && self.opted_out.is_empty()) || by_rule
    }

    fn check_times(&self, problems: &mut Problems) {
        const OFFSETS: &str = "reminders.offsets";
        let possible = self.offsets.iter().filter(|offset| offset.is_possible());
        let shortest = possible.map(|offset| offset.nominal_minutes()).min();
        let distinct: BTreeSet<_> = self.offsets.iter().map(|o| o.nominal_minutes()).collect();
        for (broken, code, path) in [
            (
                self.enabled && self.offsets.is_empty(),
                Code::ReminderTimesMissing,
                OFFSETS,
            ),
            (
                self.offsets.len() > Self::MOST_REMINDERS,
                Code::ReminderTimesTooMany,
                OFFSETS,
            ),
            (
                !self.offsets.iter().all(|offset| offset.is_possible()),
                Code::ReminderTimeOutOfRange,
                OFFSETS,
            ),
            (
                distinct.len() < self.offsets.len(),
                Code::ReminderTimesRepeated,
                OFFSETS,
            ),
            (
                shortest.is_some_and(|shortest| self.minimum_notice_minutes >= shortest),
                Code::ReminderNoticeTooLong,
                "reminders.minimum_notice_minutes",
            ),
        ] {
            problems.add_if(broken, code, path);
        }
        if let Some(code) = self.quiet_hours_problem() {
            problems.add_if(true, code, "reminders.quiet_hours");
        }
    }

    fn check_rules(&self, problems: &mut Problems) {
        let names: BTreeSet<_> = self.rules.iter().map(|rule| &rule.name).collect();
        let many = self.rules.len() > Self::MOST_RULES;
        for (broken, code, path) in [
            (many, Code::ReminderRulesTooMany, RULES),
            (
                names.len() < self.rules.len(),
                Code::ReminderRuleRepeated,
                RULES,
            ),
            (
                self.least_minutes_between > 24 * 60,
                Code::ReminderDistanceOutOfRange,
                "reminders.least_minutes_between",
            ),
        ] {
            problems.add_if(broken, code, path);
        }
        for rule in self.rules.iter().take(Self::MOST_RULES) {
            problems.extend(rule.problems(self.minimum_notice_minutes));
        }
    }

    fn quiet_hours_problem(&self) -> Option<Code> {
        let quiet = self.quiet_hours;
        if !quiet.are_whole_minutes() {
            Some(Code::QuietHoursNotWholeMinutes)
        } else if quiet.from == quiet.until {
            Some(Code::QuietHoursEmpty)
        } else if !quiet.cover_the_night() {
            Some(Code::QuietHoursTooShort)
        } else if quiet.minutes_left_for_sending() < 60 {
            Some(Code::QuietHoursTooLong)
        } else {
            None
        }
    }

    fn check_recipients(&self, problems: &mut Problems) {
        const CHANNELS: &str = "reminders.channels";
        let distinct: BTreeSet<_> = self.channels.iter().collect();
        for (broken, code, path) in [
            (
                self.enabled && self.channels.is_empty(),
                Code::ReminderChannelsMissing,
                CHANNELS,
            ),
            (
                distinct.len() < self.channels.len(),
                Code::ReminderChannelRepeated,
                CHANNELS,
            ),
            (
                self.enabled && self.slot_types.is_empty(),
                Code::ReminderSlotTypesMissing,
                "reminders.slot_types",
            ),
            (
                self.enabled && self.sites.is_empty(),
                Code::ReminderSitesMissing,
                "reminders.sites",
            ),
            (
                self.minimum_age_years > 18,
                Code::ReminderAgeOutOfRange,
                "reminders.minimum_age_years",
            ),
        ] {
            problems.add_if(broken, code, path);
        }
    }

    fn check_texts(&self, problems: &mut Problems) {
        let fits = |text: &Option<String>, longest| {
            text.as_ref().is_none_or(|text| is_line(text, longest))
        };
        problems.add_if(
            !fits(&self.practice_name, 60),
            Code::ReminderPracticeNameInvalid,
            "reminders.practice_name",
        );
        problems.add_if(
            !fits(&self.cancel_text, 160),
            Code::ReminderCancelTextInvalid,
            "reminders.cancel_text",
        );
        problems.extend(template_problems(&self.templates, "reminders.templates"));
        for templates in self.confirmations.values() {
            problems.extend(template_problems(templates, CONFIRMATIONS));
        }
        let ships = self.language.is_english() || self.language.is_welsh();
        let written = |channel: &Channel| {
            let mut templates = self.templates.iter();
            templates.any(|t| t.channel == *channel && t.language == self.language)
        };
        problems.add_if(
            self.enabled && !ships && !self.channels.iter().all(written),
            Code::TemplateMissing,
            "reminders.templates",
        );
    }
}
