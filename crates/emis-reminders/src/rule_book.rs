//! The rules of a practice, as far as they decide on one appointment.

use std::collections::BTreeMap;

use emis_client::model::{BookedPatient, Patient};
use emis_messaging::{Addressing, SenderCapabilities, SendingHours};
use emis_settings::{AppointmentMode, Channel, ReminderRule, ReminderSettings, WorkingCalendar};
use emis_types::{SlotTypeId, uk};
use jiff::civil::DateTime;
use jiff::{Timestamp, Zoned};

use crate::contact_book::MessageRecipient;
use crate::schedule::{Schedule, is_quiet};
use crate::suppression::SuppressionReason;
use crate::{contact_book, eligibility};

/// The rules of a practice, with the sender that they are for.
#[derive(Debug, Clone)]
pub(crate) struct RuleBook<'a> {
    pub(crate) settings: &'a ReminderSettings,
    pub(crate) calendar: &'a WorkingCalendar,
    pub(crate) rules: Vec<ReminderRule>,
    pub(crate) modes: BTreeMap<SlotTypeId, AppointmentMode>,
    pub(crate) sender: SenderCapabilities,
}

impl<'a> RuleBook<'a> {
    pub(crate) fn new(settings: &'a ReminderSettings, calendar: &'a WorkingCalendar) -> Self {
        Self {
            settings,
            calendar,
            rules: settings.every_rule(),
            modes: BTreeMap::new(),
            sender: SenderCapabilities::new("any"),
        }
    }

    /// Returns the place of the rule of an appointment, or why it has none.
    pub(crate) fn rule_of(&self, booked: &BookedPatient) -> Result<usize, SuppressionReason> {
        let none = SuppressionReason::RuleWithoutReminders;
        let (general, special) = self.rules.split_last().ok_or(none)?;
        let applies = |rule: &ReminderRule| eligibility::applies(rule, booked, &self.modes);
        match special.iter().position(|rule| applies(rule).is_ok()) {
            Some(place) => match self.rules.get(place) {
                Some(rule) if !rule.offsets.is_empty() => Ok(place),
                _ => Err(none),
            },
            None => applies(general).map(|()| special.len()),
        }
    }

    /// Returns the channels of a rule.
    pub(crate) fn channels(&self, rule: usize) -> &[Channel] {
        self.rules.get(rule).map_or(&[], |rule| &rule.channels)
    }

    /// Returns the times of a rule.
    pub(crate) fn schedule(&self, rule: usize) -> Option<Schedule<'_>> {
        let rule = self.rules.get(rule)?;
        Some(Schedule {
            offsets: &rule.offsets,
            settings: self.settings,
            calendar: self.calendar,
            hours: hours_of(&self.sender, &rule.channels),
        })
    }

    /// Returns whether the sender reaches a patient through a channel. `valid` tells whether the
    /// mobile number and the email address are.
    pub(crate) fn reaches(&self, patient: &Patient, valid: [bool; 2], channel: Channel) -> bool {
        let [mobile, email] = valid;
        let known = match (self.sender.addressing, channel) {
            (Addressing::NhsNumber, _) => patient.nhs_number.is_some(),
            (_, Channel::Sms) => mobile,
            _ => email,
        };
        known && self.sender.route(channel).is_some()
    }

    /// Returns the recipients of a patient's message by a rule, the preferred first.
    pub(crate) fn recipients(&self, rule: usize, patient: &Patient) -> Vec<MessageRecipient> {
        contact_book::recipients(patient, self.channels(rule), &self.sender)
    }

    /// Returns whether every leg of a message that is handed over at `now` fires outside quiet hours
    /// and before the minimum notice.
    pub(crate) fn legs_fit(
        &self,
        now: &Zoned,
        channel: Channel,
        rule: usize,
        start: DateTime,
    ) -> bool {
        let Some(schedule) = self.schedule(rule) else {
            return false;
        };
        let last = schedule.last_moment(start);
        legs_fit(&self.sender, self.settings, now, channel, last).is_ok()
    }
}

/// Returns what is against a message that is handed over at `now`: a leg that would fire in quiet
/// hours, or after `last`.
pub(crate) fn legs_fit(
    sender: &SenderCapabilities,
    settings: &ReminderSettings,
    now: &Zoned,
    channel: Channel,
    last: Timestamp,
) -> Result<(), SuppressionReason> {
    let route = sender.route(channel);
    let legs = route.map(|it| it.times(now)).unwrap_or_default();
    let fires = || legs.iter().map(|leg| uk::at(leg.fires_at.timestamp()));
    if legs.is_empty() || fires().any(|fires| fires.timestamp() > last) {
        return Err(SuppressionReason::SenderTooLate);
    }
    match fires().any(|fires| is_quiet(fires.time(), settings)) {
        true => Err(SuppressionReason::QuietHours),
        false => Ok(()),
    }
}

/// Returns the hours in which the preferred channel of a rule sends.
pub(crate) fn hours_of(sender: &SenderCapabilities, channels: &[Channel]) -> SendingHours {
    let mut served = channels.iter().filter_map(|channel| sender.route(*channel));
    let leg = served.next().and_then(|route| route.legs.first());
    leg.map_or(SendingHours::ALWAYS, |leg| leg.hours)
}
