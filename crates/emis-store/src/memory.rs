//! A store that forgets when the process ends.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_audit::{
    AuditEntry, AuditEvent, AuditEventKind, AuditEventOutcome, AuditLogId, AuditStore, ChainHead,
    ChainSegment, ChainStart, Digest, Provenance,
};
use emis_booking::{
    Appointment, Begin, BookingId, BookingLedger, BookingRecord, BookingState,
    MemoryLedger as Bookings, Settlement as BookingSettlement,
};
use emis_credentials::{MemoryUnavailable, PasswordFingerprint, RefusedInMemory, RefusedPasswords};
use emis_diagnostics::{LastCalls, LastCallsInMemory, LastCallsStore, Verdict};
use emis_reminders::{
    Claim, MemoryLedger as Reminders, OpenClaim, ReminderKey, ReminderLedger, Settlement,
};
use emis_settings::{
    CommandRecord, Exclusion, ExclusionKind, ExclusionRegister, Exclusions, IdempotencyKey,
    MemoryRegister, PracticeSettings, Revision, Saved, SettingsStore, StoreError, StoreErrorKind,
};
use emis_types::{Clock, OdsCode, PatientNumber, SystemClock};
use jiff::Timestamp;

use crate::{bookings, exclusions, refused, reminders};

/// Settings, ledgers, opt-outs and the audit trail in memory, without a database: for tests and
/// trials. It keeps the [contract](crate::contract) of the stores but for one thing: what it
/// keeps ends with the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    bookings: Bookings,
    reminders: Reminders,
    refused: RefusedInMemory,
    register: MemoryRegister,
    last_calls: LastCallsInMemory,
    rest: Mutex<Rest>,
}

#[derive(Debug, Default)]
struct Rest {
    settings: BTreeMap<OdsCode, PracticeSettings>,
    commands: BTreeMap<(OdsCode, IdempotencyKey), (CommandRecord, Timestamp)>,
    chains: BTreeMap<AuditLogId, Links>,
}

#[derive(Debug)]
struct Links {
    entries: Vec<AuditEntry>,
    start: ChainStart,
    unsealed_from: u64,
    segments: Vec<(ChainSegment, Timestamp)>,
}

impl Default for Links {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            start: ChainStart::ORIGIN,
            unsealed_from: 1,
            segments: Vec::new(),
        }
    }
}

impl Links {
    fn end(&self) -> (u64, Digest) {
        self.entries
            .last()
            .map_or((self.start.number - 1, self.start.previous), |entry| {
                (entry.number(), entry.digest())
            })
    }

    fn append(&mut self, chain: &AuditLogId, event: &AuditEvent) -> ChainHead {
        let (number, digest) = self.end();
        let entry = AuditEntry::following(chain, number + 1, digest, event);
        let head = entry.head();
        self.entries.push(entry);
        head
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        // No code that holds the lock can leave anything half done.
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, chain: &AuditLogId, event: &AuditEvent) -> ChainHead {
        let mut rest = self.rest();
        rest.chains
            .entry(chain.clone())
            .or_default()
            .append(chain, event)
    }
}

#[async_trait]
impl SettingsStore for MemoryStore {
    async fn load(&self, practice: &OdsCode) -> Result<Option<PracticeSettings>, StoreError> {
        Ok(self.rest().settings.get(practice).cloned())
    }

    async fn save(&self, revision: &Revision) -> Result<Saved, StoreError> {
        let mut rest = self.rest();
        let practice = revision.settings.ods_code();
        let key = revision
            .key
            .as_ref()
            .map(|(key, _)| (practice.clone(), key.clone()));
        if let Some((record, _)) = key.as_ref().and_then(|key| rest.commands.get(key)) {
            return Ok(Saved::Before(record.clone()));
        }
        let before = rest.settings.get(practice).cloned();
        let version = before.as_ref().map_or(0, PracticeSettings::version);
        if version != revision.settings.version() {
            let message = "somebody else saved first";
            return Err(StoreError::new(StoreErrorKind::Conflict, message));
        }
        let saved = revision.settings.clone().at_version(version + 1);
        rest.settings.insert(practice.clone(), saved.clone());
        if let Some((key, (_, request))) = key.zip(revision.key.as_ref()) {
            let record = CommandRecord::new(*request, saved.version(), revision.outcome);
            rest.commands.insert(key, (record, revision.at));
        }
        let chain = AuditLogId::from(practice.clone());
        let event = revision.event(before.as_ref());
        rest.chains
            .entry(chain.clone())
            .or_default()
            .append(&chain, &event);
        Ok(Saved::Now(Box::new(saved)))
    }

    async fn command(
        &self,
        practice: &OdsCode,
        key: &IdempotencyKey,
    ) -> Result<Option<CommandRecord>, StoreError> {
        let key = (practice.clone(), key.clone());
        let known = self.rest().commands.get(&key).cloned();
        Ok(known.map(|(record, _)| record))
    }

