//! A net for secrets: each word in every form in which it could slip through.

use std::collections::BTreeSet;
use std::error::Error;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Words that must not turn up, in whichever form.
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
        // As Rust prints a text, and the bytes of one.
        word.escape_debug().to_string(),
        word.escape_default().to_string(),
        bytes.join(", "),
        word.bytes().map(|byte| format!("{byte:02x}")).collect(),
        word.bytes().map(|byte| format!("{byte:02X}")).collect(),
        json(word, false),
        json(word, true),
    ]);
    // JSON that Rust printed, or the log.
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

/// Inside a text of JSON; some writers escape all that is not ASCII.
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

/// The part of a base64 text that depends on nothing before or after the word.
fn inside(encoded: &str, shift: usize) -> String {
    let start = if shift == 0 { 0 } else { shift + 1 };
    let text = encoded.trim_end_matches('=');
    let end = text.len().saturating_sub(1);
    text.get(start..end).unwrap_or_default().to_owned()
}
