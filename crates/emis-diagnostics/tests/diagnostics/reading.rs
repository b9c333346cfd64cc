//! The report of every cause as a practice reads it: short, in order, and easy to read.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fmt::Write as _;
use std::io::Write as _;

use emis_diagnostics::{Cause, Language, Product, Report, Style};
use emis_types::ResponsibleParty;

pub(crate) fn report(cause: Cause, language: Language) -> Report {
    let product = Product::new("Patchs", "patchs").unwrap();
    let product = product.in_language(language);
    let at = "2026-06-02T09:00:00Z".parse().unwrap();
    Report::of_cause(cause, "A20047".parse().unwrap(), &product, at)
}

#[test]
fn every_report_reads_as_reviewed() {
    let mut all = String::new();
    for &cause in Cause::ALL {
        let text = report(cause, Language::English).text(Style::Plain);
        let _ = writeln!(all, "======== {cause}\n{text}");
    }
    insta::assert_snapshot!("every_report", all);
}

#[test]
fn every_report_is_short() {
    let mut longest = (0, Cause::ApplicationDeactivated);
    for &cause in Cause::ALL {
        let text = report(cause, Language::English).text(Style::Plain);
        let words = text.split_whitespace().count();
        longest = longest.max((words, cause));
        let is_step = |line: &&str| line.starts_with(|it: char| it.is_ascii_digit());
        let steps = text.lines().filter(is_step).count();
        assert!(words <= 350 && steps <= 7, "{words} words:\n{text}");
        assert!(text.lines().count() <= 60, "{text}");
    }
    let (words, cause) = longest;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "longest report: {words} words ({cause})").unwrap();
}

#[test]
fn a_numbered_step_holds_at_most_three_actions() {
    for &cause in Cause::ALL {
        let text = report(cause, Language::English).text(Style::Plain);
        let mut actions = 0;
        for line in text.lines() {
            let numbered = line.starts_with(|it: char| it.is_ascii_digit());
            let is_path = numbered && line.ends_with(':');
            let is_action = line.starts_with("   ") && !line.starts_with("   - ");
            match (numbered, is_action) {
                (true, _) => actions = usize::from(!is_path),
                (_, true) => actions += 1,
                _ => {}
            }
            assert!(actions <= 3, "{text}");
        }
    }
}

#[test]
fn a_practice_that_cannot_mend_it_is_told_so() {
    for &cause in Cause::ALL {
        if matches!(
            cause.responsible(),
            ResponsibleParty::Practice | ResponsibleParty::User
        ) {
            continue;
        }
        let text = report(cause, Language::English).text(Style::Plain);
        let nothing = text.contains("You do not need to do anything.");
        let call = text.contains("Do not try again. Call Patchs support and quote ");
        assert!(nothing ^ call, "{text}");
    }
}

#[test]
fn a_lock_is_blamed_on_no_one() {
    let text = report(Cause::UserLocked, Language::English).text(Style::Plain);
    assert!(text.contains("another person or product may be using it"));
    assert!(!text.contains("product is using it"));
}

/// The reading age is Flesch and Kincaid's grade plus five years. A label, a menu, a code and a
/// name stand on the reader's screen and are only matched, so each counts as a word of one
/// syllable.
#[test]
fn every_report_has_a_reading_age_of_11_or_less() {
    let mut oldest: (f64, Cause) = (0.0, Cause::ApplicationDeactivated);
    let mut too_old = Vec::new();
    for &cause in Cause::ALL {
        let text = report(cause, Language::English).text(Style::Plain);
        let age = reading_age(&prose(&text));
        if age > oldest.0 {
            oldest = (age, cause);
        }
        if age > 11.0 {
            too_old.push(format!("{cause}: {age:.1}\n{}", prose(&text)));
        }
    }
    let (age, cause) = oldest;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "highest reading age: {age:.1} ({cause})").unwrap();
    assert!(too_old.is_empty(), "{}", too_old.join("\n\n"));
}

