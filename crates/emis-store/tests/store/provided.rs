//! The provided `SettingsStore::update`, over a store that only loads and saves.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use emis_audit::{
    Actor, AuditEntry, AuditEvent, AuditLogId, AuditStore, ChainHead, ChainStart, LogChange,
    Provenance,
};
use emis_settings::{
    ActiveExclusions, CommandRecord, Exclusion, ExclusionKind, ExclusionStore, IdempotencyKey,
    PracticeSettings, SaveOutcome, SettingsRevision, SettingsStore, StoreError, StoreErrorKind,
};
use emis_store::SqliteStore;
use emis_types::{OdsCode, PatientNumber};
use jiff::Timestamp;

/// A store that leaves `update` to the trait.
#[derive(Debug)]
struct Plain {
    inner: SqliteStore,
    /// The number of times that another writer saves right after a load.
    meddling: AtomicU32,
}

impl Plain {
    fn meddled_with(times: u32) -> Self {
        Self {
            inner: SqliteStore::in_memory().unwrap(),
            meddling: AtomicU32::new(times),
        }
    }
}

async fn fresh() -> Option<Plain> {
    Some(Plain::meddled_with(0))
}

emis_store::store_contract!(fresh: settings, exclusions, audit);

fn practice() -> OdsCode {
    "A20047".parse().unwrap()
}

fn ours(kept: &PracticeSettings) -> SettingsRevision {
    let mut settings = kept.clone();
    settings.update_organisation_id("50002").unwrap();
    let by = Provenance::of(Actor::user("u-117").unwrap());
    SettingsRevision::new(settings, by, Timestamp::UNIX_EPOCH)
}

#[tokio::test]
async fn a_stale_update_is_applied_to_the_current_settings() {
    let store = Plain::meddled_with(3);
    let mut asked = 0;
    let mut change = |kept: &PracticeSettings| {
        asked += 1;
        Some(ours(kept))
    };
    let saved = store.update(&practice(), None, &mut change).await.unwrap();
    assert_eq!(asked, 4);
    let Some(SaveOutcome::Saved(saved)) = saved else {
        panic!("{saved:?}");
    };
    assert_eq!((saved.version(), saved.name()), (4, Some("Meddled 1")));
    assert_eq!(saved.organisation_id().unwrap().as_str(), "50002");
}

#[tokio::test]
async fn an_update_that_is_always_stale_is_a_conflict() {
    let store = Plain::meddled_with(u32::MAX);
    let mut change = |kept: &PracticeSettings| Some(ours(kept));
    let refused = store.update(&practice(), None, &mut change).await;
    assert_eq!(refused.unwrap_err().kind(), StoreErrorKind::Conflict);
    let kept = store.inner.load(&practice()).await.unwrap().unwrap();
    assert!(kept.organisation_id().is_none());
}

#[tokio::test]
async fn a_change_of_nothing_saves_nothing() {
    let store = Plain::meddled_with(0);
    let saved = store.update(&practice(), None, &mut |_| None).await;
    assert_eq!(saved.unwrap(), None);
    assert_eq!(store.load(&practice()).await.unwrap(), None);
}

#[async_trait]
impl SettingsStore for Plain {
    async fn load(&self, practice: &OdsCode) -> Result<Option<PracticeSettings>, StoreError> {
        let loaded = self.inner.load(practice).await?;
        let meddling = self.meddling.load(Ordering::Relaxed);
        if let Some(left) = meddling.checked_sub(1) {
            self.meddling.store(left, Ordering::Relaxed);
            let seen = loaded.clone();
            let mut other = seen.unwrap_or_else(|| PracticeSettings::new(practice.clone()));
            other
                .set_name(Some(&format!("Meddled {meddling}")))
                .unwrap();
            let at = Timestamp::UNIX_EPOCH;
            let other = SettingsRevision::new(other, Provenance::product(), at);
            self.inner.save(&other).await?;
        }
        Ok(loaded)
    }

    async fn save(&self, revision: &SettingsRevision) -> Result<SaveOutcome, StoreError> {
        self.inner.save(revision).await
    }

    async fn command(
        &self,
        practice: &OdsCode,
        key: &IdempotencyKey,
    ) -> Result<Option<CommandRecord>, StoreError> {
        self.inner.command(practice, key).await
    }

    async fn forget_commands(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.inner.forget_commands(before).await
    }

    async fn list(&self) -> Result<Vec<OdsCode>, StoreError> {
        self.inner.list().await
    }
}

#[async_trait]
impl ExclusionStore for Plain {
    async fn exclude(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.inner.exclude(practice, patient, kind, by, at).await
    }

    async fn readmit(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.inner.readmit(practice, patient, kind, by, at).await
    }

    async fn active(&self, practice: &OdsCode) -> Result<ActiveExclusions, StoreError> {
        self.inner.active(practice).await
    }

    async fn history(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<Exclusion>, StoreError> {
        self.inner.history(practice, patient).await
    }
}

#[async_trait]
impl AuditStore for Plain {
    async fn record(
        &self,
        chain: &AuditLogId,
        event: &AuditEvent,
    ) -> Result<ChainHead, StoreError> {
        self.inner.record(chain, event).await
    }

    async fn entries(
        &self,
        chain: &AuditLogId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        self.inner.entries(chain, after, limit).await
    }

    async fn head(&self, chain: &AuditLogId) -> Result<Option<ChainHead>, StoreError> {
        self.inner.head(chain).await
    }

    async fn start(&self, chain: &AuditLogId) -> Result<ChainStart, StoreError> {
        self.inner.start(chain).await
    }

    async fn logs(&self) -> Result<Vec<AuditLogId>, StoreError> {
        self.inner.logs().await
    }

    async fn record_change(
        &self,
        log: &AuditLogId,
        head: ChainHead,
        event: &AuditEvent,
        change: &LogChange,
    ) -> Result<Option<ChainHead>, StoreError> {
        self.inner.record_change(log, head, event, change).await
    }
}
