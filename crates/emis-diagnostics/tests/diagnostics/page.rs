//! The pages against WCAG 2.2 AA, as far as the markup shows. The rest was checked in a browser.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::BTreeSet;

use emis_diagnostics::guides;

use crate::story::Story;

/// A report with findings, one without, and every guide.
async fn pages() -> Vec<String> {
    let mut story = Story::start().await;
    let healthy = story.diagnose().await.html();
    story.enter_password("Not-The-Password-1");
    let broken = story.diagnose().await.html();
    let guides = guides::all(&story.product);
    let guides = guides.iter().map(guides::Guide::html);
    [healthy, broken].into_iter().chain(guides).collect()
}

/// Returns the double-quoted values after each of these.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let before = format!(" {attribute}=\"");
    let after = page.split(before.as_str()).skip(1);
    after.map(|rest| rest.split('"').next().unwrap()).collect()
}

#[tokio::test]
async fn each_page_is_self_contained() {
    for page in pages().await {
        assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en-GB\">"));
        for once in ["<main>", "<h1>", "<title>", "name=\"viewport\""] {
            assert_eq!(page.matches(once).count(), 1, "{once}");
        }
        for never in [
            "<script",
            "http://",
            "https://",
            "<img",
            "<link",
            "@import",
            "url(",
            "transition",
            "animation",
            "user-scalable",
            "maximum-scale",
        ] {
            assert!(!page.contains(never), "{never}");
        }
        for tag in page.split('<').map(|it| it.split('>').next().unwrap()) {
            for never in [" on", " style=", " tabindex", " autofocus"] {
                assert!(!tag.contains(never), "{tag}");
            }
        }
    }
}

#[tokio::test]
async fn headings_are_in_order_and_references_resolve() {
    for page in pages().await {
        let mut last = 0;
        for tag in page.split("<h").skip(1) {
            let Some(level) = tag.chars().next().and_then(|it| it.to_digit(10)) else {
                continue;
            };
            assert!(level <= last + 1, "h{level} after h{last}");
            last = level;
        }
        let ids = values(&page, "id");
        let known: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(known.len(), ids.len(), "IDs are unique");
        let labels = values(&page, "for");
        assert_eq!(labels.len(), page.matches("<input").count());
        let named = labels.into_iter().chain(values(&page, "aria-labelledby"));
        assert!(named.into_iter().all(|id| known.contains(id)));
        // Every column and every row has a header.
        assert_eq!(page.matches("<th ").count(), values(&page, "scope").len());
        assert_eq!(page.matches("<th>").count(), 0);
    }
}

#[tokio::test]
async fn colours_have_enough_contrast() {
    let page = pages().await.remove(0);
    let (_, style) = page.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    let (root, rules) = style.split_once('}').unwrap();
    assert!(!rules.contains('#'), "every colour has a name");
    let colours: Vec<(&str, f64)> = root
        .split("--")
        .skip(1)
        .map(|it| it.split_once(":#").unwrap())
        .map(|(name, hex)| (name, luminance(hex)))
        .collect();
    let colour = |name: &str| colours.iter().find(|it| it.0 == name).unwrap().1;
    let mut seen = BTreeSet::from(["line"]);
    for (inks, least) in [
        // More than AA requires, as for AAA.
        (&["ink", "soft", "bad", "good"][..], 7.0),
        // Elements that are not text.
        (&["focus"][..], 3.0),
    ] {
        for &ink in inks {
            for paper in ["paper", "tint"] {
                let contrast = (colour(paper) + 0.05) / (colour(ink) + 0.05);
                assert!(contrast >= least, "{ink} on {paper}: {contrast:.1}");
                seen.extend([ink, paper]);
            }
        }
    }
    // Lines are decorative; everything else was measured.
    assert!(colours.iter().all(|(name, _)| seen.contains(name)));
}

/// Returns the relative luminance as defined by WCAG 2.2.
fn luminance(hex: &str) -> f64 {
    let hex: String = hex.chars().take_while(char::is_ascii_hexdigit).collect();
    let hex: String = match hex.len() {
        3 => hex.chars().flat_map(|it| [it, it]).collect(),
        _ => hex,
    };
    let part = |place: usize| {
        let pair = hex.get(2 * place..2 * place + 2).unwrap();
        let part = f64::from(u8::from_str_radix(pair, 16).unwrap()) / 255.0;
        if part <= 0.040_45 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2)
}
