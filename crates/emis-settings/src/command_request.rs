//! Requests to execute a command, and their receipts.

use emis_audit::{Digest, Provenance};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::command::{Command, CommandContext};
use crate::command_error::{CommandError, CommandFailure};
use crate::connection::UpdateOutcome;
use crate::idempotency_key::IdempotencyKey;
use crate::practice::PracticeSettings;
use crate::store::{CommandRecord, SettingsRevision};

/// A command with its author and its options.
///
/// # Examples
///
/// ```
/// use emis_audit::{Actor, Provenance};
/// use emis_settings::{Command, CommandRequest, Feature, IdempotencyKey};
///
/// let author = Provenance::of(Actor::user("u-117")?).from("settings page")?;
/// let request = CommandRequest::new(Command::Enable(Feature::Booking), author)
///     .expecting_version(7)
///     .with_idempotency_key(IdempotencyKey::random());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct CommandRequest {
    pub(crate) command: Command,
    pub(crate) author: Provenance,
    expected_version: Option<u64>,
    pub(crate) idempotency_key: Option<IdempotencyKey>,
}

impl CommandRequest {
    /// Creates a request of `author`.
    pub const fn new(command: Command, author: Provenance) -> Self {
        Self {
            command,
            author,
            expected_version: None,
            idempotency_key: None,
        }
    }

    /// Executes the command only if the settings are still at `version`, which the author saw.
    /// Without this, the command is applied to the settings as they are.
    pub const fn expecting_version(mut self, version: u64) -> Self {
        self.expected_version = Some(version);
        self
    }

    /// Executes the command once for each key: a repetition returns the receipt of the first. Another
    /// command under a used key is refused. Passwords are not compared, because nothing is kept that
    /// could tell one: use a new key for each form.
    pub fn with_idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.idempotency_key = Some(key);
        self
    }

    /// Returns the revision that the command makes of the settings in the store.
    pub(crate) fn revise(
        &self,
        current: &PracticeSettings,
        context: &CommandContext<'_>,
        request: Digest,
        now: Timestamp,
    ) -> Result<SettingsRevision, Refusal> {
        if let Some(expected) = self.expected_version
            && expected != current.version()
        {
            return Err(Refusal::Overtaken { expected });
        }
        let (changed, outcome) = self
            .command
            .apply(current, context)
            .map_err(|invalid| Refusal::Failed(CommandFailure::Invalid(invalid).into()))?;
        let mut revision = SettingsRevision::new(changed, self.author.clone(), now);
        revision.command = self.command.name();
        revision.key = self.idempotency_key.clone().map(|key| (key, request));
        revision.outcome = outcome;
        Ok(revision)
    }
}

/// The reason why a request makes no revision.
pub(crate) enum Refusal {
    Failed(CommandError),
    Overtaken { expected: u64 },
}

/// The receipt of an executed command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommandReceipt {
    /// The version of the settings that the command led to.
    pub version: u64,
    /// The further effects of the command.
    pub outcome: UpdateOutcome,
    /// `true` if the command had been executed before under the same key, and was not repeated.
    pub repeated: bool,
}

impl CommandReceipt {
    /// Creates the receipt of a command that was executed now.
    pub(crate) const fn executed(version: u64, outcome: UpdateOutcome) -> Self {
        Self {
            version,
            outcome,
            repeated: false,
        }
    }

    /// Creates the receipt of a command that was executed before, unless it was another one.
    pub(crate) fn repeated(record: &CommandRecord, request: &Digest) -> Result<Self, CommandError> {
        if record.request != *request {
            return Err(CommandFailure::KeyReused.into());
        }
        Ok(Self {
            version: record.version,
            outcome: record.outcome,
            repeated: true,
        })
    }
}
