//! The summary of a report in a few lines.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use crate::dry_run::DryRun;
use crate::plan::SuppressedReminder;
use crate::report::RunReport;

impl Display for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(reason) = self.idle {
            return write!(f, "EMIS was not asked: {reason}");
        }
        write!(f, "reminders sent: {}", self.sent.len())?;
        line(f, "sent before", self.already_sent.len())?;
        line(f, "appointments without a reminder", self.suppressed.len())?;
        tally(f, self.suppressed.iter().map(|passed| passed.reason))?;
        line(f, "failed", self.failed.len())?;
        tally(f, self.failed.iter().map(|failed| failed.cause))?;
        if !self.in_flight.is_empty() {
            line(f, "being sent by another worker", self.in_flight.len())?;
        }
        line(f, "in doubt", self.in_doubt.len())?;
        if !self.settled.is_empty() {
            line(f, "doubts settled", self.settled.len())?;
        }
        line(
            f,
            "records that could not be read",
            self.skipped_records.len(),
        )?;
        for finding in &self.findings {
            write!(f, "\nfinding: {finding}")?;
        }
        match &self.halted {
            Some(error) => write!(f, "\nstopped: {}", error.report()),
            None => Ok(()),
        }
    }
}

impl Display for DryRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(reason) = self.idle {
            return write!(f, "EMIS was not asked: {reason}");
        }
        write!(f, "messages due: {}", self.due.len())?;
        line(f, "sent before", self.kept.len())?;
        line(f, "in doubt", self.unknown.len())?;
        let (waiting, without): (Vec<_>, Vec<_>) = self
            .suppressed
            .iter()
            .partition(|it| it.waits_until.is_some());
        line(f, "appointments that wait", waiting.len())?;
        tally(f, waiting.iter().map(|it: &&SuppressedReminder| it.reason))?;
        line(f, "appointments without a reminder", without.len())?;
        tally(f, without.iter().map(|it: &&SuppressedReminder| it.reason))
    }
}

fn line(f: &mut fmt::Formatter<'_>, what: &str, count: usize) -> fmt::Result {
    write!(f, "\n{what}: {count}")
}

/// Writes the count of each, in alphabetical order.
fn tally<T: Display>(f: &mut fmt::Formatter<'_>, given: impl Iterator<Item = T>) -> fmt::Result {
    let mut counts = BTreeMap::<String, usize>::new();
    for one in given {
        *counts.entry(one.to_string()).or_default() += 1;
    }
    for (what, count) in counts {
        write!(f, "\n  {count} x {what}")?;
    }
    Ok(())
}
