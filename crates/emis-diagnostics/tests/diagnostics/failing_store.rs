//! A store of refused passwords that can be made to fail.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use emis_credentials::{
    MemoryRefusedPasswordStore, PasswordFingerprint, RefusedPasswordStore,
    RefusedPasswordStoreError,
};
use jiff::Timestamp;

#[derive(Debug, Default)]
pub(crate) struct FailingStore {
    memory: MemoryRefusedPasswordStore,
    lost: AtomicBool,
}

impl FailingStore {
    pub(crate) fn set_lost(&self, lost: bool) {
        self.lost.store(lost, Ordering::SeqCst);
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::SeqCst)
    }

    fn found(&self) -> Result<&MemoryRefusedPasswordStore, RefusedPasswordStoreError> {
        match self.is_lost() {
            true => Err(RefusedPasswordStoreError),
            false => Ok(&self.memory),
        }
    }
}

#[async_trait]
impl RefusedPasswordStore for FailingStore {
    async fn contains(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<bool, RefusedPasswordStoreError> {
        self.found()?.contains(password).await
    }

    async fn remember(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<(), RefusedPasswordStoreError> {
        self.found()?.remember(password).await
    }

    async fn forget(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<(), RefusedPasswordStoreError> {
        self.found()?.forget(password).await
    }

    async fn claim(
        &self,
        password: &PasswordFingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, RefusedPasswordStoreError> {
        self.found()?.claim(password, now, until).await
    }

    async fn release(
        &self,
        password: &PasswordFingerprint,
        until: Timestamp,
    ) -> Result<(), RefusedPasswordStoreError> {
        self.found()?.release(password, until).await
    }
}
