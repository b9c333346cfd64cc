//! `emis jobs`: the jobs of the workers.

use emis_fleet::jobs::JobEngine;
use serde_json::json;

use crate::arguments::{Arguments, JobsCommand};
use crate::config::Config;
use crate::error::CliError;
use crate::output::Output;
use crate::store::open_jobs;

pub(super) async fn run(arguments: &Arguments, command: &JobsCommand) -> Result<Output, CliError> {
    if arguments.simulate.is_some() || arguments.scenario.is_some() {
        return Err(CliError::new("simulated practices have no jobs to list"));
    }
    let engine = open_jobs(&Config::read(arguments)?.jobs()?).await?;
    let output = run_on(&engine, command).await;
    engine.close().await;
    output
}

async fn run_on(engine: &JobEngine, command: &JobsCommand) -> Result<Output, CliError> {
    match command {
        JobsCommand::List { practice: None } => {
            let counts = engine.counts().await?;
            let line = |(kind, it): (&_, &emis_fleet::jobs::JobCounts)| {
                let (waiting, running, done) = (it.waiting, it.running, it.done);
                let (failed, dead, age) = (it.failed, it.dead, it.oldest_age_seconds);
                format!(
                    "{kind}: {waiting} waiting (oldest {age} s), {running} running, {done} done, \
                     {failed} failed, {dead} dead"
                )
            };
            let lines: Vec<_> = counts.iter().map(line).collect();
            Output::new(lines.join("\n"), &counts)
        }
        JobsCommand::List { practice } => {
            let jobs = engine.jobs(practice.as_ref()).await?;
            let lines = jobs.iter().map(|job| {
                let (kind, state, at) = (&job.kind, &job.state, job.run_at);
                format!("{kind} {state} at {at}, attempts: {}", job.attempts)
            });
            let lines: Vec<_> = lines.collect();
            Output::new(lines.join("\n"), &jobs)
        }
        JobsCommand::Dead => {
            let dead = engine.dead_letters().await?;
            let lines = dead.iter().map(|it| {
                let (kind, subject, reason) = (&it.kind, &it.subject, &it.reason);
                let (times, first, last) = (it.times, it.first_at, it.last_at);
                format!("{kind} {subject}: {reason}, {times} times from {first} to {last}")
            });
            let lines: Vec<_> = lines.collect();
            let code = u8::from(!dead.is_empty());
            Ok(Output::new(lines.join("\n"), &dead)?.with_code(code))
        }
        JobsCommand::Retry { kind, practice } => {
            if kind.is_per_practice() != practice.is_some() {
                let of_practice = "name the practice: this is work of one practice";
                let of_product = "name no practice: this is work of the whole product";
                return Err(CliError::new(if practice.is_some() {
                    of_product
                } else {
                    of_practice
                }));
            }
            if !engine.run_now(*kind, practice.clone()).await? {
                return Err(CliError::new("the job is running already"));
            }
            let subject = practice.as_ref().map_or("product", |it| it.as_str());
            let text = format!("{kind} {subject} is enqueued");
            Output::new(text, json!({ "kind": kind, "subject": subject }))
        }
    }
}
