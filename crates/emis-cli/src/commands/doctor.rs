//! `emis doctor`: one diagnosis, or one of every practice.

use std::fs;
use std::io::{self, ErrorKind, IsTerminal};
use std::path::Path;

use emis_fleet::{Fleet, FleetProgress, FleetSummary};
use emis_partner::diagnostics::Style;
use serde_json::json;

use crate::arguments::{DoctorArguments, ReportFormat};
use crate::error::CliError;
use crate::output::{Output, ProgressLine};
use crate::workspace::Workspace;

pub(super) async fn run(
    workspace: &Workspace,
    arguments: DoctorArguments,
) -> Result<Output, CliError> {
    if arguments.all {
        return all(workspace, arguments.summary.as_deref()).await;
    }
    let practice = workspace.practice(arguments.practice)?;
    if let Some(simulation) = workspace.simulation() {
        simulation.use_product(&practice).await;
    }
    let diagnosis = practice.diagnosis().explain(&workspace.refused);
    let report = diagnosis.by(workspace.by.clone()).await?;
    let style = Style::of(
        io::stdout().is_terminal(),
        std::env::var_os("NO_COLOR").as_deref(),
    );
    let text = match arguments.format {
        ReportFormat::Markdown => report.markdown(),
        ReportFormat::Html => report.html(),
        ReportFormat::Text if arguments.verbose => report.support_text(style),
        ReportFormat::Text => report.text(style),
    };
    Ok(Output::new(text, &report)?.with_code(report.exit_code()))
}

/// Diagnoses every practice, groups them by cause, and compares with the summary of the last run.
/// Ctrl-C ends it early, with the results so far.
async fn all(workspace: &Workspace, file: Option<&Path>) -> Result<Output, CliError> {
    let before = file.map(read).transpose()?.flatten();
    let line = ProgressLine::new(workspace.json);
    let progress = |progress: FleetProgress<'_>| {
        line.show(&progress.to_string(), progress.done == progress.total);
    };
    let ctrl_c = async {
        // A system without signals has no Ctrl-C.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    let report = Fleet::new(workspace.partner()?)
        .diagnose(progress, ctrl_c)
        .await?;
    if let Some(file) = file {
        write(file, &report.summary(before.as_ref()))?;
    }
    let trend = before.map(|before| report.since(&before));
    let (mut text, mut code) = (report.to_string(), report.exit_code());
    if let Some(trend) = &trend {
        text = format!("{}\n{trend}", text.trim_end());
        code = trend.exit_code();
    }
    Ok(Output::new(text, json!({ "report": report, "trend": trend }))?.with_code(code))
}

/// Reads the summary file, if there is one.
fn read(file: &Path) -> Result<Option<FleetSummary>, CliError> {
    match fs::read_to_string(file) {
        Ok(json) => {
            let summary = FleetSummary::from_json(&json);
            Ok(Some(summary.map_err(|error| CliError::file(file, &error))?))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CliError::file(file, &error)),
    }
}

/// Writes the summary file completely or not at all.
fn write(file: &Path, summary: &FleetSummary) -> Result<(), CliError> {
    let new = file.with_extension("new");
    fs::write(&new, summary.to_json())
        .and_then(|()| fs::rename(&new, file))
        .map_err(|error| CliError::file(file, &error))
}
