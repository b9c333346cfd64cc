//! Rules by which a sender writes, counts and limits text messages.

use serde::{Deserialize, Serialize};

use crate::sms_characters::{gsm_units, in_place_of, is_sent_by_notify, without_mark};

/// Rules by which a sender writes, counts and limits text messages: a property of the sender, as
/// each bills in its own way.
///
/// # Examples
/// ```
/// use emis_messaging::TextRules;
///
/// let networks = TextRules::default();
/// assert_eq!(networks.sms(&"a".repeat(160)).parts, 1);
/// assert_eq!(networks.sms(&"a".repeat(161)).parts, 2);
/// assert_eq!(networks.sms(&"€".repeat(81)).parts, 2); // the euro sign counts twice
///
/// // A sender that replaces what a word processor writes saves the practice a part.
/// let text = format!("{}…", "a".repeat(150));
/// assert_eq!(networks.sms(&text).parts, 3);
/// assert_eq!(TextRules::GOV_UK_NOTIFY.sms(&text).parts, 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TextRules {
    /// True if it replaces characters that the GSM alphabet lacks, as GOV.UK Notify does: quotation
    /// marks and dashes by plain ones, letters by those without marks (Welsh ones excepted),
    /// anything else by a question mark; and removes white space that does not show.
    pub downgrades: bool,
    /// The way in which it counts parts.
    pub counting: PartCounting,
    /// The largest number of characters that it accepts.
    pub most_characters: usize,
}

/// The way in which a sender counts the parts of a text message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PartCounting {
    /// As networks send them: a character of two units is not split between two parts.
    Unsplit,
    /// By division of the units.
    Division,
}

/// The encoding of a text message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SmsEncoding {
    /// The GSM 7-bit alphabet: 160 units in one part, 153 in each of several.
    Gsm7,
    /// UCS-2, because of a single character that the GSM alphabet lacks: 70 units, or 67.
    Ucs2,
}

/// A text message as its sender sends and counts it. `Debug` does not show the text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SmsText {
    /// The text that the patient receives.
    pub sent: emis_types::Sensitive<String>,
    /// The number of its characters.
    pub characters: usize,
    /// The number of parts that are sent and billed.
    pub parts: usize,
    /// The encoding.
    pub encoding: SmsEncoding,
    /// True if the sender refuses it for its length.
    pub too_long: bool,
}

impl TextRules {
    /// The largest number of parts that this library sends, even where a sender accepts more.
    pub const MOST_PARTS: usize = 6;

    /// The rules of GOV.UK Notify.
    pub const GOV_UK_NOTIFY: Self = Self {
        downgrades: true,
        counting: PartCounting::Division,
        most_characters: 918,
    };

    /// The rules of telephone networks, for a gateway that passes a text on as it is.
    pub const NETWORKS: Self = Self {
        downgrades: false,
        counting: PartCounting::Unsplit,
        most_characters: 918,
    };

    /// Returns a text as the sender sends and counts it.
    pub fn sms(&self, text: &str) -> SmsText {
        let sent = if self.downgrades {
            downgraded(text)
        } else {
            text.to_owned()
        };
        let characters = sent.chars().count();
        let units: Option<Vec<usize>> = sent.chars().map(gsm_units).collect();
        let (encoding, parts) = match units {
            Some(units) => (SmsEncoding::Gsm7, self.parts(&units, 160, 153)),
            None => {
                let units: Vec<usize> = sent.chars().map(char::len_utf16).collect();
                (SmsEncoding::Ucs2, self.parts(&units, 70, 67))
            }
        };
        SmsText {
            characters,
            parts,
            encoding,
            too_long: characters > self.most_characters,
            sent: sent.into(),
        }
    }

    fn parts(&self, units: &[usize], single: usize, each: usize) -> usize {
        let sum: usize = units.iter().sum();
        match self.counting {
            _ if sum <= single => 1,
            PartCounting::Division => sum.div_ceil(each),
            PartCounting::Unsplit => {
                let (mut parts, mut used) = (1, 0);
                for units in units {
                    if used + units > each {
                        parts += 1;
                        used = 0;
                    }
                    used += units;
                }
                parts
            }
        }
    }
}

impl Default for TextRules {
    fn default() -> Self {
        Self::NETWORKS
    }
}

/// Returns a text as GOV.UK Notify sends it.
fn downgraded(text: &str) -> String {
    let text = tight_punctuation(&text.replace("\r\n", "\n"));
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if is_sent_by_notify(c) {
            plain.push(c);
        } else if let Some(instead) = in_place_of(c) {
            plain.push_str(instead);
        } else {
            let letter = without_mark(c).filter(|c| is_sent_by_notify(*c));
            plain.push(letter.unwrap_or('?'));
        }
    }
    let mut lines: Vec<String> = Vec::new();
    for line in plain.split(['\n', '\r']) {
        let words: Vec<_> = line.split_whitespace().collect();
        let line = words.join(" ");
        // At most one blank line in a row.
        if !(line.is_empty() && lines.last().is_some_and(String::is_empty)) {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

/// Removes spaces and tabs before commas and full stops.
fn tight_punctuation(text: &str) -> String {
    let mut tight = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, ',' | '.') {
            let kept = tight.trim_end_matches([' ', '\t']).len();
            tight.truncate(kept);
        }
        tight.push(c);
    }
    tight
}
