//! Characters of text messages.

use icu_normalizer::properties::{CanonicalDecompositionBorrowed, Decomposed};

/// The characters of the GSM 7-bit alphabet beyond those of ASCII that it shares.
const GSM_OTHER: &str = "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\n\r\u{1b}";

/// The characters that it reaches through an escape, which cost two.
const GSM_EXTENDED: &str = "^{}[]~\\|€";

/// The Welsh letters that it lacks.
const WELSH_OTHER: &str = "ÀÈÌÒÙẀỲẁỳÁÍÓÚẂÝáíóúẃýËÏẄŸëïẅÿÂÊÎÔÛŴŶâêîôûŵŷ";

/// Returns the units that a character takes in the GSM 7-bit alphabet; `None` if it lacks it.
pub(crate) fn gsm_units(c: char) -> Option<usize> {
    match c {
        // ASCII without its control characters, the backtick and the extended ones.
        ' '..='Z' | 'a'..='z' | '_' => Some(1),
        c if GSM_OTHER.contains(c) => Some(1),
        c if GSM_EXTENDED.contains(c) => Some(2),
        _ => None,
    }
}

/// Returns `true` for a character that GOV.UK Notify sends as it is.
pub(crate) fn is_sent_by_notify(c: char) -> bool {
    gsm_units(c).is_some() || WELSH_OTHER.contains(c)
}

/// Returns what GOV.UK Notify sends in place of a character that it does not send.
pub(crate) fn in_place_of(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{2011}' | '\u{2013}' | '\u{2014}' | '\u{2212}' => "-",
        '\u{2026}' => "...",
        '\u{2018}' | '\u{2019}' | '\u{201a}' => "'",
        '\u{201c}' | '\u{201d}' | '\u{201e}' => "\"",
        '\u{180e}'
        | '\u{200b}'..='\u{200d}'
        | '\u{2060}'
        | '\u{feff}'
        | '\u{2028}'
        | '\u{2029}' => "",
        '\u{a0}' | '\u{202f}' | '\t' => " ",
        'Ł' => "L",
        'ł' => "l",
        _ => return None,
    })
}

/// Returns the letter that a letter with a mark is made of: `c` of `č`.
pub(crate) fn without_mark(c: char) -> Option<char> {
    match CanonicalDecompositionBorrowed::new().decompose(c) {
        Decomposed::Expansion(base, _) | Decomposed::Singleton(base) => Some(base),
        Decomposed::Default => None,
    }
}
