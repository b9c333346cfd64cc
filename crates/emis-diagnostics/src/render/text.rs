//! Plain text, for a terminal, a log or an email.

use std::ffi::OsStr;
use std::fmt::{self, Write as _};

use super::advice::Advice;
use super::{look_alikes, progress, uk_time};
use crate::certainty::Certainty;
use crate::finding::Finding;
use crate::guides::{Guide, GuideStep, Progress};
use crate::language::phrases;
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

    /// Returns the report for the product's support team: one line for each check, cause and kind
    /// of work. JSON holds everything.
    pub fn support_text(&self, style: Style) -> String {
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
        for check in &self.checks {
            let colour = match check.result {
                CheckResult::Passed => GREEN,
                CheckResult::Failed => RED,
                _ => DIM,
            };
            let result = style.paint(colour, &check.result.to_string());
            let _ = write!(text, "{}: {result}", check.probe);
            for sentence in &check.evidence {
                let _ = write!(text, ". {}", sentence.trim_end_matches('.'));
            }
            text.push('\n');
        }
        for finding in &self.findings {
            self.cause_line(&mut text, finding, style);
        }
        for last in &self.last_calls {
            let worked = match last.worked_at {
                Some(at) => format!("last worked {}", uk_time(at)),
                None => "has not worked yet".to_owned(),
            };
            let _ = write!(text, "{}: {worked}", last.capability);
            if let Some(failed_at) = last.failed_at {
                let _ = write!(text, ", last failed {}", uk_time(failed_at));
            }
            text.push('\n');
        }
        text
    }

    /// Writes a cause, with the evidence that no check holds.
    fn cause_line(&self, text: &mut String, finding: &Finding, style: Style) {
        let _ = write!(
            text,
            "{}, {}: {}",
            style.paint(BOLD, finding.cause.code()),
            style.paint(certainty_colour(finding), &finding.certainty.to_string()),
            finding.cause.short()
        );
        let known = |it: &&String| self.checks.iter().any(|check| check.evidence.contains(it));
        for sentence in finding.evidence.iter().filter(|it| !known(it)) {
            let _ = write!(text, ". {}", sentence.trim_end_matches('.'));
        }
        // The first question is of this cause, and its yes tells it from those that look the same.
        if let Some(question) = finding.questions.first() {
            let _ = write!(text, ". Ask: {question}");
        }
        text.push('\n');
    }
}

impl Finding {
    /// Returns the finding as text.
    pub fn text(&self, style: Style) -> String {
        let mut text = format!(
            "{} ({}, {})\n{}\nWho needs to act: {}.\nEvidence:\n",
            style.paint(BOLD, &self.title),
            self.cause,
            style.paint(certainty_colour(self), &self.certainty.to_string()),
            self.explanation,
            self.actor,
        );
        for sentence in &self.evidence {
            let _ = writeln!(text, "  - {sentence}");
        }
        if let Some(others) = look_alikes(self, |cause| cause.to_string()) {
            let _ = writeln!(text, "These causes look the same: {others}.");
        }
        for question in &self.questions {
            let _ = writeln!(text, "To tell: {question}");
        }
        text.push_str("Steps:\n");
        let mut place = None;
        for (number, step) in (1..).zip(&self.steps) {
            numbered(&mut text, number, "", step, &mut place, style);
        }
        let _ = writeln!(text, "How you know it works: {}", self.mended);
        text
    }
}

fn certainty_colour(finding: &Finding) -> &'static str {
    match finding.certainty {
        Certainty::Certain => RED,
        Certainty::Likely => YELLOW,
        Certainty::Possible => DIM,
    }
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
