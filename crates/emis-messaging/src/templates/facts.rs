//! The facts that a message may contain.

use std::collections::BTreeMap;

use emis_settings::{Language, TimeShown};
use jiff::civil::{DateTime, Time, date};
use minijinja::Value;

use crate::dates;

/// The longest line of a practice or a site that a message contains.
const LONGEST_LINE: usize = 160;
/// The longest first name that a message contains.
const LONGEST_FIRST_NAME: usize = 30;

/// The facts of a practice that its messages contain.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PracticeFacts {
    name: Option<String>,
    cancel_text: Option<String>,
    sites: Vec<String>,
    time_shown: TimeShown,
    link: Option<String>,
}

impl PracticeFacts {
    /// Creates the facts of a practice from its name and its sentence on how to cancel, each of up
    /// to 160 characters. In place of one that is absent, blank or longer, messages say "your GP
    /// practice", and ask the patient to tell the practice.
    pub fn new(name: Option<&str>, cancel_text: Option<&str>) -> Self {
        Self {
            name: name.and_then(one_line),
            cancel_text: cancel_text.and_then(one_line),
            sites: Vec::new(),
            time_shown: TimeShown::Exact,
            link: None,
        }
    }

    /// Sets the precision of times; by default exact.
    #[must_use]
    pub fn showing(mut self, shown: TimeShown) -> Self {
        self.time_shown = shown;
        self
    }

    /// Sets the names of the practice's sites, with which its templates are checked.
    #[must_use]
    pub fn with_sites(mut self, sites: impl IntoIterator<Item = String>) -> Self {
        self.sites = sites.into_iter().filter_map(|it| one_line(&it)).collect();
        self
    }

    /// Sets an example of the product's links, with which its templates are checked.
    #[must_use]
    pub fn linking(mut self, example: &str) -> Self {
        self.link = Some(example.to_owned());
        self
    }

    /// Returns facts of every kind of appointment: in each combination of what may be absent, with
    /// each precision of the time, and the longest names.
    pub(super) fn samples(&self, language: &Language) -> Vec<MessageFacts> {
        let mut samples = Vec::new();
        let example = "https://example.org/a/0123456789ABCDEFGHJK";
        let link = self.link.as_deref().unwrap_or(example);
        let longest = self.sites.iter().max_by_key(|site| site.chars().count());
        // Wednesday and September are the longest names in English, as Mercher and Gorffennaf.
        let starts = [
            date(2026, 9, 30).at(10, 40, 0, 0),
            date(2026, 7, 22).at(14, 0, 0, 0),
        ];
        for (n, start) in starts.into_iter().enumerate() {
            for bits in 0_u8..32 {
                let has = |bit: u8| bits & (1 << bit) != 0;
                let mut facts = MessageFacts::new(self, start, language.clone());
                facts.shared = has(0);
                if has(1) {
                    let site = longest.map_or("Example Branch Surgery", String::as_str);
                    facts = facts.at_site(site);
                }
                if has(2) && !has(0) {
                    facts = facts.naming(if n == 0 { "Christopher" } else { "Si\u{e2}n" });
                }
                if has(3) {
                    facts = facts.with_code("7834").with_cancel_word("CANCEL");
                }
                if has(4) {
                    facts = facts
                        .with_link(link)
                        .moved_from(date(2026, 9, 23).at(10, 40, 0, 0));
                }
                if n == 1 {
                    facts.shown = match bits % 4 {
                        0 => TimeShown::TwoHours,
                        1 => TimeShown::HalfDay,
                        2 => TimeShown::Day,
                        _ => TimeShown::Exact,
                    };
                }
                samples.push(facts);
            }
        }
        for shared in [false, true] {
            let [first, _] = starts;
            let mut facts = MessageFacts::new(self, first, language.clone());
            facts.shared = shared;
            let later = [(11, 0), (12, 30), (15, 20)]
                .map(|(hour, minute)| first.date().at(hour, minute, 0, 0).time());
            samples.push(facts.and_at(later));
        }
        samples
    }
}

