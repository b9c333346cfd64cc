//! Exclusions of patients from messages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use emis_audit::Provenance;
use emis_types::PatientNumber;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::opt_outs::OptOuts;

/// The reason why a patient is sent no reminders.
///
/// Its text is `opt-out`, `opt-out/sms` (with any [`Channel::as_str`]) or `excluded`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ExclusionKind {
    /// The patient opted out of all reminders.
    OptOut,
    /// The patient opted out of one channel.
    OptOutOf(Channel),
    /// The practice put the patient on its exclusion list, for their safety.
    Excluded,
}

emis_types::serde_as_text!(ExclusionKind);

impl ExclusionKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::OptOut,
        Self::OptOutOf(Channel::Sms),
        Self::OptOutOf(Channel::Email),
        Self::Excluded,
    ];

    /// Returns the stable text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptOut => "opt-out",
            Self::OptOutOf(Channel::Sms) => "opt-out/sms",
            Self::OptOutOf(Channel::Email) => "opt-out/email",
            Self::Excluded => "excluded",
        }
    }
}

impl fmt::Display for ExclusionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is not an [`ExclusionKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no kind of exclusion has this name")]
pub struct ExclusionKindError;

impl FromStr for ExclusionKind {
    type Err = ExclusionKindError;

    fn from_str(text: &str) -> Result<Self, ExclusionKindError> {
        let mut kinds = Self::ALL.iter().copied();
        kinds
            .find(|kind| kind.as_str() == text)
            .ok_or(ExclusionKindError)
    }
}

/// A period in which a patient is sent no reminders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Exclusion {
    /// The patient, by their number at the practice.
    pub patient: PatientNumber,
    /// The reason.
    pub kind: ExclusionKind,
    /// The start of the period.
    pub since: Timestamp,
    /// The author of the exclusion.
    pub by: Provenance,
    /// The end of the period, or `None` while the exclusion is in force.
    pub ended: Option<ExclusionEnd>,
}

/// The end of an exclusion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExclusionEnd {
    /// The time.
    pub at: Timestamp,
    /// The author.
    pub by: Provenance,
}

impl ExclusionEnd {
    /// Creates the end of an exclusion.
    pub const fn new(at: Timestamp, by: Provenance) -> Self {
        Self { at, by }
    }
}

impl Exclusion {
    /// Creates an exclusion that is in force. For stores.
    pub const fn since(
        patient: PatientNumber,
        kind: ExclusionKind,
        since: Timestamp,
        by: Provenance,
    ) -> Self {
        Self {
            patient,
            kind,
            since,
            by,
            ended: None,
        }
    }

    pub(crate) fn is_active(&self, patient: PatientNumber, kind: ExclusionKind) -> bool {
        self.patient == patient && self.kind == kind && self.ended.is_none()
    }
}

/// The exclusions of a practice that are in force.
///
/// `Debug` shows the number of patients.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ActiveExclusions(BTreeMap<PatientNumber, BTreeSet<ExclusionKind>>);

impl ActiveExclusions {
    /// Returns `true` if a patient may be sent reminders through a channel.
    pub fn allow(&self, patient: PatientNumber, channel: Channel) -> bool {
        !self.0.get(&patient).is_some_and(|kinds| {
            kinds.contains(&ExclusionKind::OptOut)
                || kinds.contains(&ExclusionKind::Excluded)
                || kinds.contains(&ExclusionKind::OptOutOf(channel))
        })
    }

    /// Returns `true` if no patient is excluded.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of excluded patients.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the patients who are excluded from every channel.
    pub fn of_every_channel(&self) -> OptOuts {
        let all = [ExclusionKind::OptOut, ExclusionKind::Excluded];
        let patients = self.0.iter();
        patients
            .filter(|(_, kinds)| all.iter().any(|kind| kinds.contains(kind)))
            .map(|(patient, _)| *patient)
            .collect()
    }
}

impl FromIterator<(PatientNumber, ExclusionKind)> for ActiveExclusions {
    fn from_iter<I: IntoIterator<Item = (PatientNumber, ExclusionKind)>>(active: I) -> Self {
        let mut exclusions = Self::default();
        for (patient, kind) in active {
            exclusions.0.entry(patient).or_default().insert(kind);
        }
        exclusions
    }
}

impl fmt::Debug for ActiveExclusions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActiveExclusions([{} patients])", self.len())
    }
}
