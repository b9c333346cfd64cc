//! The catalogue as one help page.

use std::fmt::Write as _;

use emis_types::ResponsibleParty;

use crate::catalogue::Detection;
use crate::cause::Cause;
use crate::guides;
use crate::product::Product;
use crate::render::{Markdown, numbered};

/// Returns all causes and guides as one Markdown page. `docs/troubleshooting.md` is made of it.
pub fn troubleshooting(product: &Product) -> String {
    let name = Markdown(product.name());
    let mut text = format!(
        "# Troubleshooting\n\nThe known causes that break the connection between {name} and a practice's \
         EMIS. Each has the person who needs to act and the steps, in EMIS's own words. Run the \
         diagnosis first: it gives you the code.\n\n| Code | Cause | Who needs to act | Found by |\n\
         |---|---|---|---|\n",
    );
    // Writing to a string cannot fail.
    for &cause in Cause::ALL {
        let entry = cause.entry(product);
        let seen_by = match entry.detection {
            Detection::Probed => "the diagnosis",
            Detection::Reported => "people",
        };
        let _ = writeln!(
            text,
            "| [{cause}](#{}) | {} | {} | {seen_by} |",
            anchor(cause),
            Markdown(&entry.title),
            who(entry.actor, product),
        );
    }
    for &cause in Cause::ALL {
        entry(&mut text, cause, product);
    }
    text.push_str("\n# Guides\n");
    for guide in guides::all(product) {
        let _ = writeln!(
            text,
            "\n## {}\n\n{}",
            Markdown(&guide.title),
            Markdown(&guide.introduction)
        );
        for part in &guide.parts {
            let _ = writeln!(text, "\n### {}\n", Markdown(&part.title));
            numbered(&mut text, 1, part.steps.iter().map(|item| &item.step));
        }
    }
    text
}

/// Returns the party as a practice knows it.
fn who(party: ResponsibleParty, product: &Product) -> String {
    match party {
        ResponsibleParty::Product => format!("{} support", Markdown(product.name())),
        other => other.to_string(),
    }
}

/// Returns the anchor of a heading that is the code alone.
fn anchor(cause: Cause) -> String {
    cause.code().to_ascii_lowercase()
}

fn entry(text: &mut String, cause: Cause, product: &Product) {
    let entry = cause.entry(product);
    let _ = writeln!(
        text,
        "\n## {cause}\n\n**{}.** {}\n\nWho needs to act: {}.",
        Markdown(&entry.title),
        Markdown(&entry.explanation),
        who(entry.actor, product),
    );
    if !entry.confirm.is_empty() {
        text.push_str("\nIs it this cause?\n\n");
        numbered(text, 1, &entry.confirm);
    }
    text.push_str("\nWhat to do:\n\n");
    numbered(text, 1, &entry.fix);
    let _ = writeln!(
        text,
        "\nHow you know it works: {}\n\nFor engineers: {}\n\nSource: {}",
        Markdown(&entry.mended),
        Markdown(&entry.for_engineers),
        source(entry.source),
    );
}

fn source(source: &str) -> String {
    if source.starts_with("https://") {
        format!("<{source}>")
    } else {
        format!("{}.", Markdown(source))
    }
}
