//! The check of a template before it is saved, and its preview.

use std::collections::BTreeSet;

use emis_settings::Channel;
use serde::{Deserialize, Serialize};

use super::facts::PracticeFacts;
use super::template::{MessageTemplate, TemplateErrorKind};
use crate::kind::MessageKind;
use crate::sms_characters::{gsm_units, in_place_of};
use crate::text_rules::TextRules;

/// The price of one part of a text message, in hundredths of a penny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartPrice(u32);

impl PartPrice {
    /// Creates a price: 233 is 2.33 pence.
    pub const fn hundredths_of_a_penny(price: u32) -> Self {
        Self(price)
    }

    /// Returns the price of parts, in hundredths of a penny.
    pub fn of_parts(self, parts: usize) -> u32 {
        let parts = u32::try_from(parts).unwrap_or(u32::MAX);
        self.0.saturating_mul(parts)
    }
}

/// A problem that keeps a template from being saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateProblem {
    /// It is not a template.
    Syntax,
    /// It has a placeholder that there is not.
    UnknownPlaceholder,
    /// For some appointments, a placeholder would be empty: "Dear ,", "at .".
    EmptyPlaceholder,
    /// For some appointments it would not say the date.
    DateMissing,
    /// For some appointments, a text message would have more than six parts.
    TooLong,
    /// An email has no subject, or one of more than one line or 120 characters; or a text message
    /// has one.
    SubjectInvalid,
    /// An invitation has no link.
    LinkMissing,
}

impl TemplateProblem {
    /// Returns the sentence for the practice.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Syntax => "The text has a brace or a condition that is not closed.",
            Self::UnknownPlaceholder => "The text has a placeholder that does not exist.",
            Self::EmptyPlaceholder => {
                "For some appointments a placeholder is empty. Put it, and the words around it, in \
                 a condition."
            }
            Self::DateMissing => "The text does not say the date.",
            Self::TooLong => "For some appointments the text has more than six parts. Shorten it.",
            Self::SubjectInvalid => {
                "An email needs a subject of one line, and a text message has none."
            }
            Self::LinkMissing => "An invitation needs the link.",
        }
    }
}

/// A warning that characters of a word processor make every message dearer: one of them turns a
/// text message into UCS-2, and doubles or triples its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TypographyWarning {
    /// The characters, each once.
    pub characters: Vec<char>,
    /// The text with plain characters in their place; those without one are left.
    pub fixed: String,
    /// The parts of the longest preview as it is.
    pub parts: usize,
    /// The parts of the longest preview after the fix.
    pub fixed_parts: usize,
}

/// A message as a template makes it of a sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplatePreview {
    /// The text as the patient receives it.
    pub text: String,
    /// The number of parts; 0 of an email.
    pub parts: usize,
    /// The price in hundredths of a penny, if that of a part is known; 0 of an email.
    pub price: Option<u32>,
}

/// The report of [`MessageTemplate::check`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateReport {
    /// The problems; a template with one must not be saved.
    pub problems: Vec<TemplateProblem>,
    /// The warning, if its characters make it dearer.
    pub warning: Option<TypographyWarning>,
    /// The shortest and the longest message, without those that fail.
    pub previews: Vec<TemplatePreview>,
}

impl TemplateReport {
    /// Returns `true` if the template may be saved.
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }
}

