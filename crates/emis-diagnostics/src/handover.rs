//! The handover of a report: an e-mail to the practice, and a ticket for support.

use emis_types::OdsCode;
use jiff::Timestamp;
use serde::Serialize;

use crate::cause::Cause;
use crate::evidence::uk_time;
use crate::language::phrases;
use crate::render::{Markdown, Style};
use crate::report::{CheckResult, Report};
use emis_types::ResponsibleParty;

/// An e-mail to the practice, to be read and sent by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EmailDraft {
    /// The subject, on one line.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// A ticket for support: codes, evidence and one line a check. Serialises to JSON and renders as
/// [Markdown](Self::markdown).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SupportTicket {
    /// The title, on one line.
    pub title: String,
    /// The practice.
    pub ods_code: OdsCode,
    /// The product.
    pub product: String,
    /// The party that must act; none if nothing was found.
    pub responsible: Option<ResponsibleParty>,
    /// The time of the diagnosis.
    pub checked_at: Timestamp,
    /// The time since which the first cause has been seen.
    pub since: Option<Timestamp>,
    /// The time of the last diagnosis that found nothing.
    pub last_healthy: Option<Timestamp>,
    /// The causes, most urgent first.
    pub causes: Vec<Cause>,
    /// The questions that tell the first cause from those that look the same.
    pub questions: Vec<String>,
    /// The evidence of all causes.
    pub evidence: Vec<String>,
    /// One line a check: its name and its result.
    pub checks: Vec<String>,
}

impl Report {
    /// Returns an e-mail to the practice with the steps.
    ///
    /// # Examples
    /// ```
    /// # use emis_diagnostics::Report;
    /// fn draft(report: &Report) -> String {
    ///     let email = report.email();
    ///     format!("Subject: {}\n\n{}", email.subject, email.body)
    /// }
    /// ```
    pub fn email(&self) -> EmailDraft {
        let language = self.language;
        let text = self.text(Style::Plain);
        let title = text.lines().next().unwrap_or_default();
        let values = [
            ("product", self.product.as_str()),
            ("text", text.trim_end()),
        ];
        EmailDraft {
            subject: format!("{}: {title}", self.ods_code),
            body: language.say(phrases::EMAIL, &values),
        }
    }

    /// Returns a ticket for support.
    pub fn ticket(&self) -> SupportTicket {
        let first = self.findings.first();
        let title = match first {
            Some(first) => format!("{} {}: {}", self.ods_code, first.cause, first.cause.short()),
            None if self.healthy => format!("{} is connected to EMIS", self.ods_code),
            None => format!("{} could not be checked completely", self.ods_code),
        };
        let mut evidence: Vec<String> = Vec::new();
        for sentence in self.findings.iter().flat_map(|it| &it.evidence) {
            if !evidence.contains(sentence) {
                evidence.push(sentence.clone());
            }
        }
        let check = |probe: String, result: CheckResult| format!("{probe}: {result}");
        let checks = self.checks.iter();
        SupportTicket {
            title,
            ods_code: self.ods_code.clone(),
            product: self.product.clone(),
            responsible: first.map(|it| it.actor),
            checked_at: self.checked_at,
            since: self.since,
            last_healthy: self.last_healthy,
            causes: self.findings.iter().map(|it| it.cause).collect(),
            questions: first.map_or_else(Vec::new, |first| first.questions.clone()),
            evidence,
            checks: checks
                .map(|it| check(it.probe.to_string(), it.result))
                .collect(),
        }
    }
}

impl SupportTicket {
    /// Returns the ticket as Markdown.
    pub fn markdown(&self) -> String {
        let mut lines = vec![format!("# {}", Markdown(&self.title)), String::new()];
        lines.push(format!("- Checked: {} UK time", uk_time(self.checked_at)));
        for (name, at) in [("Since", self.since), ("Last healthy", self.last_healthy)] {
            lines.extend(at.map(|at| format!("- {name}: {} UK time", uk_time(at))));
        }
        if let Some(responsible) = self.responsible {
            lines.push(format!("- Who needs to act: {responsible}"));
        }
        for (title, items) in [
            ("Evidence", &self.evidence),
            ("Questions", &self.questions),
            ("Checks", &self.checks),
        ] {
            if !items.is_empty() {
                lines.extend([String::new(), format!("## {title}"), String::new()]);
                lines.extend(items.iter().map(|it| format!("- {}", Markdown(it))));
            }
        }
        lines.push(String::new());
        lines.join("\n")
    }
}
