//! Reads a patient's reply.

use serde::{Deserialize, Serialize};

use super::code::ReplyCode;
use super::spelling::{is_nearly, tokens};

/// The intent of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReplyIntent {
    /// To cancel an appointment.
    Cancel,
    /// To get no more messages.
    OptOut,
    /// To say thanks or yes: nothing is to be done.
    Courtesy,
    /// Not understood.
    Unclear,
}

/// The rules by which replies are read and answered: a property of the gateway's number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ReplyRules {
    /// The word that messages ask for, in capitals. Default: `CANCEL`.
    pub cancel_word: String,
    /// True if the gateway takes CANCEL for an opt-out and sends nothing to the contact from then
    /// on. Set another [`cancel_word`](Self::cancel_word) then. A patient who writes CANCEL all the
    /// same is taken at their word, and the block is recorded as the opt-out that it is.
    pub cancel_opts_out: bool,
}

impl Default for ReplyRules {
    fn default() -> Self {
        Self {
            cancel_word: "CANCEL".to_owned(),
            cancel_opts_out: false,
        }
    }
}

/// A reply as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParsedReply {
    /// The intent.
    pub intent: ReplyIntent,
    /// The codes of appointments, each once.
    pub codes: Vec<ReplyCode>,
    /// True if the gateway took it for an opt-out.
    pub gateway_opted_out: bool,
    /// True if it is written in Welsh.
    pub welsh: bool,
}

/// Words that mean to cancel, and may be misspelled.
const CANCEL: &[&str] = &[
    "CANCEL",
    "CANCELLED",
    "CANCELED",
    "CANCELLATION",
    "CANCELLING",
];
const CANCEL_WELSH: &[&str] = &["CANSLO", "CANSLWCH", "DILEU", "DILEWCH"];

/// Words that are nearly one of these and mean something else.
const NOT_CANCEL: &[&str] = &["CANCER", "CANCERS", "CHANCEL"];

/// Words that mean an opt-out, as networks and gateways know them.
const STOP: &[&str] = &[
    "STOP",
    "STOPALL",
    "STOPP",
    "UNSUBSCRIBE",
    "UNSUBSCRIBED",
    "OPTOUT",
    "QUIT",
    "END",
];
const STOP_WELSH: &[&str] = &["STOPIO", "STOPIWCH", "DADDANYSGRIFIO"];

/// Words that change nothing.
const FILLERS: &[&str] = &[
    "A",
    "AND",
    "APPOINTMENT",
    "APPOINTMENTS",
    "APPT",
    "BOTH",
    "CAN",
    "CODE",
    "DEAR",
    "DR",
    "GOOD",
    "HELLO",
    "HI",
    "I",
    "ID",
    "IT",
    "LIKE",
    "MORNING",
    "AFTERNOON",
    "MY",
    "NEED",
    "NUMBER",
    "PLEASE",
    "PLS",
    "PLZ",
    "REF",
    "REFERENCE",
    "SURGERY",
    "TEXT",
    "TEXTS",
    "MESSAGES",
    "ALL",
    "SORRY",
    "THE",
    "THIS",
    "TO",
    "U",
    "WANT",
    "WISH",
    "WOULD",
    "YOU",
    "APWYNTIAD",
    "OS",
    "GWELWCH",
    "YN",
    "DDA",
    "FY",
    "EISIAU",
];
const COURTESIES: &[&str] = &[
    "THANKS", "THANK", "THX", "TA", "CHEERS", "OK", "OKAY", "YES", "YEP", "FINE", "GREAT",
    "REGARDS", "KIND", "DIOLCH", "IAWN", "GOT",
];

