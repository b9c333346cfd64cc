//! Languages.

use schemars::JsonSchema;

emis_types::text_newtype! {
    /// A language as BCP 47 writes it, without script: `en`, `cy`, `pl`, `pt-BR`.
    #[derive(JsonSchema)]
    #[schemars(extend("pattern" = r"^[a-z]{2,3}(-[A-Z]{2})?$"))]
    pub struct Language: checked -> LanguageError;
}

/// A text that is not a [`Language`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("language must be a tag such as en, cy or pt-BR")]
pub struct LanguageError;

fn checked(text: &str) -> Result<String, LanguageError> {
    let (language, country) = match text.split_once('-') {
        Some((language, country)) => (language, Some(country)),
        None => (text, None),
    };
    let fits = matches!(language.len(), 2 | 3)
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && country.is_none_or(|country| {
            country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase())
        });
    fits.then(|| text.to_owned()).ok_or(LanguageError)
}

impl Language {
    /// Returns English.
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// Returns `true` if it is English, of any country.
    pub fn is_english(&self) -> bool {
        self.as_str() == "en" || self.as_str().starts_with("en-")
    }

    /// Returns `true` if it is Welsh.
    pub fn is_welsh(&self) -> bool {
        self.as_str() == "cy"
    }
}

impl Default for Language {
    fn default() -> Self {
        Self::english()
    }
}
