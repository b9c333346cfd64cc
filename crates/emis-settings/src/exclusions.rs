//! Who is not to be reminded, since when, and who said so.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Debug};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use emis_types::{OdsCode, PatientNumber};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Channel, OptOuts, StoreError};
use emis_audit::Provenance;

/// Why a patient is not reminded.
///
/// In text `opt-out`, `opt-out/sms` (any [`Channel::as_str`]) and `excluded`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum ExclusionKind {
    /// The patient asked for no reminders.
    OptOut,
    /// The patient asked for none through this channel.
    OptOutOf(Channel),
    /// The practice keeps the patient out, for their safety: the exclusion list.
    Excluded,
}

impl ExclusionKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::OptOut,
        Self::OptOutOf(Channel::Sms),
        Self::OptOutOf(Channel::Email),
        Self::Excluded,
    ];

    /// The stable text.
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

/// A text that names no [`ExclusionKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no kind of exclusion has this name")]
pub struct ExclusionKindError;

impl std::str::FromStr for ExclusionKind {
    type Err = ExclusionKindError;

    fn from_str(text: &str) -> Result<Self, ExclusionKindError> {
        let mut kinds = Self::ALL.iter().copied();
        kinds
            .find(|kind| kind.as_str() == text)
            .ok_or(ExclusionKindError)
    }
}

impl TryFrom<String> for ExclusionKind {
    type Error = ExclusionKindError;

    fn try_from(text: String) -> Result<Self, ExclusionKindError> {
        text.parse()
    }
}

impl From<ExclusionKind> for String {
    fn from(kind: ExclusionKind) -> Self {
        kind.as_str().to_owned()
    }
}

/// One entry of the register: from when until when a patient was not to be reminded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Exclusion {
    /// The patient, as EMIS numbers them at the practice.
    pub patient: PatientNumber,
    /// Why.
    pub kind: ExclusionKind,
    /// Since when.
    pub since: Timestamp,
    /// Who said so.
    pub by: Provenance,
    /// When it ended, and who said so; none while it stands.
    pub ended: Option<ExclusionEnd>,
}

/// How an exclusion ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExclusionEnd {
    /// When.
    pub at: Timestamp,
    /// Who said so.
    pub by: Provenance,
}

impl ExclusionEnd {
    /// ExclusionEnd at a moment, by somebody.
    pub const fn new(at: Timestamp, by: Provenance) -> Self {
        Self { at, by }
    }
}

impl Exclusion {
    /// An exclusion that stands. For stores.
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
}

/// The patients of a practice who are not to be reminded now.
///
/// `Debug` shows how many there are, not who.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ActiveExclusions(BTreeMap<PatientNumber, BTreeSet<ExclusionKind>>);

impl ActiveExclusions {
    /// Whether a patient may be reminded through a channel.
    pub fn allow(&self, patient: PatientNumber, channel: Channel) -> bool {
        !self.0.get(&patient).is_some_and(|kinds| {
            kinds.contains(&ExclusionKind::OptOut)
                || kinds.contains(&ExclusionKind::Excluded)
                || kinds.contains(&ExclusionKind::OptOutOf(channel))
        })
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many patients there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The patients who are to be reminded through no channel at all.
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
    fn from_iter<I: IntoIterator<Item = (PatientNumber, ExclusionKind)>>(standing: I) -> Self {
        let mut exclusions = Self::default();
        for (patient, kind) in standing {
            exclusions.0.entry(patient).or_default().insert(kind);
        }
        exclusions
    }
}

impl Debug for ActiveExclusions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActiveExclusions([{} patients])", self.len())
    }
}

/// Keeps opt-outs and exclusions, one entry for each stretch of time, for ever: that somebody
/// had opted out when a message went to them, or had not, can be told years later.
///
/// Patients are numbered by the practice's EMIS. When its EMIS organisation ID changes, the same
/// numbers are other people: see [`UpdateOutcome`](crate::UpdateOutcome).
#[async_trait]
pub trait ExclusionStore: Debug + Send + Sync {
    /// Begins an exclusion, durably. False, and nothing changed, where the same one stands.
    ///
    /// # Errors
    /// Where it could not be written.
    async fn exclude(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Ends an exclusion, durably. False, and nothing changed, where none stands.
    ///
    /// # Errors
    /// Where it could not be written.
    async fn readmit(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// The exclusions of a practice that stand.
    ///
    /// # Errors
    /// Where they could not be read. Nobody is reminded then.
    async fn active(&self, practice: &OdsCode) -> Result<ActiveExclusions, StoreError>;

    /// Every exclusion that a patient ever had, the one begun first coming first.
    ///
    /// # Errors
    /// Where they could not be read.
    async fn history(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<Exclusion>, StoreError>;
}

/// A register that forgets when the process ends: for tests and trials.
#[derive(Debug, Default)]
pub struct MemoryExclusionStore(Mutex<BTreeMap<OdsCode, Vec<Exclusion>>>);

impl MemoryExclusionStore {
    /// An empty register.
    pub fn new() -> Self {
        Self::default()
    }

    fn of<T>(&self, practice: &OdsCode, act: impl FnOnce(&mut Vec<Exclusion>) -> T) -> T {
        // No code that holds the lock can leave an entry half written.
        let mut practices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(practices.entry(practice.clone()).or_default())
    }
}

fn stands(entry: &Exclusion, patient: PatientNumber, kind: ExclusionKind) -> bool {
    entry.patient == patient && entry.kind == kind && entry.ended.is_none()
}

#[async_trait]
impl ExclusionStore for MemoryExclusionStore {
    async fn exclude(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.of(practice, |entries| {
            let is_new = !entries.iter().any(|entry| stands(entry, patient, kind));
            if is_new {
                entries.push(Exclusion::since(patient, kind, at, by.clone()));
            }
            is_new
        }))
    }

    async fn readmit(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.of(practice, |entries| {
            let mut entries = entries.iter_mut();
            let standing = entries.find(|entry| stands(entry, patient, kind));
            let ended = standing.map(|entry| entry.ended = Some(ExclusionEnd::new(at, by.clone())));
            ended.is_some()
        }))
    }

    async fn active(&self, practice: &OdsCode) -> Result<ActiveExclusions, StoreError> {
        Ok(self.of(practice, |entries| {
            let standing = entries.iter().filter(|entry| entry.ended.is_none());
            standing.map(|entry| (entry.patient, entry.kind)).collect()
        }))
    }

    async fn history(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<Exclusion>, StoreError> {
        Ok(self.of(practice, |entries| {
            let of_patient = entries.iter().filter(|entry| entry.patient == patient);
            of_patient.cloned().collect()
        }))
    }
}