/// The facts of one message. `Debug` is redacted.
///
/// They are all that a message can contain: no slot type, reason, notes, NHS number or date of
/// birth.
///
/// # Examples
/// ```
/// use emis_messaging::{MessageFacts, PracticeFacts};
/// use emis_settings::Language;
/// use jiff::civil::date;
///
/// let practice = PracticeFacts::new(Some("Willow Practice"), None);
/// let start = date(2026, 6, 3).at(9, 40, 0, 0);
/// let facts = MessageFacts::new(&practice, start, Language::english()).at_site("North Branch");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MessageFacts {
    practice: String,
    cancel: String,
    start: DateTime,
    later: Vec<Time>,
    old_start: Option<DateTime>,
    pub(super) shown: TimeShown,
    pub(super) language: Language,
    pub(super) shared: bool,
    site: Option<String>,
    pub(super) name: Option<String>,
    code: Option<String>,
    cancel_word: Option<String>,
    link: Option<String>,
}

impl std::fmt::Debug for MessageFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MessageFacts([redacted])")
    }
}

impl MessageFacts {
    /// Creates the facts of an appointment.
    pub fn new(practice: &PracticeFacts, start: DateTime, language: Language) -> Self {
        let welsh = language.as_str() == "cy";
        let or = |text: &Option<String>, english: &str, in_welsh: &str| {
            let default = if welsh { in_welsh } else { english };
            text.clone().unwrap_or_else(|| default.to_owned())
        };
        Self {
            practice: or(&practice.name, "your GP practice", "eich meddygfa"),
            cancel: or(
                &practice.cancel_text,
                "If you cannot attend, please tell the practice.",
                "Os na allwch ddod, rhowch wybod i'r feddygfa.",
            ),
            start,
            later: Vec::new(),
            old_start: None,
            shown: practice.time_shown,
            language,
            shared: false,
            site: None,
            name: None,
            code: None,
            cancel_word: None,
            link: None,
        }
    }

    /// Sets the site, unless it is blank, too long, or the practice itself by another spelling.
    #[must_use]
    pub fn at_site(mut self, site: &str) -> Self {
        let letters = |name: &str| -> String {
            let visible = name.chars().filter(|c| !c.is_whitespace());
            visible.flat_map(char::to_lowercase).collect()
        };
        self.site = one_line(site).filter(|it| letters(it) != letters(&self.practice));
        self
    }

