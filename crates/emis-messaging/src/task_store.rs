//! The store of tasks.

use std::fmt::Debug;

use async_trait::async_trait;
use emis_audit::{Provenance, StoreError};
use emis_types::OdsCode;
use jiff::Timestamp;

use crate::task::{PracticeTask, TaskId};

/// Keeps the tasks of practices until they are acknowledged.
///
/// # Contract
/// * A task is opened once by its ID: opened again, it stays as it was, acknowledged or not.
/// * Stores of bookings, reminders and messages open tasks in the transaction that decides them.
#[async_trait]
pub trait TaskStore: Debug + Send + Sync {
    /// Opens tasks, durably. Idempotent by ID.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be written.
    ///
    /// # Cancel safety
    /// All of them are opened or none.
    async fn open_tasks(&self, tasks: &[PracticeTask]) -> Result<(), StoreError>;

    /// Returns the practice's open tasks, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be read.
    async fn tasks(&self, practice: &OdsCode) -> Result<Vec<PracticeTask>, StoreError>;

    /// Acknowledges a task, durably. Returns `false`, with nothing changed, if the practice has no
    /// such open task.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be written.
    ///
    /// # Cancel safety
    /// The acknowledgement and its event are written together or not at all.
    async fn acknowledge_task(
        &self,
        practice: &OdsCode,
        task: TaskId,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError>;
}
