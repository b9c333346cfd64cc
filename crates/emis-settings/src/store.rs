//! Where settings are kept.

use std::fmt::Debug;
use std::str::FromStr;

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, Digest, Provenance, StoreError, StoreErrorKind};
use emis_types::OdsCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{PracticeSettings, UpdateOutcome, changes};

/// Makes a revision of what is kept, or none: see [`SettingsStore::update`].
pub type SettingsChange<'a> = dyn FnMut(&PracticeSettings) -> Option<SettingsRevision> + Send + 'a;

/// Keeps the settings of practices, one document for each ODS code.
#[async_trait]
pub trait SettingsStore: Debug + Send + Sync {
    /// The settings of a practice, at the version that is kept; none where it has none.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) or [`Corrupt`](StoreErrorKind::Corrupt).
    async fn load(&self, practice: &OdsCode) -> Result<Option<PracticeSettings>, StoreError>;

    /// Keeps settings that were loaded at [`version`](PracticeSettings::version), or are new at
    /// version 0, as the next version. In the same transaction the
    /// [event](SettingsRevision::event) of the change is appended to the practice's audit trail, and the
    /// command is [remembered](Self::command) where it has a key.
    ///
    /// A command with a key that is remembered already is not done again: what is asked for
    /// first, before the version, is the key.
    ///
    /// # Errors
    /// [`Conflict`](StoreErrorKind::Conflict) where somebody else saved since: load again, make
    /// the change again, save again. [`Unavailable`](StoreErrorKind::Unavailable) and others
    /// otherwise. Nothing is changed then.
    async fn save(&self, revision: &SettingsRevision) -> Result<SaveOutcome, StoreError>;

    /// Changes a practice's settings in one step: gives `change` what is kept, at version 0 where
    /// nothing is, and [saves](Self::save) the revision of it that it makes. Where it makes none,
    /// nothing is saved, and this gives none. It may be asked more than once, when others save
    /// meanwhile.
    ///
    /// `key` is that of the command, which is what is looked for first, as when saving.
    ///
    /// What is provided loads and saves until nobody comes in between; a store that can keep others
    /// out meanwhile needs one step where this takes three.
    ///
    /// # Errors
    /// As [`save`](Self::save). A [`Conflict`](StoreErrorKind::Conflict) where others came in
    /// between again and again.
    async fn update(
        &self,
        practice: &OdsCode,
        key: Option<&IdempotencyKey>,
        change: &mut SettingsChange<'_>,
    ) -> Result<Option<SaveOutcome>, StoreError> {
        const TRIES: usize = 50;
        for _ in 0..TRIES {
            if let Some(key) = key
                && let Some(record) = self.command(practice, key).await?
            {
                return Ok(Some(SaveOutcome::Before(record)));
            }
            let kept = self.load(practice).await?;
            let kept = kept.unwrap_or_else(|| PracticeSettings::new(practice.clone()));
            let Some(revision) = change(&kept) else {
                return Ok(None);
            };
            match self.save(&revision).await {
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                saved => return saved.map(Some),
            }
        }
        let message = "others saved first, again and again";
        Err(StoreError::new(StoreErrorKind::Conflict, message))
    }

    /// What became of the practice's command with this key; none where it is not known.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) or [`Corrupt`](StoreErrorKind::Corrupt).
    async fn command(
        &self,
        practice: &OdsCode,
        key: &IdempotencyKey,
    ) -> Result<Option<CommandRecord>, StoreError>;

    /// Forgets the keys of commands that were done before a moment, of every practice, and gives
    /// how many those were. Run it once a day or so: nothing else ever removes one. What the
    /// commands did stays in the settings and in the audit trail.
    ///
    /// Keep a key for as long as anybody may repeat its command, 30 days say. A command that is
    /// repeated later is a new one: it is done again, unless it [expects a
    /// version](crate::CommandRequest::expecting_version), which by then is no longer the one that is kept.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) and others. Nothing is forgotten then.
    async fn forget_commands(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// The practices that have settings, in the order of their codes.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) or [`Corrupt`](StoreErrorKind::Corrupt).
    async fn list(&self) -> Result<Vec<OdsCode>, StoreError>;
}

/// Names one press of a button: a line of 1 to 200 characters without control characters, such
/// as a UUID that was handed out with the form. Whoever submits the form twice changes the
/// settings once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// A new key, random and therefore unique.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is not an [`IdempotencyKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("idempotency key must be a line of 1 to 200 characters without control characters")]
pub struct IdempotencyKeyError;

impl FromStr for IdempotencyKey {
    type Err = IdempotencyKeyError;

    fn from_str(text: &str) -> Result<Self, IdempotencyKeyError> {
        let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdempotencyKeyError)
        }
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = IdempotencyKeyError;

    fn try_from(text: String) -> Result<Self, IdempotencyKeyError> {
        text.parse()
    }
}

impl From<IdempotencyKey> for String {
    fn from(key: IdempotencyKey) -> Self {
        key.0
    }
}

/// Changed settings, to be kept, and how they came to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingsRevision {
    /// The settings, at the version at which they were loaded.
    pub settings: PracticeSettings,
    /// What the command was called, such as `update-organisation-id`.
    pub command: &'static str,
    /// Who gave it, and from where.
    pub by: Provenance,
    /// When.
    pub at: Timestamp,
    /// The command's key, and the digest of what it asked for.
    pub key: Option<(IdempotencyKey, Digest)>,
    /// What else the change did.
    pub outcome: UpdateOutcome,
}

impl SettingsRevision {
    /// Settings that somebody changed.
    pub fn new(settings: PracticeSettings, by: Provenance, at: Timestamp) -> Self {
        Self {
            settings,
            command: "save",
            by,
            at,
            key: None,
            outcome: UpdateOutcome::default(),
        }
    }

    /// What the audit trail says of it, where `before` was kept until now. For stores.
    pub fn event(&self, before: Option<&PracticeSettings>) -> AuditEvent {
        let fresh = PracticeSettings::new(self.settings.ods_code().clone());
        let before = before.unwrap_or(&fresh);
        AuditEvent::new(AuditEventKind::SETTINGS_CHANGED, self.at, self.by.clone())
            .detail("command", self.command)
            .detail("version", before.version() + 1)
            .detail("changes", changes::between(before, &self.settings))
    }
}

/// What came of saving.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SaveOutcome {
    /// The settings were saved, and stand at the next version.
    Now(Box<PracticeSettings>),
    /// The command had been done before, and was not done again.
    Before(CommandRecord),
}

/// A command that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommandRecord {
    /// The digest of what it asked for.
    pub request: Digest,
    /// The version of the settings that it led to.
    pub version: u64,
    /// What else it did.
    pub outcome: UpdateOutcome,
}

impl CommandRecord {
    /// A command that led to a version. For stores.
    pub const fn new(request: Digest, version: u64, outcome: UpdateOutcome) -> Self {
        Self {
            request,
            version,
            outcome,
        }
    }
}
