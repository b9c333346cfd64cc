//! Commands given: applied to what is kept, once, and written down.

use std::error::Error;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use emis_credentials::Recipients;
use emis_types::{Clock, OdsCode};
use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::{
    Command, CommandContext, CommandRecord, ExclusionStore, IdempotencyKey, PracticeSettings,
    SaveOutcome, SettingsProblem, SettingsRevision, SettingsStore, StoreError, StoreErrorKind,
    UpdateOutcome,
};
use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, AuditStore, Digest, Provenance};

/// A command, and everything that is said with it.
#[derive(Debug, Clone)]
#[must_use]
pub struct CommandRequest {
    command: Command,
    by: Provenance,
    expected_version: Option<u64>,
    key: Option<IdempotencyKey>,
}

impl CommandRequest {
    /// A command that somebody gives.
    pub fn new(command: Command, by: Provenance) -> Self {
        Self {
            command,
            by,
            expected_version: None,
            key: None,
        }
    }

    /// Only where the settings still stand at the version that the person had before their eyes.
    /// Without this it is done to the settings as they are.
    pub fn expecting_version(mut self, version: u64) -> Self {
        self.expected_version = Some(version);
        self
    }

    /// Once for each key, however often it is given. Another command under a key that was used
    /// is refused; but nothing is kept that a password could be told by, so that a command which
    /// differs in its password alone counts as the same. Hand out a new key with each form.
    pub fn with_idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }
}

/// Why nothing was made of an order.
enum Refusal {
    Invalid(Vec<SettingsProblem>),
    Overtaken { expected: u64 },
}

impl CommandRequest {
    /// What it makes of the settings that are kept.
    fn revise(
        &self,
        kept: &PracticeSettings,
        context: &CommandContext<'_>,
        request: Digest,
        now: Timestamp,
    ) -> Result<SettingsRevision, Refusal> {
        if let Some(expected) = self.expected_version
            && expected != kept.version()
        {
            return Err(Refusal::Overtaken { expected });
        }
        let applied = self.command.apply(kept, context);
        let (changed, outcome) =
            applied.map_err(|refused| Refusal::Invalid(refused.into_problems()))?;
        let mut revision = SettingsRevision::new(changed, self.by.clone(), now);
        revision.command = self.command.name();
        revision.key = self.key.clone().map(|key| (key, request));
        revision.outcome = outcome;
        Ok(revision)
    }
}

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandReceipt {
    /// The version of the settings that it led to.
    pub version: u64,
    /// What else it did.
    pub outcome: UpdateOutcome,
    /// Whether it had been done before, under the same key, and was not done again.
    pub repeated: bool,
}

/// What somebody else changed in the meantime.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingsEdit {
    /// The version that it led to.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Provenance,
    /// The fields that changed, such as `reminders.offsets`.
    pub paths: Vec<String>,
}

/// Gives commands to practices' settings.
///
/// A command is applied to the settings as they are kept, or refused with every mistake; refused
/// ones are in the audit trail, too. Commands for one practice take turns within a process; with
/// those of other processes the store's versions see to it that none is lost.
#[derive(Debug)]
pub struct Commands {
    settings: Arc<dyn SettingsStore>,
    exclusions: Arc<dyn ExclusionStore>,
    trail: Arc<dyn AuditStore>,
    recipients: Recipients,
    clock: Arc<dyn Clock>,
    /// A practice's turn is one of these.
    turns: Vec<Mutex<()>>,
}

const TURNS: u64 = 64;

