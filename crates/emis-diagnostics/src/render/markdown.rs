//! For a ticket or a chat.

use std::fmt::Write as _;

use super::escape::Markdown;
use super::{IN_THE_WAY, capitalised, uk_time};
use crate::finding::Finding;
use crate::guides::{Guide, Progress};
use crate::report::{CheckResult, Report};
use crate::step::Step;

// Writing to a string cannot fail.

impl Report {
    /// The report as Markdown.
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
        for finding in &self.findings {
            text.push('\n');
            text.push_str(&finding.markdown());
        }
        if !self.obstacles.is_empty() {
            let _ = writeln!(text, "\n## {IN_THE_WAY}");
        }
        for obstacle in &self.obstacles {
            let _ = writeln!(
                text,
                "\n### {}\n\n**{}**. To be done by **{}**.\n\n{}\n",
                Markdown(&obstacle.title),
                obstacle.cause,
                obstacle.actor,
                Markdown(&obstacle.explanation),
            );
            numbered(&mut text, &obstacle.steps);
        }
        text.push_str("\n## What was checked\n\n| Check | Result |\n|---|---|\n");
        for check in &self.checks {
            let mark = match check.result {
                CheckResult::Failed => "**no**".to_owned(),
                other => other.to_string(),
            };
            let _ = writeln!(text, "| {} | {mark} |", Markdown(check.probe));
        }
        if !self.last_calls.is_empty() {
            text.push_str("\n## The product's own calls\n\n");
            text.push_str("| Calls for | Last worked | Last failed |\n|---|---|---|\n");
            for last in &self.last_calls {
                let at = |moment: Option<_>| moment.map_or_else(|| "–".to_owned(), uk_time);
                let (worked, failed) = (at(last.worked_at), at(last.failed_at));
                let _ = writeln!(text, "| {} | {worked} | {failed} |", last.capability);
            }
        }
        text
    }
}

impl Finding {
    /// The finding as Markdown, under a heading of the second level.
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "## {}\n\n**{}**, {}. To be done by **{}**.\n\n{}\n\nSeen:\n\n",
            Markdown(&self.title),
            self.cause,
            self.certainty,
            self.actor,
            Markdown(&self.explanation),
        );
        for sentence in &self.evidence {
            let _ = writeln!(text, "- {}", Markdown(sentence));
        }
        if !self.indistinguishable_from.is_empty() {
            let codes = self.indistinguishable_from.iter().map(|cause| cause.code());
            let codes: Vec<_> = codes.collect();
            let _ = writeln!(text, "\nLooks the same from here: {}.", codes.join(", "));
        }
        text.push_str("\nSteps:\n\n");
        numbered(&mut text, &self.steps);
        let mended = Markdown(&self.mended);
        let engineers = Markdown(&self.for_engineers);
        let _ = writeln!(text, "\nMended? {mended}\n\nFor engineers: {engineers}");
        text
    }
}

impl Guide {
    /// The guide as Markdown, with boxes to tick; those are ticked of which a report has shown
    /// that they are done.
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
                let _ = writeln!(text, "- [{tick}] {}", one_line(&item.step));
            }
        }
        text
    }
}

/// Steps, numbered from 1.
pub(crate) fn numbered<'a>(text: &mut String, steps: impl IntoIterator<Item = &'a Step>) {
    for (number, step) in (1..).zip(steps) {
        let _ = writeln!(text, "{number}. {}", one_line(step));
    }
}

/// A step on one line: where, what, what is seen then.
fn one_line(step: &Step) -> String {
    let mut text = String::new();
    if !step.path.is_empty() {
        let _ = write!(text, "*{}*: ", Markdown(step.path.join(" > ")));
    }
    let _ = write!(
        text,
        "{} {}",
        Markdown(&step.action),
        Markdown(capitalised(&step.expected))
    );
    if let Some(cause) = step.otherwise {
        let _ = write!(text, " If not: {}, {cause}.", Markdown(cause.short()));
    }
    text
}
