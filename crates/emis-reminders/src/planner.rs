//! Sorts appointments into those due a reminder and those without one, one by one as they arrive.

use std::collections::BTreeMap;

use emis_client::model::{BookedPatient, Patient};
use emis_messaging::SenderCapabilities;
use emis_settings::{
    ActiveExclusions, AppointmentMode, Channel, Offset, OptOuts, ReminderSettings, WorkingCalendar,
};
use emis_types::{OdsCode, SlotTypeId};
use jiff::Zoned;
use jiff::civil::DateTime;

use crate::appointment::RemindedAppointment;
use crate::claim::{ReminderSettlement, ReminderStanding};
use crate::contact_book::ContactBook;
use crate::eligibility;
use crate::entry::{ReminderEntry, standing};
use crate::key::RecipientDigest;
use crate::plan::{DueReminder, Plan, SuppressedReminder, key};
use crate::rule_book::RuleBook;
use crate::schedule::{DAY, LONGEST_WINDOW, Schedule, Timing, least_distance};
use crate::store::PlannedReminder;
use crate::suppression::SuppressionReason;

/// Sorts a batch of appointments into those due a reminder at `now` and those without one, for a
/// sender that sends to contacts at any time, and a store without entries: see [`Planner`].
///
/// Pure: it reads no clock and makes no call. The practice's working days are those of `calendar`.
/// `now` is a time as [`emis_types::uk`] returns it. If several reasons apply, the most important
/// one is reported: the patient's state, then the practice's rules, then the contact, then the
/// time.
///
/// # Examples
/// ```
/// use emis_client::model::{BookedPatient, Patient};
/// use emis_reminders::{SuppressionReason, plan};
/// use emis_settings::{Offset, ReminderSettings, WorkingCalendar};
/// use emis_types::{PatientNumber, Sensitive, SlotId, uk};
/// use jiff::civil::date;
///
/// let mut patient = Patient::new(PatientNumber::new(501)?);
/// patient.date_of_birth = Some(Sensitive::new(date(1980, 5, 17)));
/// patient.mobile = Some(Sensitive::new("07700 900123".into()));
/// let start = date(2026, 6, 3).at(9, 40, 0, 0);
/// let booked = [BookedPatient::new(SlotId::new(9001)?, start, patient)];
///
/// let settings = ReminderSettings::default(); // 24 hours before
/// let calendar = WorkingCalendar::default();
/// let early = plan(&uk::zoned(date(2026, 6, 2).at(8, 30, 0, 0)), &settings, &calendar, &booked);
/// assert_eq!(early.suppressed[0].reason, SuppressionReason::NotYetDue);
/// assert_eq!(early.suppressed[0].waits_until, Some(date(2026, 6, 2).at(9, 40, 0, 0)));
///
/// let due = plan(&uk::zoned(date(2026, 6, 2).at(9, 40, 0, 0)), &settings, &calendar, &booked);
/// assert_eq!(due.due[0].offset, Offset::Hours(24));
/// # Ok::<(), emis_types::ParseError>(())
/// ```
pub fn plan(
    now: &Zoned,
    settings: &ReminderSettings,
    calendar: &WorkingCalendar,
    booked: &[BookedPatient],
) -> Plan {
    let mut planner = Planner::new(now, settings, calendar);
    for booked in booked {
        planner.note(booked);
    }
    planner.finish()
}

/// Plans the reminders of a practice from its appointments, one by one as they arrive.
///
/// It keeps the appointments that are due, and IDs of the others.
#[derive(Debug)]
pub struct Planner<'a> {
    now: Zoned,
    book: RuleBook<'a>,
    exclusions: ActiveExclusions,
    excluded: OptOuts,
    entries: BTreeMap<RemindedAppointment, Vec<ReminderEntry>>,
    practice: Option<OdsCode>,
    contacts: ContactBook,
    plan: Plan,
}

enum Verdict {
    Due(DueReminder),
    Soon(DueReminder),
    Standing(ReminderStanding),
    Suppressed(SuppressionReason, Option<DateTime>),
}

impl From<SuppressionReason> for Verdict {
    fn from(reason: SuppressionReason) -> Self {
        Self::Suppressed(reason, None)
    }
}

impl<'a> Planner<'a> {
    /// Creates the planner of a practice, for a sender that sends to contacts at any time.
    pub fn new(now: &Zoned, settings: &'a ReminderSettings, calendar: &'a WorkingCalendar) -> Self {
        Self {
            now: now.clone(),
            book: RuleBook::new(settings, calendar),
            exclusions: ActiveExclusions::default(),
            excluded: OptOuts::default(),
            entries: BTreeMap::new(),
            practice: None,
            contacts: ContactBook::default(),
            plan: Plan::default(),
        }
    }

