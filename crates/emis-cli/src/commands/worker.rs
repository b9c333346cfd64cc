//! `emis worker`: the recurring work of all practices.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use emis_fleet::jobs::{JobEngine, JobEvent, JobKind, Schedule, Worker};
use emis_partner::audit::FileAnchorStore;
use emis_partner::uuid::Uuid;
use serde_json::json;

use crate::arguments::WorkerArguments;
use crate::error::CliError;
use crate::output::{Output, complain};
use crate::workspace::Workspace;

/// Works until it is terminated. Prints a line for each run, and the counts at the end.
///
/// Only the product has a sender: at real practices, the kinds that send messages, or decide whether
/// one is sent again, are left out.
pub(super) async fn run(
    workspace: &Workspace,
    arguments: WorkerArguments,
) -> Result<Output, CliError> {
    let simulated = workspace.simulation().is_some();
    let mut schedule = Schedule::new();
    if !arguments.only.is_empty() {
        schedule = schedule.only(&arguments.only);
    }
    if arguments.at_any_hour || simulated {
        schedule = schedule.at_any_hour();
    }
    if !simulated {
        for kind in JobKind::ALL.into_iter().filter(|kind| kind.needs_sender()) {
            if arguments.only.contains(&kind) {
                return Err(CliError::new(format!(
                    "{kind}: only the product has a sender of messages; embed emis-fleet in it"
                )));
            }
            schedule = schedule.without(kind);
        }
    }
    let kinds: Vec<_> = schedule.kinds().map(JobKind::code).collect();
    let temporary = simulated.then(TemporaryFile::new);
    let engine = match &temporary {
        Some(file) => JobEngine::sqlite(&file.0).await?,
        None => workspace.jobs().await?,
    };
    let counts: Arc<Mutex<BTreeMap<_, u64>>> = Arc::default();
    let (counted, json) = (Arc::clone(&counts), workspace.json);
    let mut worker = Worker::new(engine.clone(), workspace.partner()?)
        .schedule(schedule)
        .concurrency(arguments.concurrency.into())
        .on_event(move |event| {
            tell(event, json);
            let mut counts = counted.lock().unwrap_or_else(PoisonError::into_inner);
            let key = (event.kind.code(), event.outcome.code());
            *counts.entry(key).or_default() += 1;
        });
    if let Some(anchors) = arguments.anchors {
        worker = worker.anchors(Arc::new(FileAnchorStore::new(anchors)));
    }
    complain(&format!("working on {}", kinds.join(", ")));
    let worked = worker.run(terminated()).await;
    engine.close().await;
    worked?;
    let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = counts
        .iter()
        .map(|((kind, outcome), runs)| format!("{kind}: {runs} {outcome}"));
    let lines: Vec<_> = lines.collect();
    let mut value = serde_json::Map::new();
    for ((kind, outcome), runs) in counts.iter() {
        let of_kind = value.entry(*kind).or_insert_with(|| json!({}));
        if let Some(of_kind) = of_kind.as_object_mut() {
            of_kind.insert((*outcome).to_owned(), json!(runs));
        }
    }
    Output::new(lines.join("\n"), value)
}

/// Prints a run that has ended. A closed standard output ends no work.
fn tell(event: &JobEvent, json: bool) {
    let subject = event.practice.as_ref().map_or("product", |it| it.as_str());
    let (kind, outcome) = (event.kind.code(), event.outcome.code());
    let (attempt, trace) = (event.attempt, &event.trace);
    let mut out = std::io::stdout().lock();
    let _ = if json {
        let run = json!({
            "kind": kind, "subject": subject, "outcome": outcome, "attempt": attempt,
            "trace": trace,
        });
        writeln!(out, "{run}")
    } else {
        writeln!(
            out,
            "{kind} {subject} {outcome}, attempt {attempt}, trace {trace}"
        )
    };
}

/// Completes when the process is asked to end.
async fn terminated() {
    let interrupted = async {
        // A system without signals has no Ctrl-C.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                () = interrupted => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    interrupted.await;
}

/// The jobs of simulated practices, removed at the end.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new() -> Self {
        let name = format!("emis-jobs-{}", Uuid::new_v4().simple());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm"] {
            let mut file = self.0.clone().into_os_string();
            file.push(ending);
            // SQLite may have removed it already.
            let _ = std::fs::remove_file(file);
        }
    }
}
