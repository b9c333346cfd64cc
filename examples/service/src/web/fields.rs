//! The fields of a form that passed the guard.

use std::fmt;
use std::sync::Arc;

use emis_partner::url::form_urlencoded;

/// The fields of a form, in order. Only the [guard](super::guard) makes them, once the form's token is
/// right. `Debug` shows no value.
#[derive(Clone, Default)]
pub(crate) struct Fields(Arc<Vec<(String, String)>>);

impl Fields {
    pub(super) fn parse(body: &[u8]) -> Self {
        Self(Arc::new(
            form_urlencoded::parse(body).into_owned().collect(),
        ))
    }

    /// Returns the first value of a field without surrounding space; empty if it is absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// Returns the first value of a field as it was typed.
    pub(crate) fn raw(&self, name: &str) -> &str {
        let mut found = self.0.iter().filter(|(field, _)| field == name);
        found.next().map_or("", |(_, value)| value.as_str())
    }

    /// Returns every value of a field: of tick boxes.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self.0.iter().filter(move |(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns `true` if a tick box is ticked.
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}
