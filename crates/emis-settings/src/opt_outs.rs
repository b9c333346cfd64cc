//! Patients who opted out of reminders.

use std::collections::BTreeSet;
use std::fmt;

use emis_types::PatientNumber;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Patients who are never sent a reminder, by their patient number at this practice, as a plain
/// list for a product that keeps one of its own. The [`ExclusionStore`](crate::ExclusionStore) keeps
/// opt-outs with their time and provenance; both count.
///
/// `Debug` shows the number of patients.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct OptOuts(#[schemars(with = "BTreeSet<i32>")] BTreeSet<PatientNumber>);

impl OptOuts {
    /// Returns `true` if the patient opted out.
    pub fn contains(&self, patient: PatientNumber) -> bool {
        self.0.contains(&patient)
    }

    /// Adds a patient. Returns `false` if they were in the list.
    pub fn insert(&mut self, patient: PatientNumber) -> bool {
        self.0.insert(patient)
    }

    /// Removes a patient, who is reminded again. Returns `false` if they were not in the list.
    pub fn remove(&mut self, patient: PatientNumber) -> bool {
        self.0.remove(&patient)
    }

    /// Returns the number of patients.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `true` if the list is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the patients in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = PatientNumber> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<PatientNumber> for OptOuts {
    fn from_iter<I: IntoIterator<Item = PatientNumber>>(patients: I) -> Self {
        Self(patients.into_iter().collect())
    }
}

impl Extend<PatientNumber> for OptOuts {
    fn extend<I: IntoIterator<Item = PatientNumber>>(&mut self, patients: I) {
        self.0.extend(patients);
    }
}

impl fmt::Debug for OptOuts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OptOuts([{} patients])", self.len())
    }
}
