//! The report as a practice reads it: one cause, a few steps, and where to stop.

use emis_types::ResponsibleParty;

use super::uk_time;
use crate::capability::Capability;
use crate::cause::Cause;
use crate::finding::Finding;
use crate::report::Report;
use crate::step::{Control, Place, Step};

/// The parts of a report for a practice, as sentences.
pub(super) struct Advice {
    pub(super) title: String,
    pub(super) lead: Vec<String>,
    pub(super) tasks: Vec<Task>,
    pub(super) end: Vec<String>,
}

/// Steps that follow each other in one place.
pub(super) struct Task {
    /// The menus that lead there.
    pub(super) path: Option<String>,
    pub(super) sentences: Vec<String>,
    /// The causes to look up if the reader cannot go on.
    pub(super) otherwise: Vec<Cause>,
}

/// The number of menus that two places share if they are one place to a reader.
const SHARED_MENUS: usize = 4;
/// The number of steps that a reader makes in a minute.
const STEPS_A_MINUTE: usize = 3;

impl Advice {
    pub(super) fn of(report: &Report) -> Self {
        let checked = format!("Checked on {} UK time.", uk_time(report.checked_at));
        let Some(finding) = report.findings.first() else {
            let (title, sentence) = match report.healthy {
                true => ("EMIS is connected", "You do not need to do anything."),
                false => (
                    "Not everything could be checked",
                    "Nothing was found. Try again later.",
                ),
            };
            return Self {
                title: title.to_owned(),
                lead: vec![checked, sentence.to_owned()],
                tasks: Vec::new(),
                end: Vec::new(),
            };
        };
        let support = format!("{} support", report.product);
        let quote = format!("quote {}, {}", finding.cause, report.ods_code);
        let by_practice = matches!(
            finding.actor,
            ResponsibleParty::Practice | ResponsibleParty::User
        );
        let tasks = if by_practice {
            tasks(finding)
        } else {
            Vec::new()
        };
        let mut lead = vec![finding.explanation.clone()];
        lead.extend(last_worked(report));
        lead.push(match finding.actor {
            _ if by_practice => format!(
                "Who needs to act: you (practice manager). About {} minutes.",
                finding.steps.len().div_ceil(STEPS_A_MINUTE),
            ),
            ResponsibleParty::Product => format!("Who needs to act: {support}."),
            other => format!("Who needs to act: {other}."),
        });
        lead.push(checked);
        let mut end = vec![if finding.cause.concerns_user() {
            format!(
                "Still not working? Stop, and do not check again: EMIS can lock the user. Call \
                 {support} and {quote}."
            )
        } else if by_practice {
            format!("Still not working? Do not repeat the steps. Call {support} and {quote}.")
        } else {
            format!("If you call {support}, {quote}.")
        }];
        end.push(format!("For support: {}", finding.evidence.join(" ")));
        if !finding.indistinguishable_from.is_empty() {
            let named = finding.indistinguishable_from.iter();
            let named: Vec<_> = named.map(|it| format!("{} ({it})", it.short())).collect();
            end.push(format!("It could also be: {}.", named.join("; ")));
        }
        let mut more = report.findings.iter().skip(1);
        if more.any(|it| !finding.indistinguishable_from.contains(&it.cause)) {
            end.push(
                "There is more to put right. You will see it when you check again.".to_owned(),
            );
        }
        Self {
            title: finding.title.clone(),
            lead,
            tasks,
            end,
        }
    }
}

/// Returns the last time at which EMIS gave access, unless it does now.
fn last_worked(report: &Report) -> Option<String> {
    let mut calls = report.last_calls.iter();
    let token = calls.find(|last| last.capability == Capability::Token)?;
    let worked_at = token
        .worked_at
        .filter(|_| token.failed_at > token.worked_at)?;
    Some(format!("EMIS last gave access on {}.", uk_time(worked_at)))
}

/// Groups the steps of a practice by place.
fn tasks(finding: &Finding) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut last: Option<&Step> = None;
    for step in &finding.steps {
        // The end of the report says where to stop.
        let stop = step.place == Place::Product && step.control.is_none() && !step.path.is_empty();
        if stop || matches!(step.place, Place::Operations | Place::EmisSupport) {
            continue;
        }
        match tasks.last_mut() {
            Some(task) if last.is_some_and(|last| same_place(last, step)) => task.add(step),
            _ => {
                let mut task = Task {
                    path: step.lead(),
                    sentences: Vec::new(),
                    otherwise: Vec::new(),
                };
                task.add(step);
                tasks.push(task);
            }
        }
        last = Some(step);
    }
    tasks
}

fn same_place(one: &Step, other: &Step) -> bool {
    let menus =
        |step: &Step| -> Vec<String> { step.path.iter().take(SHARED_MENUS).cloned().collect() };
    one.place == other.place && menus(one) == menus(other)
}

impl Task {
    fn add(&mut self, step: &Step) {
        self.sentences.push(step.action.clone());
        // A click shows its result by itself; a look at the screen has to be explained.
        if matches!(step.control, None | Some(Control::Text)) {
            self.sentences.push(step.expected.clone());
        }
        let new = step.otherwise.filter(|it| !self.otherwise.contains(it));
        self.otherwise.extend(new);
    }
}
