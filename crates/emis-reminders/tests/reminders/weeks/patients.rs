//! The patients of a practice: what they have, and what became of them.

use std::collections::BTreeMap;

use emis_audit::Provenance;
use emis_settings::{ExclusionKind, ExclusionStore};
use emis_types::{Clock, OdsCode, uk};
use jiff::civil::{DateTime, date};

use crate::emis::PureEmis;

/// A fact about a patient that EMIS or the register does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordFault {
    /// A patient died.
    Death,
    /// A patient opted out.
    OptOut,
    /// A patient is a child.
    Age,
}

/// The patients with appointments at the beginning. Twice as many get some in the week.
pub(super) const AT_FIRST: i64 = 20;
/// The children among them.
const CHILDREN: [i64; 2] = [7, 14];

/// An appointment as the model follows it.
#[derive(Debug, Clone)]
pub(super) struct Tracked {
    pub(super) slot: i64,
    pub(super) start: DateTime,
    pub(super) booked_at: DateTime,
    /// The time at which it ended, by a move or a cancellation.
    pub(super) ended_at: Option<DateTime>,
}

/// A patient as the model follows them.
#[derive(Debug, Default)]
pub(super) struct Person {
    /// Their appointments, in the order in which they were made.
    pub(super) appointments: Vec<Tracked>,
    pub(super) died_at: Option<DateTime>,
    pub(super) opted_out_at: Option<DateTime>,
}

impl Person {
    /// Returns the time from which nothing may reach the patient.
    pub(super) fn silent_from(&self) -> Option<DateTime> {
        [self.died_at, self.opted_out_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Returns the appointment that is ahead.
    pub(super) fn ahead(&mut self, now: DateTime) -> Option<&mut Tracked> {
        let last = self.appointments.last_mut()?;
        (last.ended_at.is_none() && last.start > now).then_some(last)
    }
}

pub(super) type People = BTreeMap<i64, Person>;

pub(super) fn mobile(patient: i64) -> String {
    format!("+447700900{:03}", patient % 1000)
}

/// Returns the email address of a patient. Two in three have none.
pub(super) fn email(patient: i64) -> Option<String> {
    (patient % 3 == 0).then(|| format!("patient.{patient}@example.com"))
}

pub(super) fn is_child(patient: i64) -> bool {
    CHILDREN.contains(&patient)
}

/// Returns the patients, as EMIS knows them.
pub(super) fn registered(emis: &PureEmis, fault: Option<RecordFault>) -> People {
    let mut people = People::new();
    for patient in 1..=2 * AT_FIRST {
        if let Some(email) = email(patient) {
            emis.set_email(patient, &email);
        }
        if is_child(patient) && fault != Some(RecordFault::Age) {
            emis.set_born(patient, date(2018, 5, 17));
        }
        people.insert(patient, Person::default());
    }
    people
}

/// A patient dies.
pub(super) fn die(emis: &PureEmis, patient: i64, person: &mut Person, fault: Option<RecordFault>) {
    let now = uk::now(&emis.clock).datetime();
    person.died_at.get_or_insert(now);
    if fault != Some(RecordFault::Death) {
        emis.die(patient);
    }
}

/// A patient opts out.
pub(super) async fn opt_out(
    emis: &PureEmis,
    practice: &OdsCode,
    patient: i64,
    person: &mut Person,
    fault: Option<RecordFault>,
) {
    let now = uk::now(&emis.clock).datetime();
    person.opted_out_at.get_or_insert(now);
    if fault != Some(RecordFault::OptOut) {
        let (patient, by) = (patient.try_into().unwrap(), Provenance::product());
        let (kind, now) = (ExclusionKind::OptOut, emis.clock.now());
        let noted = emis.register.exclude(practice, patient, kind, &by, now);
        noted.await.unwrap();
    }
}
