//! `emis keys`: the keys that API users are sealed with.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use emis_partner::credentials::SealingIdentity;
use emis_partner::secrecy::ExposeSecret;
use emis_partner::settings::{practices_needing, reseal_api_users};
use emis_partner::types::report;
use serde_json::json;

use crate::arguments::KeysCommand;
use crate::error::CliError;
use crate::output::Output;
use crate::store::with_store;
use crate::workspace::Workspace;

pub(super) async fn run(workspace: &Workspace, command: KeysCommand) -> Result<Output, CliError> {
    match command {
        KeysCommand::New { file } => new(&file),
        KeysCommand::Rotate => rotate(workspace).await,
        KeysCommand::Needed => needed(workspace).await,
    }
}

/// Creates a key file that only its owner can read. Fails if the file exists.
pub(super) fn new(path: &Path) -> Result<Output, CliError> {
    let identity = SealingIdentity::generate();
    let recipient = identity.recipient();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || -> std::io::Result<()> {
        let mut file = options.open(path)?;
        writeln!(file, "# {} {recipient}", recipient.id())?;
        writeln!(file, "{}", identity.expose_secret().expose_secret())?;
        file.sync_all()
    };
    write().map_err(|error| CliError::file(path, &error))?;
    let text = format!("{}: key {} for {recipient}", path.display(), recipient.id());
    let value = json!({ "key": recipient.id().to_string(), "recipient": recipient.to_string() });
    Output::new(text, value)
}

/// Seals every API user to the first key. It can run at any time, and again.
async fn rotate(workspace: &Workspace) -> Result<Output, CliError> {
    let keys = workspace.keys()?;
    let (first, clock) = (keys.first_recipient(), workspace.clock());
    let report = with_store!(&workspace.store, store => {
        reseal_api_users(store.as_ref(), store.as_ref(), &keys, &first.into(), &clock).await
    })?;
    let (resealed, unchanged) = (report.resealed.len(), report.unchanged.len());
    let mut text = format!(
        "{resealed} sealed to key {}, {unchanged} unchanged",
        first.id()
    );
    let mut failed = Vec::new();
    for (practice, error) in &report.failed {
        text.push_str(&format!("\n{practice} {}", self::report(error)));
        failed.push(json!({ "practice": practice, "error": self::report(error) }));
    }
    let value = json!({ "resealed": resealed, "unchanged": unchanged, "failed": failed });
    let code = u8::from(!report.failed.is_empty());
    Ok(Output::new(text, value)?.with_code(code))
}

/// Lists the practices that need each key after the first.
async fn needed(workspace: &Workspace) -> Result<Output, CliError> {
    let keys = workspace.keys()?;
    let first = keys.first_recipient();
    let (mut lines, mut values, mut code) = (Vec::new(), Vec::new(), 0);
    for key in keys.iter().map(|key| key.recipient().id()) {
        if key == first.id() {
            continue;
        }
        let practices =
            practices_needing(workspace.store.settings(), key, &(&first).into()).await?;
        lines.push(format!(
            "key {key} is needed by {} practices",
            practices.len()
        ));
        lines.extend(practices.iter().map(|practice| format!("  {practice}")));
        code |= u8::from(!practices.is_empty());
        values.push(json!({ "key": key.to_string(), "needed_by": practices }));
    }
    Ok(Output::new(lines.join("\n"), values)?.with_code(code))
}
