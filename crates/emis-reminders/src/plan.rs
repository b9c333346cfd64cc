//! Sorts appointments into those due a reminder and those without one.

use emis_client::model::BookedPatient;
use emis_settings::{Offset, ReminderSettings, WorkingCalendar};
use emis_types::{PatientNumber, SlotId};
use jiff::Zoned;
use jiff::civil::DateTime;
use serde::Serialize;

use crate::contact::{Addressee, ContactBook};
use crate::dominant::DominantSuppression;
use crate::suppression::SuppressionReason;
use crate::{eligibility, schedule};

/// An appointment by EMIS's IDs. A slot alone does not identify one: it may be given to another
/// patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct RemindedAppointment {
    /// The slot.
    pub slot: SlotId,
    /// The patient.
    pub patient: PatientNumber,
    /// The start, UK wall clock.
    pub start: DateTime,
}

impl From<&BookedPatient> for RemindedAppointment {
    fn from(booked: &BookedPatient) -> Self {
        Self {
            slot: booked.slot,
            patient: booked.patient.number,
            start: booked.start,
        }
    }
}

/// The plan for a batch of appointments: each of them is in one of the two lists, in EMIS's
/// order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Plan {
    /// The reminders to send.
    pub due: Vec<DueReminder>,
    /// The appointments without one.
    pub suppressed: Vec<SuppressedReminder>,
}

impl Plan {
    /// Returns the reason that suppresses nearly all of its appointments, if there is one.
    pub(crate) fn dominant_suppression(&self) -> Option<DominantSuppression> {
        let reasons = self.suppressed.iter().map(|it| it.reason);
        DominantSuppression::among(reasons, self.due.len() + self.suppressed.len())
    }
}

/// A reminder to send.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueReminder {
    /// The appointment, with its patient as the appointment list gives them.
    pub booked: BookedPatient,
    /// The time before the start: one of the practice's reminders.
    pub offset: Offset,
    /// The contacts that it can be sent to, the preferred first. Never empty.
    pub addressees: Vec<Addressee>,
}

impl DueReminder {
    /// Returns the appointment by its IDs.
    pub fn appointment(&self) -> RemindedAppointment {
        RemindedAppointment::from(&self.booked)
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
}

impl SuppressedReminder {
    pub(crate) fn new(appointment: RemindedAppointment, reason: SuppressionReason) -> Self {
        Self {
            appointment,
            reason,
        }
    }
}

/// Sorts a batch of appointments into those due a reminder at `now` and those without one.
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
/// let early = plan(&uk::zoned(date(2026, 6, 2).at(9, 30, 0, 0)), &settings, &calendar, &booked);
/// assert_eq!(early.suppressed[0].reason, SuppressionReason::NotYetDue);
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
    let contacts = ContactBook::of(booked);
    let mut plan = Plan::default();
    for booked in booked {
        match consider(now, settings, calendar, &contacts, booked) {
            Ok((offset, addressees)) => plan.due.push(DueReminder {
                booked: booked.clone(),
                offset,
                addressees,
            }),
            Err(reason) => plan.suppressed.push(SuppressedReminder::new(
                RemindedAppointment::from(booked),
                reason,
            )),
        }
    }
    plan
}

fn consider(
    now: &Zoned,
    settings: &ReminderSettings,
    calendar: &WorkingCalendar,
    contacts: &ContactBook,
    booked: &BookedPatient,
) -> Result<(Offset, Vec<Addressee>), SuppressionReason> {
    if !settings.enabled {
        return Err(SuppressionReason::RemindersOff);
    }
    eligibility::patient(&booked.patient, now.date(), settings)?;
    eligibility::appointment(booked, settings)?;
    let addressees = contacts.addressees(&booked.patient, &settings.channels);
    if addressees.is_empty() {
        return Err(SuppressionReason::NoValidContact);
    }
    let offset = schedule::due(now, booked.start, settings, calendar)?;
    Ok((offset, addressees))
}
