//! The report as a practice reads it: one cause, a few steps, and where to stop.

use emis_types::ResponsibleParty;
use jiff::Timestamp;

use crate::cause::Cause;
use crate::evidence::uk_time;
use crate::finding::Finding;
use crate::language::{Language, phrases as p};
use crate::report::Report;
use crate::step::{Branch, Control, Place, Step};
use emis_types::uk;

/// The parts of a report for a practice, as sentences.
pub(super) struct Advice {
    pub(super) title: String,
    pub(super) lead: Vec<String>,
    pub(super) tasks: Vec<Task>,
    pub(super) end: Vec<String>,
    /// The evidence and the other causes, for support.
    pub(super) details: Vec<String>,
}

/// Up to three steps that follow each other in one place.
pub(super) struct Task {
    /// The menus that lead there.
    pub(super) path: Option<String>,
    /// The address of the place, if it is the product's settings page.
    pub(super) link: Option<String>,
    pub(super) lines: Vec<Line>,
}

/// A step, with the other things that the reader may see and the action that follows each.
pub(super) struct Line {
    pub(super) step: String,
    pub(super) branches: Vec<String>,
}

/// The number of menus that two places share if they are one place to a reader.
const SHARED_MENUS: usize = 4;
/// The largest number of actions in one numbered step.
const ACTIONS_A_STEP: usize = 3;
/// The number of steps that a reader makes in a minute.
const STEPS_A_MINUTE: usize = 3;

impl Advice {
    pub(super) fn of(report: &Report) -> Self {
        let language = report.language;
        let product = ("product", report.product.as_str());
        let checked = language.say(p::CHECKED, &[("at", &uk_time(report.checked_at))]);
        let Some(finding) = report.findings.first() else {
            let (title, sentence) = match report.healthy {
                true => (p::CONNECTED, p::NOTHING_TO_DO),
                false => (p::NOT_ALL_CHECKED, p::TRY_LATER),
            };
            return Self {
                title: language.text(title).to_owned(),
                lead: vec![checked, language.text(sentence).to_owned()],
                tasks: Vec::new(),
                end: Vec::new(),
                details: Vec::new(),
            };
        };
        let by_practice = matches!(
            finding.actor,
            ResponsibleParty::Practice | ResponsibleParty::User
        );
        let tasks = if by_practice {
            tasks(finding, report)
        } else {
            Vec::new()
        };
        let mut lead: Vec<String> = Vec::new();
        lead.extend(since(report));
        lead.push(finding.explanation.clone());
        if names_settings(finding.cause) {
            lead.extend(finding.evidence.iter().cloned());
        }
        if let Some(at) = report.try_again_at {
            let at = uk::at(at).strftime("%H:%M").to_string();
            lead.push(language.say(p::TRY_AGAIN_AT, &[product, ("at", &at)]));
        }
        lead.push(if by_practice {
            let minutes = finding.steps.len().div_ceil(STEPS_A_MINUTE).max(2);
            language.say(p::YOU, &[("minutes", &minutes.to_string())])
        } else {
            let who = match finding.actor {
                ResponsibleParty::Product => language.say(p::SUPPORT, &[product]),
                other => other.to_string(),
            };
            language.say(p::OTHERS, &[("who", &who)])
        });
        lead.push(checked);
        let end = match finding.cause {
            cause if cause.concerns_user() => p::STOP_LOCKED,
            // The practice cannot mend it, and no one else knows of it.
            Cause::OrganisationChanged
            | Cause::SystemMigrated
            | Cause::StoredPasswordUnreadable => p::CALL,
            _ if by_practice => p::STOP,
            _ => p::QUOTE,
        };
        let code = ("code", finding.cause.code());
        let ods_code = ("ods_code", report.ods_code.as_str());
        let mut end = vec![language.say(end, &[product, code, ods_code])];
        let mut more = report.findings.iter().skip(1);
        if more.any(|it| !finding.indistinguishable_from.contains(&it.cause)) {
            end.push(language.text(p::MORE).to_owned());
        }
        Self {
            title: finding.title.clone(),
            lead,
            tasks,
            end,
            details: details(finding, language),
        }
    }
}

