//! A practice's own words for its reminders.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Channel;
use crate::problem::{ProblemCode as Code, SettingsProblem};

/// How exactly a reminder gives the time of the appointment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimeShown {
    /// When it starts: "9:40am".
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

/// A language as BCP 47 writes it, without script: `en`, `cy`, `pl`, `pt-BR`.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
pub struct Language(#[schemars(regex(pattern = r"^[a-z]{2,3}(-[A-Z]{2})?$"))] String);

impl Language {
    /// English.
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is English of whatever country.
    pub fn is_english(&self) -> bool {
        self.0 == "en" || self.0.starts_with("en-")
    }
}

impl Default for Language {
    fn default() -> Self {
        Self::english()
    }
}

/// A text that is not a [`Language`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("language must be a tag such as en, cy or pt-BR")]
pub struct LanguageError;

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Self, LanguageError> {
        let (language, country) = match text.split_once('-') {
            Some((language, country)) => (language, Some(country)),
            None => (text, None),
        };
        let fits = matches!(language.len(), 2 | 3)
            && language.bytes().all(|byte| byte.is_ascii_lowercase())
            && country.is_none_or(|country| {
                country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase())
            });
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(LanguageError)
        }
    }
}

impl TryFrom<String> for Language {
    type Error = LanguageError;

    fn try_from(text: String) -> Result<Self, LanguageError> {
        text.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The words of a reminder through one channel and in one language, instead of the built-in
/// English ones.
///
/// The text may hold `{practice}`, `{date}`, `{time}` (as exactly as
/// [`TimeShown`] says, and empty where the day alone is shown), `{site}`, `{cancel}` and `{name}`
/// (empty unless patients are called by their names); `{date}` must be in it. There is nothing
/// to put a clinician, a slot type or a reason in: a reminder says nothing clinical.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Template {
    /// The channel.
    pub channel: Channel,
    /// The language. Default: English.
    #[serde(default)]
    pub language: Language,
    /// An email's subject: one line of 1 to 120 characters, without placeholders. Default:
    /// "Appointment reminder". Text messages have none.
    #[serde(default)]
    pub subject: Option<String>,
    /// The text: at most 459 characters for a text message (three parts), 5,000 for an email.
    pub body: String,
}

/// A piece of a [`Template`]'s text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplatePart<'a> {
    /// Words, as they are.
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
    /// The words for a channel, in English.
    pub fn new(channel: Channel, body: impl Into<String>) -> Self {
        Self {
            channel,
            language: Language::english(),
            subject: None,
            body: body.into(),
        }
    }

    /// The text in its parts; none where it holds a brace that belongs to no placeholder.
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

    fn longest(&self) -> usize {
        match self.channel {
            Channel::Sms => 459,
            Channel::Email => 5_000,
        }
    }
}

/// What is wrong with a practice's templates.
pub(crate) fn problems(templates: &[Template]) -> Vec<SettingsProblem> {
    const PATH: &str = "reminders.templates";
    let mut problems = Vec::new();
    let mut rule = |kept: bool, code, message: &str| {
        if !kept {
            problems.push(SettingsProblem::new(code, PATH, message));
        }
    };
    let key = |template: &Template| (template.channel, template.language.clone());
    let mut keys: Vec<_> = templates.iter().map(key).collect();
    keys.sort();
    rule(
        keys.is_sorted_by(|one, next| one < next) && keys.len() <= 50,
        Code::TemplateRepeated,
        "Write one text for each channel and language, at most 50 in all.",
    );
    let printable = |text: &str| !text.chars().any(|c| c.is_control() && c != '\n');
    rule(
        templates.iter().all(|template| {
            !template.body.trim().is_empty()
                && printable(&template.body)
                && template.body.chars().count() <= template.longest()
        }),
        Code::TemplateTextInvalid,
        "The text of a reminder must not be blank, and have at most 459 characters for a text \
         message and 5,000 for an email.",
    );
    rule(
        templates.iter().all(|template| template.parts().is_some()),
        Code::TemplatePlaceholderUnknown,
        "Between braces, a reminder's text may hold practice, date, time, site, cancel or name, \
         such as {date}, and nothing else.",
    );
    rule(
        templates
            .iter()
            .all(|template| template.body.contains("{date}")),
        Code::TemplateDateMissing,
        "The text of a reminder must say when the appointment is: put {date} into it.",
    );
    let subject_fits =
        |subject: &str| crate::text::fault(subject, 120).is_none() && !subject.contains(['{', '}']);
    rule(
        templates
            .iter()
            .all(|template| match (&template.subject, template.channel) {
                (None, _) => true,
                (Some(subject), Channel::Email) => subject_fits(subject),
                (Some(_), Channel::Sms) => false,
            }),
        Code::TemplateSubjectInvalid,
        "The subject of an email must be one line of at most 120 characters without braces; text \
         messages have none.",
    );
    problems
}