    /// Sets the modes of the practice's slot types.
    #[must_use]
    pub fn with_modes(mut self, modes: BTreeMap<SlotTypeId, AppointmentMode>) -> Self {
        self.book.modes = modes;
        self
    }

    /// Sets the patients who are sent nothing, or nothing through some channel.
    #[must_use]
    pub fn with_exclusions(mut self, exclusions: ActiveExclusions) -> Self {
        self.excluded = exclusions.of_every_channel();
        self.exclusions = exclusions;
        self
    }

    /// Sets the sender: no leg of its routes fires in quiet hours or after the minimum notice.
    #[must_use]
    pub fn with_sender(mut self, sender: SenderCapabilities) -> Self {
        self.book.sender = sender;
        self
    }

    /// Sets the entries of the practice's store.
    #[must_use]
    pub fn with_entries(
        mut self,
        practice: &OdsCode,
        entries: impl IntoIterator<Item = ReminderEntry>,
    ) -> Self {
        self.practice = Some(practice.clone());
        for entry in entries {
            let of_appointment = self.entries.entry(entry.key.appointment());
            of_appointment.or_default().push(entry);
        }
        self
    }

    /// Plans the reminder of one appointment.
    pub fn note(&mut self, booked: &BookedPatient) {
        let Some(suppressed) = self.note_due(booked) else {
            return;
        };
        if !suppressed.reason.is_ordinary() && self.book.rule_of(booked).is_err() {
            self.plan.without_rule.insert(suppressed.appointment);
        }
        self.plan.suppressed.push(suppressed);
    }

    /// Plans the reminder of one appointment, and keeps it only if it is due. Returns why it is not, if
    /// that is so: of a list of any length no more is held than what is due.
    #[must_use = "the plan does not hold it"]
    pub fn note_due(&mut self, booked: &BookedPatient) -> Option<SuppressedReminder> {
        let appointment = RemindedAppointment::from(booked);
        let valid = self.contacts.note(&booked.patient);
        match self.consider(booked, valid) {
            Verdict::Due(due) => self.plan.due.push(due),
            Verdict::Soon(soon) => self.plan.soon.push(soon),
            Verdict::Standing(standing) => self.plan.standing.push((appointment, standing)),
            Verdict::Suppressed(reason, waits_until) => {
                let mut suppressed = SuppressedReminder::new(appointment, reason);
                suppressed.waits_until = waits_until;
                return Some(suppressed);
            }
        }
        None
    }

    /// Forgets what was told of appointments, as a later message superseded it.
    pub(crate) fn reopen(&mut self, appointments: &[RemindedAppointment]) {
        for appointment in appointments {
            for entry in self.entries.get_mut(appointment).into_iter().flatten() {
                if entry.is_told() && entry.settled.is_some() {
                    entry.settled = Some(ReminderSettlement::Superseded);
                }
            }
        }
    }

    /// Returns the reminders of an appointment that are sent later than runs look ahead.
    pub(crate) fn ahead(&self, booked: &BookedPatient) -> Vec<PlannedReminder> {
        let Ok(rule) = self.book.rule_of(booked) else {
            return Vec::new();
        };
        let (Some(schedule), Ok(place)) = (self.book.schedule(rule), u32::try_from(rule)) else {
            return Vec::new();
        };
        let appointment = RemindedAppointment::from(booked);
        let planned = schedule.offsets.iter().map(|offset| PlannedReminder {
            appointment,
            rule: place,
            minutes_before: offset.nominal_minutes(),
            send_at: schedule.send_at(booked.start, *offset),
        });
        let far = |it: &PlannedReminder| {
            let nearest = booked.start.saturating_sub(LONGEST_WINDOW);
            it.send_at <= nearest.saturating_add(DAY)
        };
        planned.filter(far).collect()
    }

    /// Plans a reminder of the planned list. Its patient is not known until it is looked at.
    pub(crate) fn note_planned(&mut self, planned: &PlannedReminder) {
        let PlannedReminder { appointment, .. } = *planned;
        let rule = usize::try_from(planned.rule).unwrap_or(usize::MAX);
        let patient = Patient::new(appointment.patient);
        let booked = BookedPatient::new(appointment.slot, appointment.start, patient);
        let Some(schedule) = self.book.schedule(rule) else {
            return;
        };
        let Timing::Due { offset, at } = schedule.timing(&self.now, appointment.start) else {
            return;
        };
        let known = self
            .plan
            .due
            .iter()
            .any(|due| due.appointment() == appointment);
        if known || offset.nominal_minutes() != planned.minutes_before {
            return;
        }
        match self.standing(&booked, offset, &schedule) {
            ReminderStanding::Free => {
                let counts_from = schedule.counts_from(appointment.start, offset);
                self.plan.due.push(DueReminder {
                    booked,
                    rule,
                    offset,
                    due_at: at,
                    counts_from,
                    addressees: Vec::new(),
                });
            }
            standing => self.plan.standing.push((appointment, standing)),
        }
    }

