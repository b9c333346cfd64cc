//! A store of refused passwords that can be out of order, as a database can.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use emis_credentials::{MemoryUnavailable, PasswordFingerprint, RefusedInMemory, RefusedPasswords};
use jiff::Timestamp;

#[derive(Debug, Default)]
pub(crate) struct FailingStore {
    memory: RefusedInMemory,
    lost: AtomicBool,
}

impl FailingStore {
    pub(crate) fn set_lost(&self, lost: bool) {
        self.lost.store(lost, Ordering::SeqCst);
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::SeqCst)
    }

    fn found(&self) -> Result<&RefusedInMemory, MemoryUnavailable> {
        match self.is_lost() {
            true => Err(MemoryUnavailable),
            false => Ok(&self.memory),
        }
    }
}

#[async_trait]
impl RefusedPasswords for FailingStore {
    async fn contains(&self, password: &PasswordFingerprint) -> Result<bool, MemoryUnavailable> {
        self.found()?.contains(password).await
    }

    async fn remember(&self, password: &PasswordFingerprint) -> Result<(), MemoryUnavailable> {
        self.found()?.remember(password).await
    }

    async fn forget(&self, password: &PasswordFingerprint) -> Result<(), MemoryUnavailable> {
        self.found()?.forget(password).await
    }

    async fn claim(
        &self,
        password: &PasswordFingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, MemoryUnavailable> {
        self.found()?.claim(password, now, until).await
    }

    async fn release(
        &self,
        password: &PasswordFingerprint,
        until: Timestamp,
    ) -> Result<(), MemoryUnavailable> {
        self.found()?.release(password, until).await
    }
}
