//! The parameters of a call, parsed strictly: each once, complete, and of its type.

use std::collections::BTreeMap;

use jiff::civil::Date;
use uuid::Uuid;

use super::form::Form;
use crate::formats;

/// The parameters of a call. Names are case-sensitive, as in the document.
#[derive(Debug, Default)]
pub(crate) struct Query {
    values: BTreeMap<String, Vec<String>>,
}

/// A parameter that is refused: its name and the reason, never its value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ParameterError(pub(crate) String);

impl Query {
    pub(crate) fn parse(query: &str) -> Self {
        let mut values = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            values
                .entry(name.into_owned())
                .or_default()
                .push(value.into_owned());
        }
        Self { values }
    }

    /// Returns the first value of each parameter.
    pub(crate) fn to_form(&self) -> Form {
        let first =
            |(name, values): (&String, &Vec<String>)| Some((name.clone(), values.first()?.clone()));
        self.values.iter().filter_map(first).collect()
    }

    /// Returns a parameter that may be absent. A blank one counts as absent.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<&str>, ParameterError> {
        match self.values.get(name).map(Vec::as_slice) {
            None => Ok(None),
            Some([value]) if value.trim().is_empty() => Ok(None),
            Some([value]) => Ok(Some(value)),
            Some(_) => Err(ParameterError(format!("{name} is given more than once"))),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, ParameterError> {
        self.optional(name)?
            .ok_or_else(|| ParameterError(format!("{name} is missing")))
    }

    /// Returns a 32-bit number.
    pub(crate) fn number(&self, name: &str) -> Result<i32, ParameterError> {
        self.text(name)?
            .parse()
            .map_err(|_| ParameterError(format!("{name} is not a 32-bit number")))
    }

    /// Returns a GUID with hyphens.
    pub(crate) fn guid(&self, name: &str) -> Result<Uuid, ParameterError> {
        let text = self.text(name)?;
        let guid = Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
        guid.ok_or_else(|| ParameterError(format!("{name} is not a GUID")))
    }

    /// Returns a date in `dd/MM/yyyy` or ISO form.
    pub(crate) fn date(&self, name: &str) -> Result<Date, ParameterError> {
        formats::parse_date(self.text(name)?)
            .ok_or_else(|| ParameterError(format!("{name} is not a date as dd/MM/yyyy")))
    }

    /// Returns a date that may be absent, but not blank.
    pub(crate) fn optional_date(&self, name: &str) -> Result<Option<Date>, ParameterError> {
        match self.values.get(name) {
            Some(_) => self.date(name).map(Some),
            None => Ok(None),
        }
    }

    /// Returns a number if the parameter is one, for the journal.
    pub(crate) fn number_if_any(&self, name: &str) -> Option<i32> {
        self.number(name).ok()
    }
}
