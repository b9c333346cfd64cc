//! For a terminal, a log or a plain email.

use std::ffi::OsStr;
use std::fmt::{self, Write as _};

use super::{IN_THE_WAY, uk_time};
use crate::certainty::Certainty;
use crate::finding::Finding;
use crate::guides::Guide;
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
        for last in &self.last_calls {
            let at = |moment: Option<_>| moment.map_or_else(|| "never".to_owned(), uk_time);
            let _ = write!(
                text,
                "  {}: last worked {}",
                last.capability,
                at(last.worked_at)
            );
            if last.failed_at.is_some() {
                let _ = write!(text, ", last failed {}", at(last.failed_at));
            }
            text.push('\n');
        }
        for finding in &self.findings {
            text.push('\n');
            text.push_str(&finding.text(style));
        }
        if !self.obstacles.is_empty() {
            let title = style.paint(BOLD, IN_THE_WAY);
            let _ = writeln!(text, "\n{title}");
        }
        for obstacle in &self.obstacles {
            obstacle_text(&mut text, obstacle, style);
        }
        text
    }
}

impl Finding {
    /// The finding as text.
    pub fn text(&self, style: Style) -> String {
        let colour = match self.certainty {
            Certainty::Certain => RED,
            Certainty::Likely => YELLOW,
            Certainty::Possible => DIM,
        };
        let mut text = format!(
            "{} ({}, {})\n{}\nTo be done by {}.\nSeen:\n",
            style.paint(BOLD, &self.title),
            self.cause,
            style.paint(colour, &self.certainty.to_string()),
            self.explanation,
            self.actor,
        );
        for sentence in &self.evidence {
            let _ = writeln!(text, "  - {sentence}");
        }
        if !self.indistinguishable_from.is_empty() {
            let codes = self.indistinguishable_from.iter().map(|cause| cause.code());
            let codes: Vec<_> = codes.collect();
            let _ = writeln!(text, "Looks the same from here: {}.", codes.join(", "));
        }
        text.push_str("Steps:\n");
        numbered(&mut text, &self.steps, style);
        let _ = writeln!(text, "Mended? {}", self.mended);
        text
    }
}

fn obstacle_text(text: &mut String, obstacle: &Obstacle, style: Style) {
    let _ = writeln!(
        text,
        "{} ({})\n{}\nTo be done by {}.",
        style.paint(BOLD, &obstacle.title),
        obstacle.cause,
        obstacle.explanation,
        obstacle.actor,
    );
    numbered(text, &obstacle.steps, style);
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
            numbered(&mut text, part.steps.iter().map(|it| &it.step), style);
        }
        text
    }
}

/// Numbers steps from 1; menus, action and what is seen then each on a line of their own.
fn numbered<'a>(text: &mut String, steps: impl IntoIterator<Item = &'a Step>, style: Style) {
    for (number, step) in (1..).zip(steps) {
        let _ = write!(text, "{number:>3}. ");
        if !step.path.is_empty() {
            let _ = writeln!(text, "{}:", style.paint(DIM, &step.path.join(" > ")));
            text.push_str("     ");
        }
        let _ = writeln!(text, "{}\n     -> {}", step.action, step.expected);
        if let Some(cause) = step.otherwise {
            let _ = writeln!(text, "     If not: {}, {cause}.", cause.short());
        }
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