impl Commands {
    /// Over stores, sealing API passwords to `recipients`.
    pub fn new(
        settings: Arc<dyn SettingsStore>,
        exclusions: Arc<dyn ExclusionStore>,
        trail: Arc<dyn AuditStore>,
        recipients: impl Into<Recipients>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            settings,
            exclusions,
            trail,
            recipients: recipients.into(),
            clock,
            turns: (0..TURNS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Gives a command. What it was answered with `Ok` is on the disk.
    ///
    /// # Errors
    /// [`Invalid`](CommandErrorKind::Invalid), [`Conflict`](CommandErrorKind::Conflict),
    /// [`KeyReused`](CommandErrorKind::KeyReused), or [`Store`](CommandErrorKind::Store). Nothing
    /// is changed then, unless the store's connection broke at the very end: give it again, under
    /// the same key.
    pub async fn execute(
        &self,
        practice: &OdsCode,
        order: &CommandRequest,
    ) -> Result<CommandReceipt, CommandError> {
        let _turn = match self.turn(practice) {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        let given = self.attempt(practice, order).await;
        if let Err(refused) = &given
            && refused.kind != CommandErrorKind::Store
        {
            self.write_down(practice, order, refused).await?;
        }
        given
    }

    async fn attempt(
        &self,
        practice: &OdsCode,
        order: &CommandRequest,
    ) -> Result<CommandReceipt, CommandError> {
        let request = order.command.request();
        let context = self.context(practice, &order.command).await?;
        let (mut outcome, mut refusal) = (UpdateOutcome::default(), None);
        let mut change =
            |kept: &PracticeSettings| match order.revise(kept, &context, request, self.clock.now())
            {
                Ok(revision) => {
                    outcome = revision.outcome;
                    Some(revision)
                }
                Err(refused) => {
                    refusal = Some(refused);
                    None
                }
            };
        let key = order.key.as_ref();
        match self.settings.update(practice, key, &mut change).await? {
            Some(SaveOutcome::Now(settings)) => Ok(CommandReceipt {
                version: settings.version(),
                outcome,
                repeated: false,
            }),
            Some(SaveOutcome::Before(record)) => repeated(&record, &request),
            None => Err(match refusal {
                Some(Refusal::Invalid(problems)) => CommandError::invalid(problems),
                Some(Refusal::Overtaken { expected }) => {
                    CommandError::conflict(self.edits(practice, expected).await?)
                }
                None => CommandError::conflict(Vec::new()),
            }),
        }
    }

    async fn context(
        &self,
        practice: &OdsCode,
        command: &Command,
    ) -> Result<CommandContext<'_>, StoreError> {
        let context = CommandContext::new(&self.recipients);
        if !command.may_change_organisation() {
            return Ok(context);
        }
        let standing = self.exclusions.active(practice).await?;
        Ok(context.patients_are_excluded(!standing.is_empty()))
    }

    /// Who changed what after a version, oldest first, as the audit trail tells it.
    async fn edits(
        &self,
        practice: &OdsCode,
        version: u64,
    ) -> Result<Vec<SettingsEdit>, StoreError> {
        const PAGE: u64 = 200;
        let chain = practice.clone().into();
        let mut edits = Vec::new();
        let mut before = match self.trail.head(&chain).await? {
            Some(head) => head.number + 1,
            None => return Ok(edits),
        };
        while before > 1 {
            let after = before.saturating_sub(PAGE + 1);
            let limit = u32::try_from(before - 1 - after).unwrap_or(u32::MAX);
            let page = self.trail.entries(&chain, after, limit).await?;
            if page.is_empty() {
                break;
            }
            for entry in page.iter().rev() {
                match entry.event().and_then(|event| edit(&event)) {
                    Some(edit) if edit.version <= version => {
                        edits.reverse();
                        return Ok(edits);
                    }
                    Some(edit) => edits.push(edit),
                    None => {}
                }
            }
            before = after + 1;
        }
        edits.reverse();
        Ok(edits)
    }

    async fn write_down(
        &self,
        practice: &OdsCode,
        order: &CommandRequest,
        refused: &CommandError,
    ) -> Result<(), StoreError> {
        let codes: Vec<_> = refused.problems.iter().map(|p| p.code().as_str()).collect();
        let event = AuditEvent::new(
            AuditEventKind::SETTINGS_REFUSED,
            self.clock.now(),
            order.by.clone(),
        )
        .with_outcome(AuditEventOutcome::Failure)
        .detail("command", order.command.name())
        .detail("refusal", refused.kind.as_str())
        .detail("problems", codes);
        self.trail.record(&practice.clone().into(), &event).await?;
        Ok(())
    }

    fn turn(&self, practice: &OdsCode) -> Option<&Mutex<()>> {
        let mut hasher = DefaultHasher::new();
        practice.hash(&mut hasher);
        self.turns
            .get(usize::try_from(hasher.finish() % TURNS).ok()?)
    }
}

fn repeated(record: &CommandRecord, request: &Digest) -> Result<CommandReceipt, CommandError> {
    if record.request != *request {
        return Err(CommandError::of(CommandErrorKind::KeyReused));
    }
    Ok(CommandReceipt {
        version: record.version,
        outcome: record.outcome,
        repeated: true,
    })
}

fn edit(event: &AuditEvent) -> Option<SettingsEdit> {
    if *event.kind() != AuditEventKind::SETTINGS_CHANGED {
        return None;
    }
    let changes = event.details().get("changes")?.as_array()?;
    let path = |change: &serde_json::Value| Some(change.get("path")?.as_str()?.to_owned());
    Some(SettingsEdit {
        version: event.details().get("version")?.as_u64()?,
        at: event.at(),
        by: event.by().clone(),
        paths: changes.iter().filter_map(path).collect(),
    })
}

/// Why a command was not done.
#[derive(Debug)]
pub struct CommandError {
    kind: CommandErrorKind,
    problems: Vec<SettingsProblem>,
    edits: Vec<SettingsEdit>,
    source: Option<StoreError>,
}

/// What kind of refusal or failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CommandErrorKind {
    /// Something in it is wrong: [`CommandError::problems`] has every mistake.
    Invalid,
    /// Somebody else changed the settings first: [`CommandError::edits`] has who changed what.
    Conflict,
    /// The key belongs to another command, which was done.
    KeyReused,
    /// The store failed.
    Store,
}

impl CommandErrorKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::KeyReused => "key-reused",
            Self::Store => "store",
        }
    }
}

