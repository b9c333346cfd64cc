//! The trait of stores that keep settings.

use std::fmt::Debug;

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, Digest, Provenance, StoreError, StoreErrorKind};
use emis_types::OdsCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::changes::changes_between;
use crate::connection::UpdateOutcome;
use crate::idempotency_key::IdempotencyKey;
use crate::practice::PracticeSettings;

/// A function that returns the next revision of the settings in the store, or `None` for no change:
/// see [`SettingsStore::update`].
pub type RevisionFn<'a> = dyn FnMut(&PracticeSettings) -> Option<SettingsRevision> + Send + 'a;

/// Keeps the settings of practices, one document for each ODS code.
#[async_trait]
pub trait SettingsStore: Debug + Send + Sync {
    /// Returns the settings of a practice at their version, or `None` if it has none.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) or [`Corrupt`](StoreErrorKind::Corrupt).
    async fn load(&self, practice: &OdsCode) -> Result<Option<PracticeSettings>, StoreError>;

    /// Saves settings that were loaded at [`version`](PracticeSettings::version), or are new at
    /// version 0, as the next version. In the same transaction the
    /// [event](SettingsRevision::event) of the change is appended to the practice's audit log, and
    /// the command is [recorded](Self::command) if it has a key.
    ///
    /// A command whose key is recorded is not executed again. The key is looked for first, before
    /// the version is compared.
    ///
    /// # Errors
    /// [`Conflict`](StoreErrorKind::Conflict) if another change was saved since: load again, change
    /// again, save again. [`Unavailable`](StoreErrorKind::Unavailable) and others otherwise. Nothing
    /// is changed then.
    ///
    /// # Cancel safety
    /// The settings, the event and the key are saved together or not at all.
    async fn save(&self, revision: &SettingsRevision) -> Result<SaveOutcome, StoreError>;

    /// Updates a practice's settings: calls `change` with the settings in the store, at version 0 if
    /// there are none, and [saves](Self::save) the revision that it returns. Returns `None`, with
    /// nothing saved, if it returns none. `change` may be called more than once if others save at the
    /// same time.
    ///
    /// `key` is that of the command, which is looked for first, as for `save`.
    ///
    /// The default implementation loads and saves until no other change comes in between. A store
    /// that can lock a practice needs one round trip in place of three.
    ///
    /// # Errors
    /// As [`save`](Self::save); [`Conflict`](StoreErrorKind::Conflict) if other changes came in
    /// between too often.
    ///
    /// # Cancel safety
    /// As [`save`](Self::save).
    async fn update(
        &self,
        practice: &OdsCode,
        key: Option<&IdempotencyKey>,
        change: &mut RevisionFn<'_>,
    ) -> Result<Option<SaveOutcome>, StoreError> {
        const ATTEMPTS: usize = 50;
        for _ in 0..ATTEMPTS {
            if let Some(key) = key
                && let Some(record) = self.command(practice, key).await?
            {
                return Ok(Some(SaveOutcome::Repeated(record)));
            }
            let current = self.load(practice).await?;
            let current = current.unwrap_or_else(|| PracticeSettings::new(practice.clone()));
            let Some(revision) = change(&current) else {
                return Ok(None);
            };
            match self.save(&revision).await {
                Err(error) if error.is_conflict() => {}
                saved => return saved.map(Some),
            }
        }
        let message = "other changes of the settings were saved first, again and again";
        Err(StoreError::new(StoreErrorKind::Conflict, message))
    }

    /// Returns the record of the practice's command with this key, or `None` if there is none.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) or [`Corrupt`](StoreErrorKind::Corrupt).
    async fn command(
        &self,
        practice: &OdsCode,
        key: &IdempotencyKey,
    ) -> Result<Option<CommandRecord>, StoreError>;

    /// Deletes the records of commands of all practices that were executed before a time, and returns
    /// their number. Run it about once a day: no other method deletes one. The effects of the
    /// commands stay in the settings and in the audit log.
    ///
    /// Keep a record as long as its request may be repeated, such as 30 days. A later repetition is
    /// executed again, unless the request [expects a
    /// version](crate::CommandRequest::expecting_version), which is no longer the present one then.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) and others. Nothing is deleted then.
    ///
    /// # Cancel safety
    /// The records are deleted together or not at all.
    async fn forget_commands(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// Returns the practices that have settings, in the order of their codes.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) or [`Corrupt`](StoreErrorKind::Corrupt).
    async fn list(&self) -> Result<Vec<OdsCode>, StoreError>;
}

/// Changed settings to save, with the origin of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingsRevision {
    /// The settings, at the version at which they were loaded.
    pub settings: PracticeSettings,
    /// The name of the command, such as `update-organisation-id`.
    pub command: &'static str,
    /// The author of the change.
    pub by: Provenance,
    /// The time of the change.
    pub at: Timestamp,
    /// The idempotency key of the command, and the digest of its request.
    pub key: Option<(IdempotencyKey, Digest)>,
    /// The further effects of the change.
    pub outcome: UpdateOutcome,
}

impl SettingsRevision {
    /// Creates a revision without a command.
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

    /// Returns the event of the change from `before`, the settings in the store. For stores.
    pub fn event(&self, before: Option<&PracticeSettings>) -> AuditEvent {
        let fresh = PracticeSettings::new(self.settings.ods_code().clone());
        let before = before.unwrap_or(&fresh);
        AuditEvent::new(AuditEventKind::SETTINGS_CHANGED, self.at, self.by.clone())
            .detail("command", self.command)
            .detail("version", before.version() + 1)
            .detail("changes", changes_between(before, &self.settings))
    }
}

/// The outcome of saving.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SaveOutcome {
    /// The settings were saved, and are at the next version.
    Saved(Box<PracticeSettings>),
    /// The command had been executed before, and nothing was saved.
    Repeated(CommandRecord),
}

/// The record of an executed command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommandRecord {
    /// The digest of the request.
    pub request: Digest,
    /// The version of the settings that the command led to.
    pub version: u64,
    /// The further effects of the command.
    pub outcome: UpdateOutcome,
}

impl CommandRecord {
    /// Creates a record. For stores.
    pub const fn new(request: Digest, version: u64, outcome: UpdateOutcome) -> Self {
        Self {
            request,
            version,
            outcome,
        }
    }
}
