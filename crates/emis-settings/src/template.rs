//! A practice's own wording of its reminders.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::language::Language;
use crate::problem::{Problems, SettingsProblem};
use crate::problem_text::ProblemCode as Code;
use crate::text::is_line;

/// The precision with which a reminder gives the time of the appointment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimeShown {
    /// The start: "9:40am".
    #[default]
    Exact,
    /// The two hours from the full hour in which it starts: "between 9am and 11am". For calls
    /// rather than visits: the patient is not told when to be there.
    TwoHours,
    /// "in the morning" before 1pm, "in the afternoon" from then on.
    HalfDay,
    /// The day alone.
    Day,
}

/// The wording of a reminder in one channel and one language, in place of the built-in one.
///
/// Placeholders stand in double braces, with conditions around those that may be absent:
/// `{{ when }}`, `{% if site %} at {{ site }}{% endif %}`. `MessageTemplate` of `emis-messaging` lists
/// them, and checks the text with every kind of appointment. There is no placeholder for a
/// clinician, a slot type or a reason: a reminder says nothing clinical.
///
/// Earlier settings have `{practice}`, `{date}`, `{time}`, `{site}`, `{cancel}` and `{name}` in single
/// braces, of which the text must hold `{date}`. Where one of them would leave a gap, the built-in
/// words are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Template {
    /// The channel.
    pub channel: Channel,
    /// The language. Default: English.
    #[serde(default)]
    pub language: Language,
    /// The subject of an email: one line of 1 to 120 characters, without placeholders. Default:
    /// "Appointment reminder". Text messages have none.
    #[serde(default)]
    pub subject: Option<String>,
    /// The text: at most 1,000 characters for a text message, 459 (three parts) in single braces,
    /// and 5,000 for an email.
    pub body: String,
}

/// A message beside reminders for which a practice can have its own [words](Template).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConfirmationKind {
    /// An appointment was booked.
    Booked,
    /// An appointment was moved.
    Moved,
    /// An appointment was cancelled, by the patient or by the practice.
    Cancelled,
    /// An appointment could not be booked.
    NotBooked,
    /// An appointment could not be moved: it stands.
    NotMoved,
    /// An appointment could not be cancelled: it stands.
    NotCancelled,
}

impl ConfirmationKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Booked,
        Self::Moved,
        Self::Cancelled,
        Self::NotBooked,
        Self::NotMoved,
        Self::NotCancelled,
    ];
}

/// A piece of the text of a [`Template`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplatePart<'a> {
    /// Words, unchanged.
    Words(&'a str),
    /// `{practice}`
    Practice,
    /// `{date}`
    Date,
    /// `{time}`
    Time,
    /// `{site}`
    Site,
    /// `{cancel}`
    Cancel,
    /// `{name}`
    Name,
}

impl Template {
    /// Creates the English text of a channel.
    pub fn new(channel: Channel, body: impl Into<String>) -> Self {
        Self {
            channel,
            language: Language::english(),
            subject: None,
            body: body.into(),
        }
    }

    /// Returns `true` if the placeholders stand in double braces, with conditions.
    pub fn has_conditions(&self) -> bool {
        self.body.contains("{{") || self.body.contains("{%")
    }

    /// Returns the parts of a text with single braces, or `None` if a brace belongs to no placeholder.
    pub fn parts(&self) -> Option<Vec<TemplatePart<'_>>> {
        let mut parts = Vec::new();
        let mut rest = self.body.as_str();
        while let Some(brace) = rest.find(['{', '}']) {
            let (words, tail) = rest.split_at(brace);
            let (name, after) = tail.strip_prefix('{')?.split_once('}')?;
            parts.push(TemplatePart::Words(words));
            parts.push(match name {
                "practice" => TemplatePart::Practice,
                "date" => TemplatePart::Date,
                "time" => TemplatePart::Time,
                "site" => TemplatePart::Site,
                "cancel" => TemplatePart::Cancel,
                "name" => TemplatePart::Name,
                _ => return None,
            });
            rest = after;
        }
        parts.push(TemplatePart::Words(rest));
        Some(parts)
    }

    fn text_fits(&self) -> bool {
        let longest = match self.channel {
            Channel::Sms if self.has_conditions() => 1_000,
            Channel::Sms => 459,
            Channel::Email => 5_000,
        };
        let mut letters = self.body.chars();
        !self.body.trim().is_empty()
            && self.body.chars().count() <= longest
            && letters.all(|c| !c.is_control() || c == '\n')
    }

    fn subject_fits(&self) -> bool {
        match (&self.subject, self.channel) {
            (None, _) => true,
            (Some(subject), Channel::Email) => {
                is_line(subject, 120) && !subject.contains(['{', '}'])
            }
            (Some(_), Channel::Sms) => false,
        }
    }
}

/// Returns the problems of the templates in a field.
pub(crate) fn template_problems(
    templates: &[Template],
    path: &'static str,
) -> Vec<SettingsProblem> {
    let key = |template: &Template| (template.channel, template.language.clone());
    let mut keys: Vec<_> = templates.iter().map(key).collect();
    keys.sort();
    let distinct = keys.is_sorted_by(|one, next| one < next) && keys.len() <= 50;
    let all = |rule: fn(&Template) -> bool| templates.iter().all(rule);
    let mut problems = Problems::default();
    for (kept, code) in [
        (distinct, Code::TemplateRepeated),
        (all(Template::text_fits), Code::TemplateTextInvalid),
        (
            all(|template| template.has_conditions() || template.parts().is_some()),
            Code::TemplatePlaceholderUnknown,
        ),
        (
            all(|template| template.has_conditions() || template.body.contains("{date}")),
            Code::TemplateDateMissing,
        ),
        (all(Template::subject_fits), Code::TemplateSubjectInvalid),
    ] {
        problems.add_if(!kept, code, path);
    }
    problems.into_vec()
}
