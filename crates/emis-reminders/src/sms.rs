//! The length of text messages as networks count and charge it.

/// The characters of the GSM 7-bit alphabet beyond those of ASCII that it shares.
const GSM_OTHER: &str = "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\n\r";

/// The characters that it reaches through an escape, which cost two.
const GSM_EXTENDED: &str = "^{}[]~\\|€";

/// Returns the number of parts that a text message is sent in; 0 for an empty text.
///
/// A text in the GSM 7-bit alphabet has 160 units in one part, or 153 in each of several. A
/// single character outside it turns the whole text into UCS-2, of 70 or 67 units.
///
/// # Examples
/// ```
/// use emis_reminders::sms_parts;
/// assert_eq!(sms_parts(&"a".repeat(160)), 1);
/// assert_eq!(sms_parts(&"a".repeat(161)), 2);
/// assert_eq!(sms_parts(&"€".repeat(81)), 2); // the euro sign counts twice
/// assert_eq!(sms_parts(&"ŵ".repeat(71)), 2);
/// ```
pub fn sms_parts(text: &str) -> usize {
    match text.chars().map(gsm_units).sum::<Option<usize>>() {
        Some(units) => parts(units, 160, 153),
        None => parts(text.encode_utf16().count(), 70, 67),
    }
}

fn parts(units: usize, single: usize, each: usize) -> usize {
    match units {
        0 => 0,
        units if units <= single => 1,
        units => units.div_ceil(each),
    }
}

fn gsm_units(c: char) -> Option<usize> {
    match c {
        // ASCII without its control characters, the backtick and the extended ones.
        ' '..='Z' | 'a'..='z' | '_' => Some(1),
        c if GSM_OTHER.contains(c) => Some(1),
        c if GSM_EXTENDED.contains(c) => Some(2),
        _ => None,
    }
}

/// Writes typographic punctuation, which word processors put into names of practices, in
/// characters that a text message has. Letters are left alone: they are people's names.
pub(crate) fn plain_punctuation(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' | '`' | '\u{b4}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            '\u{2010}'..='\u{2015}' => '-',
            '\u{a0}' | '\u{202f}' => ' ',
            c => c,
        })
        .collect()
}
