//! Tasks for practices.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, Provenance};
use emis_messaging::{PracticeTask, TaskId, TaskStore};
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::chain_lock::ChainLock;
use super::handle::Store;
use crate::sql::tables::TASKS;
use crate::sql::{Fault, Row, Statement, Value, values};

const OPEN: (&str, &str) = ("open_tasks", "the tasks can't be opened");
const ACKNOWLEDGE: (&str, &str) = ("acknowledge_task", "the task can't be acknowledged");
const READ: (&str, &str) = ("read_tasks", "the tasks can't be read");

/// Returns the statements that open tasks, for the transaction that decides them. A task that was
/// opened before stays as it is.
pub(super) fn opening(tasks: &[PracticeTask]) -> Result<Vec<Statement>, Fault> {
    let statement = |task: &PracticeTask| {
        let none = None::<&str>;
        Ok(TASKS.insert_new(values![
            task.id.to_string(),
            &task.practice,
            task.kind.code(),
            task.subject.patient.map(|patient| patient.to_string()),
            Value::json(&task.subject)?,
            task.opened_at,
            none,
            none,
        ]))
    };
    tasks.iter().map(statement).collect()
}

#[async_trait]
impl<D> TaskStore for Store<D> {
    async fn open_tasks(&self, tasks: &[PracticeTask]) -> Result<(), StoreError> {
        let Some(first) = tasks.first() else {
            return Ok(());
        };
        self.run(OPEN, first.practice.as_str(), async {
            let mut write = self.database.write().await?;
            write.execute_all(opening(tasks)?).await?;
            write.commit().await
        })
        .await
    }

    async fn tasks(&self, practice: &OdsCode) -> Result<Vec<PracticeTask>, StoreError> {
        const OPEN: &str = "practice = $1 AND acknowledged_at IS NULL ORDER BY opened_at, id";
        self.run(READ, practice.as_str(), async {
            let rows = self.database.records(&TASKS, OPEN, values![practice]);
            rows.await?.iter().map(task).collect()
        })
        .await
    }

    async fn acknowledge_task(
        &self,
        practice: &OdsCode,
        task: TaskId,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        const ONE: &str = "id = $1 AND practice = $2";
        self.run(ACKNOWLEDGE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let values = values![task.to_string(), practice];
            let Some(row) = write.record(&TASKS, ONE, values).await? else {
                return Ok(false);
            };
            if row.optional_text(6)?.is_some() {
                return Ok(false);
            }
            let changes = vec![
                ("acknowledged_at", at.into()),
                ("acknowledged_by", Value::json(by)?),
            ];
            let event = AuditEvent::new(AuditEventKind::TASK_ACKNOWLEDGED, at, by.clone())
                .detail("task", task.to_string());
            let acknowledge = vec![TASKS.update(&row, changes)?];
            let done = lock.append_with(&mut write, &event, acknowledge).await? > 0;
            if done {
                write.commit().await?;
            }
            Ok(done)
        })
        .await
    }
}

fn task(row: &Row) -> Result<PracticeTask, Fault> {
    let (kind, subject) = (row.parsed(2)?, parsed(&row.text(4)?)?);
    let mut task = PracticeTask::new(row.parsed(1)?, kind, subject, row.parsed(5)?);
    task.id = row.parsed(0)?;
    Ok(task)
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::Damaged("a task can't be read"))
}