    /// Returns the plan of all appointments.
    pub fn finish(self) -> Plan {
        self.into_parts().0
    }

    pub(crate) fn into_parts(mut self) -> (Plan, RuleBook<'a>, ContactBook) {
        let mut plan = std::mem::take(&mut self.plan);
        for due in std::mem::take(&mut plan.due) {
            match self.addressed(due) {
                Ok(due) => plan.due.push(due),
                Err(suppressed) => plan.suppressed.push(suppressed),
            }
        }
        for soon in std::mem::take(&mut plan.soon) {
            match self.addressed(soon) {
                Ok(soon) => plan.soon.push(soon),
                Err(suppressed) => plan.suppressed.push(suppressed),
            }
        }
        (plan, self.book, self.contacts)
    }

    fn consider(&self, booked: &BookedPatient, valid: [bool; 2]) -> Verdict {
        self.judge(booked, valid).unwrap_or_else(Verdict::from)
    }

    fn judge(
        &self,
        booked: &BookedPatient,
        valid: [bool; 2],
    ) -> Result<Verdict, SuppressionReason> {
        let settings = self.book.settings;
        if !settings.enabled {
            return Err(SuppressionReason::RemindersOff);
        }
        let number = booked.patient.number;
        eligibility::patient(&booked.patient, self.now.date(), settings)?;
        if self.excluded.contains(number) {
            return Err(SuppressionReason::OptedOut);
        }
        let rule = self.book.rule_of(booked)?;
        let channels = self.book.channels(rule).iter();
        let mut usable = channels
            .filter(|channel| self.book.reaches(&booked.patient, valid, **channel))
            .peekable();
        if usable.peek().is_none() {
            return Err(SuppressionReason::NoValidContact);
        }
        if !usable.any(|channel| self.exclusions.allow(number, *channel)) {
            return Err(SuppressionReason::OptedOut);
        }
        let schedule = self.book.schedule(rule);
        let schedule = schedule.ok_or(SuppressionReason::RuleWithoutReminders)?;
        let due = |offset, due_at| DueReminder {
            booked: booked.clone(),
            rule,
            offset,
            due_at,
            counts_from: schedule.counts_from(booked.start, offset),
            addressees: Vec::new(),
        };
        Ok(match schedule.timing(&self.now, booked.start) {
            Timing::Over(reason) => reason.into(),
            Timing::Due { offset, at } => match self.standing(booked, offset, &schedule) {
                ReminderStanding::Free => Verdict::Due(due(offset, at)),
                standing => Verdict::Standing(standing),
            },
            Timing::Wait {
                until,
                reason,
                next,
            } => {
                let horizon = self.now.datetime().saturating_add(least_distance(settings));
                let soon = reason == SuppressionReason::NotYetDue
                    && until <= horizon
                    && self.standing(booked, next, &schedule) == ReminderStanding::Free;
                if soon {
                    Verdict::Soon(due(next, until))
                } else {
                    Verdict::Suppressed(reason, Some(until))
                }
            }
        })
    }

    /// Returns the standing of a reminder, whichever its contact.
    fn standing(
        &self,
        booked: &BookedPatient,
        offset: Offset,
        schedule: &Schedule<'_>,
    ) -> ReminderStanding {
        let appointment = RemindedAppointment::from(booked);
        let (Some(entries), Some(practice)) =
            (self.entries.get(&appointment), self.practice.as_ref())
        else {
            return ReminderStanding::Free;
        };
        let since = schedule.counts_from(booked.start, offset);
        let digest = RecipientDigest::default();
        let key = key(practice, appointment, offset, Channel::Sms, digest);
        standing(&key, since, self.now.timestamp(), entries)
    }

    /// Adds the recipients to a reminder, or returns why it has none.
    fn addressed(&self, mut due: DueReminder) -> Result<DueReminder, SuppressedReminder> {
        let patient = due.booked.patient.number;
        let suppressed = |reason| SuppressedReminder::new(due.appointment(), reason);
        if due.is_unseen() {
            return Ok(due);
        }
        let mut found = self.book.recipients(due.rule, &due.booked.patient);
        if found.is_empty() {
            return Err(suppressed(SuppressionReason::NoValidContact));
        }
        found.retain(|it| self.exclusions.allow(patient, it.channel()));
        if found.is_empty() {
            return Err(suppressed(SuppressionReason::OptedOut));
        }
        let start = due.booked.start;
        found.retain(|it| {
            let channel = it.channel();
            self.book.legs_fit(&self.now, channel, due.rule, start)
        });
        if found.is_empty() {
            return Err(suppressed(SuppressionReason::SenderTooLate));
        }
        let contacts = &self.contacts;
        let addressee = |it| contacts.addressee(it, patient);
        due.addressees = found.into_iter().map(addressee).collect();
        Ok(due)
    }
}