impl ParsedReply {
    /// Reads a reply.
    ///
    /// Only what is understood whole is understood: a word that is neither a command nor a filler
    /// makes the reply [unclear](ReplyIntent::Unclear), for a person to read. "Please don't cancel"
    /// and "cancel 7834 if the doctor is away" cancel nothing.
    ///
    /// # Examples
    /// ```
    /// use emis_messaging::{ParsedReply, ReplyIntent, ReplyRules};
    ///
    /// let rules = ReplyRules::default();
    /// let reply = ParsedReply::parse("Pls cancle 7834, thanks", &rules);
    /// assert_eq!(reply.intent, ReplyIntent::Cancel);
    /// assert_eq!(reply.codes, ["7834".parse()?]);
    /// let reply = ParsedReply::parse("please don't cancel 7834", &rules);
    /// assert_eq!(reply.intent, ReplyIntent::Unclear);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(text: &str, rules: &ReplyRules) -> Self {
        let tokens = tokens(text);
        let mut reply = Self {
            intent: ReplyIntent::Unclear,
            codes: Vec::new(),
            gateway_opted_out: false,
            welsh: false,
        };
        let (mut cancels, mut stops, mut courtesies, mut unclear) = (false, false, false, false);
        let mut digits = Vec::new();
        let own_word = super::spelling::tokens(&rules.cancel_word).concat();
        for token in &tokens {
            let token = token.as_str();
            let is = |words: &[&str]| words.contains(&token);
            let nearly = |words: &[&str]| words.iter().any(|it| is_nearly(token, it));
            if token.bytes().all(|byte| byte.is_ascii_digit()) {
                digits.push(token);
            } else if is(STOP) || is(STOP_WELSH) {
                stops = true;
                reply.welsh |= is(STOP_WELSH);
            } else if !is(NOT_CANCEL)
                && (nearly(CANCEL) || nearly(CANCEL_WELSH) || token == own_word)
            {
                cancels = true;
                reply.welsh |= nearly(CANCEL_WELSH);
                // Gateways look for the word itself.
                reply.gateway_opted_out |= rules.cancel_opts_out && token == "CANCEL";
            } else if is(COURTESIES) {
                courtesies = true;
                reply.welsh |= is(&["DIOLCH", "IAWN"]);
            } else if is(FILLERS) {
                reply.welsh |= is(&["APWYNTIAD", "GWELWCH", "EISIAU"]);
            } else {
                unclear = true;
            }
        }
        let opts_out = tokens.windows(2).any(|pair| pair == ["OPT", "OUT"]);
        if opts_out {
            let others = tokens.iter().filter(|it| *it != "OPT" && *it != "OUT");
            let known = |it: &String| FILLERS.contains(&it.as_str()) || STOP.contains(&it.as_str());
            (stops, unclear) = (true, !others.into_iter().all(known));
        }
        let listed = tokens.iter().any(|it| it == "AND");
        match codes(&digits, listed) {
            Some(codes) => reply.codes = codes,
            None => unclear = true,
        }
        reply.intent = match (cancels, stops) {
            _ if unclear => ReplyIntent::Unclear,
            (true, false) => ReplyIntent::Cancel,
            (false, true) if reply.codes.is_empty() => ReplyIntent::OptOut,
            (false, false) if courtesies && digits.is_empty() => ReplyIntent::Courtesy,
            _ => ReplyIntent::Unclear,
        };
        // An opt-out is never missed, even in a sentence that is not understood.
        if tokens.first().is_some_and(|it| STOP.contains(&it.as_str())) && tokens.len() == 1 {
            reply.intent = ReplyIntent::OptOut;
        }
        reply
    }
}

/// Returns the codes that groups of digits stand for; `None` if they are something else. Groups that
/// are listed are a code each.
fn codes(digits: &[&str], listed: bool) -> Option<Vec<ReplyCode>> {
    let mut codes = Vec::new();
    for group in digits {
        let code = match group.parse() {
            Ok(code) => code,
            Err(_) if listed => return None,
            // "78 34"
            Err(_) => return digits.concat().parse().ok().map(|code| vec![code]),
        };
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Some(codes)
}
