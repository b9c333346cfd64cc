//! A template of a message.

use emis_settings::{Channel, Language, Template, TemplatePart};
use minijinja::{Environment, UndefinedBehavior};
use serde::{Deserialize, Serialize};

use super::facts::{CLOSING_MARKS, MessageFacts, PLACEHOLDERS};
use crate::kind::MessageKind;
use crate::message::MessageBody;
use crate::text_rules::TextRules;

/// Steps after which a template is given up: a message takes a few dozen.
const FUEL: u64 = 5_000;

/// The words of a message in one language and channel, in the syntax of Jinja: `{{ when }}`,
/// `{% if site %} at {{ site }}{% endif %}`.
///
/// | Placeholder | Example | May be absent |
/// |---|---|---|
/// | `practice` | Willow Practice | |
/// | `when` | Wednesday 3 June at 9:40am | |
/// | `date` | Wednesday 3 June | |
/// | `time` | 9:40am | if the day alone is shown |
/// | `old_when` | Tuesday 2 June at 9am | unless it was moved |
/// | `site` | North Branch | yes |
/// | `cancel` | To cancel, call 01632 960123. | |
/// | `name` | Morwen | yes |
/// | `whose`, `appointment` | your, your appointment; an, an appointment | |
/// | `shared` | true if another patient has the contact | |
/// | `count` | 1, or the number of appointments that a reminder tells together | |
/// | `code`, `cancel_word` | 7834, CANCEL | yes |
/// | `link` | `https://…` | yes |
///
/// A placeholder that can be absent must stand in a condition. Printing an absent one is an error,
/// which [`check`](Self::check) finds before the template is saved.
///
/// # Examples
/// ```
/// use emis_messaging::{MessageFacts, MessageKind, MessageTemplate, PracticeFacts, TextRules};
/// use emis_settings::{Channel, Language};
/// use jiff::civil::date;
///
/// let english = Language::english();
/// let reminder = MessageTemplate::shipped(MessageKind::Reminder, Channel::Sms, &english).unwrap();
/// let practice = PracticeFacts::new(Some("Willow Practice"), Some("To cancel, call 01632 960123."));
/// let facts = MessageFacts::new(&practice, date(2026, 6, 3).at(9, 40, 0, 0), english);
/// let body = reminder.render(&facts, &TextRules::GOV_UK_NOTIFY)?;
/// assert_eq!(
///     body.expose_text(),
///     Some(
///         "A reminder of your appointment with Willow Practice on Wednesday 3 June at 9:40am. \
///          To cancel, call 01632 960123."
///     )
/// );
/// # Ok::<(), emis_messaging::TemplateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MessageTemplate {
    /// The kind of message.
    pub kind: MessageKind,
    /// The channel.
    pub channel: Channel,
    /// The language.
    pub language: Language,
    /// The subject of an email: one line without placeholders.
    #[serde(default)]
    pub subject: Option<String>,
    /// The text.
    pub body: String,
}

/// The failure to render a template. Its text holds nothing of the facts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    kind: TemplateErrorKind,
    message: String,
}

/// The kinds of [`TemplateError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateErrorKind {
    /// It is not a template.
    Syntax,
    /// It has a placeholder that there is not.
    UnknownPlaceholder,
    /// It prints a placeholder that is absent, or has the gap of one: "Dear ,", "at .".
    EmptyPlaceholder,
    /// It is a text message of more than six parts, or longer than the sender accepts.
    TooLong,
    /// There is no template of the kind, the channel and the language.
    Missing,
}

