//! A search for words in every form in which they can leak.

use std::collections::BTreeSet;
use std::error::Error;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// A set of words that must not be output: plain, URL-encoded, JSON-escaped, in `Debug` output, in
/// base64 or in hex.
#[derive(Debug)]
pub struct LeakNet {
    forms: AhoCorasick,
    /// The word of each form.
    words: Vec<String>,
}

impl LeakNet {
    /// Creates a net for these words. Words of fewer than six characters are left out, because they
    /// occur by chance.
    ///
    /// # Errors
    ///
    /// If there are too many words to search for.
    pub fn new(
        words: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let words: BTreeSet<String> = words.into_iter().map(Into::into).collect();
        let long_enough = words.into_iter().filter(|word| word.chars().count() >= 6);
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

    /// Returns the number of forms that are searched for.
    pub fn form_count(&self) -> usize {
        self.words.len()
    }

    /// Returns the words that occur in a text, in any form.
    pub fn find_in(&self, text: &str) -> BTreeSet<&str> {
        let found = self.forms.find_overlapping_iter(text);
        found
            .filter_map(|form| self.words.get(form.pattern().as_usize()))
            .map(String::as_str)
            .collect()
    }
}

fn forms(word: &str) -> BTreeSet<String> {
    let upper = percent(word, |byte| format!("%{byte:02X}"));
    let lower = percent(word, |byte| format!("%{byte:02x}"));
    let bytes: Vec<String> = word.bytes().map(|byte| byte.to_string()).collect();
    let mut forms = BTreeSet::from([
        word.to_owned(),
        upper.replace("%20", "+"),
        lower.replace("%20", "+"),
        upper,
        lower,
        // A text in Rust's `Debug` output, and its bytes.
        word.escape_debug().to_string(),
        word.escape_default().to_string(),
        bytes.join(", "),
        word.bytes().map(|byte| format!("{byte:02x}")).collect(),
        word.bytes().map(|byte| format!("{byte:02X}")).collect(),
        json(word, false),
        json(word, true),
    ]);
    // JSON inside `Debug` output or a log line.
    let printed: Vec<_> = forms
        .iter()
        .map(|form| form.escape_debug().to_string())
        .collect();
    forms.extend(printed);
    for shift in 0..3 {
        let shifted = format!("{}{word}", "x".repeat(shift));
        forms.insert(inside(&STANDARD.encode(&shifted), shift));
        forms.insert(inside(&URL_SAFE.encode(&shifted), shift));
    }
    forms
}

fn percent(word: &str, encode: impl Fn(u8) -> String) -> String {
    word.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => encode(byte),
        })
        .collect()
}

/// Escapes a word for a JSON string; with `ascii`, other characters become `\u` escapes.
fn json(word: &str, ascii: bool) -> String {
    let mut escaped = String::new();
    for character in word.chars() {
        match character {
            '"' | '\\' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            _ if ascii && !character.is_ascii() => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                }
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Returns the part of a base64 text that depends only on the word, not on its neighbours.
fn inside(encoded: &str, shift: usize) -> String {
    let start = if shift == 0 { 0 } else { shift + 1 };
    let text = encoded.trim_end_matches('=');
    let end = text.len().saturating_sub(1);
    text.get(start..end).unwrap_or_default().to_owned()
}
