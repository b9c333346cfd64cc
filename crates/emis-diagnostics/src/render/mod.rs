//! Reports and guides for people's eyes.

mod escape;
mod html;
mod markdown;
mod page;
mod text;
mod told;

use emis_types::uk;
use jiff::Timestamp;

use crate::catalogue::Cause;
use crate::finding::Finding;
use crate::guides::{GuideStep, Progress};

pub(crate) use escape::Markdown;
pub(crate) use markdown::numbered;
pub use text::Style;

/// The heading over what is met on the way.
const IN_THE_WAY: &str = "If something stands in the way";

/// A moment as people in the UK write it: `02/06/2026 10:00`.
pub(crate) fn uk_time(at: Timestamp) -> String {
    uk::at(at).strftime("%d/%m/%Y %H:%M").to_string()
}

/// The first letter in upper case: "the practice" at the beginning of a line.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// A moment of which it may be that there was none.
fn uk_time_or(at: Option<Timestamp>, none: &str) -> String {
    at.map_or_else(|| none.to_owned(), uk_time)
}

/// The causes that look the same, by their names, with the code as `code` shows it: nobody knows
/// codes by heart.
fn look_alikes(finding: &Finding, code: impl Fn(Cause) -> String) -> Option<String> {
    let alike = finding.indistinguishable_from.iter();
    let named: Vec<_> = alike
        .map(|&cause| format!("{} ({})", cause.short(), code(cause)))
        .collect();
    (!named.is_empty()).then(|| named.join("; "))
}

/// What is known of whether a step of a guide is done.
fn progress(item: &GuideStep) -> Option<String> {
    let probe = item.verified_by?;
    Some(match item.progress {
        Progress::Done => format!("Done: the diagnosis has shown that {probe}."),
        Progress::Open => format!("Not done yet: the diagnosis did not find that {probe}."),
        Progress::Unknown => format!("The diagnosis shows it: {probe}."),
    })
}
