//! `emis audit`: verification, anchors and export of audit logs.

use emis_partner::audit::{AnchorReport, FileAnchorStore, anchor_heads, check_anchors, export};
use emis_partner::store::RecordCheckReport;
use emis_partner::types::OdsCode;
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
            told(
                &check_anchors(audit, &FileAnchorStore::new(anchors)).await?,
                None,
            )
        }
        AuditCommand::Anchor { anchors } => {
            let now = workspace.clock().now();
            let report = anchor_heads(audit, &FileAnchorStore::new(anchors), now).await?;
            told(&report, None)
        }
        AuditCommand::Export { practice } => {
            let mut log = Vec::new();
            export(audit, &practice.into(), &mut log).await?;
            Ok(Output::text(String::from_utf8_lossy(&log)))
        }
    }
}

/// Reports the number of entries of each log, and each log that does not verify; the same of the
/// records, if they were checked.
pub(super) fn told(
    report: &AnchorReport,
    records: Option<&RecordCheckReport>,
) -> Result<Output, CliError> {
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
    let mut damaged = Vec::new();
    if let Some(records) = records {
        for it in &records.damaged {
            let practice = it.practice.as_ref().map_or("-", OdsCode::as_str);
            lines.push(format!(
                "{practice} {} {} changed past the store",
                it.table, it.records
            ));
            damaged.push(json!({ "practice": practice, "table": it.table, "records": it.records }));
        }
        lines.push(format!("{} records compared", records.checked));
    }
    let value = json!({
        "verified": verified,
        "failed": failed,
        "anchors_compared": report.compared,
        "records_compared": records.map(|records| records.checked),
        "records_damaged": damaged,
    });
    let is_good = report.is_good() && records.is_none_or(RecordCheckReport::is_good);
    let code = u8::from(!is_good);
    Ok(Output::new(lines.join("\n"), value)?.with_code(code))
}