    /// Marks the contact as shared with another patient: the message says "an appointment", and
    /// names no patient.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self.name = None;
        self
    }

    /// Sets the patient's first name: the first word of the field, if it is plausibly a name and
    /// the contact is not shared.
    #[must_use]
    pub fn naming(mut self, field: &str) -> Self {
        let first = field.split_whitespace().next().map(plain_punctuation);
        self.name = first.filter(|first| {
            let letters = first.chars().filter(|c| c.is_alphabetic()).count();
            !self.shared
                && letters > 1
                && first.chars().all(|c| c.is_alphabetic() || "'-".contains(c))
                && first.chars().count() <= LONGEST_FIRST_NAME
        });
        self
    }

    /// Sets the code by which a reply names the appointment.
    #[must_use]
    pub fn with_code(mut self, code: impl ToString) -> Self {
        self.code = Some(code.to_string());
        self.cancel_word.get_or_insert_with(|| "CANCEL".to_owned());
        self
    }

    /// Sets the word that a reply cancels by; `CANCEL` by default.
    #[must_use]
    pub fn with_cancel_word(mut self, word: impl Into<String>) -> Self {
        self.cancel_word = Some(word.into());
        self
    }

    /// Sets the link to the patient's page.
    #[must_use]
    pub fn with_link(mut self, link: impl Into<String>) -> Self {
        self.link = Some(link.into());
        self
    }

    /// Adds appointments of the same day and place, by their times.
    #[must_use]
    pub fn and_at(mut self, times: impl IntoIterator<Item = Time>) -> Self {
        self.later.extend(times);
        self
    }

    /// Sets the time from which the appointment was moved.
    #[must_use]
    pub fn moved_from(mut self, old: DateTime) -> Self {
        self.old_start = Some(old);
        self
    }

    /// Sets the precision of the time.
    #[must_use]
    pub fn showing(mut self, shown: TimeShown) -> Self {
        self.shown = shown;
        self
    }

    pub(super) fn without_name(&self) -> Self {
        Self {
            name: None,
            ..self.clone()
        }
    }

    /// Returns the date as templates show it, long and short.
    pub(super) fn dates(&self) -> [String; 2] {
        [false, true].map(|short| dates::date(self.start, &self.language, short))
    }

    pub(super) fn has_link(&self) -> bool {
        self.link.is_some()
    }

    pub(super) fn has_several(&self) -> bool {
        !self.later.is_empty()
    }

    /// Returns the values of the placeholders. What is absent is missing here, so that printing it
    /// is an error.
    pub(super) fn values(&self, short: bool) -> Value {
        let when =
            |start, later: &[Time]| dates::when(start, later, self.shown, &self.language, short);
        let starts = std::iter::once(self.start.time()).chain(self.later.iter().copied());
        let time = dates::times(starts, self.shown, &self.language);
        let whose = if self.shared { "an" } else { "your" };
        let count = self.later.len() + 1;
        let english = match (count, self.shared) {
            (1, _) => format!("{whose} appointment"),
            (_, false) => format!("your {count} appointments"),
            (_, true) => format!("{count} appointments"),
        };
        let present = [
            ("practice", self.practice.clone()),
            ("cancel", self.cancel.clone()),
            ("date", dates::date(self.start, &self.language, short)),
            ("when", when(self.start, &self.later)),
            ("whose", whose.to_owned()),
            ("appointment", english),
        ];
        let optional = [
            ("time", time),
            ("old_when", self.old_start.map(|old| when(old, &[]))),
            ("site", self.site.clone()),
            ("name", self.name.clone()),
            ("code", self.code.clone()),
            ("cancel_word", self.cancel_word.clone()),
            ("link", self.link.clone()),
        ];
        let mut values: BTreeMap<String, Value> = BTreeMap::new();
        values.insert("shared".to_owned(), self.shared.into());
        values.insert("count".to_owned(), count.into());
        for (name, text) in present {
            values.insert(name.to_owned(), text.into());
        }
        for (name, text) in optional {
            if let Some(text) = text {
                values.insert(name.to_owned(), text.into());
            }
        }
        Value::from(values)
    }
}

/// The placeholders that a template may hold.
pub(super) const PLACEHOLDERS: &[&str] = &[
    "appointment",
    "cancel",
    "cancel_word",
    "code",
    "count",
    "date",
    "link",
    "name",
    "old_when",
    "practice",
    "shared",
    "site",
    "time",
    "when",
    "whose",
];

/// Marks that no space stands before.
pub(super) const CLOSING_MARKS: [char; 6] = [',', '.', ';', ':', '!', '?'];

/// Returns a text as one line without gaps; `None` if it is blank or too long.
fn one_line(text: &str) -> Option<String> {
    let visible: String = plain_punctuation(text)
        .chars()
        .filter(|c| c.is_whitespace() || !c.is_control())
        .collect();
    let mut line = String::with_capacity(visible.len());
    for word in visible.split_whitespace() {
        if !line.is_empty() && !word.starts_with(CLOSING_MARKS) {
            line.push(' ');
        }
        line.push_str(word);
    }
    while line.contains("()") {
        line = line.replace("()", "");
    }
    let line = line.trim_start_matches(CLOSING_MARKS).trim();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty() && line.chars().count() <= LONGEST_LINE).then_some(line)
}

/// Writes typographic punctuation, which word processors put into names of practices, in
/// characters that a text message has. Letters are left alone: they are people's names.
fn plain_punctuation(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '`' | '\u{b4}' => plain.push('\''),
            '\u{2010}'..='\u{2015}' => plain.push('-'),
            'Ł' | 'ł' | '\t' => plain.push(c),
            c => match crate::sms_characters::in_place_of(c) {
                Some(instead) => plain.push_str(instead),
                None => plain.push(c),
            },
        }
    }
    plain
}
