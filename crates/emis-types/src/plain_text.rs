//! Cleaning of text that was pasted: one set of rules for every identifier and contact detail.

use std::borrow::Cow;

/// Ranges of characters that take no place on a screen: Unicode's `Default_Ignorable_Code_Point`
/// (soft hyphens, joiners, direction marks and isolates, variation selectors, fillers, tags) and
/// the annotation marks U+FFF9 to U+FFFB.
const INVISIBLE: [(char, char); 18] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fff8}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Returns `true` for a character that takes no place on a screen, such as a zero-width space, a
/// direction mark or a variation selector.
///
/// White space and control characters are not among them.
///
/// # Examples
/// ```
/// assert!(emis_types::is_invisible('\u{200b}'));
/// assert!(!emis_types::is_invisible(' '));
/// ```
pub fn is_invisible(c: char) -> bool {
    c >= '\u{ad}'
        && INVISIBLE
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&c))
}

/// Returns the text without [invisible](is_invisible) characters and without white space at its
/// ends. Everything else stays as it is.
///
/// # Examples
/// ```
/// assert_eq!(emis_types::strip_invisible("\u{feff} patchs\u{200b}\n"), "patchs");
/// ```
pub fn strip_invisible(text: &str) -> String {
    if text.is_ascii() {
        return text.trim().to_owned();
    }
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    visible.trim().to_owned()
}

/// Returns the text as a keyboard would have typed it: without [invisible](is_invisible) characters
/// and surrounding white space, each other white space character as a space, every kind of hyphen
/// and dash as `-`, and curly apostrophes as `'`.
pub(crate) fn as_typed(text: &str) -> Cow<'_, str> {
    // As nearly every text has been typed.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text.trim());
    }
    let visible = text.chars().filter(|c| !is_invisible(*c));
    let plain: String = visible.map(keyboard_character).collect();
    Cow::Owned(plain.trim().to_owned())
}

fn keyboard_character(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' | '\u{ff07}' => '\'',
        // A Braille pattern without a dot looks like a space.
        '\u{2800}' => ' ',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}