    async fn forget_commands(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut rest = self.rest();
        let known = rest.commands.len();
        rest.commands.retain(|_, (_, at)| *at >= before);
        let forgotten = known - rest.commands.len();
        Ok(u64::try_from(forgotten).unwrap_or(u64::MAX))
    }

    async fn list(&self) -> Result<Vec<OdsCode>, StoreError> {
        Ok(self.rest().settings.keys().cloned().collect())
    }
}

#[async_trait]
impl BookingLedger for MemoryStore {
    async fn begin(&self, booking: &BookingRecord, by: &Provenance) -> Result<Begin, StoreError> {
        let begun = self.bookings.begin(booking, by).await?;
        if begun == Begin::Started {
            let event = bookings::begun_event(booking, by);
            self.append(&booking.practice.clone().into(), &event);
        }
        Ok(begun)
    }

    async fn settle(
        &self,
        id: &BookingId,
        state: BookingState,
        at: Timestamp,
        by: &Provenance,
    ) -> Result<Option<BookingSettlement>, StoreError> {
        let settled = self.bookings.settle(id, state, at, by).await?;
        if let Some(settlement) = settled.as_ref().filter(|settlement| settlement.changed) {
            let event = bookings::settled_event(&settlement.record, by);
            self.append(&settlement.record.practice.clone().into(), &event);
        }
        Ok(settled)
    }

    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError> {
        self.bookings.get(id).await
    }

    async fn confirmed(
        &self,
        practice: &OdsCode,
        appointment: &Appointment,
    ) -> Result<Option<BookingRecord>, StoreError> {
        self.bookings.confirmed(practice, appointment).await
    }

    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        self.bookings.unsettled(practice).await
    }
}

#[async_trait]
impl ReminderLedger for MemoryStore {
    async fn peek(&self, key: &ReminderKey, since: Timestamp) -> Result<Claim, StoreError> {
        self.reminders.peek(key, since).await
    }

    async fn claim(
        &self,
        key: &ReminderKey,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Claim, StoreError> {
        let claim = self.reminders.claim(key, since, now).await?;
        if claim == Claim::Ours {
            let event = reminders::claimed_event(key, now);
            self.append(&key.practice.clone().into(), &event);
        }
        Ok(claim)
    }

    async fn settle(
        &self,
        key: &ReminderKey,
        outcome: Settlement,
        now: Timestamp,
        by: &Provenance,
    ) -> Result<bool, StoreError> {
        let settled = self.reminders.settle(key, outcome, now, by).await?;
        if settled {
            let event = reminders::settled_event(key, outcome, now, by);
            self.append(&key.practice.clone().into(), &event);
        }
        Ok(settled)
    }

    async fn in_doubt(&self, practice: &OdsCode) -> Result<Vec<OpenClaim>, StoreError> {
        self.reminders.in_doubt(practice).await
    }
}

#[async_trait]
impl RefusedPasswords for MemoryStore {
    async fn contains(&self, password: &PasswordFingerprint) -> Result<bool, MemoryUnavailable> {
        self.refused.contains(password).await
    }

    async fn remember(&self, password: &PasswordFingerprint) -> Result<(), MemoryUnavailable> {
        if !self.refused.contains(password).await? {
            let kind = AuditEventKind::CREDENTIALS_REFUSED;
            let event = AuditEvent::new(kind, SystemClock.now(), Provenance::product())
                .with_outcome(AuditEventOutcome::Failure)
                .detail("fingerprint", refused::mark(password));
            self.append(&AuditLogId::Product, &event);
        }
        self.refused.remember(password).await
    }

    async fn forget(&self, password: &PasswordFingerprint) -> Result<(), MemoryUnavailable> {
        if self.refused.contains(password).await? {
            let kind = AuditEventKind::CREDENTIALS_RELEASED;
            let event = AuditEvent::new(kind, SystemClock.now(), Provenance::product())
                .detail("fingerprint", refused::mark(password));
            self.append(&AuditLogId::Product, &event);
        }
        self.refused.forget(password).await
    }

    async fn claim(
        &self,
        password: &PasswordFingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, MemoryUnavailable> {
        self.refused.claim(password, now, until).await
    }

    async fn release(
        &self,
        password: &PasswordFingerprint,
        until: Timestamp,
    ) -> Result<(), MemoryUnavailable> {
        self.refused.release(password, until).await
    }
}

#[async_trait]
impl ExclusionRegister for MemoryStore {
    async fn exclude(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let changed = self
            .register
            .exclude(practice, patient, kind, by, at)
            .await?;
        if changed {
            let event = AuditEvent::new(AuditEventKind::EXCLUSION_BEGUN, at, by.clone());
            let event = exclusions::telling(event, patient, kind);
            self.append(&practice.clone().into(), &event);
        }
        Ok(changed)
    }

