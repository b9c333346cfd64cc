//! `emis practices`: the practices that have settings.

use serde_json::json;

use crate::error::CliError;
use crate::output::Output;
use crate::workspace::Workspace;

pub(super) async fn list(workspace: &Workspace) -> Result<Output, CliError> {
    let settings = workspace.store.settings();
    let (mut lines, mut values) = (Vec::new(), Vec::new());
    for ods_code in settings.list().await? {
        // It may have been off-boarded since it was listed.
        let Some(practice) = settings.load(&ods_code).await? else {
            continue;
        };
        let mut line = format!("{ods_code} version {}", practice.version());
        if let Some(name) = practice.name() {
            line.push_str(&format!(" {name}"));
        }
        lines.push(line);
        values.push(json!({
            "ods_code": ods_code,
            "name": practice.name(),
            "version": practice.version(),
            "organisation_id": practice.organisation_id(),
            "api_user": practice.api_user().is_some(),
            "reminders": practice.reminders().enabled,
            "booking": practice.booking().enabled,
        }));
    }
    Output::new(lines.join("\n"), values)
}
