//! `emis settings`: what a practice has set up.

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::sync::Arc;

use emis_partner::credentials::Recipients;
use emis_partner::secrecy::SecretString;
use emis_partner::settings::{Command, CommandReceipt, CommandRequest, Commands};
use emis_partner::types::OdsCode;

use crate::arguments::SettingsCommand;
use crate::error::CliError;
use crate::output::Output;
use crate::store::with_store;
use crate::workspace::Workspace;

/// Longer than any password; what is piped in may be a file that was not meant.
const LONGEST_PASSWORD: u64 = 4096;

pub(super) async fn run(
    workspace: &Workspace,
    command: SettingsCommand,
) -> Result<Output, CliError> {
    let (practice, command) = match command {
        SettingsCommand::Export { practice } => return export(workspace, &practice).await,
        SettingsCommand::Import { practice, file } => (practice, Command::Import(read(&file)?)),
        SettingsCommand::OrganisationId {
            practice,
            organisation_id,
        } => (practice, Command::UpdateOrganisationId(organisation_id)),
        SettingsCommand::ApiUser { practice, username } => {
            let password = password()?;
            (practice, Command::UpdateApiUser { username, password })
        }
        SettingsCommand::Name { practice, name } => (practice, Command::SetName(Some(name))),
    };
    let receipt = execute(workspace, &practice, command).await?;
    Output::new(told(&practice, &receipt), receipt)
}

async fn export(workspace: &Workspace, practice: &OdsCode) -> Result<Output, CliError> {
    let stored = workspace.store.settings().load(practice).await?;
    let stored = stored.ok_or_else(|| CliError::new(format!("{practice} has no settings")))?;
    Output::new(stored.to_toml(), &stored)
}

async fn execute(
    workspace: &Workspace,
    practice: &OdsCode,
    command: Command,
) -> Result<CommandReceipt, CliError> {
    let recipients: Recipients = match &command {
        Command::UpdateApiUser { .. } => workspace.keys()?.first_recipient().into(),
        // Nothing is sealed, so that no key needs to be at hand.
        _ => emis_partner::credentials::SealingIdentity::generate()
            .recipient()
            .into(),
    };
    let commands = with_store!(&workspace.store, store => {
        Commands::new(
            Arc::clone(store) as _,
            Arc::clone(store) as _,
            Arc::clone(store) as _,
            recipients,
            workspace.clock(),
        )
    });
    let request = CommandRequest::new(command, workspace.by.clone());
    let executed = commands.execute(practice, &request).await;
    executed.map_err(|refused| match refused.problems() {
        [] => CliError::new(refused.report()),
        problems => {
            let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
            CliError::new(texts.join("\n      "))
        }
    })
}

fn told(practice: &OdsCode, receipt: &CommandReceipt) -> String {
    format!("{practice} version {}", receipt.version)
}

fn read(file: &Path) -> Result<String, CliError> {
    if file == Path::new("-") {
        return Ok(io::read_to_string(io::stdin())?);
    }
    fs::read_to_string(file).map_err(|error| CliError::file(file, &error))
}

/// Reads the password from standard input, without the end of its line.
fn password() -> Result<SecretString, CliError> {
    if io::stdin().is_terminal() {
        let prompt = "Partner API password (EMAS Manager > Edit Users; it is shown as you type): ";
        write!(io::stderr().lock(), "{prompt}")?;
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        return without_end_of_line(line);
    }
    let mut text = String::new();
    io::stdin()
        .take(LONGEST_PASSWORD)
        .read_to_string(&mut text)?;
    without_end_of_line(text)
}

fn without_end_of_line(mut text: String) -> Result<SecretString, CliError> {
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    match text.is_empty() {
        true => Err(CliError::new("no password on standard input")),
        false => Ok(text.into()),
    }
}
