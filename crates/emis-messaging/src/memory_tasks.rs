//! A store of tasks in memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_audit::{Provenance, StoreError};
use emis_types::OdsCode;
use jiff::Timestamp;

use crate::task::{PracticeTask, TaskAcknowledgement, TaskId};
use crate::task_store::TaskStore;

/// A [`TaskStore`] in memory, for tests and trials.
///
/// # Examples
/// ```
/// use emis_messaging::MemoryTaskStore;
/// assert!(MemoryTaskStore::new().all().is_empty());
/// ```
#[derive(Debug, Default)]
pub struct MemoryTaskStore(Mutex<Vec<PracticeTask>>);

impl MemoryTaskStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns every task, acknowledged ones as well, in the order in which they were opened.
    pub fn all(&self) -> Vec<PracticeTask> {
        self.lock().clone()
    }

    /// Opens tasks, as [`TaskStore::open_tasks`]: for stores in memory that settle with tasks.
    pub fn open(&self, tasks: &[PracticeTask]) {
        let mut kept = self.lock();
        for task in tasks {
            if !kept.iter().any(|it| it.id == task.id) {
                kept.push(task.clone());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<PracticeTask>> {
        // Changed in single steps: a panic elsewhere cannot leave it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TaskStore for MemoryTaskStore {
    async fn open_tasks(&self, tasks: &[PracticeTask]) -> Result<(), StoreError> {
        self.open(tasks);
        Ok(())
    }

    async fn tasks(&self, practice: &OdsCode) -> Result<Vec<PracticeTask>, StoreError> {
        let kept = self.lock();
        let open = kept
            .iter()
            .filter(|it| it.practice == *practice && it.is_open());
        let mut open: Vec<_> = open.cloned().collect();
        open.sort_by_key(|task| (task.opened_at, task.id));
        Ok(open)
    }

    async fn acknowledge_task(
        &self,
        practice: &OdsCode,
        task: TaskId,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut kept = self.lock();
        let mut tasks = kept.iter_mut();
        let open = tasks.find(|it| it.id == task && it.practice == *practice && it.is_open());
        let acknowledged =
            open.map(|it| it.acknowledged = Some(TaskAcknowledgement::new(at, by.clone())));
        Ok(acknowledged.is_some())
    }
}