/// Returns true if the evidence names what the practice has to change.
const fn names_settings(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::SettingsInvalid
            | Cause::SettingsOutOfDate
            | Cause::SlotTypeNotBookable
            | Cause::EntryRefused
    )
}

/// Returns the evidence, and each cause that looks the same with the question that tells it.
fn details(finding: &Finding, language: Language) -> Vec<String> {
    let mut details = match names_settings(finding.cause) {
        true => Vec::new(),
        false => finding.evidence.clone(),
    };
    if !finding.indistinguishable_from.is_empty() {
        let named = finding.indistinguishable_from.iter();
        let named: Vec<_> = named
            .map(|it| format!("{} ({it})", language.text(it.short())))
            .collect();
        details.push(format!("It could also be: {}.", named.join("; ")));
    }
    details
}

/// Returns the last time at which what fails now worked, or all did, or else the time since which the
/// cause was seen.
fn since(report: &Report) -> Option<String> {
    let calls = report.last_calls.iter();
    let failing = calls.filter(|last| last.failed_at > last.worked_at);
    let worked_at = failing.filter_map(|last| last.worked_at).max();
    let (phrase, at) = match (worked_at.max(report.last_healthy), report.since) {
        (Some(at), _) => (p::WORKED_UNTIL, at),
        (None, Some(at)) => (p::SEEN_SINCE, at),
        (None, None) => return None,
    };
    let values = [
        ("product", report.product.as_str()),
        ("at", &day_and_time(report.language, at)),
    ];
    Some(report.language.say(phrase, &values))
}

/// Returns a time as a practice reads it: `2 June 2026 at 10:00`.
fn day_and_time(language: Language, at: Timestamp) -> String {
    match language {
        Language::English => uk::at(at).strftime("%-d %B %Y at %H:%M").to_string(),
        Language::Welsh => uk_time(at),
    }
}

/// Groups the steps of a practice by place.
fn tasks(finding: &Finding, report: &Report) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut last: Option<&Step> = None;
    for step in &finding.steps {
        // The end of the report says where to stop.
        let stop = step.place == Place::Product && step.control.is_none() && !step.path.is_empty();
        if stop || matches!(step.place, Place::Operations | Place::EmisSupport) {
            continue;
        }
        let goes_on = last.is_some_and(|last| same_place(last, step));
        match tasks.last_mut() {
            Some(task) if goes_on && task.lines.len() < ACTIONS_A_STEP => {
                task.add(step, finding.cause, report.language);
            }
            _ => {
                let settings = step.place == Place::Product && !step.path.is_empty();
                let link = report.settings_url.clone();
                // A step that goes on where the last one ended need not lead there again.
                let mut task = Task {
                    path: step.lead().filter(|_| !goes_on),
                    link: link.filter(|_| settings && !goes_on),
                    lines: Vec::new(),
                };
                task.add(step, finding.cause, report.language);
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
    fn add(&mut self, step: &Step, found: Cause, language: Language) {
        let mut text = step.action.clone();
        // A click shows its result by itself; a look at the screen has to be explained.
        if matches!(step.control, None | Some(Control::Text)) {
            text = format!("{text} {}", step.expected);
        }
        let or = |cause: Cause| {
            let short = super::capitalised(language.text(cause.short()));
            language.say(p::OR, &[("short", &short), ("code", cause.code())])
        };
        let branch = |it: &Branch| format!("{}: {}", it.seen, super::uncapitalised(&it.action));
        let otherwise = step.otherwise.filter(|it| *it != found).map(or);
        self.lines.push(Line {
            step: text,
            branches: step.branches.iter().map(branch).chain(otherwise).collect(),
        });
    }
}
