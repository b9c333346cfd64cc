//! Reports and guides for people's eyes.

mod escape;
mod html;
mod markdown;
mod page;
mod text;

use emis_types::uk;
use jiff::Timestamp;

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
