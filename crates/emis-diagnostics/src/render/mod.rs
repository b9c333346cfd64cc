//! Reports and guides for people.

mod advice;
mod escape;
mod html;
mod markdown;
mod page;
mod repetition;
mod text;

use jiff::Timestamp;

use crate::cause::Cause;
use crate::evidence::uk_time;
use crate::finding::Finding;
use crate::guides::{GuideStep, Progress};

pub(crate) use escape::Markdown;
pub(crate) use markdown::numbered;
pub use text::Style;

/// The heading above the obstacles.
const IN_THE_WAY: &str = "If you cannot follow a step";

/// Returns the text with its first letter in upper case.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Returns the text with its first letter in lower case.
fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Returns a time as written in the UK, or `none`.
fn uk_time_or(at: Option<Timestamp>, none: &str) -> String {
    at.map_or_else(|| none.to_owned(), uk_time)
}

/// Returns the causes that look the same, by name and code.
fn look_alikes(finding: &Finding, code: impl Fn(Cause) -> String) -> Option<String> {
    let alike = finding.indistinguishable_from.iter();
    let named: Vec<_> = alike
        .map(|&cause| format!("{} ({})", cause.short(), code(cause)))
        .collect();
    (!named.is_empty()).then(|| named.join("; "))
}

/// Returns a sentence about the progress of a step.
fn progress(item: &GuideStep) -> Option<String> {
    let probe = item.verified_by?;
    Some(match item.progress {
        Progress::Done => format!("Done: the diagnosis shows that {probe}."),
        Progress::Open => format!("Not done yet: the diagnosis does not show that {probe}."),
        Progress::Unknown => format!("The diagnosis checks it: {probe}."),
    })
}