impl MessageTemplate {
    /// Checks the template with every kind of appointment: with and without each placeholder that
    /// may be absent, with each precision of the time, and the longest names of the practice.
    ///
    /// # Examples
    /// ```
    /// use emis_messaging::{
    ///     MessageKind, MessageTemplate, PartPrice, PracticeFacts, TemplateProblem, TextRules,
    /// };
    /// use emis_settings::{Channel, Language};
    ///
    /// let (practice, rules) = (PracticeFacts::new(Some("Willow Practice"), None), TextRules::default());
    /// let price = PartPrice::hundredths_of_a_penny(233);
    /// let check = |body: &str| {
    ///     let (kind, language) = (MessageKind::Reminder, Language::english());
    ///     MessageTemplate::new(kind, Channel::Sms, language, body).check(&practice, &rules, Some(price))
    /// };
    /// assert_eq!(check("Dear {{ name }}, {{ when }}").problems, [TemplateProblem::EmptyPlaceholder]);
    /// let good = check("{% if name %}Dear {{ name }}, {% endif %}see you on {{ when }}.");
    /// assert!(good.is_good());
    /// assert_eq!((good.previews[0].parts, good.previews[0].price), (1, Some(233)));
    /// ```
    pub fn check(
        &self,
        practice: &PracticeFacts,
        rules: &TextRules,
        price: Option<PartPrice>,
    ) -> TemplateReport {
        let mut problems = BTreeSet::new();
        if !self.subject_fits() {
            problems.insert(TemplateProblem::SubjectInvalid);
        }
        if self.kind == MessageKind::Invitation && !self.body.contains("link") {
            problems.insert(TemplateProblem::LinkMissing);
        }
        let mut previews: Vec<TemplatePreview> = Vec::new();
        for facts in practice.samples(&self.language) {
            // Messages of these kinds always have what the sample lacks.
            if !self.can_be(&facts) {
                continue;
            }
            match self.render(&facts, rules) {
                Ok(body) => {
                    let text = body.expose_text().unwrap_or_default().to_owned();
                    if self.needs_date() && !says_date(&text, &facts) {
                        problems.insert(TemplateProblem::DateMissing);
                    }
                    previews.push(self.preview(text, rules, price));
                }
                Err(error) => {
                    problems.insert(match error.kind() {
                        TemplateErrorKind::Syntax | TemplateErrorKind::Missing => {
                            TemplateProblem::Syntax
                        }
                        TemplateErrorKind::UnknownPlaceholder => {
                            TemplateProblem::UnknownPlaceholder
                        }
                        TemplateErrorKind::EmptyPlaceholder => TemplateProblem::EmptyPlaceholder,
                        TemplateErrorKind::TooLong => TemplateProblem::TooLong,
                    });
                }
            }
        }
        let size = |it: &TemplatePreview| (it.parts, it.text.chars().count());
        let shortest = previews.iter().min_by_key(|it| size(it)).cloned();
        let longest = previews.iter().max_by_key(|it| size(it)).cloned();
        let warning = longest
            .as_ref()
            .and_then(|longest| self.typography(longest.parts, practice, rules));
        let mut shown: Vec<_> = shortest.into_iter().chain(longest).collect();
        shown.dedup();
        TemplateReport {
            problems: problems.into_iter().collect(),
            warning,
            previews: shown,
        }
    }

    fn can_be(&self, facts: &super::facts::MessageFacts) -> bool {
        match self.kind {
            MessageKind::Invitation => facts.has_link(),
            MessageKind::Reminder => true,
            _ => !facts.has_several(),
        }
    }

    fn needs_date(&self) -> bool {
        !matches!(self.kind, MessageKind::Invitation | MessageKind::Reply)
    }

    fn subject_fits(&self) -> bool {
        match (&self.subject, self.channel) {
            (Some(subject), Channel::Email) => {
                let line = (1..=120).contains(&subject.trim().chars().count());
                line && !subject.contains(['{', '}']) && !subject.chars().any(char::is_control)
            }
            (None, Channel::Email) => false,
            (subject, _) => subject.is_none(),
        }
    }

    fn preview(
        &self,
        text: String,
        rules: &TextRules,
        price: Option<PartPrice>,
    ) -> TemplatePreview {
        if self.channel != Channel::Sms {
            return TemplatePreview {
                text,
                parts: 0,
                price: price.map(|_| 0),
            };
        }
        let sms = rules.sms(&text);
        TemplatePreview {
            text: sms.sent.into_exposed(),
            parts: sms.parts,
            price: price.map(|price| price.of_parts(sms.parts)),
        }
    }

    /// Returns the warning, unless the sender replaces such characters by itself.
    fn typography(
        &self,
        parts: usize,
        practice: &PracticeFacts,
        rules: &TextRules,
    ) -> Option<TypographyWarning> {
        if self.channel != Channel::Sms || rules.downgrades {
            return None;
        }
        let is_dear = |c: &char| gsm_units(*c).is_none() && in_place_of(*c).is_some();
        let characters: BTreeSet<char> = self.body.chars().filter(is_dear).collect();
        if characters.is_empty() {
            return None;
        }
        let mut fixed = String::with_capacity(self.body.len());
        for c in self.body.chars() {
            match in_place_of(c).filter(|_| gsm_units(c).is_none()) {
                Some(instead) => fixed.push_str(instead),
                None => fixed.push(c),
            }
        }
        let plain = Self {
            body: fixed.clone(),
            ..self.clone()
        };
        let fixed_previews = plain.check(practice, rules, None).previews;
        Some(TypographyWarning {
            characters: characters.into_iter().collect(),
            fixed,
            parts,
            fixed_parts: fixed_previews.last().map_or(parts, |it| it.parts),
        })
    }
}

/// Returns `true` if a text says the date, long or short.
fn says_date(text: &str, facts: &super::facts::MessageFacts) -> bool {
    facts
        .dates()
        .iter()
        .any(|date| text.contains(date.as_str()))
}
