//! A call's parameters, read strictly: each once, whole, and of its type.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use uuid::Uuid;

use crate::formats;

/// The parameters of one call. Names are as exact as in the document.
#[derive(Debug, Default)]
pub(crate) struct Query {
    values: BTreeMap<String, Vec<String>>,
}

/// A parameter that cannot be used: its name and what is wrong, never its value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadParameter(pub(crate) String);

impl Query {
    pub(crate) fn read(query: &str) -> Self {
        let mut values = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            values
                .entry(name.into_owned())
                .or_default()
                .push(value.into_owned());
        }
        Self { values }
    }

    /// The first value of each parameter.
    pub(crate) fn to_form(&self) -> HashMap<String, String> {
        let first =
            |(name, values): (&String, &Vec<String>)| Some((name.clone(), values.first()?.clone()));
        self.values.iter().filter_map(first).collect()
    }

    /// A parameter that may be missing; blank counts as missing.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<&str>, BadParameter> {
        match self.values.get(name).map(Vec::as_slice) {
            None => Ok(None),
            Some([value]) if value.trim().is_empty() => Ok(None),
            Some([value]) => Ok(Some(value)),
            Some(_) => Err(BadParameter(format!("{name} is given more than once"))),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, BadParameter> {
        self.optional(name)?
            .ok_or_else(|| BadParameter(format!("{name} is missing")))
    }

    /// A 32-bit number in plain digits.
    pub(crate) fn number(&self, name: &str) -> Result<i32, BadParameter> {
        self.text(name)?
            .parse()
            .map_err(|_| BadParameter(format!("{name} is not a 32-bit number")))
    }

    /// A GUID, with hyphens.
    pub(crate) fn guid(&self, name: &str) -> Result<Uuid, BadParameter> {
        let text = self.text(name)?;
        let guid = Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
        guid.ok_or_else(|| BadParameter(format!("{name} is not a GUID")))
    }

    /// A date as `dd/MM/yyyy`, or ISO.
    pub(crate) fn date(&self, name: &str) -> Result<Date, BadParameter> {
        formats::parse_date(self.text(name)?)
            .ok_or_else(|| BadParameter(format!("{name} is not a date as dd/MM/yyyy")))
    }

    /// A date that may be missing, but not blank.
    pub(crate) fn optional_date(&self, name: &str) -> Result<Option<Date>, BadParameter> {
        match self.values.get(name) {
            Some(_) => self.date(name).map(Some),
            None => Ok(None),
        }
    }

    /// The number, where there is one: for the journal.
    pub(crate) fn number_if_any(&self, name: &str) -> Option<i32> {
        self.number(name).ok()
    }
}
