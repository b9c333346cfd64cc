//! Plain text, for a terminal, a log or an email.

use std::ffi::OsStr;
use std::fmt::{self, Write as _};

use super::advice::Advice;
use super::repetition::{Section, sections};
use super::{IN_THE_WAY, look_alikes, progress, uk_time};
use crate::certainty::Certainty;
use crate::finding::Finding;
use crate::guides::{Guide, GuideStep, Progress};
use crate::language::phrases;
use crate::obstacle::Obstacle;
use crate::report::{CheckResult, Report};
use crate::step::Step;

/// Plain or coloured text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Style {
    /// Without colours.
    #[default]
    Plain,
    /// With the colours that every terminal has. Colour never carries meaning alone.
    Colour,
}

impl Style {
    /// Returns the style for an output: colour for a terminal, unless the environment variable
    /// `NO_COLOR` is set and not empty.
    ///
    /// # Examples
    /// ```
    /// use std::io::IsTerminal;
    /// use emis_diagnostics::Style;
    ///
    /// let no_color = std::env::var_os("NO_COLOR");
    /// let style = Style::of(std::io::stdout().is_terminal(), no_color.as_deref());
    /// # let _ = style;
    /// ```
    pub fn of(is_terminal: bool, no_color: Option<&OsStr>) -> Self {
        if is_terminal && no_color.is_none_or(OsStr::is_empty) {
            Self::Colour
        } else {
            Self::Plain
        }
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

const BOLD: &str = "1";
const RED: &str = "1;31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const DIM: &str = "2";

impl Report {
    /// Returns the report for a practice: one cause, its steps, and where to stop.
    pub fn text(&self, style: Style) -> String {
        let advice = Advice::of(self);
        let mut text = format!("{}\n", style.paint(BOLD, &advice.title));
        for sentence in &advice.lead {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{sentence}");
        }
        if !advice.tasks.is_empty() {
            text.push('\n');
        }
        for (number, task) in (1..).zip(&advice.tasks) {
            let _ = write!(text, "{number}. ");
            if let Some(path) = &task.path {
                let _ = write!(text, "{}:", style.paint(DIM, path));
                if let Some(link) = &task.link {
                    let _ = write!(text, " {link}");
                }
                text.push_str("\n   ");
            }
            for (place, line) in task.lines.iter().enumerate() {
                let indent = if place == 0 { "" } else { "   " };
                let _ = writeln!(text, "{indent}{}", line.step);
                for branch in &line.branches {
                    let _ = writeln!(text, "   - {branch}");
                }
            }
        }
        if !advice.end.is_empty() {
            let _ = writeln!(text, "\n{}", advice.end.join("\n"));
        }
        if !advice.details.is_empty() {
            let label = self.language.text(phrases::DETAILS);
            let details = advice.details.join(" ");
            let _ = writeln!(text, "\n{} {details}", style.paint(DIM, label));
        }
        text
    }

    /// Returns the whole report for the product's support team: all findings and all checks.
    pub fn full_text(&self, style: Style) -> String {
        let verdict = if self.healthy {
            style.paint(GREEN, "healthy")
        } else {
            style.paint(RED, "not healthy")
        };
        let mut text = format!(
            "EMIS connection of {}, checked {} UK time: {verdict}\n",
            self.ods_code,
            uk_time(self.checked_at),
        );
        for section in sections(&self.findings) {
            text.push('\n');
            section_text(&mut text, &section, style);
        }
        if !self.obstacles.is_empty() {
            let title = style.paint(BOLD, IN_THE_WAY);
            let _ = writeln!(text, "\n{title}");
        }
        for obstacle in &self.obstacles {
            obstacle_text(&mut text, obstacle, style);
        }
        text.push_str("\nChecks:\n");
        for check in &self.checks {
            let colour = match check.result {
                CheckResult::Passed => GREEN,
                CheckResult::Failed => RED,
                _ => DIM,
            };
            let result = style.paint(colour, &check.result.to_string());
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {}: {result}", check.probe);
        }
        if !self.last_calls.is_empty() {
            text.push_str("\nWork with EMIS:\n");
        }
        for last in &self.last_calls {
            let worked = last
                .worked_at
                .map(|at| format!("last worked {}", uk_time(at)));
            let worked = worked.unwrap_or_else(|| "has not worked yet".to_owned());
            let _ = write!(text, "  {}: {worked}", last.capability);
            if let Some(failed_at) = last.failed_at {
                let _ = write!(text, ", last failed {}", uk_time(failed_at));
            }
            text.push('\n');
        }
        text
    }
}

impl Finding {
    /// Returns the finding as text.
    pub fn text(&self, style: Style) -> String {
        let mut text = String::new();
        section_text(&mut text, &Section::whole(self), style);
        text
    }
}

fn obstacle_text(text: &mut String, obstacle: &Obstacle, style: Style) {
    let _ = writeln!(
        text,
        "\n{} ({})\n{}\nWho needs to act: {}.\nSteps:",
        style.paint(BOLD, &obstacle.title),
        obstacle.cause,
        obstacle.explanation,
        obstacle.actor,
    );
    all_numbered(text, 1, &obstacle.steps, style);
}

fn section_text(text: &mut String, section: &Section<'_>, style: Style) {
    let finding = section.finding;
    let colour = match finding.certainty {
        Certainty::Certain => RED,
        Certainty::Likely => YELLOW,
        Certainty::Possible => DIM,
    };
    let _ = writeln!(
        text,
        "{} ({}, {})\n{}\nWho needs to act: {}.",
        style.paint(BOLD, &finding.title),
        finding.cause,
        style.paint(colour, &finding.certainty.to_string()),
        finding.explanation,
        finding.actor,
    );
    match section.seen_at {
        Some(cause) => {
            let _ = writeln!(text, "Evidence: as for {cause}.");
        }
        None => {
            text.push_str("Evidence:\n");
            for sentence in &finding.evidence {
                let _ = writeln!(text, "  - {sentence}");
            }
        }
    }
    if let Some(others) = look_alikes(finding, |cause| cause.to_string()) {
        let _ = writeln!(text, "These causes look the same: {others}.");
    }
    for question in &finding.questions {
        let _ = writeln!(text, "To tell: {question}");
    }
    text.push_str("Steps:\n");
    if let Some((shared, cause)) = section.begins_as {
        let _ = writeln!(text, "  1 to {shared}: the same as for {cause}.");
    }
    let (first, steps) = section.steps();
    all_numbered(text, first, steps, style);
    let _ = writeln!(text, "How you know it works: {}", finding.mended);
}

impl Guide {
    /// Returns the guide as text.
    pub fn text(&self, style: Style) -> String {
        let mut text = format!(
            "{}\n{}\n",
            style.paint(BOLD, &self.title),
            self.introduction
        );
        for part in &self.parts {
            let _ = writeln!(text, "\n{}", style.paint(BOLD, &part.title));
            let mut place = None;
            for (number, item) in (1..).zip(&part.steps) {
                numbered(&mut text, number, tick(item), &item.step, &mut place, style);
                if let Some(progress) = progress(item) {
                    let _ = writeln!(text, "     {progress}");
                }
            }
        }
        text
    }
}

/// Returns a tick box, ticked if a report has shown that the step is done.
fn tick(item: &GuideStep) -> &'static str {
    match item.progress {
        Progress::Done => "[x] ",
        Progress::Open | Progress::Unknown => "[ ] ",
    }
}

fn all_numbered<'a>(
    text: &mut String,
    first: usize,
    steps: impl IntoIterator<Item = &'a Step>,
    style: Style,
) {
    let mut place = None;
    for (number, step) in (first..).zip(steps) {
        numbered(text, number, "", step, &mut place, style);
    }
}

/// Writes a numbered step: the place if it has changed, the action, and the expected result.
fn numbered(
    text: &mut String,
    number: usize,
    mark: &str,
    step: &Step,
    place: &mut Option<String>,
    style: Style,
) {
    let lead = step.lead();
    if let Some(lead) = lead.as_ref().filter(|_| lead != *place) {
        let _ = writeln!(text, "  {}:", style.paint(DIM, lead));
    }
    *place = lead;
    let _ = writeln!(text, "{number:>3}. {mark}{}", step.action);
    let _ = writeln!(text, "     -> {}", step.expected);
    for branch in &step.branches {
        let _ = writeln!(text, "     {}: {}", branch.seen, branch.action);
    }
    if let Some(cause) = step.otherwise {
        let _ = writeln!(text, "     If not: {}, {cause}.", cause.short());
    }
}

/// Writes the text for a practice.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Style::Plain))
    }
}

/// Writes plain text.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Style::Plain))
    }
}

/// Writes plain text.
impl fmt::Display for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Style::Plain))
    }
}
