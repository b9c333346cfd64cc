//! Execution of commands.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, AuditStore, StoreError};
use emis_credentials::Recipients;
use emis_types::{Clock, OdsCode};
use tokio::sync::Mutex;

use crate::command::{Command, CommandContext};
use crate::command_error::{CommandError, CommandErrorKind, CommandFailure, SettingsEdit};
use crate::command_request::{CommandReceipt, CommandRequest, Refusal};
use crate::connection::UpdateOutcome;
use crate::exclusion_store::ExclusionStore;
use crate::practice::PracticeSettings;
use crate::problem::ValidationError;
use crate::store::{SaveOutcome, SettingsStore};
use crate::template_check::{TemplateCheck, problems_of_new};

/// Executes commands on the settings of practices.
///
/// A command is applied to the settings in the store, or refused with every mistake in it; refusals
/// are in the audit log, too. Commands for one practice wait for each other within a process;
/// between processes the versions in the store make sure that none is lost.
///
/// # Examples
///
/// ```no_run
/// use std::sync::Arc;
///
/// use emis_audit::{Actor, AuditStore, Provenance};
/// use emis_credentials::Recipients;
/// use emis_settings::{Command, CommandRequest, Commands, ExclusionStore, SettingsStore};
/// use emis_types::SystemClock;
///
/// # async fn example<S>(store: Arc<S>, recipients: Recipients) -> Result<(), Box<dyn std::error::Error>>
/// # where S: SettingsStore + ExclusionStore + AuditStore + 'static {
/// let commands = Commands::new(
///     store.clone(),
///     store.clone(),
///     store,
///     recipients,
///     Arc::new(SystemClock),
/// );
/// let author = Provenance::of(Actor::user("u-117")?);
/// let request = CommandRequest::new(Command::UpdateOrganisationId("50002".to_owned()), author);
/// let receipt = commands.execute(&"A20047".parse()?, &request).await?;
/// println!("version {}", receipt.version);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Commands {
    settings: Arc<dyn SettingsStore>,
    exclusions: Arc<dyn ExclusionStore>,
    audit: Arc<dyn AuditStore>,
    recipients: Recipients,
    clock: Arc<dyn Clock>,
    templates: Option<Arc<dyn TemplateCheck>>,
    /// Locks that the practices share by their hashes.
    locks: Vec<Mutex<()>>,
}

const LOCKS: u64 = 64;

impl Commands {
    /// Creates an executor over stores that seals API passwords to `recipients`.
    pub fn new(
        settings: Arc<dyn SettingsStore>,
        exclusions: Arc<dyn ExclusionStore>,
        audit: Arc<dyn AuditStore>,
        recipients: impl Into<Recipients>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            settings,
            exclusions,
            audit,
            recipients: recipients.into(),
            clock,
            templates: None,
            locks: (0..LOCKS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Sets the check that a template passes before it is saved; by default only its form is
    /// checked.
    #[must_use]
    pub fn checking_templates(mut self, check: Arc<dyn TemplateCheck>) -> Self {
        self.templates = Some(check);
        self
    }

    /// Executes a command. Its effects are durable when this returns `Ok`.
    ///
    /// # Errors
    /// [`Invalid`](CommandErrorKind::Invalid), [`Conflict`](CommandErrorKind::Conflict),
    /// [`KeyReused`](CommandErrorKind::KeyReused) or [`Store`](CommandErrorKind::Store). Nothing is
    /// changed then, unless the connection to the store broke during the commit: repeat the request
    /// under the same key.
    ///
    /// # Cancel safety
    /// The settings and the event in the audit log are saved together or not at all. Repeat the
    /// request under the same key to learn which.
    pub async fn execute(
        &self,
        practice: &OdsCode,
        request: &CommandRequest,
    ) -> Result<CommandReceipt, CommandError> {
        let _lock = match self.lock(practice) {
            Some(lock) => Some(lock.lock().await),
            None => None,
        };
        let executed = self.attempt(practice, request).await;
        if let Err(refused) = &executed
            && refused.kind() != CommandErrorKind::Store
        {
            self.record_refusal(practice, request, refused).await?;
        }
        executed
    }

    async fn attempt(
        &self,
        practice: &OdsCode,
        request: &CommandRequest,
    ) -> Result<CommandReceipt, CommandError> {
        let digest = request.command.digest();
        let context = self.context(practice, &request.command).await?;
        let (mut outcome, mut refusal) = (UpdateOutcome::default(), None);
        let revise = |current: &PracticeSettings| {
            let revision = request.revise(current, &context, digest, self.clock.now())?;
            if let Some(check) = self.templates.as_deref() {
                let problems = problems_of_new(check, current, &revision.settings);
                ValidationError::check(problems)
                    .map_err(|invalid| Refusal::Failed(CommandFailure::Invalid(invalid).into()))?;
            }
            Ok(revision)
        };
        let mut change = |current: &PracticeSettings| match revise(current) {
            Ok(revision) => {
                outcome = revision.outcome;
                Some(revision)
            }
            Err(refused) => {
                refusal = Some(refused);
                None
            }
        };
        let key = request.idempotency_key.as_ref();
        match self.settings.update(practice, key, &mut change).await? {
            Some(SaveOutcome::Saved(settings)) => {
                Ok(CommandReceipt::executed(settings.version(), outcome))
            }
            Some(SaveOutcome::Repeated(record)) => CommandReceipt::repeated(&record, &digest),
            None => Err(match refusal {
                Some(Refusal::Failed(error)) => error,
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
        let active = self.exclusions.active(practice).await?;
        Ok(context.patients_are_excluded(!active.is_empty()))
    }

    /// Returns the changes after a version, oldest first, from the audit log.
    async fn edits(
        &self,
        practice: &OdsCode,
        version: u64,
    ) -> Result<Vec<SettingsEdit>, StoreError> {
        const PAGE: u64 = 200;
        let log = practice.clone().into();
        let mut edits = Vec::new();
        let mut before = self
            .audit
            .head(&log)
            .await?
            .map_or(0, |head| head.number + 1);
        // From the newest page to the oldest that is needed.
        'pages: while before > 1 {
            let after = before.saturating_sub(PAGE + 1);
            let limit = u32::try_from(before - 1 - after).unwrap_or(u32::MAX);
            let page = self.audit.entries(&log, after, limit).await?;
            if page.is_empty() {
                break;
            }
            for entry in page.iter().rev() {
                match entry.event().as_ref().and_then(SettingsEdit::of) {
                    Some(edit) if edit.version <= version => break 'pages,
                    Some(edit) => edits.push(edit),
                    None => {}
                }
            }
            before = after + 1;
        }
        edits.reverse();
        Ok(edits)
    }

    async fn record_refusal(
        &self,
        practice: &OdsCode,
        request: &CommandRequest,
        refused: &CommandError,
    ) -> Result<(), StoreError> {
        let problems = refused.problems().iter();
        let codes: Vec<_> = problems.map(|problem| problem.code().as_str()).collect();
        let kind = AuditEventKind::SETTINGS_REFUSED;
        let event = AuditEvent::new(kind, self.clock.now(), request.author.clone())
            .with_outcome(AuditEventOutcome::Failure)
            .detail("command", request.command.name())
            .detail("refusal", refused.kind().as_str())
            .detail("problems", codes);
        self.audit.record(&practice.clone().into(), &event).await?;
        Ok(())
    }

    fn lock(&self, practice: &OdsCode) -> Option<&Mutex<()>> {
        let mut hasher = DefaultHasher::new();
        practice.hash(&mut hasher);
        self.locks
            .get(usize::try_from(hasher.finish() % LOCKS).ok()?)
    }
}