impl TemplateError {
    fn new(kind: TemplateErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// Creates the error that there is no template.
    pub fn missing() -> Self {
        Self::new(TemplateErrorKind::Missing, "there is no template")
    }

    /// Returns the kind.
    pub fn kind(&self) -> TemplateErrorKind {
        self.kind
    }

    /// Returns the error in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

impl MessageTemplate {
    /// Creates a template without a subject.
    pub fn new(
        kind: MessageKind,
        channel: Channel,
        language: Language,
        body: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            channel,
            language,
            subject: None,
            body: body.into(),
        }
    }

    /// Sets the subject of an email.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Creates the template of a kind of message from a template of the settings. One of earlier settings
    /// has its placeholders in single braces: `None` if such a brace belongs to no placeholder.
    pub fn of_settings(kind: MessageKind, template: &Template) -> Option<Self> {
        let mut body = String::new();
        let parts = match template.has_conditions() {
            true => vec![TemplatePart::Words(&template.body)],
            false => template.parts()?,
        };
        for part in parts {
            body.push_str(match part {
                TemplatePart::Words(words) => words,
                TemplatePart::Practice => "{{ practice }}",
                TemplatePart::Date => "{{ date }}",
                TemplatePart::Cancel => "{{ cancel }}",
                // These may be absent, and were printed as nothing.
                TemplatePart::Time => "{% if time %}{{ time }}{% endif %}",
                TemplatePart::Site => "{% if site %}{{ site }}{% endif %}",
                TemplatePart::Name => "{% if name %}{{ name }}{% endif %}",
                _ => return None,
            });
        }
        let (channel, language) = (template.channel, template.language.clone());
        let mut new = Self::new(kind, channel, language, body);
        new.subject.clone_from(&template.subject);
        if channel == Channel::Email && new.subject.is_none() {
            let shipped = Self::shipped(new.kind, channel, &new.language)
                .or_else(|| Self::shipped(new.kind, channel, &Language::english()));
            new.subject = shipped.and_then(|shipped| shipped.subject);
        }
        Some(new)
    }

    /// Renders the body of a message. Of a text message, the fullest wording of those that take the
    /// fewest parts: without the patient's name if it costs a part, and in English with a short
    /// date.
    ///
    /// # Errors
    /// If the template was not [checked](Self::check), and if a text message has more than six
    /// parts. It is never replaced by another language.
    pub fn render(
        &self,
        facts: &MessageFacts,
        rules: &TextRules,
    ) -> Result<MessageBody, TemplateError> {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_fuel(Some(FUEL));
        let syntax = |_| TemplateError::new(TemplateErrorKind::Syntax, "template can't be parsed");
        let template = environment.template_from_str(&self.body).map_err(syntax)?;
        let used = template.undeclared_variables(false);
        let mut unknown = used
            .iter()
            .filter(|it| !PLACEHOLDERS.contains(&it.as_str()));
        if let Some(unknown) = unknown.next() {
            let kind = TemplateErrorKind::UnknownPlaceholder;
            return Err(TemplateError::new(
                kind,
                format!("no placeholder is named {unknown}"),
            ));
        }
        let absent = || {
            let kind = TemplateErrorKind::EmptyPlaceholder;
            TemplateError::new(kind, "template prints a placeholder that is absent")
        };
        let render = |facts: &MessageFacts, short: bool| {
            let rendered = template.render(facts.values(short)).map_err(|error| {
                if error.kind() == minijinja::ErrorKind::UndefinedError {
                    absent()
                } else {
                    TemplateError::new(TemplateErrorKind::Syntax, "template can't be rendered")
                }
            });
            rendered.and_then(|text| match has_gap(&text) {
                true => Err(absent()),
                false => Ok(text),
            })
        };
        if self.channel != Channel::Sms {
            let text = render(facts, false)?;
            return Ok(match &self.subject {
                Some(subject) => MessageBody::email(subject, text),
                None => MessageBody::text(text),
            });
        }
        let nameless = facts.without_name();
        let mut best: Option<(usize, String)> = None;
        let wordings = [
            (facts, false),
            (facts, true),
            (&nameless, false),
            (&nameless, true),
        ];
        for (facts, short) in wordings {
            let text = render(facts, short)?.trim().to_owned();
            let sms = rules.sms(&text);
            let fits = sms.parts <= TextRules::MOST_PARTS && !sms.too_long;
            if fits && best.as_ref().is_none_or(|(parts, _)| sms.parts < *parts) {
                best = Some((sms.parts, text));
            }
            if sms.parts == 1 {
                // The wordings that follow say less.
                break;
            }
        }
        match best {
            Some((_, text)) => Ok(MessageBody::text(text)),
            None => Err(TemplateError::new(
                TemplateErrorKind::TooLong,
                "text message has more than six parts",
            )),
        }
    }
}

/// Returns `true` if a text has the gap that an empty placeholder leaves: "Dear ,", "at .".
fn has_gap(text: &str) -> bool {
    let chars: Vec<_> = text.chars().collect();
    let before_punctuation = chars
        .windows(2)
        .any(|pair| matches!(pair, [' ' | '\n', mark] if CLOSING_MARKS.contains(mark)));
    before_punctuation || text.contains("  ") || text.contains("()") || text.trim().is_empty()
}
