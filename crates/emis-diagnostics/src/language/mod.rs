//! The language of texts for practices. A text without a translation stays English.

pub(crate) mod phrases;
mod welsh;

use serde::Serialize;

/// The language of titles, explanations and steps. Labels on EMIS's screens, evidence and texts for
/// engineers are English in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Welsh, for the commonest causes. Others stay English.
    Welsh,
}

impl Language {
    /// Returns the BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en-GB",
            Self::Welsh => "cy",
        }
    }

    /// Returns the translation of an English text, with its placeholders.
    pub(crate) fn text(self, english: &str) -> &str {
        let table = match self {
            Self::English => return english,
            Self::Welsh => welsh::TEXTS,
        };
        let mut pairs = table.iter();
        pairs
            .find(|(text, _)| *text == english)
            .map_or(english, |(_, translation)| translation)
    }

    /// Translates a text and fills in its placeholders.
    pub(crate) fn say(self, english: &str, values: &[(&str, &str)]) -> String {
        fill(self.text(english), |name| {
            let mut values = values.iter();
            values.find(|(known, _)| *known == name).map(|(_, it)| *it)
        })
    }
}

/// Fills in placeholders such as `{product}`, in one pass, so that a value that looks like a
/// placeholder is not replaced. Unknown placeholders stay.
pub(crate) fn fill<'a>(template: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let known = after.split_once('}');
        let known = known.and_then(|(name, after)| Some((value(name)?, after)));
        rest = match known {
            Some((value, after)) => {
                text.push_str(value);
                after
            }
            None => {
                text.push('{');
                after
            }
        };
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the placeholders of a text, sorted.
    fn placeholders(text: &str) -> Vec<&str> {
        let parts = text.split('{').skip(1);
        let mut names: Vec<_> = parts.filter_map(|it| it.split_once('}')).collect();
        names.sort_unstable();
        names.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn translations_keep_placeholders_and_labels() {
        for (number, (english, welsh)) in welsh::TEXTS.iter().enumerate() {
            assert_eq!(placeholders(english), placeholders(welsh), "{english}");
            let labels = |text: &str| text.matches('\'').count();
            assert!(labels(welsh) >= labels(english) / 2 * 2, "{english}");
            let again = welsh::TEXTS.iter().skip(number + 1);
            assert!(
                again.clone().all(|(other, _)| other != english),
                "{english}"
            );
        }
    }

    #[test]
    fn placeholders_are_filled_in_one_pass() {
        let value = |name: &str| (name == "a").then_some("{b}");
        assert_eq!(fill("{a} {b} {", value), "{b} {b} {");
    }
}
