//! `emis reminders`: who would be reminded.

use emis_partner::reminders::{DryRun, PlannedMessage, SuppressedReminder};
use emis_partner::types::Clock;

use crate::arguments::RemindersCommand;
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::Workspace;

pub(super) async fn run(
    workspace: &Workspace,
    command: RemindersCommand,
) -> Result<Output, CliError> {
    let now = workspace.clock().now();
    let (practice, at, each) = match command {
        RemindersCommand::Plan { practice, at } => (practice, at.unwrap_or(now), true),
        RemindersCommand::Run { practice, .. } => (practice, now, false),
    };
    let practice = workspace.practice(Some(practice))?;
    let plan = practice.reminders().plan(at).await?;
    let mut lines = vec![plan.to_string()];
    if each {
        lines.extend(details(&plan));
    }
    Output::new(lines.join("\n"), plan)
}

/// Returns a line for each message and for each appointment without one.
fn details(plan: &DryRun) -> impl Iterator<Item = String> {
    let message = |message: &PlannedMessage| {
        let appointments = message.appointments.iter();
        let appointments: Vec<_> = appointments
            .map(|it| format!("slot {} patient {} at {}", it.slot, it.patient, it.start))
            .collect();
        let channel = message.channel.map_or("unknown", |it| it.as_str());
        format!("{channel}: {}", appointments.join(", "))
    };
    let without = |suppressed: &SuppressedReminder| {
        let it = &suppressed.appointment;
        let until = suppressed.waits_until;
        let until = until.map(|until| format!(", waits until {until}"));
        let (slot, patient, reason) = (it.slot, it.patient, suppressed.reason);
        let until = until.unwrap_or_default();
        format!(
            "none: slot {slot} patient {patient}: {}{until}",
            reason.code()
        )
    };
    let messages = plan.due.iter().map(message);
    messages.chain(plan.suppressed.iter().map(without))
}
