//! Markdown, for a ticket or a chat.

use std::fmt::Write as _;

use super::escape::Markdown;
use super::repetition::{Section, sections};
use super::{IN_THE_WAY, capitalised, look_alikes, progress, uk_time, uk_time_or};
use crate::finding::Finding;
use crate::guides::{Guide, Progress};
use crate::report::{CheckResult, Report};
use crate::step::Step;

// Writing to a string cannot fail.

impl Report {
    /// Returns the report as Markdown.
    pub fn markdown(&self) -> String {
        let verdict = if self.healthy {
            "healthy"
        } else {
            "not healthy"
        };
        let mut text = format!(
            "# EMIS connection of {}: {verdict}\n\nChecked {} UK time.\n",
            self.ods_code,
            uk_time(self.checked_at),
        );
        for section in sections(&self.findings) {
            text.push('\n');
            section_markdown(&mut text, &section);
        }
        if !self.obstacles.is_empty() {
            let _ = writeln!(text, "\n## {IN_THE_WAY}");
        }
        for obstacle in &self.obstacles {
            let _ = writeln!(
                text,
                "\n### {}\n\n**{}**. Who needs to act: **{}**.\n\n{}\n",
                Markdown(&obstacle.title),
                obstacle.cause,
                obstacle.actor,
                Markdown(&obstacle.explanation),
            );
            numbered(&mut text, 1, &obstacle.steps);
        }
        text.push_str("\n## Checks\n\n| Check | Result |\n|---|---|\n");
        for check in &self.checks {
            let mark = match check.result {
                CheckResult::Failed => "**no**".to_owned(),
                other => other.to_string(),
            };
            let _ = writeln!(text, "| {} | {mark} |", Markdown(check.probe));
        }
        if !self.last_calls.is_empty() {
            text.push_str("\n## Work with EMIS\n\n");
            text.push_str("| Calls for | Last worked | Last failed |\n|---|---|---|\n");
            for last in &self.last_calls {
                let worked = uk_time_or(last.worked_at, "–");
                let failed = uk_time_or(last.failed_at, "–");
                let _ = writeln!(text, "| {} | {worked} | {failed} |", last.capability);
            }
        }
        text
    }
}

impl Finding {
    /// Returns the finding as Markdown, under a second-level heading.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        section_markdown(&mut text, &Section::whole(self));
        text
    }
}

fn section_markdown(text: &mut String, section: &Section<'_>) {
    let finding = section.finding;
    let _ = writeln!(
        text,
        "## {}\n\n**{}**, {}. Who needs to act: **{}**.\n\n{}\n",
        Markdown(&finding.title),
        finding.cause,
        finding.certainty,
        finding.actor,
        Markdown(&finding.explanation),
    );
    match section.seen_at {
        Some(cause) => {
            let _ = writeln!(text, "Evidence: as for {cause}.");
        }
        None => {
            text.push_str("Evidence:\n\n");
            for sentence in &finding.evidence {
                let _ = writeln!(text, "- {}", Markdown(sentence));
            }
        }
    }
    if let Some(others) = look_alikes(finding, |cause| cause.to_string()) {
        let _ = writeln!(text, "\nThese causes look the same: {}.", Markdown(others));
    }
    for question in &finding.questions {
        let _ = writeln!(text, "\nTo tell: {}", Markdown(question));
    }
    if let Some((shared, cause)) = section.begins_as {
        let _ = writeln!(
            text,
            "\nSteps 1 to {shared}: the same as for {cause}. Then:\n"
        );
    } else {
        text.push_str("\nSteps:\n\n");
    }
    let (first, steps) = section.steps();
    numbered(text, first, steps);
    let mended = Markdown(&finding.mended);
    let engineers = Markdown(&finding.for_engineers);
    let _ = writeln!(
        text,
        "\nHow you know it works: {mended}\n\nFor engineers: {engineers}"
    );
}

impl Guide {
    /// Returns the guide as Markdown with tick boxes. Steps that a report shows as done are ticked.
    pub fn markdown(&self) -> String {
        let title = Markdown(&self.title);
        let mut text = format!("# {title}\n\n{}\n", Markdown(&self.introduction));
        for part in &self.parts {
            let _ = writeln!(text, "\n## {}\n", Markdown(&part.title));
            for item in &part.steps {
                let tick = if item.progress == Progress::Done {
                    "x"
                } else {
                    " "
                };
                let _ = write!(text, "- [{tick}] {}", one_line(&item.step));
                if let Some(progress) = progress(item) {
                    let _ = write!(text, " *{}*", Markdown(progress));
                }
                text.push('\n');
            }
        }
        text
    }
}

/// Writes numbered steps.
pub(crate) fn numbered<'a>(
    text: &mut String,
    first: usize,
    steps: impl IntoIterator<Item = &'a Step>,
) {
    for (number, step) in (first..).zip(steps) {
        let _ = writeln!(text, "{number}. {}", one_line(step));
    }
}

/// Returns a step on one line: place, action, expected result.
fn one_line(step: &Step) -> String {
    let mut text = String::new();
    if let Some(lead) = step.lead() {
        let _ = write!(text, "*{}*: ", Markdown(lead));
    }
    let _ = write!(
        text,
        "{} {}",
        Markdown(&step.action),
        Markdown(capitalised(&step.expected))
    );
    for branch in &step.branches {
        let _ = write!(
            text,
            " {}: {}",
            Markdown(&branch.seen),
            Markdown(&branch.action)
        );
    }
    if let Some(cause) = step.otherwise {
        let _ = write!(text, " If not: {}, {cause}.", Markdown(cause.short()));
    }
    text
}
