//! The commands, one module each.

mod audit;
mod bench;
mod bench_worker;
mod bookings;
mod doctor;
mod jobs;
mod keys;
mod messages;
mod practices;
mod reminders;
mod settings;
mod store;
mod worker;

use clap::CommandFactory;

use crate::arguments::{Arguments, BenchCommand, Command, KeysCommand, StoreCommand};
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::Workspace;

/// Carries out a command.
pub(crate) async fn run(arguments: Arguments) -> Result<Output, CliError> {
    match &arguments.command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "emis", &mut script);
            return Ok(Output::text(String::from_utf8_lossy(&script)));
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            return Ok(Output::text(String::from_utf8_lossy(&page)));
        }
        Command::Keys(KeysCommand::New { file }) => return keys::new(file),
        Command::Store(StoreCommand::Restore { backup }) => {
            return store::restore(&arguments, backup).await;
        }
        Command::Jobs(command) => return jobs::run(&arguments, command).await,
        Command::Bench(BenchCommand::Fleet(bench)) => return bench::run(&arguments, bench).await,
        Command::Bench(BenchCommand::Worker) => return bench_worker::run().await,
        _ => {}
    }
    let workspace = Workspace::open(&arguments).await?;
    let output = run_in(&workspace, arguments.command).await;
    workspace.store.close().await;
    output
}

async fn run_in(workspace: &Workspace, command: Command) -> Result<Output, CliError> {
    match command {
        Command::Doctor(arguments) => doctor::run(workspace, arguments).await,
        Command::Practices => practices::list(workspace).await,
        Command::Settings(command) => settings::run(workspace, command).await,
        Command::Bookings(command) => bookings::run(workspace, command).await,
        Command::Reminders(command) => reminders::run(workspace, command).await,
        Command::Messages(command) => messages::run(workspace, command).await,
        Command::Audit(command) => audit::run(workspace, command).await,
        Command::Store(command) => store::run(workspace, command).await,
        Command::Keys(command) => keys::run(workspace, command).await,
        Command::Worker(arguments) => worker::run(workspace, arguments).await,
        // Done before anything was opened.
        Command::Completions { .. } | Command::Man | Command::Jobs(_) | Command::Bench(_) => {
            Ok(Output::text(""))
        }
    }
}
