//! A net for secrets: each word in every form in which it could slip through.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::Failure;

/// Words that must not turn up, in plain, URL-encoded, JSON-escaped and base64 form.
#[derive(Debug)]
pub struct Net {
    forms: AhoCorasick,
    /// The word of each form.
    words: Vec<String>,
}

impl Net {
    /// A net for these words. Those of fewer than six characters are left out: they turn up by
    /// chance.
    ///
    /// # Errors
    /// Where there are too many words to look for.
    pub fn new(words: impl IntoIterator<Item = String>) -> Result<Self, Failure> {
        let long_enough = words.into_iter().filter(|word| word.len() >= 6);
        let (forms, words): (Vec<String>, Vec<String>) = long_enough
            .flat_map(|word| {
                let forms = forms(&word).into_iter();
                forms
                    .map(move |form| (form, word.clone()))
                    .collect::<Vec<_>>()
            })
            .unzip();
        Ok(Self {
            forms: AhoCorasick::new(forms)?,
            words,
        })
    }

    /// How many forms it looks for.
    pub fn meshes(&self) -> usize {
        self.words.len()
    }

    /// The words that a text lets slip, in whichever form.
    pub fn caught(&self, text: &str) -> BTreeSet<&str> {
        let slipped = self.forms.find_overlapping_iter(text);
        slipped
            .filter_map(|form| self.words.get(form.pattern().as_usize()))
            .map(String::as_str)
            .collect()
    }
}

fn forms(word: &str) -> Vec<String> {
    let percent: String = word
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    let json = word.escape_default().to_string();
    let mut forms = vec![word.to_owned(), percent.replace("%20", "+"), percent, json];
    for shift in 0..3 {
        forms.push(inside(
            &STANDARD.encode(format!("{}{word}", "x".repeat(shift))),
            shift,
        ));
        forms.push(inside(
            &URL_SAFE.encode(format!("{}{word}", "x".repeat(shift))),
            shift,
        ));
    }
    forms.sort();
    forms.dedup();
    forms
}

/// The part of a base64 text that depends on nothing before or after the word.
fn inside(encoded: &str, shift: usize) -> String {
    let start = if shift == 0 { 0 } else { shift + 1 };
    let text = encoded.trim_end_matches('=');
    let end = text.len().saturating_sub(1);
    text.get(start..end).unwrap_or_default().to_owned()
}