/// Returns the sentences of a report: without menus, labels, codes and evidence.
fn prose(text: &str) -> String {
    let mut prose = String::new();
    for line in text.lines() {
        if line.starts_with("Details for support:") {
            continue;
        }
        // The place of a step: its number, and its menus up to a colon.
        let line = match line.split_once(". ") {
            Some((number, rest)) if number.parse::<u8>().is_ok() => match rest.ends_with(':') {
                true => "",
                false => rest,
            },
            _ => line.trim_start_matches([' ', '-']),
        };
        prose.push_str(line.trim());
        if !line.trim().is_empty() && !line.ends_with(['.', '?', '!']) {
            prose.push('.');
        }
        prose.push(' ');
    }
    // Labels are in single quotes.
    let mut parts = prose.split('\'');
    let mut plain = parts.next().unwrap().to_owned();
    let mut inside = true;
    for part in parts {
        let possessive = !inside || part.starts_with("s ");
        if possessive && inside {
            plain.push_str(part);
            continue;
        }
        plain.push_str(if inside { "it" } else { part });
        inside = !inside;
    }
    plain
}

fn reading_age(prose: &str) -> f64 {
    let sentences = prose.split(['.', '?', '!', ':', ';']);
    let is_word = |it: &&str| it.chars().any(char::is_alphabetic);
    let sentences = sentences.filter(is_word).count();
    let words: Vec<_> = prose.split([' ', '-']).filter(is_word).collect();
    let syllables: usize = words.iter().map(|it| syllables(it)).sum();
    let count = |n: usize| f64::from(u32::try_from(n).unwrap());
    let (words, sentences) = (count(words.len()), count(sentences));
    let grade = 0.39 * words / sentences + 11.8 * count(syllables) / words - 15.59;
    grade + 5.0
}

/// Returns the number of groups of vowels, without a silent e.
fn syllables(word: &str) -> usize {
    let word: String = word.chars().filter(|it| it.is_alphabetic()).collect();
    let capitals = word.chars().skip(1).any(char::is_uppercase);
    let word = word.to_lowercase();
    if capitals {
        return 1;
    }
    let is_vowel = |it: char| "aeiouy".contains(it);
    let letters: Vec<char> = word.chars().collect();
    let mut groups = 0;
    let mut before = false;
    for &letter in &letters {
        groups += usize::from(is_vowel(letter) && !before);
        before = is_vowel(letter);
    }
    // As in "ticked", but not in "listed" or "added".
    let past = word.strip_suffix("ed");
    let past = past.is_some_and(|stem| !stem.ends_with(['t', 'd']));
    let silent = past || (word.ends_with('e') && !word.ends_with("le"));
    (groups - usize::from(silent && groups > 1)).max(1)
}

#[test]
fn the_measure_finds_hard_sentences() {
    let easy = "You have a new user. Tick the box. Call us if it does not work.";
    assert!(reading_age(easy) < 8.0);
    let hard = "Notwithstanding considerable organisational complexity, authentication \
                necessitates reconfiguration of corresponding authorisation infrastructure.";
    assert!(reading_age(hard) > 20.0);
}

#[test]
fn no_step_asks_for_what_nobody_can_do() {
    let product = Product::new("Patchs", "patchs").unwrap();
    for &cause in Cause::ALL {
        let fix = cause.entry(&product).fix;
        let at = |action: &str| fix.iter().position(|it| it.action.contains(action));
        // Nobody can look up a password: a new one is typed in EMIS first.
        if let Some(enter) = at("the password that you typed under") {
            let typed = at("Type a new password next to").unwrap();
            assert!(typed < enter, "{cause}");
        }
        for step in &fix {
            // The API user does not log out.
            assert!(!step.action.contains("user logs out"), "{cause}");
        }
    }
    let suppressed = Cause::RemindersSuppressed.entry(&product);
    assert!(
        suppressed.fix[0]
            .action
            .starts_with("Open 3 of the patients")
    );
}
