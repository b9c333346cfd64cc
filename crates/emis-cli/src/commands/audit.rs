//! `emis audit`: verification, anchors and export of audit logs.

use emis_partner::audit::{AnchorReport, FileAnchorStore, anchor_heads, check_anchors, export};
use serde_json::json;

use crate::arguments::AuditCommand;
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::Workspace;

pub(super) async fn run(workspace: &Workspace, command: AuditCommand) -> Result<Output, CliError> {
    let audit = workspace.store.audit();
    match command {
        AuditCommand::Verify { anchors } => {
            // Without a file nothing was noted.
            let anchors = anchors.unwrap_or_else(|| "/dev/null".into());
            told(&check_anchors(audit, &FileAnchorStore::new(anchors)).await?)
        }
        AuditCommand::Anchor { anchors } => {
            let now = workspace.clock().now();
            told(&anchor_heads(audit, &FileAnchorStore::new(anchors), now).await?)
        }
        AuditCommand::Export { practice } => {
            let mut log = Vec::new();
            export(audit, &practice.into(), &mut log).await?;
            Ok(Output::text(String::from_utf8_lossy(&log)))
        }
    }
}

/// Reports the number of entries of each log, and each log that does not verify.
pub(super) fn told(report: &AnchorReport) -> Result<Output, CliError> {
    let mut lines = Vec::new();
    let (mut verified, mut failed) = (Vec::new(), Vec::new());
    for (log, it) in &report.verified {
        lines.push(format!("{log} {} entries", it.entries));
        verified.push(json!({ "log": log.to_string(), "entries": it.entries }));
    }
    for (log, error) in &report.failed {
        lines.push(format!("{log} {}", error.report()));
        failed.push(json!({ "log": log.to_string(), "error": error.report() }));
    }
    lines.push(format!("{} anchors compared", report.compared));
    let value =
        json!({ "verified": verified, "failed": failed, "anchors_compared": report.compared });
    let code = u8::from(!report.failed.is_empty());
    Ok(Output::new(lines.join("\n"), value)?.with_code(code))
}