    async fn readmit(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let changed = self
            .register
            .readmit(practice, patient, kind, by, at)
            .await?;
        if changed {
            let event = AuditEvent::new(AuditEventKind::EXCLUSION_ENDED, at, by.clone());
            let event = exclusions::telling(event, patient, kind);
            self.append(&practice.clone().into(), &event);
        }
        Ok(changed)
    }

    async fn standing(&self, practice: &OdsCode) -> Result<Exclusions, StoreError> {
        self.register.standing(practice).await
    }

    async fn history(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<Exclusion>, StoreError> {
        self.register.history(practice, patient).await
    }
}

#[async_trait]
impl AuditStore for MemoryStore {
    async fn record(
        &self,
        chain: &AuditLogId,
        event: &AuditEvent,
    ) -> Result<ChainHead, StoreError> {
        Ok(self.append(chain, event))
    }

    async fn entries(
        &self,
        chain: &AuditLogId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let rest = self.rest();
        let entries = rest.chains.get(chain).map(|links| links.entries.iter());
        let later = entries
            .into_iter()
            .flatten()
            .filter(|entry| entry.number() > after);
        Ok(later
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .cloned()
            .collect())
    }

    async fn head(&self, chain: &AuditLogId) -> Result<Option<ChainHead>, StoreError> {
        let rest = self.rest();
        let last = rest
            .chains
            .get(chain)
            .and_then(|links| links.entries.last());
        Ok(last.map(AuditEntry::head))
    }

    async fn start(&self, chain: &AuditLogId) -> Result<ChainStart, StoreError> {
        let rest = self.rest();
        Ok(rest
            .chains
            .get(chain)
            .map_or(ChainStart::ORIGIN, |links| links.start))
    }

    async fn logs(&self) -> Result<Vec<AuditLogId>, StoreError> {
        let mut chains: Vec<_> = self.rest().chains.keys().cloned().collect();
        chains.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        Ok(chains)
    }

    async fn seal(
        &self,
        chain: &AuditLogId,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<Option<ChainSegment>, StoreError> {
        let mut rest = self.rest();
        let links = rest.chains.entry(chain.clone()).or_default();
        let (last, digest) = links.end();
        let segment = ChainSegment {
            first: links.unsealed_from,
            last,
            digest,
        };
        let only_the_seal = segment.first > 1 && segment.first == segment.last;
        if segment.last < segment.first || only_the_seal {
            return Ok(None);
        }
        let sealed = links
            .entries
            .iter()
            .filter(|entry| entry.number() >= segment.first);
        let newest = sealed.filter_map(|entry| Some(entry.event()?.at())).max();
        links.segments.push((segment, newest.unwrap_or(at)));
        let value = serde_json::to_value(segment).unwrap_or_default();
        let event =
            AuditEvent::new(AuditEventKind::AUDIT_SEALED, at, by.clone()).detail("segment", value);
        links.unsealed_from = links.append(chain, &event).number;
        Ok(Some(segment))
    }

    async fn delete_sealed(
        &self,
        chain: &AuditLogId,
        before: Timestamp,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<Vec<ChainSegment>, StoreError> {
        let mut rest = self.rest();
        let links = rest.chains.entry(chain.clone()).or_default();
        let old = links
            .segments
            .iter()
            .take_while(|(_, newest)| *newest < before);
        let segments: Vec<_> = old.map(|(segment, _)| *segment).collect();
        if let Some(last) = segments.last() {
            links.segments.drain(..segments.len());
            links.entries.retain(|entry| entry.number() > last.last);
            links.start = ChainStart {
                number: last.last + 1,
                previous: last.digest,
            };
            let value = serde_json::to_value(last).unwrap_or_default();
            let event = AuditEvent::new(AuditEventKind::AUDIT_DELETED, at, by.clone())
                .detail("through", value);
            links.append(chain, &event);
        }
        Ok(segments)
    }
}

#[async_trait]
impl LastCallsStore for MemoryStore {
    async fn note_calls(&self, practice: &OdsCode, calls: &[LastCalls]) -> Result<(), StoreError> {
        self.last_calls.note_calls(practice, calls).await
    }

    async fn last_calls(&self, practice: &OdsCode) -> Result<Vec<LastCalls>, StoreError> {
        self.last_calls.last_calls(practice).await
    }

    async fn note_verdicts(
        &self,
        practice: &OdsCode,
        verdicts: &[Verdict],
    ) -> Result<(), StoreError> {
        self.last_calls.note_verdicts(practice, verdicts).await
    }

    async fn verdicts(&self, practice: &OdsCode) -> Result<Vec<Verdict>, StoreError> {
        self.last_calls.verdicts(practice).await
    }
}
