//! For a terminal, a log or a plain email.

use std::ffi::OsStr;
use std::fmt::{self, Write as _};

use super::told::{Told, told};
use super::{IN_THE_WAY, look_alikes, progress, uk_time};
use crate::certainty::Certainty;
use crate::finding::Finding;
use crate::guides::{Guide, GuideStep, Progress};
use crate::obstacle::Obstacle;
use crate::report::{CheckResult, Report};
use crate::step::Step;

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Style {
    /// Words only.
    #[default]
    Plain,
    /// With the colours that every terminal has. No meaning is in the colour alone.
    Colour,
}

impl Style {
    /// What suits an output: colour where it is a terminal and the environment variable
    /// `NO_COLOR` is not set, or empty.
    ///
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
    /// The report as text.
    pub fn text(&self, style: Style) -> String {
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
        for told in told(&self.findings) {
            text.push('\n');
            told_as_text(&mut text, &told, style);
        }
        if !self.obstacles.is_empty() {
            let title = style.paint(BOLD, IN_THE_WAY);
            let _ = writeln!(text, "\n{title}");
        }
        for obstacle in &self.obstacles {
            obstacle_text(&mut text, obstacle, style);
        }
        text.push_str("\nWhat was checked:\n");
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
            text.push_str("\nThe product's own calls:\n");
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
    /// The finding as text.
    pub fn text(&self, style: Style) -> String {
        let mut text = String::new();
        told_as_text(&mut text, &Told::whole(self), style);
        text
    }
}

fn obstacle_text(text: &mut String, obstacle: &Obstacle, style: Style) {
    let _ = writeln!(
        text,
        "\n{} ({})\n{}\nTo be done by {}.\nSteps:",
        style.paint(BOLD, &obstacle.title),
        obstacle.cause,
        obstacle.explanation,
        obstacle.actor,
    );
    all_numbered(text, 1, &obstacle.steps, style);
}

fn told_as_text(text: &mut String, told: &Told<'_>, style: Style) {
    let finding = told.finding;
    let colour = match finding.certainty {
        Certainty::Certain => RED,
        Certainty::Likely => YELLOW,
        Certainty::Possible => DIM,
    };
    let _ = writeln!(
        text,
        "{} ({}, {})\n{}\nTo be done by {}.",
        style.paint(BOLD, &finding.title),
        finding.cause,
        style.paint(colour, &finding.certainty.to_string()),
        finding.explanation,
        finding.actor,
    );
    match told.seen_at {
        Some(cause) => {
            let _ = writeln!(text, "Seen: the same as for {cause}.");
        }
        None => {
            text.push_str("Seen:\n");
            for sentence in &finding.evidence {
                let _ = writeln!(text, "  - {sentence}");
            }
        }
    }
    if let Some(others) = look_alikes(finding, |cause| cause.to_string()) {
        let _ = writeln!(text, "Looks the same from here: {others}.");
    }
    text.push_str("Steps:\n");
    if let Some((shared, cause)) = told.begins_as {
        let _ = writeln!(text, "  1 to {shared}: the same as for {cause}.");
    }
    let (first, steps) = told.steps();
    all_numbered(text, first, steps, style);
    let _ = writeln!(text, "Mended? {}", finding.mended);
}

impl Guide {
    /// The guide as text.
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

/// A box to tick, ticked where a report has shown that the step is done.
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

/// A step with its number and a mark: the menus, where they are others than before, the action,
/// and what is seen then each on a line of their own.
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
    if let Some(cause) = step.otherwise {
        let _ = writeln!(text, "     If not: {}, {cause}.", cause.short());
    }
}

/// Plain text.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Style::Plain))
    }
}

/// Plain text.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Style::Plain))
    }
}

/// Plain text.
impl fmt::Display for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Style::Plain))
    }
}
