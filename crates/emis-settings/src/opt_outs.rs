//! The patients who asked not to be reminded.

use std::collections::BTreeSet;
use std::fmt;

use emis_types::PatientNumber;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Patients who are never sent a reminder, by their patient number at this practice, as a plain
/// list. For a product that keeps a list of its own: whom to remind no more, since when and who
/// said so is in the [register](crate::ExclusionStore), and both count.
///
/// `Debug` shows how many there are, not who.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct OptOuts(#[schemars(with = "BTreeSet<i32>")] BTreeSet<PatientNumber>);

impl OptOuts {
    /// Whether this patient opted out.
    pub fn contains(&self, patient: PatientNumber) -> bool {
        self.0.contains(&patient)
    }

    /// Adds a patient; false where they were in already.
    pub fn insert(&mut self, patient: PatientNumber) -> bool {
        self.0.insert(patient)
    }

    /// Takes a patient out, who is reminded again; false where they were not in.
    pub fn remove(&mut self, patient: PatientNumber) -> bool {
        self.0.remove(&patient)
    }

    /// How many patients opted out.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody did.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The patients, by number.
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
