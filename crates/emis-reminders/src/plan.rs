//! A plan: the appointments due a reminder, and those without one.

use std::collections::BTreeSet;

use emis_client::model::{BookedPatient, Patient};
use emis_settings::{Channel, Offset};
use emis_types::OdsCode;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Serialize;

use crate::appointment::RemindedAppointment;
use crate::claim::ReminderStanding;
use crate::contact_book::Addressee;
use crate::dominant::{DominantSuppression, Tally};
use crate::key::{RecipientDigest, ReminderKey};
use crate::suppression::SuppressionReason;

/// The plan for a batch of appointments: each of them is in one of its lists, in EMIS's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Plan {
    /// The reminders to send.
    pub due: Vec<DueReminder>,
    /// The reminders that fall due within the least distance between messages: each is told with
    /// an adjoining one that is due, or waits.
    pub soon: Vec<DueReminder>,
    /// The reminders that are due and have an entry in the store: sent, in flight or in doubt.
    pub standing: Vec<(RemindedAppointment, ReminderStanding)>,
    /// The appointments without one.
    pub suppressed: Vec<SuppressedReminder>,
    /// The appointments of `suppressed` that are so because of their patient, and of which no rule
    /// reminds either.
    pub(crate) without_rule: BTreeSet<RemindedAppointment>,
}

impl Plan {
    /// Returns the reason that suppresses nearly all reminders that could be sent, if there is one.
    pub fn dominant_suppression(&self) -> Option<DominantSuppression> {
        let standing = self.standing.iter().map(|(_, standing)| *standing);
        let reminded = standing.filter(|it| *it == ReminderStanding::Sent).count();
        let open = self.due.len() + self.soon.len() + self.standing.len() - reminded;
        let mut tally = Tally::new(open, reminded);
        for SuppressedReminder {
            appointment,
            reason,
            ..
        } in &self.suppressed
        {
            if !self.without_rule.contains(appointment) {
                tally.suppressed(*reason);
            }
        }
        tally.dominant()
    }

    /// Returns the number of appointments.
    pub fn len(&self) -> usize {
        self.due.len() + self.soon.len() + self.standing.len() + self.suppressed.len()
    }

    /// Returns whether it has no appointments.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A reminder to send.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueReminder {
    /// The appointment, with its patient as the appointment list gives them.
    pub booked: BookedPatient,
    /// The place of its rule among [every rule](emis_settings::ReminderSettings::every_rule).
    pub rule: usize,
    /// The time before the start: one of the rule's reminders.
    pub offset: Offset,
    /// The time at which it falls due, UK wall clock.
    pub due_at: DateTime,
    /// The time from which any reminder of the appointment stands for this one.
    pub counts_from: Timestamp,
    /// The recipients, the preferred first. Empty only for a reminder of the planned list, whose
    /// patient is read before it is sent.
    pub addressees: Vec<Addressee>,
}

impl DueReminder {
    /// Returns the appointment by its IDs.
    pub fn appointment(&self) -> RemindedAppointment {
        RemindedAppointment::from(&self.booked)
    }

    /// Returns whether its patient was not read yet: it comes from the planned list.
    pub(crate) fn is_unseen(&self) -> bool {
        self.booked.patient == Patient::new(self.booked.patient.number)
    }

    /// Returns its key for a recipient.
    pub(crate) fn key(&self, practice: &OdsCode, to: &Addressee) -> ReminderKey {
        let contact = to.recipient.digest(practice);
        key(
            practice,
            self.appointment(),
            self.offset,
            to.channel(),
            contact,
        )
    }
}

/// An appointment that gets no reminder now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct SuppressedReminder {
    /// The appointment.
    pub appointment: RemindedAppointment,
    /// The reason.
    pub reason: SuppressionReason,
    /// The time until which it waits, UK wall clock, if it does.
    pub waits_until: Option<DateTime>,
}

impl SuppressedReminder {
    pub(crate) const fn new(appointment: RemindedAppointment, reason: SuppressionReason) -> Self {
        Self {
            appointment,
            reason,
            waits_until: None,
        }
    }

    pub(crate) const fn until(mut self, until: DateTime) -> Self {
        self.waits_until = Some(until);
        self
    }
}

pub(crate) fn key(
    practice: &OdsCode,
    appointment: RemindedAppointment,
    offset: Offset,
    channel: Channel,
    contact: RecipientDigest,
) -> ReminderKey {
    ReminderKey {
        practice: practice.clone(),
        slot: appointment.slot,
        patient: appointment.patient,
        start: appointment.start,
        minutes_before: offset.nominal_minutes(),
        channel,
        contact,
    }
}
