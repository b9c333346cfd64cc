//! Tasks for a practice.

use emis_messaging::{PracticeTask, TaskId, TaskKind, TaskSubject};
use emis_types::{Clock, uk};

use crate::{Action, Error, Practice};

/// The tasks of a practice: [`Practice::tasks`].
#[derive(Debug, Clone, Copy)]
pub struct TaskApi<'a>(pub(crate) &'a Practice);

impl Practice {
    /// Returns the operations of the practice's tasks: what a person there must deal with.
    pub fn tasks(&self) -> TaskApi<'_> {
        TaskApi(self)
    }
}

impl<'a> TaskApi<'a> {
    /// Returns the open tasks, oldest first. A task stays until it is
    /// [acknowledged](Self::acknowledge).
    ///
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// for task in practice.tasks().open().await? {
    ///     println!("{}: {}", task.opened_at, task.kind.sentence());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the store fails.
    pub async fn open(self) -> Result<Vec<PracticeTask>, Error> {
        let Practice { parts, ods_code } = self.0;
        Ok(parts.tasks.tasks(ods_code).await?)
    }

    /// Opens a [`WorkFailing`](TaskKind::WorkFailing) task: recurring work for the practice failed
    /// and its retries are used up. `cause` is a stable code of the work, such as `reminders`. One
    /// task is opened for a cause and day, however often it is told.
    ///
    /// # Errors
    /// If the store fails.
    ///
    /// # Cancel safety
    /// Safe to drop: the task is opened or not.
    pub async fn open_work_failing(self, cause: &str) -> Result<(), Error> {
        let Practice { parts, ods_code } = self.0;
        let (kind, now) = (TaskKind::WorkFailing, parts.clock.now());
        let mut subject = TaskSubject::default();
        subject.cause = Some(cause.to_owned());
        let mut task = PracticeTask::new(ods_code.clone(), kind, subject, now);
        let day = uk::at(now).date().to_string();
        task.id = TaskId::derive([ods_code.as_str(), kind.code(), cause, &day]);
        Ok(parts.tasks.open_tasks(&[task]).await?)
    }

    /// Acknowledges a task. Returns `false` if the practice has no such open task.
    ///
    /// # Errors
    /// If the store fails.
    ///
    /// # Cancel safety
    /// Safe to drop: the task is acknowledged, with its event, or stays open.
    pub fn acknowledge(self, task: TaskId) -> Action<'a, bool> {
        let Practice { parts, ods_code } = self.0;
        Action::new(async move |author| {
            let now = parts.clock.now();
            let done = parts.tasks.acknowledge_task(ods_code, task, &author, now);
            Ok(done.await?)
        })
    }
}