impl CommandError {
    fn of(kind: CommandErrorKind) -> Self {
        Self {
            kind,
            problems: Vec::new(),
            edits: Vec::new(),
            source: None,
        }
    }

    fn invalid(problems: Vec<SettingsProblem>) -> Self {
        Self {
            problems,
            ..Self::of(CommandErrorKind::Invalid)
        }
    }

    fn conflict(edits: Vec<SettingsEdit>) -> Self {
        Self {
            edits,
            ..Self::of(CommandErrorKind::Conflict)
        }
    }

    /// What kind of refusal or failure it was.
    pub fn kind(&self) -> CommandErrorKind {
        self.kind
    }

    /// Every mistake in the command, where it was [`Invalid`](CommandErrorKind::Invalid).
    pub fn problems(&self) -> &[SettingsProblem] {
        &self.problems
    }

    /// What others changed since the version that was expected, oldest first, where there was a
    /// [`Conflict`](CommandErrorKind::Conflict).
    pub fn edits(&self) -> &[SettingsEdit] {
        &self.edits
    }

    /// The store's failure, where there was one.
    pub fn store_error(&self) -> Option<&StoreError> {
        self.source.as_ref()
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        let kind = match error.kind() {
            StoreErrorKind::Conflict => CommandErrorKind::Conflict,
            _ => CommandErrorKind::Store,
        };
        Self {
            source: Some(error),
            ..Self::of(kind)
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            CommandErrorKind::Invalid => {
                f.write_str("the settings were not changed:")?;
                self.problems.iter().try_for_each(|p| write!(f, " {p}"))
            }
            CommandErrorKind::Conflict => {
                f.write_str("somebody else changed the settings first")?;
                let paths: Vec<_> = self.edits.iter().flat_map(|edit| &edit.paths).collect();
                for (n, path) in paths.iter().enumerate() {
                    write!(f, "{} {path}", if n == 0 { ":" } else { "," })?;
                }
                Ok(())
            }
            CommandErrorKind::KeyReused => {
                f.write_str("the idempotency key belongs to another command")
            }
            CommandErrorKind::Store => f.write_str("the settings could not be changed"),
        }
    }
}

impl Error for CommandError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_ref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
